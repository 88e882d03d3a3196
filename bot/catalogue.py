"""Every command, declared once: what it is called, what it takes, how it opens, who may use it.

A new command is one function under `@command` in the `commands.py` of its feature's folder, which is found by itself.
Platforms publish it, the help lists it and the dispatcher runs it from here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from bot import sentences
from bot.arguments import Arguments, Option
from bot.config import Config
from bot.context import Context
from bot.request import WRITTEN, Call, Request
from bot.text import folded
from bot.unit_of_work import UnitOfWork
from bot.views import Answer, AskBack, Choice

Run = Callable[[Context, UnitOfWork], Answer]
DEFAULT_POSITION = 50
UNKNOWN_LIMIT = 40
"""Characters that the answer repeats of what it does not know."""
PHRASE_WORDS = 4
SHORTEST_PREFIX = 3
"""Letters that stand for a command's own word; one more for its other words, and for what undoes: `for`, `can`."""
SENTENCE_WORDS = 3
"""From so many words on, what begins like a command by chance is a sentence: `can you hear me`."""
_UNDOING = re.compile("un|des|cancel|anul")
"""How words begin, in English and Spanish, that undo: none of them is taken for what it undoes."""
_NEAR, _NEAR_UNDOING = 0.7, 0.9
"""How alike a word must be to what it is taken for; more to what undoes: neither `please` nor `cancer` does."""


@dataclass(frozen=True, slots=True)
class Command:
    word: str
    run: Run
    summary: str
    options: tuple[Option[Any], ...] = ()
    for_facilitators: bool = False
    opens_form: bool = False
    """May answer with a form. Declared, because Discord must know before the command runs."""
    replaces: bool = False
    """Pressed inside a private message, the answer takes that message's place (a page of a list)."""
    changes_reader: bool = False
    """May change the language and time zone of the sender; its answer already uses the new ones."""
    position: int = DEFAULT_POSITION
    """Where it stands in the help and in the platforms' lists, among those of its group."""
    also: tuple[str, ...] = ()
    """Other words that lead to it where text is typed, folded: what people write who do not know its own."""

    @property
    def listed(self) -> bool:
        """False for what only buttons call; nobody types it."""
        return bool(self.summary)

    @property
    def name(self) -> str:
        return f"host-{self.word}" if self.for_facilitators else self.word

    @property
    def group(self) -> str:
        return "htg-host" if self.for_facilitators else "htg"

    @property
    def typed_option(self) -> Option[Any] | None:
        """The one option that the text after the command fills, where a platform has only text."""
        return next((option for option in self.options if option.typed), None)

    @property
    def usage(self) -> str:
        """As it is typed: `/htg register [gathering]`."""
        option = f" [{self.typed_option.name}]" if self.typed_option else ""
        return f"/{self.group} {self.word}{option}"

    def answer(self, ctx: Context, uow: UnitOfWork) -> Answer:
        """What it runs to; a question that it asks back is an answer, too."""
        try:
            return self.run(ctx, uow)
        except AskBack as question:
            return question.view


_COMMANDS: dict[str, Command] = {}


def command(
    word: str,
    *options: Option[Any],
    summary: str = "",
    for_facilitators: bool = False,
    opens_form: bool = False,
    replaces: bool = False,
    changes_reader: bool = False,
    position: int = DEFAULT_POSITION,
    also: str = "",
) -> Callable[[Run], Run]:
    """Declares a command. Without a summary it is not listed: only buttons, menus and forms call it.

    `also`: other words and phrases that lead to it, in any language, with commas between.
    """

    def declare(run: Run) -> Run:
        declared = Command(
            word=word,
            run=run,
            summary=summary,
            options=options,
            for_facilitators=for_facilitators,
            opens_form=opens_form,
            replaces=replaces,
            changes_reader=changes_reader,
            position=position,
            also=tuple(folded(phrase) for phrase in also.split(",") if phrase.strip()),
        )
        if declared.name in _COMMANDS:
            raise ValueError(f"two commands are called {declared.name}")
        _COMMANDS[declared.name] = declared
        return run

    return declare


@cache
def _declare_all() -> None:
    """Importing a feature's `commands` declares them."""
    for feature in iter_modules(import_module("bot").__path__, "bot."):
        if feature.ispkg and find_spec(f"{feature.name}.commands"):
            import_module(f"{feature.name}.commands")


def commands() -> Iterator[Command]:
    _declare_all()
    yield from _COMMANDS.values()


def listed(group: str) -> list[Command]:
    """The commands of `htg` or `htg-host` in the order of the help, which comes last itself."""
    return sorted(
        (command for command in commands() if command.listed and command.group == group),
        key=lambda command: (command.word == "help", command.position, command.word),
    )


@cache
def _by_phrase(group: str) -> dict[str, Command]:
    """By everything that leads to each, its own words first."""
    phrases = {command.word: command for command in listed(group)}
    for command in listed(group):
        for phrase in command.also:
            if phrases.setdefault(phrase, command) is not command:
                raise ValueError(f"“{phrase}” would lead to two commands of /{group}")
    return phrases


def usages(group: str) -> list[tuple[str, str]]:
    """Each listed command as it is typed, with its summary, for the help."""
    return [(command.usage, command.summary) for command in listed(group)]


def find(name: str) -> Command | None:
    _declare_all()
    return _COMMANDS.get(name)


def parse(group: str, text: str) -> Call:
    """What was typed after `/htg` or `/htg-host`, as a Call: `register grief` fills the typed option.

    Nothing typed is `list` (or the hosts' help). A word that leads to no command is the help, with that word and the
    name of the nearest command; a member's sentence is answered like words in the private line, and goes no further
    itself: the command that it asks for is offered.
    """
    group, text = _once(group, text)
    words = text.split()
    if not words:
        return Call("host-help" if group == "htg-host" else "list")
    if not any(map(_bare, words)):  # `?`
        return Call("host-help" if group == "htg-host" else "help")
    command, length = _typed_command(group, words)
    if command is None or _only_begins_like(command, group, words, length):
        return _unknown(group, words)
    rest = " ".join(text.split(maxsplit=length)[length:])
    if not rest or command.typed_option is None:
        return Call(command.name)
    if command.typed_option.suggest is not None:
        rest = _without_preposition(rest)
        if _names_nothing(rest.split()):
            return Call(command.name)
    return Call.of(command.name, **{command.typed_option.name: _plain(rest)[: command.typed_option.limit]})


def _once(group: str, text: str) -> tuple[str, str]:
    """`/htg /htg register`, `htg register` and `please register` as `/htg register`: the last group typed is meant."""
    words = [*map(_bare, text.split())]
    for start, word in enumerate(words):
        if word in {"htg", "htg-host"}:
            group = word
        elif start + 1 == len(words) or not (word in sentences.POLITE or _greets(group, word, words[start + 1])):
            break
    else:
        start = len(words)
    return group, "".join(text.split(maxsplit=start)[start:])


def _greets(group: str, word: str, following: str) -> bool:
    """`hola, por favor inscríbeme`: what is asked for comes next."""
    return word in sentences.GREETINGS and (following in sentences.POLITE or following in _by_phrase(group))


def _unknown(group: str, words: list[str]) -> Call:
    said, is_sentence, is_host = [*map(_bare, words)], len(words) >= SENTENCE_WORDS, group == "htg-host"
    to_somebody = not is_host and sentences.is_said_to_somebody(said)
    nearest = None if to_somebody else _nearest(group, said[0])
    if is_sentence and nearest is not None and nearest.typed_option is None:
        nearest = None
    if nearest is None and (to_somebody or (len(words) > 1 and not is_host)):
        return Call.of(WRITTEN.name, nearest=sentences.asked_for(said) if is_sentence else None)
    unknown = " ".join(words)[:UNKNOWN_LIMIT]
    return Call.of(
        "host-help" if is_host else "help", unknown=unknown, nearest=nearest.name if nearest is not None else None
    )


def _typed_command(group: str, words: list[str]) -> tuple[Command | None, int]:
    """The command that the first of these words name, and how many they are."""
    command, length = _named(group, words)
    if command is None:
        command, length = _named_after_article(group, words)
    if command is None:
        return _by_prefix(group, _bare(words[0]), own_only=len(words) >= SENTENCE_WORDS), 1
    return command, length


def _named(group: str, words: list[str]) -> tuple[Command | None, int]:
    """The longest phrase is meant."""
    phrases = _by_phrase(group)
    for length in range(min(PHRASE_WORDS, len(words)), 0, -1):
        phrase = " ".join(map(_bare, words[:length]))
        if phrase in phrases and (
            phrase.removeprefix("i ") not in sentences.COMPLETE or _names_nothing(words[length:])
        ):
            return phrases[phrase], length
    return None, 0


def _named_after_article(group: str, words: list[str]) -> tuple[Command | None, int]:
    """`el enlace`, `the list please`; but no noun undoes (`a drop of hope`), and a sentence must say no more."""
    articles = next((at for at, word in enumerate(words) if _bare(word) not in sentences.ARTICLES), 0)
    command, length = _named(group, words[articles:]) if articles else (None, 0)
    rest = {_bare(word) for word in words[articles + length :]}
    if command is None or _UNDOING.match(command.word):
        return None, 0
    if len(words) >= SENTENCE_WORDS and not rest <= sentences.NAMING_NOTHING | sentences.PREPOSITIONS | _known_words(
        group
    ):
        return None, 0
    return command, articles + length


def _only_begins_like(command: Command, group: str, words: list[str], length: int) -> bool:
    """`my mother died`, of which `my` alone leads to a command that takes no text, and nothing else does to any."""
    rest = [_bare(word) for word in words[length:]]
    by_own_word = command.word.startswith(_bare(words[0]))
    if by_own_word or command.typed_option is not None or 1 + len(rest) < SENTENCE_WORDS:
        return False
    return not _names_nothing(rest) and _known_words(group).isdisjoint(rest)


def _known_words(group: str) -> set[str]:
    """Without those of whole sentences that undo: `no` and `it` and `make` say nothing about a command."""
    phrases = _by_phrase(group).items()
    meant = [phrase for phrase, command in phrases if " " not in phrase or not _UNDOING.match(command.word)]
    return {word for phrase in meant for word in phrase.split()}


def _by_prefix(group: str, start: str, *, own_only: bool) -> Command | None:
    """The one command that begins so: by its own word, or else by another single one that leads to it."""
    if len(start) < SHORTEST_PREFIX or start in sentences.PREPOSITIONS | sentences.ARTICLES:
        return None
    longer = len(start) > SHORTEST_PREFIX
    begun = {phrase: command for phrase, command in _by_phrase(group).items() if phrase.startswith(start)}
    own = {command.name: command for phrase, command in begun.items() if phrase == command.word}
    others = {command.name: command for phrase, command in begun.items() if longer and " " not in phrase}
    meant = list(own.values() if own or own_only else others.values())
    return meant[0] if len(meant) == 1 and (longer or not _UNDOING.match(meant[0].word)) else None


def _nearest(group: str, word: str) -> Command | None:
    """The command that was probably meant; one of the other group where it is called exactly so."""
    for other in listed("htg" if group == "htg-host" else "htg-host"):
        if other.word == word:
            return other
    phrases = _by_phrase(group)
    similar = difflib.get_close_matches(word, phrases, n=len(phrases), cutoff=_NEAR) if len(word) > 2 else []
    return next((phrases[phrase] for phrase in similar if _may_mean(word, phrase, phrases[phrase])), None)


def _may_mean(word: str, phrase: str, command: Command) -> bool:
    """What undoes is never taken for what does, nor the other way round."""
    if _UNDOING.match(word):
        return bool(_UNDOING.match(phrase))
    if not _UNDOING.match(command.word):
        return True
    return difflib.SequenceMatcher(None, phrase, word).ratio() >= _NEAR_UNDOING


def _names_nothing(words: list[str]) -> bool:
    return all(_bare(word) in sentences.NAMING_NOTHING for word in words)


def _without_preposition(rest: str) -> str:
    """`for grief` as `grief`: part of a title is searched for, so what begins one is found without it, too."""
    first, _, more = rest.partition(" ")
    return more if more and _bare(first) in sentences.PREPOSITIONS else rest


def _bare(word: str) -> str:
    """For phrases; any mention of a person is `@`."""
    if word.startswith(("@", "<@")):
        return "@"
    return folded(word).strip("/.,;:!?¡¿'\"()")


def _plain(text: str) -> str:
    return text.strip().strip("\"'“”‘’«»").strip()


def suggestions(
    request: Request, config: Config, command: Command, option: Option[Any], typed: str, uow: UnitOfWork
) -> tuple[Choice, ...]:
    member = uow.members.get_or_create(request.sender, request.now)
    try:
        ctx = Context(request, member, config, Arguments(command.options, request.call))
    except ValueError:
        return ()
    if option.suggest is None or (command.for_facilitators and not ctx.facilitates):
        return ()
    return option.suggest(ctx, uow, typed)

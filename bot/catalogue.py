"""Every command, declared once: what it is called, what it takes, how it opens, who may use it.

A new command is one function under `@command` in the `commands.py` of its feature's folder, which is found by itself.
Platforms publish it, the help lists it and the dispatcher runs it from here.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from bot.arguments import Option
from bot.context import Context
from bot.request import Call
from bot.unit_of_work import UnitOfWork
from bot.views import Answer

Run = Callable[[Context, UnitOfWork], Answer]
DEFAULT_POSITION = 50


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
) -> Callable[[Run], Run]:
    """Declares a command. Without a summary it is not listed: only buttons, menus and forms call it."""

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
def _by_word(group: str) -> dict[str, Command]:
    return {command.word: command for command in listed(group)}


def usages(group: str) -> list[tuple[str, str]]:
    """Each listed command as it is typed, with its summary, for the help."""
    return [(command.usage, command.summary) for command in listed(group)]


def find(name: str) -> Command | None:
    _declare_all()
    return _COMMANDS.get(name)


def parse(group: str, text: str) -> Call:
    """What was typed after `/htg` or `/htg-host`, as a Call: `register grief` fills the typed option.

    Nothing typed is `list` (or the hosts' help); an unknown word is the help, with that word and the nearest.
    """
    words = text.strip().split(maxsplit=1)
    hosting = group == "htg-host"
    if not words:
        return Call("host-help" if hosting else "list")
    known = _by_word(group)
    command = known.get(words[0].lower().strip("/"))
    if command is None:
        nearest = difflib.get_close_matches(words[0].lower(), known, n=1)
        return Call.of(
            "host-help" if hosting else "help", unknown=words[0][:40], nearest=nearest[0] if nearest else None
        )
    if len(words) == 1 or command.typed_option is None:
        return Call(command.name)
    return Call.of(command.name, **{command.typed_option.name: _plain(words[1])})


def _plain(text: str) -> str:
    return text.strip().strip("\"'“”‘’«»").strip()

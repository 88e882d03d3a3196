"""What can be offered while somebody types to the bot: commands first, then what fits their option."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.sandbox import hear
from adapters.sandbox.reception import Reception
from bot import commands, words
from bot.addresses import Address
from bot.asks import Call
from bot.commands import Command, Kind
from bot.members import Person
from bot.words.reader import Reader

SHOWN_LIMIT = 8


@dataclass(frozen=True, slots=True)
class Suggestion:
    fill: str
    """What the line becomes when it is taken."""
    label: str
    about: str = ""


async def suggestions(who: Person, place: Address, text: str, to: Reader, reception: Reception) -> list[Suggestion]:
    """At most SHOWN_LIMIT, and none for a line of talk."""
    text = text.lstrip()
    if not text.startswith("/"):
        return []
    found = [each for each in _commands(who, to) if each.fill.startswith(text.lower()) and each.fill.strip() != text]
    if found:
        return found[:SHOWN_LIMIT]
    offered = await _choices(who, place, text, reception)
    if len(offered) <= SHOWN_LIMIT:
        return offered
    return [*offered[: SHOWN_LIMIT - 1], Suggestion(text, words.more_choices(to))]


def _commands(who: Person, to: Reader) -> Iterator[Suggestion]:
    """The hosts' commands are offered to those whom the platform calls organisers, as Discord does it."""
    for group in ("htg-host", "htg") if who.organises else ("htg",):
        for command in commands.listed(group):
            option = command.typed_option
            written = f"/{group} {command.word}"
            label = f"{written} [{option.name}]" if option else written
            yield Suggestion(f"{written} " if option else written, label, to.say(command.summary))


async def _choices(who: Person, place: Address, text: str, reception: Reception) -> list[Suggestion]:
    call = hear.typed(text)
    command = commands.find(call.name) if call else None
    written = f"/{command.group} {command.word} " if command else ""
    if call is None or command is None or not _takes_choice(command) or not text.lower().startswith(written):
        return []
    option = command.typed_option
    if option is None:
        return []
    typed = call[option.name]
    found = await reception.choices(who, place, Call(call.name), option.name, typed)
    return [Suggestion(written + each.value, each.label, each.description) for each in found if each.value != typed]


def _takes_choice(command: Command) -> bool:
    return command.typed_option is not None and command.typed_option.kind is not Kind.TEXT

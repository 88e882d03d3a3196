"""Suggestions while a person types to the bot: commands first, then values for their option."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.sandbox import receive
from adapters.sandbox.respond import SandboxResponder
from bot import catalogue, platform_texts
from bot.addresses import Address
from bot.i18n import Locale
from bot.members.model import Person
from bot.request import Call

MAX_SUGGESTIONS = 8


@dataclass(frozen=True, slots=True)
class Suggestion:
    fill: str
    """The text of the message box once the suggestion is taken."""
    label: str
    about: str = ""


async def suggestions(
    who: Person, place: Address, text: str, locale: Locale, responder: SandboxResponder
) -> list[Suggestion]:
    """At most MAX_SUGGESTIONS; none for an ordinary message."""
    text = text.lstrip()
    if not text.startswith("/"):
        return []
    matching = [
        suggestion
        for suggestion in _commands(who, locale)
        if suggestion.fill.startswith(text.lower()) and suggestion.fill.strip() != text
    ]
    if matching:
        return matching[:MAX_SUGGESTIONS]
    choices = await _choices(who, place, text, responder)
    if len(choices) <= MAX_SUGGESTIONS:
        return choices
    return [*choices[: MAX_SUGGESTIONS - 1], Suggestion(text, platform_texts.more_choices(locale))]


def _commands(who: Person, locale: Locale) -> Iterator[Suggestion]:
    """As on Discord, only those whom the platform calls organisers are offered the hosts' commands."""
    for group in ("htg-host", "htg") if who.organises else ("htg",):
        for command in catalogue.listed(group):
            option = command.typed_option
            name = f"/{group} {command.word}"
            label = f"{name} [{option.name}]" if option else name
            yield Suggestion(f"{name} " if option else name, label, locale.t(command.summary))


async def _choices(who: Person, place: Address, text: str, responder: SandboxResponder) -> list[Suggestion]:
    call = receive.command_call(text)
    command = catalogue.find(call.name) if call else None
    option = command.typed_option if command else None
    if call is None or command is None or option is None or option.suggest is None:
        return []
    prefix = f"/{command.group} {command.word} "
    if not text.lower().startswith(prefix):
        return []
    typed = call[option.name]
    choices = await responder.choices(who, place, Call(call.name), option.name, typed)
    return [
        Suggestion(prefix + choice.value, choice.label, choice.description)
        for choice in choices
        if choice.value != typed
    ]

"""Payload → Request: what a person typed, pressed, chose or submitted in the sandbox."""

from __future__ import annotations

import re
from datetime import datetime

from bot import catalogue
from bot.addresses import Address
from bot.members.model import Person
from bot.request import Call, Request

_COMMAND = re.compile(r"/(?P<group>htg-host|htg)(?=\s|$)(?P<rest>.*)", re.DOTALL | re.IGNORECASE)
_OTHER_COMMAND = re.compile(r"/[^\W\d_]+(?=\s|$)")


def command_call(text: str) -> Call | None:
    """The Call of a line that begins with `/htg` or `/htg-host`; None for an ordinary message.

    Any other `/word` is a mistyped command, which no chat would post: the help answers, with the nearest command.
    """
    command = _COMMAND.fullmatch(text.strip())
    if command:
        return catalogue.parse(command["group"].lower(), command["rest"])
    other = _OTHER_COMMAND.match(text.strip())
    return _mistyped(other[0]) if other else None


def _mistyped(word: str) -> Call:
    guess = catalogue.parse("htg", word.lower())
    nearest = guess["nearest"] if guess["unknown"] else guess.name
    return Call.of("help", unknown=word[:40], nearest=nearest or None)


def request(who: Person, call: Call, now: datetime, key: str, place: Address) -> Request:
    return Request(who, call, now, key=key, channel=place if place.is_channel else None, place=place.platform)

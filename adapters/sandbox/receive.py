"""Payload → Request: what a person typed, pressed, chose or submitted in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from bot import catalogue
from bot.addresses import Address
from bot.members.model import Person
from bot.request import Call, Request, Undecodable, decode, decode_choice, decode_form

UNKNOWN_CONTROL = Call("not-ours")
"""The Call of a control id that cannot be decoded: no command has this name, so the core answers politely."""

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
    nearest = guess["nearest"] if guess["unknown"] else word[1:].lower()
    return Call.of("help", unknown=word[:40], nearest=nearest or None)


def button_call(control_id: str) -> Call:
    try:
        return decode(control_id)
    except Undecodable:
        return UNKNOWN_CONTROL


def menu_call(control_id: str, value: str) -> Call:
    try:
        return decode_choice(control_id, value)
    except Undecodable:
        return UNKNOWN_CONTROL


def form_call(control_id: str, values: Mapping[str, str]) -> Call:
    try:
        return decode_form(control_id, values)
    except Undecodable:
        return UNKNOWN_CONTROL


def request(who: Person, call: Call, now: datetime, key: str, place: Address) -> Request:
    return Request(who, call, now, key=key, channel=place if place.is_channel else None, place=place.platform)

"""What a person did in the sandbox, as an Ask: typed, pressed, chose or submitted something."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from bot import commands
from bot.addresses import Address
from bot.asks import Ask, Call, Undecodable, decode, decode_choice, decode_form
from bot.members import Person

STRANGE = Call("not-ours")
"""Stands for an id that is not ours or no longer: no command has this name, so the core answers kindly."""

_TYPED = re.compile(r"/(?P<group>htg-host|htg)(?=\s|$)(?P<rest>.*)", re.DOTALL | re.IGNORECASE)
_OTHER = re.compile(r"/[^\W\d_]+(?=\s|$)")


def typed(text: str) -> Call | None:
    """The Call in a typed line that begins with `/htg` or `/htg-host`; None for a line of talk.

    Any other `/word` is a command that missed, which no chat says aloud: the help answers, with the nearest.
    """
    matched = _TYPED.fullmatch(text.strip())
    if matched:
        return commands.parse(matched["group"].lower(), matched["rest"])
    other = _OTHER.match(text.strip())
    return _missed(other[0]) if other else None


def _missed(word: str) -> Call:
    guess = commands.parse("htg", word.lower())
    nearest = guess["nearest"] if guess["unknown"] else word[1:].lower()
    return Call.of("help", unknown=word[:40], nearest=nearest or None)


def pressed(written: str) -> Call:
    """The Call of a button, from its id."""
    try:
        return decode(written)
    except Undecodable:
        return STRANGE


def chosen(written: str, value: str) -> Call:
    """The Call of a menu choice."""
    try:
        return decode_choice(written, value)
    except Undecodable:
        return STRANGE


def submitted(written: str, values: Mapping[str, str]) -> Call:
    """The Call of a form, filled in."""
    try:
        return decode_form(written, values)
    except Undecodable:
        return STRANGE


def ask(who: Person, call: Call, now: datetime, key: str, place: Address) -> Ask:
    return Ask(who, call, now, key=key, channel=place if place.is_channel else None, place=place.platform)

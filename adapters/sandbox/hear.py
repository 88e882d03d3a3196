"""What a person did in the sandbox, as an Ask: typed, pressed, chose or submitted something."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from bot import commands
from bot.addresses import Address
from bot.asks import Ask, Call, Undecodable, decode
from bot.members import Person

STRANGE = Call("not-ours")
"""Stands for an id that is not ours or no longer: no command has this name, so the core answers kindly."""

_TYPED = re.compile(r"/(?P<group>htg-host|htg)(?=\s|$)(?P<rest>.*)", re.DOTALL)


def typed(text: str) -> Call | None:
    """The Call in a typed line that begins with `/htg` or `/htg-host`; None for a line of talk."""
    matched = _TYPED.fullmatch(text.strip())
    return commands.parse(matched["group"], matched["rest"]) if matched else None


def pressed(written: str) -> Call:
    """The Call of a button, from its id."""
    try:
        return decode(written)
    except Undecodable:
        return STRANGE


def chosen(written: str, value: str) -> Call:
    """The Call of a menu choice. The menu's id is its Call with the option it fills last, and empty."""
    call = pressed(written)
    if not call.arguments or call.arguments[-1][1]:
        return STRANGE
    return call.filled({call.arguments[-1][0]: value})


def submitted(written: str, values: Mapping[str, str]) -> Call:
    """The Call of a form, filled in. What a form carries in its id is not overruled by its fields."""
    call = pressed(written)
    carried = dict(call.arguments)
    return call.filled({name: value for name, value in values.items() if name not in carried})


def ask(who: Person, call: Call, now: datetime, key: str, place: Address) -> Ask:
    return Ask(who, call, now, key=key, channel=place if place.is_channel else None)

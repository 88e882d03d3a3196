"""What comes in: who asks, what for, and when.

A slash command, a button, a menu choice and a submitted form are one thing, a `Call`. Buttons, menus and
forms carry theirs in their platform id, written and read by `encode` and `decode`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlencode

from bot.addresses import Address
from bot.members.model import Person

ID_LIMIT = 100
"""Characters in a Discord custom_id, the tightest of the platforms (discord-api-docs, Component reference)."""
_NAME = re.compile(r"[a-z][a-z-]{0,39}")


@dataclass(frozen=True, slots=True)
class Call:
    """A command's name and its arguments, all text, as they came: nothing in it is trusted yet."""

    name: str
    arguments: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, name: str, **arguments: object) -> Call:
        return cls(name, tuple((key, str(value)) for key, value in arguments.items() if value is not None))

    def __getitem__(self, name: str) -> str:
        """The argument, or empty text: every argument is optional."""
        return dict(self.arguments).get(name, "")

    def __contains__(self, name: str) -> bool:
        return name in dict(self.arguments)

    def filled(self, values: Mapping[str, str]) -> Call:
        """The same call with more arguments: what a menu choice or a submitted form makes of it."""
        return replace(self, arguments=tuple((dict(self.arguments) | dict(values)).items()))

    def without(self, *names: str) -> Call:
        return replace(self, arguments=tuple(pair for pair in self.arguments if pair[0] not in names))

    def __repr__(self) -> str:
        # A form's arguments hold what people typed, a Zoom link among it: names only.
        return f"Call({self.name!r}, {[name for name, _ in self.arguments]!r})"


class Undecodable(ValueError):
    """An id that `encode` did not write: somebody else's, an old version's, or forged."""


def encode(call: Call) -> str:
    """The platform id of a button, menu or form. Raises ValueError when it would not fit every platform."""
    encoded = call.name
    if call.arguments:
        encoded += "?" + urlencode(call.arguments, quote_via=quote)
    if not _NAME.fullmatch(call.name) or len(encoded) > ID_LIMIT:
        raise ValueError(f"the id of {call!r} takes {len(encoded)} characters; {ID_LIMIT} fit")
    return encoded


def fits(call: Call) -> bool:
    """Whether a button, menu or form can hold it."""
    try:
        encode(call)
    except ValueError:
        return False
    return True


def decode(encoded: str) -> Call:
    """What `encode` wrote, as a Call; raises Undecodable for anything else."""
    name, mark, query = encoded.partition("?")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if mark else []
    except ValueError:
        raise Undecodable("not an id of ours") from None
    if len(encoded) > ID_LIMIT or not _NAME.fullmatch(name) or bool(mark) != bool(pairs):
        raise Undecodable("not an id of ours")
    return Call(name, tuple(pairs))


def encode_menu(call: Call, option: str) -> str:
    """The platform id of a menu: its Call with the option that a choice fills last, and empty."""
    return encode(call.without(option).filled({option: ""}))


def decode_choice(encoded: str, value: str) -> Call:
    """The Call of a choice in the menu that `encode_menu` wrote; raises Undecodable for anything else."""
    call = decode(encoded)
    if not call.arguments or call.arguments[-1][1]:
        raise Undecodable("not a menu of ours")
    return call.filled({call.arguments[-1][0]: value})


def decode_form(encoded: str, values: Mapping[str, str]) -> Call:
    """The Call of a submitted form. What the form carries in its id is not overruled by its fields."""
    call = decode(encoded)
    return call.filled({name: value for name, value in values.items() if name not in call})


@dataclass(frozen=True, slots=True)
class Request:
    """What an adapter received: who sent it, what for, and when. Nothing in it is trusted yet.

    `key` is the platform's own id of the interaction: a Request with a key is acted on once.
    """

    sender: Person
    call: Call
    now: datetime
    key: str = ""
    channel: Address | None = None
    """The channel it was sent from, when that is a public one."""
    place: str = ""
    """The server or workspace that this channel is in, by the platform's own id."""
    only_looks: bool = False
    """A page is looked at, perhaps by what scans letters: nothing of its member changes, and nothing was read by them.
    """


WRITTEN = Call("written")
"""Something was written in the private line, outside any command. What it says is not read."""


def written_privately(sender: Person, now: datetime, place: str = "") -> Request:
    """Its key lets one a day be answered, however many are written and whichever process receives them."""
    return Request(sender, WRITTEN, now, key=f"written:{sender.address}:{now:%Y-%m-%d}", place=place)

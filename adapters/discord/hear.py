"""What somebody did on Discord, as an Ask: a command typed, a button pressed, a choice made, a form submitted. Pure.

Nothing that comes in is trusted: ids that are not ours, or no longer, become a Call that no command has, so
that the core answers them kindly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import discord

from adapters.discord import forms, marks
from bot import commands
from bot.addresses import Address
from bot.asks import Ask, Call, Undecodable, decode, decode_choice, decode_form
from bot.members import NAME_LIMIT, Person

PLATFORM = "discord"
STRANGE = Call("not-ours")
_MENU = 3
_PRIVATE = 1 << 6
_ADDED_TO_SERVER = "0"
"""Application Integration Type GUILD_INSTALL, as the key under which an interaction names the server."""

Json = Mapping[str, Any]
Kind = discord.InteractionType


@dataclass(frozen=True, slots=True)
class Heard:
    ask: Ask
    mark: str = ""
    """What stood behind the Call in the id that was pressed (see `marks.py`)."""
    inside: bool = False
    """Pressed in an answer that only the asker sees, whose place a new page may take."""
    option: str = ""
    typed: str = ""
    """While somebody is typing: which option, and what stands there so far."""


def hear(interaction: Json, now: datetime) -> Heard:
    """`interaction` as the gateway sends it (developer docs, Interaction Object). Raises where it is none."""
    data: Json = interaction.get("data") or {}
    doing = kind(interaction)
    call, mark = said(doing, data)
    option, typed = _focused(data) if doing is Kind.autocomplete else ("", "")
    message: Json = interaction.get("message") or {}
    return Heard(
        Ask(
            person(interaction),
            call,
            now,
            key=f"{PLATFORM}:{interaction['id']}",
            channel=_channel(interaction),
            place=server(interaction),
        ),
        mark=mark,
        inside=bool(message.get("flags", 0) & _PRIVATE),
        option=option,
        typed=typed,
    )


def said(kind: Kind, data: Json) -> tuple[Call, str]:
    """The Call of an interaction's data, and its mark."""
    try:
        if kind in {Kind.application_command, Kind.autocomplete}:
            return _typed(data), ""
        written, mark = marks.split(data["custom_id"])
        if kind is Kind.modal_submit:
            return decode_form(written, forms.values(data["components"])), mark
        if data["component_type"] == _MENU:
            return decode_choice(written, data["values"][0]), mark
        return decode(written), mark
    except (Undecodable, LookupError, TypeError, AttributeError, ValueError):
        return STRANGE, ""


def kind(interaction: Json) -> Kind:
    return Kind(interaction["type"])


def language(interaction: Json) -> str:
    """The asker's own locale."""
    return str(interaction.get("locale") or "en-US")


def person(interaction: Json) -> Person:
    """Discord never says a person's time zone. What it lets them do is looked up, see `rights.py`."""
    member: Json = interaction.get("member") or {}
    user: Json = member.get("user") or interaction["user"]
    return Person(
        Address(PLATFORM, str(user["id"])),
        str(member.get("nick") or user.get("global_name") or user["username"])[:NAME_LIMIT],
        language=language(interaction),
    )


def server(interaction: Json) -> str:
    """The server that it was asked in. Empty in private, and where the bot was not added to the server itself.

    Somebody who adds an application to their own account brings it along to any server: nobody there let it in.
    """
    guild = str(interaction.get("guild_id") or "")
    added_by: Json = interaction.get("authorizing_integration_owners") or {}
    return guild if guild and str(added_by.get(_ADDED_TO_SERVER)) == guild else ""


def _channel(interaction: Json) -> Address | None:
    if not server(interaction) or not interaction.get("channel_id"):
        return None
    return Address(PLATFORM, f"#{interaction['channel_id']}")


def _typed(data: Json) -> Call:
    """`/htg register gathering:12`. A word that an app still shows though it is gone leads to the help."""
    group, options = data["name"], data.get("options") or []
    if group not in {"htg", "htg-host"}:
        return STRANGE
    if not options:
        return commands.parse(group, "")
    word = options[0]["name"]
    found = commands.find(f"host-{word}" if group == "htg-host" else word)
    if found is None or not found.listed or found.group != group:
        return commands.parse(group, word)
    return Call(found.name).filled(
        {str(each["name"]): str(each["value"]).strip() for each in options[0].get("options") or [] if "value" in each}
    )


def _focused(data: Json) -> tuple[str, str]:
    """The option that is being typed, and what stands there so far."""
    for command in data.get("options") or []:
        for each in command.get("options") or []:
            if each.get("focused"):
                return str(each["name"]), str(each.get("value", ""))
    return "", ""

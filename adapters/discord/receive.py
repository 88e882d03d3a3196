"""Parses an interaction from the gateway (a command, a button, a choice, a form) into a Request. Pure.

Nothing in a payload is trusted: an id that was never ours, or no longer is, becomes a Call that no command has,
so that the core answers it politely.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import discord

from adapters.discord import custom_ids, forms
from bot import catalogue
from bot.addresses import Address
from bot.members.model import NAME_LIMIT, Person
from bot.request import Call, Request, Undecodable, decode, decode_choice, decode_form

PLATFORM = "discord"
UNKNOWN_CALL = Call("not-ours")
_SELECT = discord.ComponentType.select.value
_EPHEMERAL = discord.MessageFlags.ephemeral.flag
_GUILD_INSTALL = "0"
"""Application Integration Type GUILD_INSTALL: the key under which an interaction names the guild that installed us."""

Json = Mapping[str, Any]
InteractionType = discord.InteractionType


@dataclass(frozen=True, slots=True)
class ParsedInteraction:
    request: Request
    tag: str = ""
    """What followed the Call in the pressed component's custom id (see `custom_ids.py`)."""
    in_ephemeral_message: bool = False
    """Pressed in an answer that only the asker sees, which the new answer may replace."""
    focused_option: str = ""
    typed: str = ""
    """For autocomplete: the option being typed, and its text so far."""


def parse_interaction(interaction: Json, now: datetime) -> ParsedInteraction:
    """`interaction` as the gateway sends it (developer docs, Interaction Object).

    Raises LookupError, TypeError, ValueError or AttributeError for what is not an interaction.
    """
    data: Json = interaction.get("data") or {}
    kind = interaction_type(interaction)
    call, tag = decode_call(kind, data)
    focused_option, typed = _focused_option(data) if kind is InteractionType.autocomplete else ("", "")
    message: Json = interaction.get("message") or {}
    return ParsedInteraction(
        Request(
            parse_person(interaction),
            call,
            now,
            key=f"{PLATFORM}:{interaction['id']}",
            channel=_channel(interaction),
            place=installed_guild(interaction),
        ),
        tag=tag,
        in_ephemeral_message=bool(message.get("flags", 0) & _EPHEMERAL),
        focused_option=focused_option,
        typed=typed,
    )


def decode_call(kind: InteractionType, data: Json) -> tuple[Call, str]:
    """The Call in an interaction's data, and the tag of the component's custom id."""
    try:
        if kind in {InteractionType.application_command, InteractionType.autocomplete}:
            return _command_call(data), ""
        encoded, tag = custom_ids.split_custom_id(data["custom_id"])
        if kind is InteractionType.modal_submit:
            return decode_form(encoded, forms.form_values(data["components"], data.get("resolved"))), tag
        if data["component_type"] == _SELECT:
            return decode_choice(encoded, _text(data["values"][0])), tag
        return decode(encoded), tag
    except (Undecodable, LookupError, TypeError, AttributeError, ValueError):
        return UNKNOWN_CALL, ""


def interaction_type(interaction: Json) -> InteractionType:
    return InteractionType(interaction["type"])


def user_locale(interaction: Json) -> str:
    """The asker's own locale, as `en-US`."""
    locale = interaction.get("locale")
    return locale if isinstance(locale, str) and locale.isascii() and locale.isprintable() and locale else "en-US"


def parse_person(interaction: Json) -> Person:
    """Discord never sends a time zone. What the person may do in the guild is looked up, see `organisers.py`."""
    member: Json = interaction.get("member") or {}
    user: Json = member.get("user") or interaction["user"]
    return Person(
        Address(PLATFORM, _snowflake(user["id"])),
        forms.display_name(user, member)[:NAME_LIMIT],
        language=user_locale(interaction),
    )


_WRITTEN_BY_PEOPLE = {discord.MessageType.default.value, discord.MessageType.reply.value}


def parse_author(message: Json) -> Person | None:
    """Who wrote a direct message; None for one of a bot or of Discord itself, and for one in a guild.

    Raises LookupError, TypeError or ValueError for what is not a message.
    """
    author: Json = message["author"]
    if author.get("bot") or message.get("guild_id") or message.get("webhook_id"):
        return None
    if message.get("type", 0) not in _WRITTEN_BY_PEOPLE:
        return None
    return Person(Address(PLATFORM, _snowflake(author["id"])), forms.display_name(author, {})[:NAME_LIMIT])


def installed_guild(interaction: Json) -> str:
    """Id of the guild that it came from. Empty in a direct message, and where the guild did not install the bot.

    A user who installs an application on their own account brings it along to any guild: nobody there let it in.
    """
    guild = str(interaction.get("guild_id") or "")
    installed_by: Json = interaction.get("authorizing_integration_owners") or {}
    return guild if guild and str(installed_by.get(_GUILD_INSTALL)) == guild else ""


def _channel(interaction: Json) -> Address | None:
    if not installed_guild(interaction) or not interaction.get("channel_id"):
        return None
    return Address(PLATFORM, f"#{interaction['channel_id']}")


def _command_call(data: Json) -> Call:
    """`/htg register gathering:12`. A subcommand that a client still shows after it was removed leads to the help."""
    group, options = data["name"], data.get("options") or []
    if group not in {"htg", "htg-host"}:
        return UNKNOWN_CALL
    if not options:
        return catalogue.parse(group, "")
    subcommand = options[0]
    word = subcommand["name"]
    filled = [option for option in subcommand.get("options") or [] if "value" in option]
    command = catalogue.find(f"host-{word}" if group == "htg-host" else word)
    if command is None or not command.listed or command.group != group:
        return catalogue.parse(group, " ".join([word, *(str(option["value"]) for option in filled)]))
    return Call(command.name).filled({str(option["name"]): str(option["value"]).strip() for option in filled})


def _focused_option(data: Json) -> tuple[str, str]:
    """(name, text so far) of the option that is being typed."""
    for subcommand in data.get("options") or []:
        for option in subcommand.get("options") or []:
            if option.get("focused"):
                return str(option["name"]), str(option.get("value", ""))
    return "", ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _snowflake(value: object) -> str:
    """An id of Discord's, which is a number in a text."""
    return str(int(_text(value)))

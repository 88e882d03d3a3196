"""Which servers are home: those that the settings name, or the one that the bot was in when it first started."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from adapters.discord.hear import PLATFORM
from adapters.discord.publish import Memory
from adapters.discord.rest import Rest
from bot.addresses import Address
from bot.home import first_place_as

log = logging.getLogger(__name__)

FIRST_SERVER = first_place_as(PLATFORM)
SEVERAL = "-"
"""Remembered under that name where there was no server, or more than one."""
_PAGE = 200
"""Servers that Discord names at once."""


@dataclass(frozen=True, slots=True)
class Named:
    """What the settings say: DISCORD_GUILD_IDS, and HTG_ANNOUNCEMENT_CHANNELS."""

    guilds: Collection[int] = ()
    channels: Collection[Address] = ()


async def find_home(rest: Rest, named: Named, memory: Memory | None) -> frozenset[str]:
    """The ids of the servers at home; none where nothing says which. Raises as `Rest.request` does."""
    first = await _first(rest, memory)
    if named.guilds:
        return frozenset(map(str, named.guilds))
    if found := await _holding(rest, named.channels):
        return found
    return frozenset({first} - {SEVERAL})


async def _first(rest: Rest, memory: Memory | None) -> str:
    known = await memory.remembered(FIRST_SERVER) if memory else None
    if known:
        return known
    there = [str(each["id"]) for each in await servers(rest)]
    first = there[0] if len(there) == 1 else SEVERAL
    if memory:
        await memory.remember(FIRST_SERVER, first)
    return first


async def servers(rest: Rest) -> list[Mapping[str, Any]]:
    """Every server that the bot is in."""
    found: list[Mapping[str, Any]] = []
    while True:
        after = {"after": found[-1]["id"]} if found else {}
        page = await rest.request("GET", "/users/@me/guilds", params={"limit": _PAGE, **after})
        found += page
        if len(page) < _PAGE:
            return found


async def _holding(rest: Rest, channels: Collection[Address]) -> frozenset[str]:
    """The servers of these channels, as far as the bot sees them."""
    found = set[str]()
    for each in channels:
        try:
            channel = await rest.request(
                "GET", "/channels/{channel_id}", channel_id=int(each.account.removeprefix("#"))
            )
        except (discord.NotFound, discord.Forbidden):
            log.warning("%s does not say which server is home: the bot does not see it", each)
        else:
            found.add(str(channel.get("guild_id") or ""))
    return frozenset(found - {""})

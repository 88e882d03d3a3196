"""Finds the home guilds: those that the settings name, or the one that the bot was in when it first started."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from adapters.discord.client import DiscordClient
from adapters.discord.receive import PLATFORM
from adapters.discord.value_store import ValueStore
from bot.addresses import Address
from bot.home import first_place_state_name

log = logging.getLogger(__name__)

FIRST_GUILD_KEY = first_place_state_name(PLATFORM)
AMBIGUOUS = "-"
"""Stored under that key where the bot was in no guild, or in more than one."""
_PAGE_SIZE = 200
"""Discord's limit for one request (developer docs, Get Current User Guilds)."""


@dataclass(frozen=True, slots=True)
class ConfiguredGuilds:
    """What the settings say: DISCORD_GUILD_IDS, and HTG_ANNOUNCEMENT_CHANNELS."""

    guilds: Collection[int] = ()
    channels: Collection[Address] = ()


async def find_home_guilds(
    client: DiscordClient, configured: ConfiguredGuilds, store: ValueStore | None
) -> frozenset[str]:
    """Ids of the home guilds; empty where nothing says which. Raises as `DiscordClient.request` does."""
    first_guild = await _first_guild(client, store)
    if configured.guilds:
        return frozenset(map(str, configured.guilds))
    if guilds := await _guilds_of_channels(client, configured.channels):
        return guilds
    return frozenset({first_guild} - {AMBIGUOUS})


async def _first_guild(client: DiscordClient, store: ValueStore | None) -> str:
    stored = await store.get(FIRST_GUILD_KEY) if store else None
    if stored:
        return stored
    guilds = [str(guild["id"]) for guild in await list_guilds(client)]
    first_guild = guilds[0] if len(guilds) == 1 else AMBIGUOUS
    if store:
        await store.set(FIRST_GUILD_KEY, first_guild)
    return first_guild


async def list_guilds(client: DiscordClient) -> list[Mapping[str, Any]]:
    """Every guild that the bot is in, as `{"id": …, "name": …}`."""
    guilds: list[Mapping[str, Any]] = []
    while True:
        after = {"after": guilds[-1]["id"]} if guilds else {}
        page = await client.request("GET", "/users/@me/guilds", params={"limit": _PAGE_SIZE, **after})
        guilds += page
        if len(page) < _PAGE_SIZE:
            return guilds


async def _guilds_of_channels(client: DiscordClient, channels: Collection[Address]) -> frozenset[str]:
    """Ids of the guilds of those channels that the bot can see."""
    guilds = set[str]()
    for address in channels:
        channel_id = int(address.account.removeprefix("#"))
        try:
            channel = await client.request("GET", "/channels/{channel_id}", channel_id=channel_id)
        except (discord.NotFound, discord.Forbidden):
            log.warning("%s does not say which server is home: the bot does not see it", address)
        else:
            guilds.add(str(channel.get("guild_id") or ""))
    return frozenset(guilds - {""})

"""Looks up whether a member's roles in a home guild let them organise there.

The permissions in an interaction are those of the channel that it came from, whose overwrites may grant Manage
Events to anybody. So the guild's roles are read from Discord and cached for some seconds: a role that lost the
permission does not count for longer. Where they cannot be read in time, the sender's rights are unknown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from adapters.discord.client import REQUEST_ERRORS, DiscordClient, DiscordUnreachable, LoginRefused
from adapters.discord.permissions import ORGANISER_PERMISSIONS, compute_permissions
from adapters.discord.receive import PLATFORM, installed_guild
from bot.home import Home
from bot.members.model import Person

log = logging.getLogger(__name__)

Json = Mapping[str, Any]

ROLE_CACHE_SECONDS = 15.0
ROLE_LOOKUP_TIMEOUT = 0.8
"""Seconds that an answer waits for the roles, out of Discord's three for a first response."""
RETRY_DELAY = 5.0
"""Seconds after a failed lookup before the next one."""


class OrganiserLookup:
    def __init__(self, client: DiscordClient, home: Home) -> None:
        self._client = client
        self._home = home
        self._guilds: dict[str, tuple[float, Json | None]] = {}
        """(valid until, guild) by guild id; None where it could not be read. Times are the event loop's."""
        self._lookups: dict[str, asyncio.Task[Json | None]] = {}

    async def with_rights(self, sender: Person, interaction: Json, now: datetime) -> Person:
        """With the guild that the interaction came from, if its sender may organise there. Never raises."""
        guild_id = installed_guild(interaction)
        member: Json = interaction.get("member") or {}
        if not self._home.includes(PLATFORM, guild_id) or _is_timed_out(member, now):
            return sender  # permissions elsewhere mean nothing here
        guild = await self._guild(guild_id)
        if guild is None:
            return replace(sender, rights_unknown=True)
        may_organise = compute_permissions(guild, member).value & ORGANISER_PERMISSIONS
        return replace(sender, organises=frozenset({guild_id})) if may_organise else sender

    async def close(self) -> None:
        lookups = list(self._lookups.values())
        for lookup in lookups:
            lookup.cancel()
        await asyncio.gather(*lookups, return_exceptions=True)

    async def _guild(self, guild_id: str) -> Json | None:
        valid_until, guild = self._guilds.get(guild_id, (0.0, None))
        if asyncio.get_running_loop().time() < valid_until:
            return guild
        lookup = self._lookups.get(guild_id)
        if lookup is None:
            lookup = self._lookups[guild_id] = asyncio.create_task(self._look_up(guild_id), name="discord: roles")
        done, _ = await asyncio.wait({lookup}, timeout=ROLE_LOOKUP_TIMEOUT)
        return lookup.result() if done and not lookup.cancelled() else None

    async def _look_up(self, guild_id: str) -> Json | None:
        started = asyncio.get_running_loop().time()
        guild: Json | None = None
        try:
            guild = await self._client.request("GET", "/guilds/{guild_id}", guild_id=int(guild_id))
        except (*REQUEST_ERRORS, LoginRefused, DiscordUnreachable) as problem:
            log.warning("the roles of server %s could not be read: %s", guild_id, type(problem).__name__)
        finally:
            self._guilds[guild_id] = (started + (RETRY_DELAY if guild is None else ROLE_CACHE_SECONDS), guild)
            del self._lookups[guild_id]
        return guild


def _is_timed_out(member: Json, now: datetime) -> bool:
    """A timeout takes everything but reading from a member for a while; administrators cannot be timed out."""
    until = member.get("communication_disabled_until")
    return bool(until) and datetime.fromisoformat(str(until)) > now

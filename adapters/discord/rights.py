"""Whether Discord grants somebody to organise a server: by their roles in the whole of it, not in one channel.

The permissions in an interaction are those of the channel that it came from, whose overwrites may grant Manage
Events to anybody. So the server's roles are read from Discord, and kept for some seconds: a role that lost the
permission does not count for longer. What cannot be read in time does not count.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import aiohttp
import discord

from adapters.discord.hear import PLATFORM, server
from adapters.discord.permissions import ORGANISES, permissions
from adapters.discord.rest import Refused, Rest, Unreachable
from bot.home import Home

log = logging.getLogger(__name__)

Json = Mapping[str, Any]

FRESH = 15.0
"""Seconds for which a server's roles are relied on."""
TIMEOUT = 0.8
"""Seconds that an answer waits for them, of the three that there are."""
RETRY = 5.0
"""Seconds after a failure before the next attempt."""
_TROUBLE = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, Refused, Unreachable)


class Rights:
    def __init__(self, rest: Rest, home: Home) -> None:
        self._rest = rest
        self._home = home
        self._servers: dict[str, tuple[float, Json | None]] = {}
        """Until when each is relied on; None where it could not be read."""
        self._reading: dict[str, asyncio.Task[Json | None]] = {}

    async def granted(self, interaction: Json, now: datetime) -> frozenset[str]:
        """The server in which the asker may organise, if they may. Never raises."""
        where = server(interaction)
        if not self._home.includes(PLATFORM, where):
            return frozenset()  # it would mean nothing there
        found = await self._server(where)
        member: Json = interaction.get("member") or {}
        if found is None or _is_timed_out(member, now):
            return frozenset()
        return frozenset({where}) if permissions(found, member).value & ORGANISES else frozenset()

    async def close(self) -> None:
        reading = list(self._reading.values())
        for each in reading:
            each.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    async def _server(self, number: str) -> Json | None:
        until, kept = self._servers.get(number, (0.0, None))
        if asyncio.get_running_loop().time() < until:
            return kept
        reading = self._reading.get(number)
        if reading is None:
            reading = self._reading[number] = asyncio.create_task(self._read(number), name="discord: roles")
        done, _ = await asyncio.wait({reading}, timeout=TIMEOUT)
        return reading.result() if done and not reading.cancelled() else None

    async def _read(self, number: str) -> Json | None:
        asked = asyncio.get_running_loop().time()
        found: Json | None = None
        try:
            found = await self._rest.request("GET", "/guilds/{guild_id}", guild_id=int(number))
        except _TROUBLE as problem:
            log.warning("the roles of server %s could not be read: %s", number, type(problem).__name__)
        finally:
            self._servers[number] = (asked + (RETRY if found is None else FRESH), found)
            del self._reading[number]
        return found


def _is_timed_out(member: Json, now: datetime) -> bool:
    """Discord takes all but reading from a member for a while; whoever administers the server cannot be meant."""
    until = member.get("communication_disabled_until")
    return bool(until) and datetime.fromisoformat(str(until)) > now

"""What the checks of `htg doctor` get: settings, clock, and the health of the database."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from bot.addresses import Address
from bot.home import first_place_state_name
from bot.meetings.model import LEFT_OUT
from bot.notifications.deliver import LAST_TICK
from bot.ports import Clock
from settings import Settings
from storage.engine.errors import DatabaseUnavailable
from storage.engine.health import DatabaseHealth, read_health

LAST_BACKUP = "last backup"
"""The database remembers under this name when `htg db backup` was last done."""

LAST_BACKUP_FILE = "last backup's file"
"""And under this name, where that backup was written."""


class CheckContext:
    """Create it in the running loop: the database is examined once, for all checks."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings, self.clock = settings, clock
        keys = [key.get_secret_value() for key in settings.secret_keys]
        self.url = settings.database_url.get_secret_value()
        remembered = [LAST_BACKUP, LAST_BACKUP_FILE, LAST_TICK, LEFT_OUT, first_place_state_name("discord")]
        self._examined = asyncio.create_task(asyncio.to_thread(read_health, self.url, keys, remembered))

    async def require_health(self) -> DatabaseHealth:
        """Raises DatabaseUnavailable."""
        return await asyncio.shield(self._examined)

    async def health(self) -> DatabaseHealth | None:
        """None where the database cannot be used: `installation.database` says so."""
        try:
            return await self.require_health()
        except DatabaseUnavailable:
            return None

    async def remembered(self, name: str) -> str:
        """What the bot remembers under this name; empty where it does not, or cannot be asked."""
        health = await self.health()
        return health.remembered.get(name, "") if health else ""

    async def team(self) -> Collection[Address]:
        """All facilitators, from the settings and the database."""
        health = await self.health()
        return {*self.settings.facilitators, *(health.facilitators if health else ())}

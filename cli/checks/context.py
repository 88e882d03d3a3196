"""What `htg doctor` looks at, a file for each subject. No finding holds a secret, and each says what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from bot.addresses import Address
from bot.home import first_place_as
from bot.outbox import AT_WORK
from bot.ports import Clock
from settings import Settings
from storage.engine.errors import DatabaseUnavailable
from storage.engine.health import DatabaseHealth, read_health

LAST_BACKUP = "last backup"
"""Under this name the database remembers when `htg db backup` was last done."""


LAST_BACKUP_FILE = "last backup's file"
"""And under this one, where it was written."""


class Level(Enum):
    """OK: nothing to do. ADVICE: the bot does its work, and could do it better. FAULT: something does not work."""

    OK = "ok"
    ADVICE = "advice"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    line: str


def ok(line: str) -> Finding:
    return Finding(Level.OK, line)


def advice(line: str) -> Finding:
    return Finding(Level.ADVICE, line)


def fault(line: str) -> Finding:
    return Finding(Level.FAULT, line)


class Patient:
    """What is looked at. Make it in the running loop: the database is examined once, for all who ask."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings, self.clock = settings, clock
        keys = [each.get_secret_value() for each in settings.secret_keys]
        self.url = settings.database_url.get_secret_value()
        remembered = [LAST_BACKUP, LAST_BACKUP_FILE, AT_WORK, first_place_as("discord")]
        self._examined = asyncio.create_task(asyncio.to_thread(read_health, self.url, keys, remembered))

    async def examined(self) -> DatabaseHealth:
        """Raises Unusable."""
        return await asyncio.shield(self._examined)

    async def health(self) -> DatabaseHealth | None:
        """None where the database cannot be used: `house.database` says so."""
        try:
            return await self.examined()
        except DatabaseUnavailable:
            return None

    async def remembered(self, name: str) -> str:
        """What the bot remembers under this name; empty where it does not, or cannot be asked."""
        health = await self.health()
        return health.remembered.get(name, "") if health else ""

    async def team(self) -> Collection[Address]:
        """Everyone who is named, in the settings or in the database."""
        health = await self.health()
        return {*self.settings.facilitators, *(health.facilitators if health else ())}

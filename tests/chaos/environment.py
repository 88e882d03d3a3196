"""What rounds share: the process that forks, PostgreSQL, and a migrated SQLite file."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from pkgutil import resolve_name

from storage.migrations.upgrade import upgrade
from tests.chaos.fleet import ForkServer
from tests.chaos.forkserver import HURRIED, LEASES
from tests.chaos.servers import Postgres


@dataclass
class Environment:
    folder: Path
    server: ForkServer
    postgres: Postgres
    lease: float
    """Seconds for which the longest lease lasts."""

    async def sqlite(self, folder: Path) -> str:
        template = self.folder / "template.db"
        if not template.exists():
            await upgrade(f"sqlite:///{template}")
        shutil.copy(template, folder / "htg.db")
        return f"sqlite:///{folder / 'htg.db'}"


@asynccontextmanager
async def environment(folder: Path, *bugs: str, hurried: bool = True) -> AsyncIterator[Environment]:
    """`bugs`: what is planted in every process, see `planted.py`."""
    opened = Environment(folder, ForkServer(*bugs, hurried=hurried), Postgres(), _longest_lease(hurried=hurried))
    async with AsyncExitStack() as stack:
        for part in (opened.server, opened.postgres):
            stack.push_async_callback(part.close)
            await part.open()
        yield opened


def _longest_lease(*, hurried: bool) -> float:
    lasts = [HURRIED[name] if hurried else resolve_name(name.replace(".LEASE", ":LEASE")) for name in LEASES]
    return max(value.total_seconds() for value in lasts if isinstance(value, timedelta))

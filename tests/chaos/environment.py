"""What rounds share: the process that forks, PostgreSQL, and a migrated SQLite file."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.migrations.upgrade import upgrade
from tests.chaos.fleet import ForkServer
from tests.chaos.servers import Postgres


@dataclass
class Environment:
    folder: Path
    server: ForkServer
    postgres: Postgres

    async def sqlite(self, folder: Path) -> str:
        template = self.folder / "template.db"
        if not template.exists():
            await upgrade(f"sqlite:///{template}")
        shutil.copy(template, folder / "htg.db")
        return f"sqlite:///{folder / 'htg.db'}"


@asynccontextmanager
async def environment(folder: Path, *bugs: str) -> AsyncIterator[Environment]:
    """`bugs`: what is planted in every process, see `planted.py`."""
    opened = Environment(folder, ForkServer(*bugs), Postgres())
    async with AsyncExitStack() as stack:
        for part in (opened.server, opened.postgres):
            stack.push_async_callback(part.close)
            await part.open()
        yield opened

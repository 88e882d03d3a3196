"""Whether anybody but their owner can read the files that hold secrets and names."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from bot.ports import CheckResult
from cli.checks.context import LAST_BACKUP_FILE, CheckContext
from storage.engine.errors import DatabaseUnavailable
from storage.engine.urls import SqliteFile, parse_database_url

GROUP_AND_OTHERS = 0o077
"""What the group and everybody else may do."""


async def files(ctx: CheckContext) -> list[CheckResult]:
    """Nothing where there are none: settings from the environment, PostgreSQL, backups that are elsewhere."""
    if os.name != "posix":
        return []
    health = await ctx.health()
    backup = health.remembered[LAST_BACKUP_FILE] if health else ""
    there = [each for each in (Path(".env"), *_database(ctx.url), *([Path(backup)] if backup else [])) if _is(each)]
    opened = [each for each in there if each.stat().st_mode & GROUP_AND_OTHERS]
    if opened:
        names = " ".join(shlex.quote(str(each)) for each in opened)
        return [
            CheckResult.fault(f"Others than their owner may read or write what is to be kept secret: chmod go= {names}")
        ]
    return (
        [CheckResult.ok("Nobody but their owner can read the files with settings, database and backup.")]
        if there
        else []
    )


def _database(url: str) -> Iterator[Path]:
    try:
        place = parse_database_url(url)
    except DatabaseUnavailable:
        return
    if isinstance(place, SqliteFile):
        yield from (place.path, *(place.path.with_name(f"{place.path.name}{end}") for end in ("-wal", "-shm")))


def _is(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False

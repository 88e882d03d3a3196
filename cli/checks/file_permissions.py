"""Whether only their owner can read the files that hold secrets and personal data."""

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
"""Mode bits of the group and of everybody else."""


async def file_permissions(ctx: CheckContext) -> list[CheckResult]:
    """No result where there are no such files: settings in the environment, PostgreSQL, backups elsewhere."""
    if os.name != "posix":
        return []
    health = await ctx.health()
    backup = health.remembered[LAST_BACKUP_FILE] if health else ""
    candidates = [Path(".env"), *_database_files(ctx.url), *([Path(backup)] if backup else [])]
    existing = [path for path in candidates if _is_file(path)]
    readable = [path for path in existing if path.stat().st_mode & GROUP_AND_OTHERS]
    if readable:
        names = " ".join(shlex.quote(str(path)) for path in readable)
        return [
            CheckResult.fault(f"Others than their owner may read or write what is to be kept secret: chmod go= {names}")
        ]
    if not existing:
        return []
    return [CheckResult.ok("Nobody but their owner can read the files with settings, database and backup.")]


def _database_files(url: str) -> Iterator[Path]:
    try:
        place = parse_database_url(url)
    except DatabaseUnavailable:
        return
    if isinstance(place, SqliteFile):
        yield from (place.path, *(place.path.with_name(f"{place.path.name}{end}") for end in ("-wal", "-shm")))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False

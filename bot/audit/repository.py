"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from bot.audit.model import Act, LogEntry


class AuditRepository(Protocol):
    """The log of facilitators' acts."""

    def add(self, act: Act) -> None:
        """Keeps what a facilitator did; goes in the same transaction as the deed itself."""

    def entries(
        self, *, limit: int | None = None, offset: int = 0, upto: int = 0, gatherings: Collection[int] = ()
    ) -> list[LogEntry]:
        """What was done, the newest first. `upto`: none that was recorded after this id. `gatherings`: about these."""

"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from bot.audit.model import Act, LogEntry


class AuditRepository(Protocol):
    """The audit log."""

    def add(self, act: Act) -> None:
        """Records an act, in the transaction that performs it."""

    def entries(
        self, *, limit: int | None = None, offset: int = 0, upto: int = 0, gatherings: Collection[int] = ()
    ) -> list[LogEntry]:
        """Acts, the newest first. `upto`: the last one's id, if any. `gatherings`: only about these, if any."""

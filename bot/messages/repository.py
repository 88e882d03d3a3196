"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.messages.model import Message


class MessageRepository(Protocol):
    """Messages of facilitators to registrants."""

    def draft(self, gathering: int, text: str, now: datetime) -> Message:
        """Stores a draft, encrypted; one that is neither sent nor discarded is deleted after a day."""

    def get(self, message: int) -> Message | None: ...

    def mark_sent(self, message: int, now: datetime) -> bool:
        """Marks a draft as sent; False when it was sent already or deleted."""

    def discard(self, message: int) -> bool: ...

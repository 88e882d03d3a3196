"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.messages.model import Message


class MessageRepository(Protocol):
    """What facilitators write to everyone who registered."""

    def draft(self, gathering: int, text: str, now: datetime) -> Message:
        """Keeps a message sealed, to be sent or discarded; one that is neither is gone after a day."""

    def get(self, message: int) -> Message | None: ...

    def mark_sent(self, message: int, now: datetime) -> bool:
        """Marks a draft as sent; False when it is none any more."""

    def discard(self, message: int) -> bool: ...

"""A private word from the facilitators to everyone who registered. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

MESSAGE_LIMIT = 1500


@dataclass(frozen=True, slots=True)
class Message:
    """Kept sealed; shown to the registrants alone."""

    id: int
    gathering: int
    text: str = field(repr=False)
    sent_at: datetime | None = None
    """None for a draft."""

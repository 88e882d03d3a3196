"""Private messages from the facilitators to the registrants of a gathering. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

MESSAGE_LIMIT = 1500


@dataclass(frozen=True, slots=True)
class Message:
    """Stored encrypted; shown to the registrants only."""

    id: int
    gathering: int
    text: str = field(repr=False)
    sent_at: datetime | None = None
    """None for a draft."""

"""What Zoom tells of a meeting while it is planned, runs and ends. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.meetings.model import Capture


class MeetingEventKind(StrEnum):
    STARTED = "started"
    ENDED = "ended"
    JOINED = "joined"
    SEEN = "seen"
    """A sign that somebody came who is not in the room yet: they wait for the host, or in the waiting room."""
    LEFT = "left"
    CAPTURED = "captured"
    CHANGED = "changed"
    """Somebody changed or deleted it, or a registrant of it; the bot itself perhaps."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class MeetingEvent:
    """`at`: when it happened, by Zoom's clock. `registrant`: Zoom's id of who is meant; empty for the host."""

    kind: MeetingEventKind
    number: str
    at: datetime
    registrant: str = ""
    capture: Capture | None = None
    begins: bool = False
    """Of a capture: it begins now, and is not known from what it left alone."""

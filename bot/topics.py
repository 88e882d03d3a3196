"""What members would like a gathering to be about. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

TOPIC_LIMIT = 200
OPEN_TOPICS_PER_MEMBER = 10
"""A member may have so many suggestions waiting; more would drown the others'."""


@dataclass(frozen=True, slots=True)
class Topic:
    id: int
    text: str
    suggested_at: datetime


def tidy(typed: str) -> str:
    """One line, without doubled spaces: what two people typed alike is then alike."""
    return " ".join(typed.split())

"""What members would like a gathering to be about. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TOPIC_LIMIT = 200
OPEN_TOPICS_PER_MEMBER = 10
"""A member may have so many suggestions waiting; more would drown the others'."""


class TopicState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Topic:
    """One for all who ask for it, whoever was first: it does not say who they are."""

    id: int
    text: str
    suggested_at: datetime
    votes: int = 1
    state: TopicState = TopicState.OPEN

"""Topics that members suggest for gatherings. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TOPIC_LIMIT = 200
OPEN_TOPICS_PER_MEMBER = 10
"""Open suggestions of one member, so that nobody's crowd out the others'."""


class TopicState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Topic:
    """A suggested topic; it does not hold who suggested it or voted for it."""

    id: int
    text: str
    suggested_at: datetime
    votes: int = 1
    state: TopicState = TopicState.OPEN

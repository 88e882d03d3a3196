"""What members would like a gathering to be about. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TOPIC_LIMIT = 200
OPEN_TOPICS_PER_MEMBER = 10
"""A member may have so many suggestions waiting; more would drown the others'."""


class State(StrEnum):
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
    state: State = State.OPEN


_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and the marks that turn the direction of what follows them, beyond where they stand."""


def tidy(typed: str) -> str:
    """One line, without doubled spaces: what two people typed alike is then alike."""
    return " ".join(_UNSEEN.sub("", typed).split())


def prose(typed: str) -> str:
    """Several lines, without what cannot be seen."""
    return "\n".join(_UNSEEN.sub("", line).rstrip() for line in typed.splitlines()).strip()


def headline(text: str, limit: int) -> str:
    """A topic as a title of at most so many characters, cut between words."""
    if len(text) <= limit:
        return text
    kept = text[:limit]
    return (kept[: limit - 1].rpartition(" ")[0].rstrip(" ,;:–-") or kept[: limit - 1]) + "…"

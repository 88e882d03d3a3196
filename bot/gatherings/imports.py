"""Where a gathering was imported from: the entry of a calendar, so that a later version of it is known. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC

from bot.gatherings.model import Gathering, Plan


@dataclass(frozen=True, slots=True)
class Import:
    """`source`: the digest of the entry's UID. `content`: the digest of what was imported last, without the link."""

    source: str
    gathering: int
    sequence: int
    content: str


def source_of(uid: str) -> str:
    """What is kept of a UID: Zoom's own hold the number of the meeting, which is nobody's to read."""
    return hashlib.sha256(uid.encode("utf-8", "surrogatepass")).hexdigest()


def content_of(what: Plan | Gathering) -> str:
    """Whether two say the same to members: this tells what a calendar changed, and what was changed here since."""
    shown = (
        what.title,
        what.starts_at.astimezone(UTC).isoformat(),
        what.zone,
        str(what.duration),
        what.description,
        what.facilitators,
    )
    return hashlib.sha256("\0".join(shown).encode("utf-8", "surrogatepass")).hexdigest()

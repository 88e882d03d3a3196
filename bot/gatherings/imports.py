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
    """The digest of a UID: those of Zoom hold the meeting number, which must not be stored in the clear."""
    return hashlib.sha256(uid.encode("utf-8", "surrogatepass")).hexdigest()


def content_of(what: Plan | Gathering, *, ruled: bool = False) -> str:
    """A digest of what members see: it shows what the calendar changed, and what was changed here since the import.

    `ruled`: the calendar gives the door rule, too; where it does not, that is as it is here.
    """
    shown = [
        what.title,
        what.starts_at.astimezone(UTC).isoformat(),
        what.zone,
        str(what.duration),
        what.description,
        what.facilitators,
    ]
    if ruled:
        rule = what.door_rule
        shown += [str(rule.limit), str(rule.late_entry), str(rule.opens_before)]
    return hashlib.sha256("\0".join(shown).encode("utf-8", "surrogatepass")).hexdigest()

"""What members attend, alone or as a part of a series of two or three. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.admission.model import DoorRule, Doors, doors
from bot.secrets import ZoomLink

TITLE_LIMIT = 90
DESCRIPTION_LIMIT = 1500
PARTS_LIMIT = 3
FACILITATORS_LIMIT = 200
NOTE_LIMIT = 500
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=24)
PLACES_LIMIT = 1000
LISTED = 500
"""Gatherings that menus lead through, page by page."""


class Status(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Gathering:
    """One gathering as it may be shown. It does not carry its Zoom link: that is read only to admit somebody.

    Whoever reads one from the database makes its texts safe with `bot.redaction.published.safe`.
    """

    id: int
    title: str
    starts_at: datetime
    zone: str
    duration: timedelta = timedelta(minutes=90)
    description: str = ""
    facilitators: str = ""
    status: Status = Status.PUBLISHED
    door_rule: DoorRule = field(default_factory=DoorRule)
    admitted: int = 0
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    moved_from: datetime | None = None
    """When it was to begin as it was first announced; None where it still is."""
    series: int | None = None
    part: int = 1
    parts: int = 1
    revision: int = 0
    """Rises by one on each change that members can see: the calendar's SEQUENCE, and what keeps posts in step."""
    changed_at: datetime | None = None
    """When that was, or when it was made; None where nobody said."""
    note: str = ""
    series_name: str = ""
    """What its series is called in the file that it was imported from; members do not see it."""
    former_registrants: int = 0
    """Registrants who asked to be forgotten, or were in time: only their number is left."""
    place: str = "Zoom"
    """Where it meets, as `ZoomLink.place` names it; empty where that cannot be read."""
    withheld: bool = False
    """A text of it gave away a link to the room, which was left out here."""

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + self.duration

    @property
    def cancelled(self) -> bool:
        return self.status is Status.CANCELLED

    def is_still_on(self, now: datetime) -> bool:
        """Whether it is neither cancelled nor over."""
        return not self.cancelled and now < self.ends_at

    @property
    def is_part(self) -> bool:
        return self.series is not None

    def doors(self, now: datetime) -> Doors:
        return doors(self, now)

    def open_to_registration(self, now: datetime) -> bool:
        """Registering is not capped, but nobody is let register for a door that is shut for them."""
        return self.status is Status.PUBLISHED and self.doors(now) in {Doors.EARLY, Doors.OPEN}


@dataclass(frozen=True, slots=True)
class Plan:
    """One gathering as someone asks for it; several together make a series, one part each."""

    title: str
    starts_at: datetime
    zone: str
    description: str = ""
    facilitators: str = ""
    duration: timedelta = timedelta(minutes=90)
    door_rule: DoorRule = field(default_factory=DoorRule)
    link: ZoomLink | None = None
    series_name: str = ""


def series_of(gatherings: Sequence[Gathering]) -> list[list[Gathering]]:
    """Gatherings grouped: each series together, each one-time topic alone; order kept."""
    groups: dict[object, list[Gathering]] = {}
    for gathering in gatherings:
        groups.setdefault(gathering.series if gathering.is_part else f"alone-{gathering.id}", []).append(gathering)
    return list(groups.values())


def reference(typed: str) -> int | None:
    """The number in what someone typed to name a gathering: `12` or `#12`; None when it is not a number."""
    matched = re.fullmatch(r"#?(\d{1,9})", typed.strip())
    return int(matched[1]) if matched else None

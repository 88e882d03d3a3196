"""Public posts about gatherings, updated whenever the gathering changes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.registrations.model import coming_parts


@dataclass(frozen=True, slots=True)
class Announcement:
    id: int
    gathering: int
    """The first gathering it is about; a series has one announcement for all its parts."""
    channel: Address
    message: str = ""
    """The platform's id of the post; empty until it is posted."""

    @property
    def post(self) -> str:
        """Short enough for a button, and another for each post."""
        return f"{crc32(self.message.encode()):x}"


@dataclass(frozen=True, slots=True)
class ScheduledAnnouncement:
    """An announcement that is to be posted at a later time."""

    announcement: Announcement
    at: datetime


def offered_parts(parts: Sequence[Gathering], now: datetime) -> list[Gathering]:
    """What the button of a post takes: the parts to come, or else what runs; none once all of it is past."""
    return coming_parts(parts, now) or [part for part in parts if part.is_still_on(now)]

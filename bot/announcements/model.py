"""Public posts about gatherings, updated whenever the gathering changes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.addresses import Address


@dataclass(frozen=True, slots=True)
class Announcement:
    id: int
    gathering: int
    """The first gathering it is about; a series has one announcement for all its parts."""
    channel: Address
    message: str = ""
    """The platform's id of the post; empty until it is posted."""


@dataclass(frozen=True, slots=True)
class ScheduledAnnouncement:
    """An announcement that is to be posted at a later time."""

    announcement: Announcement
    at: datetime

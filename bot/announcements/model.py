"""A public post that stays in step with its gathering. Pure."""

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
    """The platform's own id of the post, once it stands; empty before."""


@dataclass(frozen=True, slots=True)
class ScheduledAnnouncement:
    """An announcement that is to be posted at a time still to come."""

    announcement: Announcement
    at: datetime

"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from bot.addresses import Address
from bot.announcements.model import Announcement, ScheduledAnnouncement
from bot.announcements.scheduled_events import EventDiff, ScheduledEvent
from bot.gatherings.model import Gathering


class AnnouncementRepository(Protocol):
    """Posts in channels."""

    def add(self, gathering: int, channel: Address) -> Announcement:
        """The announcement of a gathering in a channel, made where missing. Idempotent."""

    def get(self, announcement: int) -> Announcement | None: ...

    def list_for(self, gathering: Gathering) -> list[Announcement]:
        """Those about this gathering or about any part of its series."""

    def scheduled(self, gatherings: Collection[int], now: datetime) -> list[ScheduledAnnouncement]:
        """Announcements of these that are to be posted later than now, soonest first; until the end of this
        transaction nobody begins to post one.
        """

    def withdraw(self, announcement: int) -> bool:
        """Removes an announcement that nobody has begun to post, or that could not be posted; False otherwise."""

    def mark_posted(self, announcement: int, message: str) -> None:
        """Keeps the platform's id of a post that now stands."""


class ScheduledEventRepository(Protocol):
    """Events in the platforms' own calendars (Discord's scheduled events)."""

    def diff(
        self,
        platform: str,
        home: str,
        now: datetime,
        *,
        within: Collection[str],
        resting: Collection[str] = (),
        limit: int,
    ) -> EventDiff:
        """How these servers of a platform differ from what is announced in them: so many of each kind at most.

        One happening is due for every upcoming published gathering, or part, and server where an announcement
        of it stands; none where `home`, the public address, is empty. `resting`: servers, and accounts of
        channels, that are left out.
        """

    def save_server(self, channel: Address, server: str) -> None: ...

    def save(self, happening: ScheduledEvent) -> None: ...

    def remove(self, gathering: int, server: str) -> None: ...

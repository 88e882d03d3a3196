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
    """Announcements in channels."""

    def add(self, gathering: int, channel: Address) -> Announcement:
        """The announcement of a gathering in a channel, created if missing. Idempotent."""

    def get(self, announcement: int) -> Announcement | None: ...

    def list_for(self, gathering: Gathering) -> list[Announcement]:
        """Announcements of this gathering or of any part of its series."""

    def scheduled(self, gatherings: Collection[int], now: datetime) -> list[ScheduledAnnouncement]:
        """Announcements of these that are to be posted later than now, soonest first. Locks them: until the end of
        this transaction no worker can claim one.
        """

    def withdraw(self, announcement: int) -> bool:
        """Removes an announcement that is not claimed yet, or that failed; False otherwise."""

    def mark_posted(self, announcement: int, message: str) -> None:
        """Stores the platform's id of the post."""

    def forget_post(self, announcement: int, message: str) -> bool:
        """It stands no longer, for it was deleted in its channel; False where this is not the post that is known."""


class ScheduledEventRepository(Protocol):
    """Events in the platforms' own calendars (Discord's scheduled events)."""

    def diff(
        self,
        platform: str,
        home: str,
        now: datetime,
        *,
        within: Collection[str],
        excluded: Collection[str] = (),
        limit: int,
    ) -> EventDiff:
        """How the events of these servers differ from what is announced there: at most `limit` of each kind.

        One event is due for every upcoming published gathering, or part, and server in which it is announced; none
        where `home`, the public address, is empty. `excluded`: servers, and accounts of channels, that are left out.
        """

    def save_server(self, channel: Address, server: str) -> None: ...

    def save(self, event: ScheduledEvent) -> None: ...

    def remove(self, gathering: int, server: str) -> None: ...

"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.gatherings.imports import Import
from bot.gatherings.model import Gathering, Plan, Status
from bot.secrets import ZoomLink


class GatheringRepository(Protocol):
    """Gatherings, their series and their Zoom links."""

    def add(self, plans: Sequence[Plan], status: Status, now: datetime | None = None) -> list[Gathering]:
        """Keeps one plan as a one-time gathering, two or three as the parts of a series in that order."""

    def find_duplicate(self, title: str, starts_at: datetime) -> Gathering | None:
        """The gathering with this title, however it is spelt, and start: importing a file twice adds nothing, and
        brings back nothing that was cancelled since.
        """

    def find_imported(self, source: str) -> tuple[Gathering, Import] | None:
        """What the entry of a calendar with this source has become, and as what it was imported last."""

    def save_import(self, imported: Import) -> None:
        """Keeps it, in place of an earlier one of the same source."""

    def get(self, gathering: int) -> Gathering | None: ...

    def parts(self, gathering: Gathering) -> list[Gathering]:
        """All parts of its series in order; a one-time gathering alone."""

    def upcoming(self, now: datetime, *, limit: int, offset: int = 0, titled: str = "") -> list[Gathering]:
        """Published gatherings whose late entry is not past, soonest first; `titled`: part of the title."""

    def hosted(self, now: datetime, *, limit: int, titled: str = "") -> list[Gathering]:
        """What a facilitator may act on: drafts and published gatherings that have not ended, soonest first."""

    def save(self, gathering: Gathering, now: datetime | None = None) -> Gathering:
        """Keeps the changed fields of a gathering, with its revision raised by one; returns it as kept.

        `now` is when it was changed, which calendars tell.

        Its admissions are not among them: only `admit` counts those. It must be as it was read in this
        transaction (its revision tells): one that somebody else changed meanwhile is not written over.
        """

    def lock_unchanged(self, gatherings: Sequence[Gathering]) -> None:
        """Makes sure that these are as they were read in this transaction, and stay so until its end.

        Whoever registers is then among those whom a cancellation or a move tells, or hears of it at once.
        """

    def discard(self, gathering: Gathering) -> None:
        """Removes a draft, with all parts of its series. Like `change`, never one that is none any more."""

    def zoom_link(self, gathering: int) -> ZoomLink | None: ...

    def zoom_links(self, gatherings: Collection[int]) -> dict[int, ZoomLink]:
        """Of those that have one."""

    def set_zoom_link(self, gathering: int, link: ZoomLink) -> None: ...

    def starting_between(self, since: datetime, until: datetime) -> list[Gathering]:
        """Published gatherings that start between these instants, soonest first."""

    def public_since(self, since: datetime, *, limit: int) -> list[Gathering]:
        """Published and cancelled gatherings that end after `since`, soonest first."""

    def public_version(self, since: datetime, *, limit: int) -> str:
        """A short text that is another one whenever `shown` gives something else."""

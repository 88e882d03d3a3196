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
        """Saves one plan as a one-time gathering, two or three as the parts of a series in that order."""

    def add_part(self, parts: Sequence[Gathering], plan: Plan, now: datetime) -> Gathering:
        """Saves one more part after all of these, which are then a series if they were none.

        Their revisions rise by one: members see how many parts there are. Like `save`, it fails where one changed.
        """

    def find_duplicate(self, title: str, starts_at: datetime) -> Gathering | None:
        """The gathering with this title, however it is spelt, and start: importing a file twice adds nothing, and
        brings back nothing that was cancelled since.
        """

    def find_imported(self, source: str) -> tuple[Gathering, Import] | None:
        """What the entry of a calendar with this source has become, and as what it was imported last."""

    def save_import(self, imported: Import) -> None:
        """Saves it, in place of an earlier one of the same source."""

    def get(self, gathering: int) -> Gathering | None: ...

    def parts(self, gathering: Gathering) -> list[Gathering]:
        """All parts of its series in order; a one-time gathering alone."""

    def upcoming(self, now: datetime, *, limit: int, offset: int = 0, titled: str = "") -> list[Gathering]:
        """Published gatherings whose late entry is not past, soonest first; `titled`: part of the title."""

    def count_upcoming(self, now: datetime) -> int: ...

    def hosted(self, now: datetime, *, limit: int, titled: str = "") -> list[Gathering]:
        """What a facilitator may act on: drafts and published gatherings that have not ended, soonest first."""

    def save(self, gathering: Gathering, now: datetime | None = None) -> Gathering:
        """Saves the changed fields of a gathering, with its revision raised by one; returns it as saved.

        `now`: when it was changed, which calendar feeds give. The count of admissions is not saved: only `admit`
        changes it. What another transaction changed since this one read it is not overwritten.
        """

    def lock_unchanged(self, gatherings: Sequence[Gathering]) -> None:
        """Makes sure that these are as they were read in this transaction, and locks them until its end.

        A cancellation or a move then notifies whoever registers meanwhile, or refuses their registration.
        """

    def redraft(self, parts: Sequence[Gathering], plans: Sequence[Plan], now: datetime) -> list[Gathering]:
        """Saves these plans as the parts of a draft, which is then a series where there are several.

        Its stored `parts` keep their ids, and their Zoom link where a plan has none; more are added, and parts without
        a plan removed. Like `save`, it fails where one changed.
        """

    def discard(self, gathering: Gathering) -> None:
        """Removes a draft, with all parts of its series; like `save`, not one that was published meanwhile."""

    def zoom_link(self, gathering: int) -> ZoomLink | None: ...

    def zoom_links(self, gatherings: Collection[int]) -> dict[int, ZoomLink]:
        """Of those that have one."""

    def set_zoom_link(self, gathering: int, link: ZoomLink) -> None: ...

    def drafts(self, *, limit: int, offset: int = 0) -> list[Gathering]:
        """Drafts, also those whose time has passed, a series by its first part; soonest first."""

    def starting_between(self, since: datetime, until: datetime) -> list[Gathering]:
        """Published gatherings that start between these instants, soonest first."""

    def public_since(self, since: datetime, *, limit: int) -> list[Gathering]:
        """Published and cancelled gatherings that end after `since`, soonest first."""

    def public_version(self, since: datetime, *, limit: int) -> str:
        """A short text that changes whenever the result of `public_since` does."""

"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.registrations.model import DoorVisit
from bot.secrets import LinkKey, ZoomLink


class AdmissionRepository(Protocol):
    """Places: each is counted in the statement that takes it."""

    def admit(self, member: int, gathering: int, now: datetime) -> bool:
        """Takes a place, counted in the statement that takes it; True when the member now holds one.

        One place per member, for good: a second call is True and takes none. False when no place is left,
        or the gathering was cancelled or closed meanwhile. Safe against any number of concurrent calls.
        """

    def admit_many(self, members: Sequence[int], gathering: int, now: datetime) -> set[int]:
        """`admit` for many: those who now hold a place. Where not all find one, the first in order do."""

    def clear(self, gathering: int) -> None:
        """Gives every place back: the gathering was moved, and whoever was in enters again."""

    def is_admitted(self, member: int, gathering: int) -> bool: ...

    def visits(self, links: Collection[LinkKey]) -> dict[LinkKey, DoorVisit]:
        """By link, the registrants who may want to enter; without given-up registrations and drafts."""

    def links(self, visits: Collection[DoorVisit], now: datetime) -> dict[int, ZoomLink]:
        """By registration id, the link to the room for each of these; left out where there is none yet.

        Where registrants get personal links, whoever has none gets nothing, or once making them has failed for a
        while the common link.
        """

"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from bot.gatherings.model import Gathering
from bot.registrations.model import Registrant, Registration, RosterLine


class RegistrationRepository(Protocol):
    """Who registered for what."""

    def add(self, member: int, gatherings: Iterable[int], now: datetime) -> list[Registration]:
        """The member's registrations for all of these, made where missing. Idempotent."""

    def remove(self, member: int, gatherings: Iterable[int]) -> list[int]:
        """Removes the member's registrations for these; returns the gatherings that had one. Idempotent."""

    def get(self, member: int, gathering: int) -> Registration | None: ...

    def gatherings_of(self, member: int, now: datetime, *, titled: str = "") -> list[Gathering]:
        """The gatherings that have not ended and that this member is registered for, soonest first.

        Cancelled ones are left out. `titled`: part of the title.
        """

    def among(self, member: int, gatherings: Collection[int]) -> set[int]: ...

    def roster(self, gathering: int) -> list[RosterLine]:
        """Every registrant in the order of registering, with what reached them."""

    def registrants(self, gathering: int) -> list[Registrant]: ...

    def count_by_platform(self, gathering: int) -> dict[str, int]:
        """How many registrants are reached on each platform."""

    def calendar(self, member: int, since: datetime) -> list[tuple[Gathering, Registration]]:
        """What this member is registered for and ends after `since`, cancelled ones among it, soonest first."""

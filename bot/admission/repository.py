"""Storage that this feature needs; `storage.repositories` implements it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from bot.admission.places import Places, WaitingRegistrant
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

    def turn_away(self, registrations: Collection[int], now: datetime) -> None:
        """Keeps that these came to doors that were full or closed; the first time counts."""

    def visits(self, links: Collection[LinkKey]) -> dict[LinkKey, DoorVisit]:
        """By link, the registrants who may want to enter; without given-up registrations and drafts."""

    def links(self, visits: Collection[DoorVisit], now: datetime) -> dict[int, ZoomLink]:
        """By registration id, the link to the room for each of these; left out where there is none yet.

        Where registrants get personal links, whoever has none gets nothing, or once making them has failed for a
        while the common link.
        """


class PlaceRepository(Protocol):
    """Who waits at a full house, and places on their way from who did not come to who waits.

    A place on its way is nobody's, and counts as taken. All of it is about registrations, for a pass is.
    """

    def get(self, gathering: int) -> Places:
        """All places, locked to the end of the transaction: nobody takes one meanwhile, and none returns."""

    def begin_return(
        self, gathering: int, registrations: Iterable[int], now: datetime, *, given_up: bool = False
    ) -> None:
        """The places of these are theirs no longer, and on their way."""

    def give_up(self, registration: int, now: datetime) -> bool:
        """`begin_return` for one who does not need theirs; False where they hold none, or may be in the room."""

    def let_stay(self, gathering: int, members: Collection[int]) -> None:
        """Their places do not return unused: they were given a link of which nobody knows who uses it."""

    def keep(self, gathering: int, registrations: Collection[int]) -> None:
        """Of these, the places that are on their way are theirs again."""

    def restore_late(self, gathering: int) -> None:
        """Whoever was heard of after their place was given on has one again, beyond the limit if need be."""

    def complete(self, gathering: int, registrations: Iterable[int], now: datetime) -> None:
        """The places of these, which were on their way, are free."""

    def mark_withdrawn(self, gathering: int, now: datetime) -> None:
        """Keeps of places on their way that the link to the room is not valid any more, where it is not."""

    def was_returned(self, registration: int) -> bool:
        """Whether a place of theirs was given on, or is on its way."""

    def unused_since(self, member: int, gathering: int) -> datetime | None:
        """When they took the place that they hold, where they have a link of their own and were not heard of."""

    def wait(self, registration: int, gathering: int, now: datetime) -> None:
        """Waits from now on; one who waits already keeps their turn."""

    def stop_waiting(self, registrations: Collection[int]) -> bool:
        """False where none of them waited."""

    def waiting(self, gathering: int) -> list[WaitingRegistrant]:
        """In order."""

    def ahead(self, registration: int) -> int | None:
        """How many wait before them; None where they do not wait."""

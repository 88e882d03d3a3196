"""Who means to come, and who came in. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.notifications.model import Receipt
from bot.secrets import LinkKey

NOT_DELIVERED = frozenset({Receipt.BLOCKED, Receipt.FAILED, Receipt.TOO_LATE})


@dataclass(frozen=True, slots=True)
class Following:
    """The gathering that comes next, as it is offered to one member."""

    gathering: Gathering
    coming: Sequence[Gathering] = ()
    """The parts of its series that a press of Register takes."""
    registered: bool = False


@dataclass(frozen=True, slots=True)
class Registration:
    """A join link names `id` and `nonce`, so the link dies with the registration."""

    id: int
    gathering: int
    member: int
    at: datetime
    nonce: str = field(default="", repr=False)

    @property
    def key(self) -> LinkKey:
        return LinkKey(self.id, self.nonce)


@dataclass(frozen=True, slots=True)
class DoorVisit:
    """A registrant who wants to enter. `inside`: they hold a place already; `waits`: for one, at a full house.

    `hosts`: they facilitate, and take no place.
    """

    registration: Registration
    gathering: Gathering
    inside: bool
    waits: bool = False
    hosts: bool = False
    first_name: str = ""
    language: str | None = None
    """From their settings; None where they chose none."""
    zone: str | None = None
    zone_chosen: bool = False


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One registrant as the roster shows them."""

    member: int
    name: str
    platform: str
    registered_at: datetime
    admitted_at: datetime | None
    receipts: tuple[tuple[str, Receipt], ...]
    """Their notifications about this gathering: (kind, receipt), oldest first."""
    logged_in_at: datetime | None = None
    """When they first logged in at Zoom, where Zoom reports that."""
    turned_away_at: datetime | None = None
    """When they first came to doors that were full or closed."""
    hears: bool = True
    """Unless they asked for no letter at all, and are nowhere but at a mailbox."""

    @property
    def turned_away(self) -> bool:
        """They came, and never got in."""
        return self.turned_away_at is not None and self.admitted_at is None

    @property
    def unreached(self) -> bool:
        """Something could not be delivered to them, and nothing was."""
        outcomes = {receipt for _, receipt in self.receipts}
        return not outcomes.isdisjoint(NOT_DELIVERED) and Receipt.SENT not in outcomes


@dataclass(frozen=True, slots=True)
class Registrant:
    """What a reminder needs to know of one registrant."""

    member: int
    address: Address
    """Where they are reached."""
    registered_at: datetime
    admitted: bool
    by_direct_message: bool
    muted: frozenset[timedelta]
    afterwards: bool
    hears: bool = True
    """Unless they asked for no letter at all, and are nowhere but at a mailbox: not even a move is told to them."""

    @property
    def platform(self) -> str:
        return self.address.platform


def coming_parts(parts: Sequence[Gathering], now: datetime) -> list[Gathering]:
    """The parts of a series that can still be registered for, in order."""
    return sorted((part for part in parts if part.open_to_registration(now)), key=lambda part: part.part)

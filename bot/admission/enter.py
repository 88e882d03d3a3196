"""Admission: applies the door rule to registrants who want to enter, in chat and on the web alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.admission import waiting
from bot.admission.model import Doors, opens_at
from bot.gatherings.model import Gathering
from bot.meetings.model import Meeting
from bot.registrations.model import DoorVisit
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Entry:
    """The result: admitted, with the link (`back`: they were in before), or the state of the doors.

    OPEN without a link: there is a place, but no link to the room yet; no place was taken. `may_wait`: at a full house.
    """

    doors: Doors
    link: ZoomLink | None = None
    back: bool = False
    may_wait: bool = False
    returns: bool = False
    """Of one who was admitted: their place may go to somebody else while they do not use it."""

    @property
    def lacks_link(self) -> bool:
        return self.doors is Doors.OPEN and self.link is None


def lets_in(visit: DoorVisit, now: datetime) -> bool:
    """Whether entering may succeed now; only the statement that takes the place decides."""
    if visit.inside:
        return visit.gathering.is_still_on(now)
    if visit.hosts:
        return lets_hosts_in(visit.gathering, now)
    return visit.gathering.doors(now) is Doors.OPEN


def lets_hosts_in(gathering: Gathering, now: datetime) -> bool:
    """A facilitator takes no place: neither a full house nor closed doors keep them out."""
    return opens_at(gathering) <= now and gathering.is_still_on(now)


def enter(uow: UnitOfWork, visit: DoorVisit, unused_after: timedelta, now: datetime) -> Entry:
    """Takes a place, unless they hold one, and reveals the link; or gives the state of the doors.

    `unused_after`: how long a place waits for its holder, where it does not stay.
    """
    return enter_all(uow, [visit], unused_after, now)[0]


def enter_all(uow: UnitOfWork, visits: Sequence[DoorVisit], unused_after: timedelta, now: datetime) -> list[Entry]:
    """The same for many at once, in the order they came: a rush costs few statements more than one."""
    admissible = [visit for visit in visits if lets_in(visit, now)]
    links = uow.admission.links(admissible, now)
    # Nobody takes a place while there is no link to give them.
    newcomers = [v for v in admissible if not v.inside and not v.hosts and v.registration.id in links]
    # Also of who is in already: a place that was given to them while they waited may return.
    meetings = {gathering: uow.meetings.get(gathering) for gathering in sorted({v.gathering.id for v in admissible})}
    placed = _take_places(uow, newcomers, meetings, now)
    returning = {gathering for gathering, meeting in meetings.items() if waiting.places_return(meeting, unused_after)}
    entries = [_entry(uow, visit, links, placed, returning, unused_after, now) for visit in visits]
    _turn_away(uow, visits, entries, now)
    return entries


def _turn_away(uow: UnitOfWork, visits: Sequence[DoorVisit], entries: Sequence[Entry], now: datetime) -> None:
    """Keeps who came to doors that were full or closed: facilitators are told afterwards how many did."""
    refused = [
        visit.registration.id
        for visit, entry in zip(visits, entries, strict=True)
        if entry.link is None and entry.doors in {Doors.FULL, Doors.CLOSED}
    ]
    if refused:
        uow.admission.turn_away(refused, now)


def _take_places(
    uow: UnitOfWork, newcomers: Sequence[DoorVisit], meetings: Mapping[int, Meeting | None], now: datetime
) -> set[int]:
    """The ids of those registrations whose members now hold a place. `meetings`: by gathering, in order of number,
    so that two processes never wait for each other.
    """
    placed: set[int] = set()
    for gathering, meeting in meetings.items():
        queue = [visit for visit in newcomers if visit.gathering.id == gathering]
        if not queue:
            continue
        if meeting is not None:  # without one of ours nobody waits, and no place returns
            waiting.serve(uow, gathering, now)  # who came before them
            uow.places.keep(gathering, [visit.registration.id for visit in queue])
        admitted = uow.admission.admit_many([visit.registration.member for visit in queue], gathering, now)
        waiting.let_stay(uow, meeting, admitted)
        placed |= {visit.registration.id for visit in queue if visit.registration.member in admitted}
    return placed


def _entry(
    uow: UnitOfWork,
    visit: DoorVisit,
    links: dict[int, ZoomLink],
    placed: Collection[int],
    returning: Collection[int],
    unused_after: timedelta,
    now: datetime,
) -> Entry:
    link = links.get(visit.registration.id)
    if link is not None and (visit.inside or visit.hosts or visit.registration.id in placed):
        returns = visit.gathering.id in returning
        # Whom a place was given to while they waited comes for the first time.
        first_time = returns and uow.places.unused_since(visit.registration.member, visit.gathering.id) is not None
        return Entry(Doors.OPEN, link, back=visit.inside and not first_time, returns=returns)
    if link is None and lets_in(visit, now):
        return Entry(Doors.OPEN)
    # Not admitted: the doors as they are now that others have come in.
    current = uow.gatherings.get(visit.gathering.id) or visit.gathering
    state = current.doors(now)
    if state is Doors.FULL:
        return Entry(state, may_wait=waiting.may_wait(uow, current, unused_after, now))
    return Entry(Doors.CLOSED if state is Doors.OPEN else state)

"""Waiting at a full house: places return from who did not come, and go to who waits, in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.admission import model
from bot.admission import places as place_rules
from bot.admission.model import Doors
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.meetings.model import EVENTS_RETRIED_AFTER, EVENTS_SINCE, Meeting, MeetingState
from bot.notifications.model import NotificationKind, to_member
from bot.registrations.model import DoorVisit
from bot.unit_of_work import UnitOfWork

AT_DOOR = frozenset({Doors.OPEN, Doors.FULL})
NEWS_EXPIRES_AFTER = timedelta(minutes=15)
"""After the doors have closed it is no news any more that no place came free."""


class WaitAct(StrEnum):
    """What can be done at a full house."""

    WAIT = "wait"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """Where somebody stands at a full house. `ahead`: how many wait before them; None: they do not wait."""

    ahead: int | None
    was_returned: bool
    """They had a place, which went on to somebody else."""


@dataclass(frozen=True, slots=True)
class PlaceStanding:
    """How it stands with the place of somebody at the door."""

    position: QueuePosition | None = None
    """At a full house where they may wait."""
    is_unused: bool = False
    """They hold one, and were not heard of in the room."""
    kept_until: datetime | None = None
    """Of one that is unused, where that is known."""


def look(uow: UnitOfWork, visit: DoorVisit, unused_after: timedelta, now: datetime) -> PlaceStanding:
    """Takes nothing, and changes nothing."""
    member, gathering = visit.registration.member, visit.gathering
    if not visit.inside:
        waits = may_wait(uow, gathering, unused_after, now)
        return PlaceStanding(position(uow, member, gathering.id) if waits else None)
    taken_at = uow.places.unused_since(member, gathering.id)
    if taken_at is None:
        return PlaceStanding()
    return PlaceStanding(is_unused=True, kept_until=kept_until(uow, gathering, taken_at, unused_after))


def may_wait(uow: UnitOfWork, gathering: Gathering, unused_after: timedelta, now: datetime) -> bool:
    """Whether it is a full house of which places may still return."""
    return gathering.doors(now) is Doors.FULL and places_return(uow.meetings.get(gathering.id), unused_after)


def registrable(uow: UnitOfWork, gathering: Gathering, unused_after: timedelta, now: datetime) -> list[Gathering]:
    """What registering for it takes: it, or all coming parts of its series. It may be a full house to wait at; no other
    part is, since nobody who names another one means to wait."""
    parts = uow.gatherings.parts(gathering) if gathering.is_part else [gathering]
    waits = may_wait(uow, gathering, unused_after, now)
    return [each for each in parts if each.open_to_registration(now) or (waits and each.id == gathering.id)]


def places_return(meeting: Meeting | None, unused_after: timedelta) -> bool:
    """Whether places of its gathering may return: only where each is bound to a personal link.

    `unused_after`: nothing where places stay, because it was set so or because nobody tells who logs in.
    """
    stands = meeting is not None and meeting.standing is MeetingState.STANDS and meeting.common_link_from is None
    return stands and bool(unused_after)


def ways_in(
    uow: UnitOfWork, config: Config, member: int, registered: Sequence[Gathering], now: datetime
) -> dict[int, bool]:
    """Of those that a member registered for, where Join leads them somewhere now: into the room, or into the line of
    a full house. Of each, whether they were in before."""
    found = {}
    for each in registered:
        state = each.doors(now)
        if state in {Doors.EARLY, Doors.CANCELLED, Doors.OVER}:
            continue
        inside = uow.admission.is_admitted(member, each.id)
        if inside or state is Doors.OPEN or may_wait(uow, each, config.unused_places, now):
            found[each.id] = inside and came_in(uow, member, each, config.unused_places)
    return found


def came_in(uow: UnitOfWork, member: int, gathering: Gathering, unused_after: timedelta) -> bool:
    """Of somebody who holds a place: False where they were never heard of in the room, as of one who waited for it."""
    if not places_return(uow.meetings.get(gathering.id), unused_after):
        return True
    return uow.places.unused_since(member, gathering.id) is None


def waited_for(uow: UnitOfWork, member: int, gatherings: Sequence[Gathering], now: datetime) -> list[Gathering]:
    """Of these, the full houses where a member waits for a place."""
    full = [each for each in gatherings if each.doors(now) is Doors.FULL]
    return [each for each in full if position(uow, member, each.id).ahead is not None]


def act(
    uow: UnitOfWork, member: int, gathering: Gathering, wanted: WaitAct, unused_after: timedelta, now: datetime
) -> QueuePosition | None:
    """Waits at a full house, or gives up waiting, or a place that was not used yet.

    Where something was given up: how they stood before.
    """
    if wanted is WaitAct.LEAVE:
        before = position(uow, member, gathering.id)
        return before if give_up(uow, member, gathering.id, now) else None
    if not uow.admission.is_admitted(member, gathering.id) and may_wait(uow, gathering, unused_after, now):
        wait(uow, member, gathering.id, now)
    return None


def let_stay(uow: UnitOfWork, meeting: Meeting | None, admitted: Collection[int]) -> None:
    """While the common link is given out, nobody can tell who of these uses it: their places do not return."""
    if meeting is not None and meeting.common_link_from is not None:
        uow.places.let_stay(meeting.gathering, admitted)


def wait(uow: UnitOfWork, member: int, gathering: int, now: datetime) -> None:
    """Who waits already keeps their turn, on whatever device they ask again."""
    # The registration as it is now: an older link of theirs may name one that was merged into another.
    registration = uow.registrations.get(member, gathering)
    if registration is not None:
        uow.places.wait(registration.id, gathering, now)


def give_up(uow: UnitOfWork, member: int, gathering: int, now: datetime) -> bool:
    """Waits no more, or gives a place up that was not used yet; False where there was neither."""
    registration = uow.registrations.get(member, gathering)
    if registration is None:
        return False
    stopped = uow.places.stop_waiting([registration.id])
    return uow.places.give_up(registration.id, now) or stopped


def position(uow: UnitOfWork, member: int, gathering: int) -> QueuePosition:
    registration = uow.registrations.get(member, gathering)
    if registration is None:
        return QueuePosition(None, was_returned=False)
    return QueuePosition(uow.places.ahead(registration.id), uow.places.was_returned(registration.id))


def kept_until(uow: UnitOfWork, gathering: Gathering, taken_at: datetime, unused_after: timedelta) -> datetime | None:
    """By when the holder of a place must have logged in; None while that is not counted, or places stay."""
    meeting = uow.meetings.get(gathering.id)
    counted_from = _counted_from(uow, gathering, meeting, unused_after) if meeting is not None else None
    return place_rules.used_until(taken_at, counted_from, unused_after)


def _counted_from(uow: UnitOfWork, gathering: Gathering, meeting: Meeting, unused_after: timedelta) -> datetime | None:
    """The beginning; or later, where events were missed since the doors opened, until Zoom has sent them again."""
    began_at, since = heard_to_begin(meeting), gap_ended_at(uow, gathering)
    if began_at is None or since is None:
        return began_at
    return max(began_at, since + EVENTS_RETRIED_AFTER + place_rules.GRACE - unused_after)


def gap_ended_at(uow: UnitOfWork, gathering: Gathering) -> datetime | None:
    """Since when Zoom's events come in without a gap, where some may have been missed since the doors opened."""
    kept = uow.state.get(EVENTS_SINCE)
    since = datetime.fromisoformat(kept) if kept else None
    return since if since is not None and since > model.opens_at(gathering) else None


def serve(uow: UnitOfWork, gathering: int, now: datetime) -> None:
    """Gives the places that are free to those who wait; to be called before anybody else may take one."""
    line = uow.places.waiting(gathering)
    current = uow.gatherings.get(gathering) if line else None
    if current is None or current.doors(now) is not Doors.OPEN:
        return
    inside = [waiting for waiting in line if uow.admission.is_admitted(waiting.member, gathering)]
    uow.places.stop_waiting([waiting.registration for waiting in inside])
    free = current.door_rule.limit - current.admitted
    first = [waiting for waiting in line if waiting.has_pass and waiting not in inside][:free]
    admitted = uow.admission.admit_many([waiting.member for waiting in first], gathering, now)
    # Where another process served them at the same time, it has removed them, and notified them.
    served = [
        waiting.member
        for waiting in first
        if waiting.member in admitted and uow.places.stop_waiting([waiting.registration])
    ]
    _notify(uow, current, NotificationKind.PLACE_FREED, served, now, current.ends_at)


def update_places(uow: UnitOfWork, meeting: Meeting, unused_after: timedelta, now: datetime) -> None:
    """Lets places return, gives them on, and ends the waiting once the doors are shut. To be called often."""
    number = meeting.gathering
    uow.places.mark_withdrawn(number, now)
    places = uow.places.get(number)
    gathering = uow.gatherings.get(number)
    if gathering is None:
        return
    state = gathering.doors(now)
    counted_from = _counted_from(uow, gathering, meeting, unused_after)
    changes = place_rules.changes(
        places, now, is_open=state in AT_DOOR, began_at=counted_from, unused_after=unused_after
    )
    uow.places.restore_late(number)
    uow.places.keep(number, changes.keep)
    uow.places.begin_return(number, changes.begin, now)
    uow.places.complete(number, changes.complete, now)
    if state in AT_DOOR:
        serve(uow, number, now)
    elif state is not Doors.EARLY:
        _end_waiting(uow, gathering, state, now)


def heard_to_begin(meeting: Meeting) -> datetime | None:
    """When the meeting began, where Zoom also tells who logs in: something was heard since."""
    if meeting.standing is not MeetingState.STANDS or not meeting.running or meeting.common_link_from is not None:
        return None
    began_at, heard_at = meeting.started_at, meeting.last_heard_at
    return began_at if began_at is not None and heard_at is not None and heard_at >= began_at else None


def is_silent(meeting: Meeting, gathering: Gathering, unused_after: timedelta, now: datetime) -> bool:
    """Whether unused places stay because Zoom does not tell who logs in, though the meeting has begun."""
    at_door = bool(unused_after) and gathering.doors(now) in AT_DOOR and meeting.running
    return at_door and heard_to_begin(meeting) is None


def _end_waiting(uow: UnitOfWork, gathering: Gathering, state: Doors, now: datetime) -> None:
    line = uow.places.waiting(gathering.id)
    if not uow.places.stop_waiting([waiting.registration for waiting in line]) or state is Doors.CANCELLED:
        return  # of a cancellation every registrant is told
    members = [waiting.member for waiting in line]
    _notify(
        uow, gathering, NotificationKind.WAITING_ENDED, members, now, model.closes_at(gathering) + NEWS_EXPIRES_AFTER
    )


def _notify(
    uow: UnitOfWork,
    gathering: Gathering,
    kind: NotificationKind,
    members: Collection[int],
    now: datetime,
    expires_at: datetime,
) -> None:
    """They asked for it by waiting, so it goes to them whatever else they want to hear of."""
    if not members:
        return
    # With the instant: somebody may be given a place twice.
    about = f"{gathering.id}.{int(now.timestamp())}"
    uow.notifications.add(
        replace(
            to_member(kind, each.member, each.address, gathering, now, about=about), expires_at=max(expires_at, now)
        )
        for each in uow.registrations.registrants(gathering.id)
        if each.member in members
    )

"""Zoom meetings: the meeting of a gathering, and the pass of each registrant, a personal link to it. Pure.

Nothing is scheduled: what is to be done follows from what is stored, so an outage, a crash or a change of time
leaves nothing to be undone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.admission import model as admission_model
from bot.gatherings.model import Gathering, Status

ISSUE_BEFORE_OPENING = timedelta(hours=24)
"""Passes are made so long before the doors open, so that a rush does not meet Zoom's rate limit."""
TROUBLE, TROUBLE_SINCE = "zoom trouble", "zoom trouble since"
"""Names in the shared state: what Zoom does not do, in a few words or empty; and since when."""
EVENTS_SINCE = "zoom events since"
"""Name in the shared state: since when Zoom's events come in without a gap, as far as is known."""
EVENTS_RETRIED_AFTER = timedelta(minutes=5)
"""Zoom sends an event again so long after this bot did not take it in (docs, Using webhooks)."""
CAPACITY = "zoom capacity"
"""Name in the shared state: how many people a meeting takes, the host among them; nothing where that is not known."""
LEFT_OUT = "zoom settings left out"
"""Name in the shared state: the settings of meetings that the account did not take, for `htg doctor`."""
REPORT_TROUBLE_AFTER = timedelta(minutes=5)
"""Facilitators are not notified of what is over sooner."""
PUT_RIGHT_BEFORE = timedelta(days=14)
"""So long before a gathering its meeting is sent newer settings: not all at once, for Zoom takes 100 changes a day."""
ASK_BEFORE = timedelta(minutes=6)
"""So long before the start Zoom is asked whether somebody has begun."""
ASK_INTERVAL, ASK_INTERVAL_WHERE_HEARD = timedelta(seconds=10), timedelta(seconds=30)
"""How often: where Zoom's events do not reach this bot, and where they do."""
LOOK_INTERVAL, LOOK_INTERVAL_AT_DOOR = timedelta(minutes=10), timedelta(minutes=1)
"""How often a meeting is looked at, from a day before it."""
AUDIT_INTERVAL = timedelta(minutes=10)
"""How often its registrants are."""
SETTINGS_VERSION = 1
"""Of the settings that are sent with a meeting: one that was sent less (0: before versions were kept) is sent them."""
BATCH = 30
"""Registrants in one request (Zoom API: batch_registrants, registrants/status)."""


class MeetingState(StrEnum):
    """Of a meeting or a pass. BEGUN: requested from Zoom, with unknown outcome."""

    BEGUN = "begun"
    STANDS = "stands"
    GONE = "gone"


class Capture(StrEnum):
    """What keeps what is said in a meeting, or carries it out of the room."""

    RECORDING = "recording"
    TRANSCRIPT = "transcript"
    SUMMARY = "summary"
    COMPANION = "companion"
    """Zoom's AI Companion listens, for a summary or for questions."""
    NOTES = "notes"
    """Somebody's own notes, written by Zoom's AI."""
    STREAM = "stream"
    ARCHIVE = "archive"


class Deviation(StrEnum):
    """What Zoom has otherwise than the bot sent it."""

    CAPTURE = "capture"
    """It may be recorded, transcribed or summarised."""
    REGISTRATION = "registration"
    """It takes none, or does not approve it by itself."""
    ROOM = "room"
    """There is no waiting room, or people come in before the host."""
    TIME = "time"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Meeting:
    gathering: int
    number: str
    """Zoom's own; empty while it is not known."""
    standing: MeetingState
    revision: int
    """Of the gathering, when it was last sent to Zoom."""
    common_link_from: datetime | None = None
    """From when on those without a pass get the common link, because passes have failed for so long."""
    settings_version: int = 0
    """SETTINGS_VERSION when its settings were last sent to Zoom."""
    started_at: datetime | None = None
    """When it last began, by Zoom's events or asked for."""
    ended_at: datetime | None = None
    """When it last ended. It may have begun again since."""
    last_heard_at: datetime | None = None
    """When the last event of any kind about it came in. None: Zoom's events do not reach this bot."""
    captures: frozenset[Capture] = frozenset()
    """What has recorded or summarised it, or the like, as far as Zoom told."""
    put_back: frozenset[Deviation] = frozenset()
    """What somebody changed at Zoom last, and the bot put back."""
    refused: frozenset[Deviation] = frozenset()
    """What Zoom does not take, however often it is sent."""

    @property
    def running(self) -> bool:
        return self.started_at is not None and (self.ended_at is None or self.ended_at < self.started_at)


@dataclass(frozen=True, slots=True)
class Pass:
    """One registrant's personal link to the meeting, made or not. `registrant`: Zoom's id.

    `seen_at`: the first sign of any kind that they came, be it before the host or in the waiting room, or that they
    left; `logged_in_at`: the first log-in; `left_at`: when they last left. `returning`: their place is on its way to
    somebody else.
    """

    registration: int
    first_name: str
    registered: bool
    admitted: bool
    standing: MeetingState | None = None
    registrant: str = ""
    seen_at: datetime | None = None
    logged_in_at: datetime | None = None
    left_at: datetime | None = None
    returning: bool = False


@dataclass(frozen=True, slots=True)
class MeetingStatus:
    """A meeting as it is at Zoom now."""

    started: bool
    starts_at: datetime | None
    duration: timedelta | None
    wrong: frozenset[Deviation] = frozenset()
    """What of its settings is not as it was sent."""


def wants_meeting(gathering: Gathering, meeting: Meeting | None, *, has_link: bool, now: datetime) -> bool:
    """A published gathering to which no link was given; BEGUN: it may stand already, so look first."""
    if gathering.status is not Status.PUBLISHED or now >= gathering.ends_at:
        return False
    return meeting.standing is MeetingState.BEGUN if meeting is not None else not has_link


def is_stale(gathering: Gathering, meeting: Meeting, now: datetime) -> bool:
    """Whether a change or a cancellation is to be sent to Zoom, or newer settings."""
    outdated = meeting.settings_version != SETTINGS_VERSION and gathering.starts_at - now <= PUT_RIGHT_BEFORE
    changed = meeting.revision != gathering.revision
    return meeting.standing is MeetingState.STANDS and (gathering.cancelled or changed or outdated)


def is_near(gathering: Gathering, now: datetime) -> bool:
    return (
        not gathering.cancelled
        and admission_model.opens_at(gathering) - ISSUE_BEFORE_OPENING <= now < gathering.ends_at
    )


def is_at_door(gathering: Gathering, now: datetime) -> bool:
    if gathering.cancelled:
        return False
    margin = timedelta(minutes=15)
    return (
        admission_model.opens_at(gathering) - margin
        <= now
        < admission_model.closes_at(gathering) + timedelta(minutes=5)
    )


def look_interval(gathering: Gathering, meeting: Meeting, now: datetime) -> timedelta:
    """How often a meeting is looked at: often while somebody ought to begin it."""
    if gathering.starts_at - ASK_BEFORE <= now < admission_model.closes_at(gathering) and not meeting.running:
        return ASK_INTERVAL if meeting.last_heard_at is None else ASK_INTERVAL_WHERE_HEARD
    running_late = gathering.starts_at <= now and not meeting.running
    return LOOK_INTERVAL_AT_DOOR if is_at_door(gathering, now) or running_late else LOOK_INTERVAL


def deviations(gathering: Gathering, status: MeetingStatus) -> frozenset[Deviation]:
    """What Zoom has otherwise than it is to be. The time of a meeting that runs is what it is."""
    if status.started or status.starts_at is None:
        return status.wrong
    minute = timedelta(minutes=1)
    moved = abs(status.starts_at - gathering.starts_at) >= minute
    resized = status.duration is not None and abs(status.duration - gathering.duration) >= minute
    return status.wrong | {Deviation.TIME} if moved or resized else status.wrong


def lost_at_zoom(gathering: Gathering, passes: Sequence[Pass], approved: Collection[int], now: datetime) -> list[Pass]:
    """Those who stand here and are to stay, and are not among the registrations that Zoom lets in."""
    ending = {zoom_pass.registration for zoom_pass in to_withdraw(gathering, passes, now)}
    return [
        zoom_pass
        for zoom_pass in passes
        if zoom_pass.standing is MeetingState.STANDS and zoom_pass.registration not in {*approved, *ending}
    ]


def to_issue(gathering: Gathering, passes: Iterable[Pass], now: datetime) -> list[Pass]:
    """The passes to make: of every registrant while more may come in, afterwards of those who came in alone.

    A full house is not final, since places may return.
    """
    may_enter = now < admission_model.closes_at(gathering)
    missing = (
        zoom_pass for zoom_pass in passes if zoom_pass.registered and zoom_pass.standing in {None, MeetingState.BEGUN}
    )
    return [zoom_pass for zoom_pass in missing if may_enter or zoom_pass.admitted]


def to_reinstate(passes: Iterable[Pass], wanted: Collection[int] = ()) -> list[Pass]:
    """The withdrawn passes of those who have a place again, and of `wanted` registrations, who stand at the door.

    They are made valid again instead of new ones being made: Zoom takes a registrant three times a day.
    """
    withdrawn = (
        zoom_pass
        for zoom_pass in passes
        if zoom_pass.registered and zoom_pass.standing is MeetingState.GONE and zoom_pass.registrant
    )
    return [
        zoom_pass
        for zoom_pass in withdrawn
        if not zoom_pass.returning and (zoom_pass.admitted or zoom_pass.registration in wanted)
    ]


def to_withdraw(gathering: Gathering, passes: Iterable[Pass], now: datetime) -> list[Pass]:
    """The passes to end: of who gave up their registration, whose place goes to somebody else, and of who never came in
    once nobody else can.

    Doors that were closed by hand may open again, and places of a full house may return, so only their time is final.
    Who came without a place is a facilitator, and may come back.
    """
    final = now >= admission_model.closes_at(gathering)
    issued = (zoom_pass for zoom_pass in passes if zoom_pass.standing is MeetingState.STANDS)
    return [
        zoom_pass
        for zoom_pass in issued
        if not zoom_pass.registered
        or zoom_pass.returning
        or (final and not zoom_pass.admitted and zoom_pass.seen_at is None)
    ]

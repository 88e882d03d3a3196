"""Takes in what Zoom tells of a meeting. It may come late, twice, in any order, or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from bot.config import Config
from bot.meetings.events import MeetingEvent, MeetingEventKind
from bot.meetings.model import EVENTS_SINCE, Capture, Meeting
from bot.notifications import to_facilitators
from bot.unit_of_work import UnitOfWork


def listen(uow: UnitOfWork, now: datetime) -> None:
    """From now on Zoom's events are taken in; what came before may have been missed, and is sent again later."""
    uow.state.set(EVENTS_SINCE, now.isoformat())


def hear(uow: UnitOfWork, event: MeetingEvent, now: datetime, config: Config) -> bool:
    """Records what the event says, once however often it comes; False: it is about no meeting of the bot's."""
    # First, because it locks the row: what is read afterwards is what other events have left.
    uow.meetings.heard(event.number, now)
    meeting = uow.meetings.by_number(event.number)
    if meeting is None:
        return False
    at = min(event.at, now)
    match event.kind:
        case MeetingEventKind.STARTED:
            begin(uow, meeting, at)
        case MeetingEventKind.ENDED:
            uow.meetings.record_ended(meeting.gathering, at)
        case MeetingEventKind.JOINED | MeetingEventKind.SEEN | MeetingEventKind.LEFT:
            _hear_of_participant(uow, meeting, event, at)
        case MeetingEventKind.CAPTURED:
            if event.capture is not None and (capture(uow, meeting, event.capture) or event.begins):
                _tell_of_capture(uow, config, meeting, event.capture, at, now)
        case MeetingEventKind.CHANGED:
            uow.meetings.want_look(meeting.gathering)
        case MeetingEventKind.OTHER:
            pass
        case _:
            assert_never(event.kind)
    return True


def _hear_of_participant(uow: UnitOfWork, meeting: Meeting, event: MeetingEvent, at: datetime) -> None:
    joined = event.kind is MeetingEventKind.JOINED
    if joined and not meeting.running and (meeting.ended_at is None or meeting.ended_at < at):
        # Whoever is in the room says that it is open, also where the event of its beginning was lost.
        begin(uow, meeting, at)
    if not event.registrant:
        return
    uow.meetings.record_seen(event.number, event.registrant, at)
    if joined:
        uow.meetings.record_log_in(event.number, event.registrant, at)
    elif event.kind is MeetingEventKind.LEFT:
        uow.meetings.record_left(event.number, event.registrant, at)


def _tell_of_capture(
    uow: UnitOfWork, config: Config, meeting: Meeting, what: Capture, at: datetime, now: datetime
) -> None:
    gathering = uow.gatherings.get(meeting.gathering)
    if gathering is not None:
        to_facilitators.recording_started(uow, config, gathering, what, at, now)


def begin(uow: UnitOfWork, meeting: Meeting, at: datetime) -> bool:
    """Records that the meeting began then; False where it ran already, or ended since."""
    recorded = uow.meetings.record_started(meeting.gathering, at)
    return recorded and not meeting.running and (meeting.ended_at is None or meeting.ended_at < at)


def capture(uow: UnitOfWork, meeting: Meeting, what: Capture) -> bool:
    """Records that the meeting is recorded, summarised or the like; False where that was known."""
    if what in meeting.captures:
        return False
    uow.meetings.record_captures(meeting.gathering, meeting.captures | {what})
    return True

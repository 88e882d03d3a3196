"""Payload of Zoom's webhook → MeetingEvent. Names and fields: Zoom's Meetings webhook reference; see docs/zoom.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from bot.meetings.events import MeetingEvent, MeetingEventKind
from bot.meetings.model import Capture

ID_LIMIT = 64
"""Characters of an id."""
_KINDS: Mapping[str, MeetingEventKind] = MappingProxyType(
    {
        "meeting.started": MeetingEventKind.STARTED,
        "meeting.ended": MeetingEventKind.ENDED,
        "meeting.participant_joined": MeetingEventKind.JOINED,
        "meeting.participant_admitted": MeetingEventKind.SEEN,
        "meeting.participant_jbh_joined": MeetingEventKind.SEEN,
        "meeting.participant_jbh_waiting": MeetingEventKind.SEEN,
        "meeting.participant_jbh_waiting_left": MeetingEventKind.SEEN,
        "meeting.participant_joined_waiting_room": MeetingEventKind.SEEN,
        "meeting.participant_left_waiting_room": MeetingEventKind.SEEN,
        "meeting.participant_put_in_waiting_room": MeetingEventKind.SEEN,
        "meeting.participant_left": MeetingEventKind.LEFT,
        "meeting.updated": MeetingEventKind.CHANGED,
        "meeting.deleted": MeetingEventKind.CHANGED,
        "meeting.permanently_deleted": MeetingEventKind.CHANGED,
        "meeting.converted_to_webinar": MeetingEventKind.CHANGED,
        "meeting.registration_cancelled": MeetingEventKind.CHANGED,
        "meeting.registration_denied": MeetingEventKind.CHANGED,
    }
)
_CAPTURES: Mapping[str, Capture] = MappingProxyType(
    {
        "recording.started": Capture.RECORDING,
        "recording.resumed": Capture.RECORDING,
        "recording.completed": Capture.RECORDING,
        "recording.transcript_completed": Capture.TRANSCRIPT,
        "recording.archive_files_completed": Capture.ARCHIVE,
        "meeting.aic_transcript_completed": Capture.TRANSCRIPT,
        "meeting.summary_completed": Capture.SUMMARY,
        "meeting.summary_shared": Capture.SUMMARY,
        "meeting.ai_companion_started": Capture.COMPANION,
        "meeting.live_streaming_started": Capture.STREAM,
        "my_notes.note_generated": Capture.NOTES,
        "my_notes.note_completed": Capture.NOTES,
        "my_notes.transcript_generated": Capture.NOTES,
    }
)
_BEGINNINGS = frozenset(
    {"recording.started", "recording.resumed", "meeting.ai_companion_started", "meeting.live_streaming_started"}
)
_TIMES = ("join_time", "leave_time", "date_time")
"""When something happened to a participant; which of them depends on the event."""


def parse(told: Mapping[str, Any], now: datetime) -> MeetingEvent | None:
    """None where it is about no meeting."""
    name, thing = text(told.get("event")), _part(_part(told, "payload"), "object")
    number = text(thing.get("id")) or text(thing.get("meeting_id"))
    if name.startswith("my_notes."):
        number = text(thing.get("meeting_id"))
    if not number:
        return None
    participant = _part(thing, "participant")
    kind = MeetingEventKind.CAPTURED if name in _CAPTURES else _KINDS.get(name, MeetingEventKind.OTHER)
    written = [participant.get(time) for time in _TIMES]
    if kind is MeetingEventKind.ENDED:
        written = [thing.get("end_time")]
    happened = next((at for each in written if (at := _instant(each)) is not None), None)
    return MeetingEvent(
        kind,
        number,
        happened or _from_milliseconds(told.get("event_ts")) or now,
        text(participant.get("registrant_id")),
        _CAPTURES.get(name),
        name in _BEGINNINGS,
    )


def text(value: Any) -> str:
    """An id, else empty; Zoom writes meeting numbers both as text and as numbers."""
    written = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return written if written.isprintable() and len(written) <= ID_LIMIT else ""


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = of.get(name)
    return part if isinstance(part, Mapping) else {}


def _instant(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if at.tzinfo is None:
        return None
    # Other years are no log-in, and with an offset may overflow datetime.
    return at.astimezone(UTC) if 2000 < at.year < 9000 else None


def _from_milliseconds(value: Any) -> datetime | None:
    if not isinstance(value, int) or isinstance(value, bool) or not 10**12 < value < 10**14:
        return None
    return datetime.fromtimestamp(value // 1000, UTC).replace(microsecond=value % 1000 * 1000)

"""The settings that every meeting is sent, and which of them Zoom has otherwise.

What is left out is set to the account's default (Zoom's changelog of 2026-03-05), so whatever could record, transcribe,
summarise or question by AI is sent as off each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.meetings.model import Deviation

CAPTURE_OFF: Mapping[str, Any] = MappingProxyType(
    {
        "auto_recording": "none",
        "auto_start_meeting_summary": False,
        "auto_start_ai_companion_questions": False,
    }
)
CAPTURE_BY_PARTICIPANTS_OFF: Mapping[str, Any] = MappingProxyType(
    {
        "allow_participants_to_transcribe_meetings_with_my_notes": False,
        "support_participants_receive_summary": False,
    }
)
"""Since October and November 2026."""
CAPTURE_FOR_HOST_ALONE: Mapping[str, Any] = MappingProxyType(
    {
        "who_will_receive_summary": 1,
        "who_can_ask_questions": 3,
        "summary_template_id": "",
        "question_and_answer": {"enable": False},
        "continuous_meeting_chat": {"enable": False},
        "auto_add_recording_to_video_management": {"enable": False},
        "watermark": False,
    }
)
"""What has no "off", or keeps what is written: for the host alone, or not at all. Not every account takes each."""
ACCESS: Mapping[str, Any] = MappingProxyType(
    {
        "approval_type": 0,
        "registration_type": 1,
        "waiting_room": True,
        "join_before_host": False,
        "allow_multiple_devices": False,
        "mute_upon_entry": True,
        "show_share_button": False,
        "registrants_confirmation_email": False,
        "registrants_email_notification": False,
        "email_notification": False,
        "use_pmi": False,
    }
)
"""Registration required and approved at once, nobody in the room before the host, no e-mail by Zoom."""
_ESSENTIAL: Mapping[str, Any] = MappingProxyType({**ACCESS, **CAPTURE_OFF})
_FAIRLY_NEW: Mapping[str, Any] = MappingProxyType({**_ESSENTIAL, **CAPTURE_BY_PARTICIPANTS_OFF})
MEETING_SETTINGS: Mapping[str, Any] = MappingProxyType({**_FAIRLY_NEW, **CAPTURE_FOR_HOST_ALONE})
ATTEMPTS = (MEETING_SETTINGS, _FAIRLY_NEW, _ESSENTIAL)
"""What is sent; and what is sent instead where the account refuses a setting that it does not know."""
_DEVIATIONS: Mapping[str, Deviation] = MappingProxyType(
    {
        **dict.fromkeys({**CAPTURE_OFF, **CAPTURE_BY_PARTICIPANTS_OFF}, Deviation.CAPTURE),
        "approval_type": Deviation.REGISTRATION,
        "waiting_room": Deviation.ROOM,
        "join_before_host": Deviation.ROOM,
    }
)
"""By setting, what it means where Zoom has it otherwise. The others matter neither at the door nor afterwards."""


def deviations(settings: object) -> frozenset[Deviation]:
    """One that the answer leaves out is taken to be as it was sent."""
    if not isinstance(settings, Mapping):
        return frozenset()
    return frozenset(
        deviation
        for name, deviation in _DEVIATIONS.items()
        if settings.get(name) is not None and settings[name] != MEETING_SETTINGS[name]
    )

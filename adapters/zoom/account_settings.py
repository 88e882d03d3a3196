"""What the settings of the account allow or start, as `htg doctor` reads them: recording, transcripts, AI."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.ports import CheckResult

STARTED_BY_ITSELF: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        ("recording", "auto_recording"): "recording",
        ("recording", "archive"): "archiving of meetings",
        ("in_meeting", "meeting_summary_with_ai_companion", "auto_enable"): "AI Companion's summary",
        ("in_meeting", "ai_companion_questions", "auto_enable"): "AI Companion's questions",
    }
)
"""What keeps what is said without anybody pressing anything."""
ARCHIVE = ("recording", "archive")
"""No setting of a meeting turns this off."""
AT_HAND: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        ("recording", "cloud_recording"): "cloud recording",
        ("recording", "local_recording"): "recording to a computer",
        ("in_meeting", "allow_live_streaming"): "live streaming",
        ("in_meeting", "closed_captioning", "save_caption"): "saving captions",
        ("in_meeting", "closed_captioning", "view_full_transcript"): "the full transcript",
        ("in_meeting", "allow_users_save_chats"): "saving the chat",
        ("in_meeting", "meeting_summary_with_ai_companion", "enable"): "AI Companion's summary",
        ("in_meeting", "ai_companion_questions", "enable"): "AI Companion's questions",
        ("in_meeting", "allow_participants_to_transcribe_meetings_with_my_notes"): "transcribing with My Notes",
    }
)
"""What somebody in a meeting can start or keep by hand, where it is on."""
_OFF = {None, False, "none", ""}


def check_account(settings: Mapping[str, Any], locked: Mapping[str, Any] | None) -> list[CheckResult]:
    """`locked`: by section and setting, whether the account has locked it; None where that cannot be seen."""
    started = {path: name for path, name in STARTED_BY_ITSELF.items() if _value(settings, path) not in _OFF}
    return [_started(started, locked), *_at_hand(settings, started)]


def _started(started: Mapping[tuple[str, ...], str], locked: Mapping[str, Any] | None) -> CheckResult:
    if not started:
        return CheckResult.ok("The account starts no recording, summary or AI questions by itself.")
    sentence = f"The account starts by itself: {', '.join(started.values())}."
    where = "(Settings, Recording and AI Companion)"
    firm = [name for path, name in started.items() if path == ARCHIVE or _is_locked(locked, path)]
    if firm:
        return CheckResult.fault(
            f"{sentence} The bot cannot turn off in a meeting: {', '.join(firm)}."
            f" Turn it off or unlock it in Zoom {where}."
        )
    if locked is None:
        advice = "The bot turns it off in each meeting, unless it is locked: turn it off in Zoom, too"
        return CheckResult.fault(f"{sentence} {advice} {where}.")
    return CheckResult.advice(f"{sentence} The bot turns it off in each meeting; turn it off in Zoom, too {where}.")


def _at_hand(settings: Mapping[str, Any], started: Mapping[tuple[str, ...], str]) -> list[CheckResult]:
    possible = [name for path, name in AT_HAND.items() if _value(settings, path) not in _OFF]
    possible = [name for name in possible if name not in started.values()]
    if not possible:
        return []
    sentence = "Whoever is in a meeting, or hosts it, can use what keeps what is said or carries it out"
    return [CheckResult.advice(f"{sentence}: {', '.join(possible)}. Turn off in Zoom what nobody needs (Settings).")]


def _is_locked(locked: Mapping[str, Any] | None, path: tuple[str, ...]) -> bool:
    """A setting is locked as a whole, whatever it consists of."""
    return locked is not None and bool(_value(locked, path[:2]))


def _value(settings: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = settings
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return None if isinstance(found, Mapping | list) else found

"""What Zoom says of a meeting's settings: its own description where that is at hand, and an account's defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft4Validator

DESCRIPTION = Path(__file__).parents[4] / "shared" / "specs" / "zoom_meeting.json"


@cache
def described(path: str, method: str) -> Draft4Validator | None:
    """What Zoom says of a request's body, made strict: a property that it does not know is a mistake."""
    if not DESCRIPTION.exists():
        return None
    operation = json.loads(DESCRIPTION.read_text("utf-8"))["paths"][path][method]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    if "settings" in schema["properties"]:
        schema["properties"]["settings"]["properties"] |= SINCE
    return Draft4Validator(_strict(schema), validate_formats=True)


SINCE: Mapping[str, dict[str, Any]] = {
    "auto_start_meeting_summary": {"type": "boolean"},
    "who_will_receive_summary": {"type": "integer", "enum": [1, 2, 3, 4]},
    "summary_template_id": {"type": "string"},
    "auto_start_ai_companion_questions": {"type": "boolean"},
    "who_can_ask_questions": {"type": "integer", "enum": [1, 2, 3, 4, 5]},
    "question_and_answer": {"type": "object"},
    "allow_participants_to_transcribe_meetings_with_my_notes": {"type": "boolean"},
    "support_participants_receive_summary": {"type": "boolean"},
    "continuous_meeting_chat": {"type": "object"},
    "auto_add_recording_to_video_management": {"type": "object"},
}
"""Settings of a meeting that are younger than the description (Zoom's changelog to 2026-11-16)."""
DEFAULTS: Mapping[str, Any] = {
    "auto_recording": "cloud",
    "auto_start_meeting_summary": True,
    "who_will_receive_summary": 4,
    "summary_template_id": "their-own",
    "auto_start_ai_companion_questions": True,
    "who_can_ask_questions": 1,
    "question_and_answer": {"enable": True, "allow_anonymous_questions": True},
    "allow_participants_to_transcribe_meetings_with_my_notes": True,
    "support_participants_receive_summary": True,
    "continuous_meeting_chat": {"enable": True},
    "auto_add_recording_to_video_management": {"enable": True},
    "watermark": True,
}
"""Of an account that likes to be helped by machines; a meeting has them wherever it is not told otherwise."""
OFF: Mapping[str, Any] = {
    "auto_recording": "none",
    "auto_start_meeting_summary": False,
    "who_will_receive_summary": 1,
    "summary_template_id": "",
    "auto_start_ai_companion_questions": False,
    "who_can_ask_questions": 3,
    "question_and_answer": {"enable": False},
    "allow_participants_to_transcribe_meetings_with_my_notes": False,
    "support_participants_receive_summary": False,
    "continuous_meeting_chat": {"enable": False},
    "auto_add_recording_to_video_management": {"enable": False},
    "watermark": False,
}


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    strict = {name: value for name, value in schema.items() if name not in {"example", "examples", "$schema"}}
    if "properties" in strict:
        strict["properties"] = {name: _strict(each) for name, each in strict["properties"].items()}
        strict["additionalProperties"] = False
    if isinstance(strict.get("items"), dict):
        strict["items"] = _strict(strict["items"])
    return strict

"""The file with everything that is kept about a member: all of it, each thing under its own name."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.accounts.model import (
    DataExport,
    ExportedAct,
    ExportedNotification,
    ExportedRegistration,
    ExportedTopic,
    export_json,
)
from bot.addresses import Address
from bot.members.model import Identity, Member, MemberSettings
from bot.notifications.model import Receipt

SLACK, DISCORD = Address("slack", "T1/U1"), Address("discord", "42")
SETTINGS = MemberSettings(
    language="es",
    zone="Europe/Madrid",
    by_direct_message=False,
    afterwards=False,
    muted=frozenset({timedelta(hours=24), timedelta(hours=1)}),
)


def at(hour: int) -> datetime:
    return datetime(2026, 12, 3, hour, tzinfo=UTC)


def exported(export: DataExport) -> dict[str, Any]:
    file = export_json(export)
    assert b"\n  " in file, "it is made to be read"
    document: dict[str, Any] = json.loads(file)
    return document


def test_all_that_is_kept_is_in_the_file() -> None:
    export = DataExport(
        member=Member(7, "Ada", SLACK, "en", "America/New_York", SETTINGS, zone_asked=True),
        since=at(1),
        gatherings=[ExportedRegistration("Grief and Gratitude", at(17), at(2), at(18), at(19), SLACK, at(17), at(20))],
        notifications=[ExportedNotification("reminder", "Grief and Gratitude", at(16), Receipt.SENT)],
        topics=[ExportedTopic("Grief at work", at(3), suggested=True), ExportedTopic("Rest", at(4), suggested=False)],
        acts=[ExportedAct("published", at(5), "Letting go")],
        identities=[Identity(SLACK, "Ada", "D1"), Identity(DISCORD)],
        on_team=[SLACK],
        seen_at=at(20),
    )
    assert exported(export) == {
        "name": "Ada",
        "known_since": "2026-12-03T01:00:00+00:00",
        "last_seen": "2026-12-03T20:00:00+00:00",
        "addresses": ["slack:T1/U1", "discord:42"],
        "names": {"slack:T1/U1": "Ada"},
        "direct_message_conversations": {"slack:T1/U1": "D1"},
        "facilitator": True,
        "facilitates_from": ["slack:T1/U1"],
        "as_the_platform_says": {"language": "en", "time_zone": "America/New_York"},
        "agreed_at": None,
        "settings": {
            "language": "es",
            "time_zone": "Europe/Madrid",
            "time_zone_was_asked": True,
            "by_direct_message": False,
            "a_word_afterwards": False,
            "letters": True,
            "reminders_not_wanted_seconds": [3600, 86400],
        },
        "gatherings": [
            {
                "title": "Grief and Gratitude",
                "starts_at": "2026-12-03T17:00:00+00:00",
                "registered_at": "2026-12-03T02:00:00+00:00",
                "registered_from": "slack:T1/U1",
                "came_in_at": "2026-12-03T18:00:00+00:00",
                "logged_in_at": "2026-12-03T19:00:00+00:00",
                "seen_at_zoom": "2026-12-03T17:00:00+00:00",
                "left_zoom_at": "2026-12-03T20:00:00+00:00",
            }
        ],
        "messages": [
            {
                "kind": "reminder",
                "gathering": "Grief and Gratitude",
                "due_at": "2026-12-03T16:00:00+00:00",
                "receipt": "sent",
            }
        ],
        "topics": [
            {"topic": "Grief at work", "at": "2026-12-03T03:00:00+00:00", "suggested": True, "supported": False},
            {"topic": "Rest", "at": "2026-12-03T04:00:00+00:00", "suggested": False, "supported": True},
        ],
        "log_of_acts": [{"act": "published", "at": "2026-12-03T05:00:00+00:00", "gathering": "Letting go"}],
    }


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    coming = ExportedRegistration("Círculo", at(17), at(2), None, None)
    export = DataExport(Member(7, "", SLACK), at(1), [coming], [], [], [])
    document = exported(export)
    assert document["last_seen"] is None
    assert document["facilitator"] is False
    [gathering] = document["gatherings"]
    assert gathering["title"] == "Círculo"
    assert [gathering[key] for key in ("registered_from", "came_in_at", "logged_in_at")] == [None, None, None]

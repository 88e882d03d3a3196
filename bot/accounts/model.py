"""Accounts of one person on several platforms: codes that connect them, and the export of what is stored. Pure."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.addresses import Address
from bot.members.model import Identity, Member
from bot.notifications.model import Receipt

CODE_LIFE = timedelta(minutes=10)
CONNECTION_REQUEST_LIFE = timedelta(minutes=10)
"""How long the question whether to connect can be confirmed."""
WRONG_CODE_LIMIT = 5
"""Wrong codes of one member within CODE_LIFE after which no code is checked."""
_CODE_ALPHABET = "BCDFGHJKMNPQRSTVWXYZ23456789"
"""Without vowels, so that no code is a word, and without signs that look alike (0 O, 1 I L)."""
_HALF_LENGTH = 5


def new_code() -> str:
    """A one-time code as people type it: `K7RXM-2QWPD`."""
    first, second = ("".join(secrets.choice(_CODE_ALPHABET) for _ in range(_HALF_LENGTH)) for _ in range(2))
    return f"{first}-{second}"


def code_digest(typed: str) -> str:
    """The stored form of a code; case, spaces and hyphens are ignored, and what was copied with it: `/htg connect`."""
    normalised = "".join(character for character in typed.upper() if character.isalnum())
    code = normalised[-2 * _HALF_LENGTH :]
    return hashlib.sha256(b"htg code " + code.encode("utf-8", "ignore")).hexdigest()


def token_digest(token: str) -> str:
    """The stored form of a button's token."""
    return hashlib.sha256(b"htg token " + token.encode("utf-8", "ignore")).hexdigest()


def address_digest(address: Address) -> str:
    """Names an address within a button, whose id may be shorter than the address."""
    return hashlib.sha256(b"htg address " + str(address).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class NotificationProgress:
    """How far the delivery of one notification has come."""

    state: Receipt
    in_doubt: bool = False

    @property
    def reaches(self) -> bool:
        """Whether it was sent, is being sent, or may have been sent with an outcome that is unknown."""
        return self.state in {Receipt.SENT, Receipt.CLAIMED} or (self.in_doubt and self.pending)

    @property
    def pending(self) -> bool:
        return self.state in {Receipt.WAITING, Receipt.CLAIMED}

    @property
    def waits(self) -> bool:
        return self.state is Receipt.WAITING and not self.in_doubt


def duplicates_to_drop(first: NotificationProgress, second: NotificationProgress) -> tuple[bool, bool]:
    """Of the same notification to two identities, which are dropped, so that the person receives it once.

    If one identity could not be reached (blocked, failed), the other still receives it. If one was certainly sent,
    the other is dropped although its outcome is unknown: a retry might send it again.
    """
    if second.state is Receipt.SENT and first.state is not Receipt.SENT:
        return first.pending, False
    if first.reaches:
        return False, second.pending
    if second.reaches:
        return first.waits, False
    return False, first.waits and second.waits


def other_key(key: str, member: int) -> str:
    """The key of the same notification when it is addressed to this member."""
    kind, _, rest = key.partition(":")
    return f"{kind}:{member}:{rest.partition(':')[2]}"


@dataclass(frozen=True, slots=True)
class ExportedRegistration:
    title: str
    starts_at: datetime
    registered_at: datetime | None
    admitted_at: datetime | None
    logged_in_at: datetime | None
    """Their first log-in at Zoom, if Zoom reported it."""
    registered_from: Address | None = None
    seen_at: datetime | None = None
    """The first sign at Zoom that they came, be it in the waiting room."""
    left_at: datetime | None = None
    """When they last left there."""


@dataclass(frozen=True, slots=True)
class ExportedNotification:
    kind: str
    title: str
    due_at: datetime
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class ExportedTopic:
    text: str
    at: datetime
    suggested: bool
    """False: another member suggested it, and this one voted for it."""


@dataclass(frozen=True, slots=True)
class ExportedAct:
    """An act in the audit log by this member as a facilitator, or about them as one."""

    kind: str
    at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class DataExport:
    member: Member
    since: datetime
    gatherings: Sequence[ExportedRegistration]
    notifications: Sequence[ExportedNotification]
    topics: Sequence[ExportedTopic]
    acts: Sequence[ExportedAct]
    identities: Sequence[Identity] = ()
    on_team: Sequence[Address] = ()
    seen_at: datetime | None = None
    """When a request of theirs last came, to the hour."""


def export_json(export: DataExport) -> bytes:
    """Indented JSON in UTF-8, instants in ISO 8601 UTC. It holds no link."""
    member, settings = export.member, export.member.settings
    document = {
        "name": member.name,
        "known_since": _iso(export.since),
        "last_seen": _iso(export.seen_at),
        "addresses": [str(identity.address) for identity in export.identities],
        "names": {str(identity.address): identity.name for identity in export.identities if identity.name},
        "direct_message_conversations": {
            str(identity.address): identity.conversation for identity in export.identities if identity.conversation
        },
        "facilitator": bool(export.on_team),
        "facilitates_from": [str(address) for address in export.on_team],
        "as_the_platform_says": {"language": member.language, "time_zone": member.zone},
        "agreed_at": _iso(member.agreed_at),
        "settings": {
            "language": settings.language,
            "time_zone": settings.zone,
            "time_zone_was_asked": member.zone_asked,
            "by_direct_message": settings.by_direct_message,
            "a_word_afterwards": settings.afterwards,
            "letters": settings.letters,
            "reminders_not_wanted_seconds": sorted(int(offset.total_seconds()) for offset in settings.muted),
        },
        "gatherings": [
            {
                "title": registration.title,
                "starts_at": _iso(registration.starts_at),
                "registered_at": _iso(registration.registered_at),
                "registered_from": None if registration.registered_from is None else str(registration.registered_from),
                "came_in_at": _iso(registration.admitted_at),
                "logged_in_at": _iso(registration.logged_in_at),
                "seen_at_zoom": _iso(registration.seen_at),
                "left_zoom_at": _iso(registration.left_at),
            }
            for registration in export.gatherings
        ],
        "messages": [
            {
                "kind": notification.kind,
                "gathering": notification.title,
                "due_at": _iso(notification.due_at),
                "receipt": notification.receipt.value,
            }
            for notification in export.notifications
        ],
        "topics": [
            {
                "topic": topic.text,
                "at": _iso(topic.at),
                "suggested": topic.suggested,
                "supported": not topic.suggested,
            }
            for topic in export.topics
        ],
        "log_of_acts": [{"act": act.kind, "at": _iso(act.at), "gathering": act.title} for act in export.acts],
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "replace")


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds")

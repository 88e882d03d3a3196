"""One person with a self on each platform: how two become one member, and what is kept about them. Pure."""

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
ASKED_FOR = timedelta(minutes=10)
"""How long the button that connects may be pressed after its question."""
WRONG_CODES = 5
"""So many wrong codes within CODE_LIFE, and then none is looked at for a while."""
_LETTERS = "BCDFGHJKMNPQRSTVWXYZ23456789"
"""Without vowels, so that no word comes out, and without what looks like something else (0 O, 1 I L)."""
_HALF = 5


def new_code() -> str:
    """A one-time code as people type it: `K7RXM-2QWPD`."""
    first, second = ("".join(secrets.choice(_LETTERS) for _ in range(_HALF)) for _ in range(2))
    return f"{first}-{second}"


def digest(typed: str) -> str:
    """How a code is kept and looked up; case, spaces and hyphens do not matter."""
    bare = "".join(each for each in typed.upper() if each.isalnum())
    return hashlib.sha256(b"htg code " + bare.encode("utf-8", "ignore")).hexdigest()


def digest_of(token: str) -> str:
    """How the token of a button is kept."""
    return hashlib.sha256(b"htg token " + token.encode("utf-8", "ignore")).hexdigest()


def mark(address: Address) -> str:
    """Says in a button which of one's own addresses is meant; an address may be longer than a button's id."""
    return hashlib.sha256(b"htg address " + str(address).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ToldNotice:
    """How far one notice has come."""

    state: Receipt
    in_doubt: bool = False

    @property
    def reaches(self) -> bool:
        """It was told, or is being told at this moment. What is settled is in doubt no longer."""
        return self.state in {Receipt.SENT, Receipt.CLAIMED} or (self.in_doubt and self.pending)

    @property
    def pending(self) -> bool:
        return self.state in {Receipt.WAITING, Receipt.CLAIMED}

    @property
    def waits(self) -> bool:
        return self.state is Receipt.WAITING and not self.in_doubt


def to_drop(first: ToldNotice, second: ToldNotice) -> tuple[bool, bool]:
    """Of the same notice to two selves, which one is not to be told any more, so that the person hears it once.

    What one self could not be told (blocked, failed) the other still hears. Where it was certainly told, what is in
    doubt is not looked for: not found, it would be told again.
    """
    if second.state is Receipt.SENT and first.state is not Receipt.SENT:
        return first.pending, False
    if first.reaches:
        return False, second.pending
    if second.reaches:
        return first.waits, False
    return False, first.waits and second.waits


def other_key(key: str, member: int) -> str:
    """The key that the same notice has when it goes to this member."""
    kind, _, rest = key.partition(":")
    return f"{kind}:{member}:{rest.partition(':')[2]}"


@dataclass(frozen=True, slots=True)
class AttendedRecord:
    title: str
    starts_at: datetime
    registered_at: datetime | None
    admitted_at: datetime | None
    logged_in_at: datetime | None
    """Their first log-in at Zoom, where that is counted."""
    registered_from: Address | None = None


@dataclass(frozen=True, slots=True)
class HeardRecord:
    kind: str
    title: str
    due_at: datetime
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class SuggestedRecord:
    text: str
    at: datetime
    suggested: bool
    """False: somebody else did, and this member joined in."""


@dataclass(frozen=True, slots=True)
class ActRecord:
    """An act in the log: theirs as a facilitator, or about them as one."""

    kind: str
    at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class DataExport:
    member: Member
    since: datetime
    addresses: Sequence[Address]
    gatherings: Sequence[AttendedRecord]
    told: Sequence[HeardRecord]
    topics: Sequence[SuggestedRecord]
    acts: Sequence[ActRecord]
    identities: Sequence[Identity] = ()
    on_team: Sequence[Address] = ()
    seen_at: datetime | None = None
    """When they were last here, to the hour."""


def export_json(kept: DataExport) -> bytes:
    """All of it as JSON that a person can read, instants in ISO 8601 UTC. No link is part of it."""
    member, settings = kept.member, kept.member.settings
    written = {
        "name": member.name,
        "known_since": _at(kept.since),
        "last_seen": _at(kept.seen_at),
        "addresses": [str(each) for each in kept.addresses],
        "names": {str(each.address): each.name for each in kept.identities if each.name},
        "facilitator": bool(kept.on_team),
        "facilitates_from": [str(each) for each in kept.on_team],
        "as_the_platform_says": {"language": member.language, "time_zone": member.zone},
        "settings": {
            "language": settings.language,
            "time_zone": settings.zone,
            "by_direct_message": settings.by_direct_message,
            "a_word_afterwards": settings.afterwards,
            "reminders_not_wanted_seconds": sorted(int(each.total_seconds()) for each in settings.muted),
        },
        "gatherings": [
            {
                "title": each.title,
                "starts_at": _at(each.starts_at),
                "registered_at": _at(each.registered_at),
                "registered_from": None if each.registered_from is None else str(each.registered_from),
                "came_in_at": _at(each.admitted_at),
                "logged_in_at": _at(each.logged_in_at),
            }
            for each in kept.gatherings
        ],
        "messages": [
            {"kind": each.kind, "gathering": each.title, "due_at": _at(each.due_at), "receipt": each.receipt.value}
            for each in kept.told
        ],
        "topics": [
            {"topic": each.text, "at": _at(each.at), "suggested": each.suggested, "supported": not each.suggested}
            for each in kept.topics
        ],
        "log_of_acts": [{"act": each.kind, "at": _at(each.at), "gathering": each.title} for each in kept.acts],
    }
    return json.dumps(written, ensure_ascii=False, indent=2).encode("utf-8", "replace")


def _at(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds")

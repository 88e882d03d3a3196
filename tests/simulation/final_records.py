"""What the database holds at the end of a random story, read with SQL of its own, not by the product's repositories."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.discord.custom_ids import notification_tag
from bot.addresses import Address
from bot.notifications.model import NotificationKind, Receipt
from tests.simulation.ledger import Accepted, Ledger
from tests.simulation.random_plan import StoryPlan

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Row:
    """A row of the outbox."""

    key: str
    kind: NotificationKind
    gathering: int | None
    member: int | None
    platform: str
    offset: timedelta
    starts_at: datetime
    state: Receipt
    pending: bool
    attempts: int
    why: str

    def __str__(self) -> str:
        return f"{self.key} ({self.state}{f': {self.why}' if self.why else ''}, {self.attempts} attempts)"


@dataclass
class Books:
    """Everything that a check looks at."""

    plan: StoryPlan
    ledger: Ledger
    now: datetime
    rows: list[Row] = field(default_factory=list)
    members: dict[Address, int] = field(default_factory=dict)
    """Whose an address is."""
    former: dict[int, int] = field(default_factory=dict)
    """What became of members who became one with another."""
    unreached: set[int] = field(default_factory=set)
    registered: set[tuple[int, int]] = field(default_factory=set)
    """(member, gathering)."""
    admitted: set[tuple[int, int]] = field(default_factory=set)
    counted: dict[int, int] = field(default_factory=dict)
    """By gathering, how many places are taken."""
    titles: Counter[str] = field(default_factory=Counter)
    open_breakers: dict[str, datetime] = field(default_factory=dict)
    """By scope, since when it is open."""
    lines: list[str] = field(default_factory=list)
    public: list[str] = field(default_factory=list)
    """Everything that stands in a channel at the end."""
    posts: dict[str, str] = field(default_factory=dict)
    """By the platform's id, each message as it stands at the end."""

    def __post_init__(self) -> None:
        self.taken: dict[str, list[Accepted]] = {}
        for accepted in self.ledger.accepted:
            self.taken.setdefault(accepted.mark, []).append(accepted)

    def accepted(self, row: Row) -> list[Accepted]:
        """How often a platform took it."""
        return [*self.taken.get(row.key, ()), *self.taken.get(notification_tag(row.key), ())]

    def is_taken_from_another(self, row: Row) -> bool:
        """Whether it was sent to somebody who became one with its member: their key was another."""
        keys = [row.key.replace(f":{row.member}:", f":{former}:", 1) for former in self.former]
        return any(key in self.taken or notification_tag(key) in self.taken for key in keys)

    def member(self, name: str) -> int | None:
        return self.members.get(self.ledger.addresses[name])

    def owner(self, row: Row) -> int | None:
        return None if row.member is None else self.former.get(row.member, row.member)


def _instant(number: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + number * MICROSECOND


def read(path: Path, books: Books) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        books.rows = [_row(row) for row in connection.execute("SELECT * FROM notices ORDER BY id")]
        for row in connection.execute("SELECT * FROM identities"):
            books.members[Address(row["platform"], row["account"])] = row["member"]
        books.former = {row["former"]: row["member"] for row in connection.execute("SELECT * FROM former_members")}
        books.unreached = {row["id"] for row in connection.execute("SELECT id FROM members WHERE unreached")}
        books.registered = {tuple(row) for row in connection.execute("SELECT member, gathering FROM registrations")}
        books.admitted = {tuple(row) for row in connection.execute("SELECT member, gathering FROM admissions")}
        books.counted = {
            row["id"]: row["admitted"] for row in connection.execute("SELECT id, admitted FROM gatherings")
        }
        books.titles = Counter(row["title"] for row in connection.execute("SELECT title FROM gatherings"))
        books.open_breakers = {
            row["scope"]: _instant(row["opened_at"])
            for row in connection.execute("SELECT scope, opened_at FROM breakers")
        }


def _row(row: sqlite3.Row) -> Row:
    return Row(
        row["key"],
        NotificationKind(row["kind"]),
        row["gathering"],
        row["member"],
        row["platform"],
        timedelta(seconds=row["lead"]),
        _instant(row["starts_at"]),
        Receipt(row["state"]),
        row["ready_at"] is not None,
        row["attempts"],
        row["why"] or "",
    )

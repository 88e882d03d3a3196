"""The tables. What must be unique is unique here, and each index names the question it answers.

A change here needs a migration in `migrations/versions/` and the new `REVISION`; a test holds the three together.
Ids are never used twice (`sqlite_autoincrement`; PostgreSQL's sequences never go back): links and buttons name them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from storage.secrets import EncryptedZoomLink
from storage.types import SECOND, Instant, Length, Lengths, Words

REVISION = "0002"
"""The newest migration: what `open_storage` asks of a database. Written here to spare a start alembic's import."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *parts: Any, numbered: bool = True) -> Table:
    """A table with an `id` that is never used twice, or one that is wholly its key (on SQLite: no second b-tree)."""
    if numbered:
        return Table(name, metadata, Column("id", Integer, primary_key=True), *parts, sqlite_autoincrement=True)
    return Table(name, metadata, *parts, sqlite_with_rowid=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _words(name: str) -> Column[str]:
    return Column(name, Words, nullable=False, server_default="")


def _to(table: str, *, name: str, nullable: bool = False) -> Column[int]:
    return Column(name, Integer, ForeignKey(f"{table}.id"), nullable=nullable)


members = _table(
    "members",
    _words("name"),
    _text("platform"),
    _text("account"),
    Column("language", Text),
    Column("zone", Text),
    Column("chosen_language", Text),
    Column("chosen_zone", Text),
    Column("muted", Lengths, nullable=False, server_default=""),
    Column("by_direct_message", Boolean, nullable=False, server_default=true()),
    Column("afterwards", Boolean, nullable=False, server_default=true()),
    Column("unreached", Boolean, nullable=False, server_default=false()),
    Column("since", Instant, nullable=False),
)

identities = _table(
    "identities",
    _text("platform"),
    _text("account"),
    _to("members", name="member"),
    PrimaryKeyConstraint("platform", "account"),
    Index(None, "member"),
    numbered=False,
)

facilitators = _table(
    "facilitators",
    _text("platform"),
    _text("account"),
    PrimaryKeyConstraint("platform", "account"),
    numbered=False,
)

interactions = _table(
    "interactions",
    Column("key", Text, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("key"),
    Index(None, "at"),
    numbered=False,
)

leases = _table(
    "leases",
    Column("name", Text, nullable=False),
    _text("worker"),
    Column("until", Instant, nullable=False),
    PrimaryKeyConstraint("name"),
    numbered=False,
)

memory = _table(
    "memory",
    Column("name", Text, nullable=False),
    _words("value"),
    PrimaryKeyConstraint("name"),
    numbered=False,
)

gatherings = _table(
    "gatherings",
    _words("title"),
    _words("folded"),
    Column("starts_at", Instant, nullable=False),
    Column("duration", Length, nullable=False),
    Column("ends_at", Instant, Computed(f"starts_at + duration * {SECOND}", persisted=True), nullable=False),
    _text("zone"),
    _words("description"),
    _words("facilitators"),
    _text("status"),
    Column("admission_limit", Integer, nullable=False),
    Column("late_entry", Length, nullable=False),
    Column("opens_before", Length, nullable=False),
    Column("admitted", Integer, nullable=False, server_default=text("0")),
    Column("opened_at", Instant),
    Column("closed_at", Instant),
    _to("gatherings", name="series", nullable=True),
    Column("part", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    _words("note"),
    Column("zoom_link", EncryptedZoomLink),
    CheckConstraint("admitted >= 0", name="admitted"),
    Index(None, "status", "ends_at"),  # upcoming, hosted, registered
    Index(None, "status", "starts_at"),  # near, twin
    Index(None, "series", sqlite_where=text("series IS NOT NULL"), postgresql_where=text("series IS NOT NULL")),
)

registrations = _table(
    "registrations",
    _to("members", name="member"),
    _to("gatherings", name="gathering"),
    Column("at", Instant, nullable=False),
    UniqueConstraint("member", "gathering"),
    Index(None, "gathering", "id"),  # the roster, in the order of registering
)

admissions = _table(
    "admissions",
    _to("gatherings", name="gathering"),
    _to("members", name="member"),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("gathering", "member"),
    Index(None, "member"),
    numbered=False,
)

topics = _table(
    "topics",
    _to("members", name="member"),
    _words("text"),
    _words("folded"),
    _text("state"),
    Column("at", Instant, nullable=False),
    Index(
        "uq_topics_open",
        "member",
        "folded",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
)

announcements = _table(
    "announcements",
    _to("gatherings", name="gathering"),
    _text("platform"),
    _text("account"),
    _words("message"),
    UniqueConstraint("gathering", "platform", "account"),
)

waves = _table(
    "waves",
    _to("gatherings", name="gathering"),
    Column("starts_at", Instant, nullable=False),
    _text("kind"),
    Column("lead", Length, nullable=False),
    Column("complete", Boolean, nullable=False),
    PrimaryKeyConstraint("gathering", "starts_at", "kind", "lead"),
    numbered=False,
)

_PENDING = text("ready_at IS NOT NULL")
_BEGUN = text("begun_at IS NOT NULL AND member IS NOT NULL")

notices = _table(
    "notices",
    _text("key"),
    _text("kind"),
    _to("gatherings", name="gathering"),
    _text("platform"),
    _to("members", name="member", nullable=True),
    Column("channel", Text),
    _to("announcements", name="announcement", nullable=True),
    Column("lead", Length, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    _text("state"),
    # When it may next be taken: due while waiting, the end of the lease while claimed, NULL once it is settled.
    # The two indexes on it therefore hold what is still to do, and nothing of what was ever told.
    Column("ready_at", Instant),
    Column("worker", Text),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("in_doubt", Boolean, nullable=False, server_default=false()),
    Column("begun_at", Instant),
    Column("settled_at", Instant),
    _words("why"),
    UniqueConstraint("key"),
    Index("ix_notices_claim", "platform", "ready_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
    Index("ix_notices_next_due", "ready_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
    Index("ix_notices_lately", "platform", "begun_at", sqlite_where=_BEGUN, postgresql_where=_BEGUN),
    Index(None, "gathering", "member"),  # the roster's receipts
    Index(None, "member"),
)

"""The tables. What must be unique is unique here, and each index names the query it serves.

A change here needs a migration in `migrations/versions/` and the new `REVISION`; a test holds the three together.
Ids are never reused (`sqlite_autoincrement`; PostgreSQL's sequences never go back): links and buttons name them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Double,
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

from storage.encryption.columns import EncryptedText, EncryptedZoomLink
from storage.types import MICROSECONDS_PER_SECOND, Duration, DurationSet, FreeText, Instant

REVISION = "0026"
"""The newest migration, which `open_storage` requires. A constant, so that a start need not import alembic."""

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
    """A table with an `id` that is never reused, or one clustered by its own key (SQLite: WITHOUT ROWID)."""
    if numbered:
        return Table(name, metadata, Column("id", Integer, primary_key=True), *parts, sqlite_autoincrement=True)
    return Table(name, metadata, *parts, sqlite_with_rowid=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _words(name: str) -> Column[str]:
    return Column(name, FreeText, nullable=False, server_default="")


def _to(table: str, *, name: str, nullable: bool = False, goes_with: bool = False) -> Column[int]:
    """A foreign key; `goes_with`: the row is deleted together with the row it refers to."""
    return Column(
        name, Integer, ForeignKey(f"{table}.id", ondelete="CASCADE" if goes_with else None), nullable=nullable
    )


def _link() -> tuple[Column[str], Column[bool]]:
    """What a personal link to the row contains besides its id; `by_id`: older links hold the id only and still work."""
    return (
        Column("nonce", Text, nullable=False, server_default=""),
        Column("by_id", Boolean, nullable=False, server_default=false()),
    )


def _origin() -> tuple[Column[str], Column[str]]:
    """The address of the member that created the row; empty when unknown."""
    return (
        Column("platform", Text, nullable=False, server_default=""),
        Column("account", Text, nullable=False, server_default=""),
    )


members = _table(
    "members",
    _words("name"),
    _text("platform"),
    _text("account"),
    Column("language", Text),
    Column("zone", Text),
    Column("chosen_language", Text),
    Column("chosen_zone", Text),
    Column("muted", DurationSet, nullable=False, server_default=""),
    Column("by_direct_message", Boolean, nullable=False, server_default=true()),
    Column("afterwards", Boolean, nullable=False, server_default=true()),
    Column("letters", Boolean, nullable=False, server_default=true()),
    Column("unreached", Boolean, nullable=False, server_default=false()),
    Column("zone_asked", Boolean, nullable=False, server_default=false()),
    # To which version of the agreement, and when.
    Column("agreed", Text, nullable=False, server_default=""),
    Column("agreed_at", Instant),
    Column("since", Instant, nullable=False),
    *_link(),  # of their calendar
    # To the hour; NULL where an older version made the row.
    Column("seen_at", Instant),
    Index(None, "seen_at"),
)

_ORGANISED = text("organised_at IS NOT NULL")
_UNOPENED = text("conversation IS NULL")

identities = _table(
    "identities",
    _text("platform"),
    _text("account"),
    _to("members", name="member"),
    _words("name"),
    # The platform's id of the direct-message conversation with this person; NULL until one was opened.
    Column("conversation", Text),
    # When they last used /htg-host by a right that the platform grants; NULL where they did not lately.
    Column("organised_at", Instant),
    PrimaryKeyConstraint("platform", "account"),
    Index(None, "member"),
    Index("ix_identities_organised", "organised_at", sqlite_where=_ORGANISED, postgresql_where=_ORGANISED),
    Index("ix_identities_unopened", "member", sqlite_where=_UNOPENED, postgresql_where=_UNOPENED),
    numbered=False,
)

facilitators = _table(
    "facilitators",
    _text("platform"),
    _text("account"),
    PrimaryKeyConstraint("platform", "account"),
    numbered=False,
)

# ---- one member, several identities

codes = _table(
    "codes",
    _to("members", name="member"),
    _text("digest"),
    Column("expires_at", Instant, nullable=False),
    PrimaryKeyConstraint("member"),
    UniqueConstraint("digest"),
    numbered=False,
)

wrong_codes = _table(
    "wrong_codes",
    _to("members", name="member"),
    Column("at", Instant, nullable=False),
    Index(None, "member", "at"),
    Index(None, "at"),
)

# A member typed a code and was asked whether to connect: what their button may do, once.
connection_requests = _table(
    "connection_requests",
    _to("members", name="member"),
    _to("members", name="other"),
    _text("digest"),
    Column("expires_at", Instant, nullable=False),
    PrimaryKeyConstraint("member"),
    Index(None, "other"),
    numbered=False,
)

# Links and buttons of a member who was merged into another keep working: they name the former id.
former_members = _table(
    "former_members",
    Column("former", Integer, nullable=False, autoincrement=False),
    _to("members", name="member", goes_with=True),
    PrimaryKeyConstraint("former"),
    Index(None, "member"),
    numbered=False,
)

# Registrations of merged members, replaced by the other member's registration for the same gathering.
former_registrations = _table(
    "former_registrations",
    Column("former", Integer, nullable=False, autoincrement=False),
    _to("registrations", name="registration", goes_with=True),
    *_link(),
    *_origin(),
    # NULL where an older version made the row: it only leads on.
    Column("at", Instant),
    PrimaryKeyConstraint("former"),
    Index(None, "registration"),
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

# What `uow.state` keeps.
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
    Column("duration", Duration, nullable=False),
    Column(
        "ends_at",
        Instant,
        Computed(f"starts_at + duration * {MICROSECONDS_PER_SECOND}", persisted=True),
        nullable=False,
    ),
    _text("zone"),
    _words("description"),
    _words("facilitators"),
    _text("status"),
    Column("admission_limit", Integer, nullable=False),
    Column("late_entry", Duration, nullable=False),
    Column("opens_before", Duration, nullable=False),
    Column("admitted", Integer, nullable=False, server_default=text("0")),
    Column("opened_at", Instant),
    Column("closed_at", Instant),
    # When it was to begin as it was first announced, where that has changed.
    Column("moved_from", Instant),
    _to("gatherings", name="series", nullable=True),
    Column("part", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    Column("changed_at", Instant),
    _words("note"),
    Column("zoom_link", EncryptedZoomLink("gatherings.zoom_link")),
    # What its series is called where it was imported from.
    _words("series_name"),
    # Registrants of whom nothing but their number is left, and when all of them had gone so.
    Column("former_registrants", Integer, nullable=False, server_default=text("0")),
    Column("forgotten_at", Instant),
    CheckConstraint("admitted >= 0", name="admitted"),
    Index(None, "status", "ends_at"),  # `upcoming`, `hosted`, `gatherings_of`
    Index(None, "status", "starts_at"),  # `starting_between`, `find_duplicate`
    Index(None, "series", sqlite_where=text("series IS NOT NULL"), postgresql_where=text("series IS NOT NULL")),
    Index(
        "ix_gatherings_remembered",  # what is still to be forgotten
        "ends_at",
        sqlite_where=text("forgotten_at IS NULL"),
        postgresql_where=text("forgotten_at IS NULL"),
    ),
)

# Which entry of a calendar became which gathering, at which SEQUENCE.
imports = _table(
    "imports",
    Column("source", Text, nullable=False),
    _to("gatherings", name="gathering", goes_with=True),
    Column("sequence", Integer, nullable=False),
    _text("content"),
    PrimaryKeyConstraint("source"),
    Index(None, "gathering"),
    numbered=False,
)

# How many came to what is over. Stays when registrations and admissions go.
attendance = _table(
    "attendance",
    _to("gatherings", name="gathering", goes_with=True),
    Column("ended_at", Instant, nullable=False),
    *(
        Column(name, Integer, nullable=False)
        for name in ("registered", "came_in", "logged_in", "first_timers", "came_again", "unreached")
    ),
    PrimaryKeyConstraint("gathering"),
    Index(None, "ended_at"),  # until when everything is stored
    numbered=False,
)

registrations = _table(
    "registrations",
    _to("members", name="member"),
    _to("gatherings", name="gathering"),
    Column("at", Instant, nullable=False),
    # When they first came to doors that were full or closed.
    Column("turned_away_at", Instant),
    *_link(),
    *_origin(),
    UniqueConstraint("member", "gathering"),
    Index(None, "gathering", "id"),  # the roster, in the order of registering
)

admissions = _table(
    "admissions",
    _to("gatherings", name="gathering"),
    _to("members", name="member"),
    Column("at", Instant, nullable=False),
    *_origin(),
    # Taken with the common link of a meeting, of which nobody knows who uses it: it does not return unused.
    Column("stays", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("gathering", "member"),
    Index(None, "member"),
    numbered=False,
)

# Registrants who wait at a full house, in the order of their ids.
waiting = _table(
    "waiting",
    _to("registrations", name="registration", goes_with=True),
    _to("gatherings", name="gathering", goes_with=True),
    Column("at", Instant, nullable=False),
    UniqueConstraint("registration"),
    Index(None, "gathering", "id"),
)

# Places on their way from who did not come to who waits: no longer an admission, and counted as taken until returned.
returning_places = _table(
    "returning_places",
    # No reference: the place of a registration that was given up is still to return.
    Column("registration", Integer, autoincrement=False, nullable=False),
    _to("gatherings", name="gathering", goes_with=True),
    Column("taken_at", Instant, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("given_up", Boolean, nullable=False),
    # When the pass had certainly been withdrawn at Zoom, and when the place was given on.
    Column("withdrawn_at", Instant),
    Column("returned_at", Instant),
    PrimaryKeyConstraint("registration"),
    Index(None, "gathering"),
    numbered=False,
)

_OPEN = text("state = 'open'")

topics = _table(
    "topics",
    _words("text"),
    _words("folded"),
    _text("state"),
    Column("at", Instant, nullable=False),
    # Voices of people since forgotten: their number stays.
    Column("former_votes", Integer, nullable=False, server_default=text("0")),
    Index("uq_topics_open", "folded", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_topics_waiting", "at", sqlite_where=_OPEN, postgresql_where=_OPEN),
)

votes = _table(
    "votes",
    _to("topics", name="topic"),
    _to("members", name="member"),
    Column("suggested", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    *_origin(),
    PrimaryKeyConstraint("topic", "member"),
    Index(None, "member"),
    numbered=False,
)

taken_up = _table(
    "taken_up",
    _to("gatherings", name="gathering", goes_with=True),
    _to("topics", name="topic"),
    PrimaryKeyConstraint("gathering"),
    Index(None, "topic"),
    numbered=False,
)

_UNSENT = text("sent_at IS NULL")

messages = _table(
    "messages",
    _to("gatherings", name="gathering"),
    Column("text", EncryptedText("messages.text"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("sent_at", Instant),
    Index(None, "gathering"),
    Index("ix_messages_unsent", "at", sqlite_where=_UNSENT, postgresql_where=_UNSENT),
)

announcements = _table(
    "announcements",
    _to("gatherings", name="gathering"),
    _text("platform"),
    _text("account"),
    _words("message"),
    UniqueConstraint("gathering", "platform", "account"),
)

# Batches of reminders. `lead`, here and below: how long before the start.
waves = _table(
    "waves",
    _to("gatherings", name="gathering"),
    Column("starts_at", Instant, nullable=False),
    _text("kind"),
    Column("lead", Duration, nullable=False),
    Column("complete", Boolean, nullable=False),
    PrimaryKeyConstraint("gathering", "starts_at", "kind", "lead"),
    numbered=False,
)

_ANNOUNCING = text("announcement IS NOT NULL")
_APART = text("gathering IS NULL")
_PENDING = text("ready_at IS NOT NULL")
_PENDING_POST = text("ready_at IS NOT NULL AND member IS NULL")
_DOUBTFUL = text("ready_at IS NOT NULL AND (in_doubt OR state = 'claimed')")
_BEGUN = text("begun_at IS NOT NULL AND member IS NOT NULL")

# The outbox: notifications, to members and in channels.
notices = _table(
    "notices",
    _text("key"),
    _text("kind"),
    _to("gatherings", name="gathering", nullable=True),
    _text("platform"),
    _to("members", name="member", nullable=True),
    Column("channel", Text),
    _to("announcements", name="announcement", nullable=True),
    Column("lead", Duration, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    _text("state"),
    # When it may next be taken: due while waiting, the end of the lease while claimed, NULL once it is settled.
    # The indexes on it therefore hold what is still to do, and nothing of what was ever told.
    Column("ready_at", Instant),
    Column("worker", Text),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("in_doubt", Boolean, nullable=False, server_default=false()),
    Column("begun_at", Instant),
    Column("settled_at", Instant),
    _words("why"),
    # The id of a row of `messages`; a plain number, since SQLite adds no reference to a table that stands.
    Column("message", Integer),
    # The member's account on the platform where alone it is told; NULL: wherever they are heard.
    Column("account", Text),
    # Whose limits and whose circuit breaker apply: the platform, or one workspace of it. Empty: not known yet.
    Column("scope", Text, nullable=False, server_default=""),
    # The platform's id of what was sent, where it is edited in place.
    Column("posted", Text),
    # Of a move: when it began as far as they were told.
    Column("moved_from", Instant),
    UniqueConstraint("key"),
    Index("ix_notices_due", "scope", "due_at", "id", sqlite_where=_PENDING, postgresql_where=_PENDING),
    Index("ix_notices_posts_due", "scope", "due_at", sqlite_where=_PENDING_POST, postgresql_where=_PENDING_POST),
    Index("ix_notices_doubtful", "scope", "expires_at", sqlite_where=_DOUBTFUL, postgresql_where=_DOUBTFUL),
    Index("ix_notices_expiry", "expires_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
    Index("ix_notices_next_due", "ready_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
    Index("ix_notices_lately", "platform", "begun_at", sqlite_where=_BEGUN, postgresql_where=_BEGUN),
    Index(None, "gathering", "member"),  # the roster's receipts
    Index(None, "member"),
    Index(None, "announcement", sqlite_where=_ANNOUNCING, postgresql_where=_ANNOUNCING),
    Index("ix_notices_apart", "expires_at", sqlite_where=_APART, postgresql_where=_APART),
)

# Which facilitator did what, and when. `gathering` and `topic` are plain numbers: a draft may be gone meanwhile.
acts = _table(
    "acts",
    Column("at", Instant, nullable=False),
    _text("kind"),
    _text("platform"),
    _text("account"),
    Column("gathering", Integer),
    Column("topic", Integer),
    Column("about_platform", Text),
    Column("about_account", Text),
    Column("number", Integer),
    Column("from_at", Instant),
    Column("to_at", Instant),
    Column("fields", Text, nullable=False, server_default=""),
    Index(None, "at"),
    Index(None, "gathering", "id"),
    Index(None, "platform", "account"),
)

# Open circuit breakers: scopes in which nothing is told unasked for now.
breakers = _table(
    "breakers",
    Column("scope", Text, nullable=False),
    _words("why"),
    Column("opened_at", Instant, nullable=False),
    Column("next_trial_at", Instant, nullable=False),
    Column("trials", Integer, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("scope"),
    numbered=False,
)

# What limits sending in a scope, shared by all workers: a token bucket of direct messages (in the row of the platform),
# one of conversations to open, and until when the platform asked to wait.
send_limits = _table(
    "send_limits",
    _text("scope"),
    Column("tokens", Double, nullable=False),
    Column("refilled_at", Instant, nullable=False),
    Column("openings", Double, nullable=False),
    Column("openings_refilled_at", Instant, nullable=False),
    Column("paused_until", Instant),
    Column("lookups_paused_until", Instant),
    Column("openings_paused_until", Instant),
    # Direct messages a minute in the last large batch.
    Column("reached_per_minute", Double),
    PrimaryKeyConstraint("scope"),
    numbered=False,
)

# ---- signing up on the web by e-mail

# Of an address that may be somebody else's: a row goes after a day, confirmed or not.
signups = _table(
    "signups",
    _text("platform"),
    _text("account"),
    _words("name"),
    _to("gatherings", name="gathering", goes_with=True),
    Column("language", Text),
    Column("zone", Text),
    Column("made_at", Instant, nullable=False),
    Column("letters", Integer, nullable=False, server_default=text("0")),
    Column("written_at", Instant),
    _text("nonce"),
    UniqueConstraint("platform", "account", "gathering"),
    Index(None, "made_at"),
    Index(None, "gathering"),
)

# What the link to the personal page of an address contains: it is the address's, whichever member it belongs to.
personal_pages = _table(
    "personal_pages",
    _text("platform"),
    _text("account"),
    _text("nonce"),
    UniqueConstraint("platform", "account"),
)

# ---- at Zoom

meetings = _table(
    "meetings",
    Column("gathering", Integer, ForeignKey("gatherings.id", ondelete="CASCADE"), autoincrement=False, nullable=False),
    _text("number"),
    _text("standing"),
    Column("revision", Integer, nullable=False),
    Column("common_link_from", Instant),
    Column("settings_version", Integer, nullable=False, server_default=text("0")),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("last_heard_at", Instant),
    _words("captures"),
    _words("put_back"),
    _words("refused"),
    Column("look_wanted", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("gathering"),
    Index(None, "number"),
    numbered=False,
)

passes = _table(
    "passes",
    # No reference: the pass of a registration that was given up is still to be ended at Zoom.
    Column("registration", Integer, autoincrement=False, nullable=False),
    _to("gatherings", name="gathering", goes_with=True),
    _text("registrant"),
    _text("standing"),
    Column("link", EncryptedZoomLink("passes.link")),
    Column("logged_in_at", Instant),
    Column("seen_at", Instant),
    Column("left_at", Instant),
    PrimaryKeyConstraint("registration"),
    Index(None, "gathering", "registrant"),
    numbered=False,
)

# ---- in the lists of what is coming up that Discord's servers keep

# The guild of each channel.
servers = _table(
    "servers",
    _text("platform"),
    _text("account"),
    # Empty: a channel of no server.
    _text("server"),
    PrimaryKeyConstraint("platform", "account"),
    numbered=False,
)

# Scheduled events.
happenings = _table(
    "happenings",
    _to("gatherings", name="gathering", goes_with=True),
    _text("server"),
    _text("number"),
    Column("revision", Integer, nullable=False),
    _text("home"),
    PrimaryKeyConstraint("gathering", "server"),
    numbered=False,
)

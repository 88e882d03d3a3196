"""What `htg doctor` asks of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text

from bot.addresses import Address
from bot.gatherings.model import Status
from bot.notifications.breaker import CircuitBreaker
from bot.notifications.model import Receipt
from storage.encryption.key_audit import KeyAudit, audit_keys
from storage.engine.open import read_revision, require_current_revision
from storage.engine.snapshot import read_snapshot
from storage.engine.urls import SqliteFile, parse_database_url
from storage.schema import gatherings, notices
from storage.unit_of_work import SqlUnitOfWork

_n = notices.c
_g = gatherings.c
_EXTREMES = select(func.max(_g.admission_limit), func.max(_g.duration)).where(_g.status == Status.PUBLISHED.value)
_DELIVERED = {Receipt.SENT.value, Receipt.BLOCKED.value, Receipt.FAILED.value}


@dataclass(frozen=True, slots=True)
class DatabaseHealth:
    """`secrets`: how many values are encrypted, and how many of them our HTG_SECRET_KEY decrypts."""

    schema: str
    secrets: KeyAudit
    facilitators: Sequence[Address]
    remembered: Mapping[str, str]
    latest: Mapping[str, str]
    """By platform: why its latest direct message was not delivered; empty text when it was."""
    breakers: Sequence[CircuitBreaker] = ()
    """Open ones."""
    largest_limit: int = 0
    """Of all gatherings that are published: how many one lets in at most."""
    longest: timedelta = timedelta(0)
    """And how long one takes at most."""


def read_health(url: str, keys: Sequence[str], remembered: Sequence[str] = ()) -> DatabaseHealth:
    """Reads what the doctor reports about the database. Blocks: not for a thread with a running event loop.

    `remembered`: the names to look up in the table `memory`. Raises DatabaseUnavailable when the database cannot be
    reached or its schema is not this version's.
    """

    def work(connection: Connection) -> DatabaseHealth:
        schema, uow = require_current_revision(read_revision(connection)), SqlUnitOfWork(connection)
        values = {name: uow.state.get(name) or "" for name in remembered}
        secrets, latest = audit_keys(connection, keys), _latest_delivery_errors(connection)
        limit, longest = connection.execute(_EXTREMES).one()
        return DatabaseHealth(
            schema,
            secrets,
            uow.facilitators.addresses(),
            values,
            latest,
            uow.breakers.list_open(),
            limit or 0,
            longest or timedelta(0),
        )

    return read_snapshot(url, work)


def _latest_delivery_errors(connection: Connection) -> dict[str, str]:
    platforms = connection.execute(select(_n.platform).distinct()).scalars().all()
    delivered = (
        select(_n.state, _n.why)
        .where(_n.member.is_not(None), _n.state.in_(_DELIVERED))
        .order_by(_n.settled_at.desc(), _n.id.desc())
    )
    latest = {name: connection.execute(delivered.where(_n.platform == name).limit(1)).first() for name in platforms}
    return {name: "" if row.state == Receipt.SENT.value else row.why for name, row in latest.items() if row}


def server_time(url: str) -> datetime | None:
    """The clock of the database server; None for SQLite, which has none. Raises DatabaseUnavailable."""
    if isinstance(parse_database_url(url), SqliteFile):
        return None
    time: datetime = read_snapshot(url, lambda connection: connection.execute(_CLOCK).scalar_one())
    return time


_CLOCK = text("SELECT clock_timestamp()")

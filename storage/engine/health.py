"""What the database knows that `htg doctor` asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, text

from bot.addresses import Address
from bot.breaker import Breaker
from bot.notices import Receipt
from storage.books import Books
from storage.encryption.key_audit import audit_keys
from storage.engine.open import read_revision, require_current_revision
from storage.engine.snapshot import read_snapshot
from storage.engine.urls import SqliteFile, parse_database_url
from storage.schema import notices

_n = notices.c
_TOLD = {Receipt.SENT.value, Receipt.BLOCKED.value, Receipt.FAILED.value}


@dataclass(frozen=True, slots=True)
class DatabaseHealth:
    """`sealed`, `opened` and `current`: values under some HTG_SECRET_KEY, under ours, and under the first of ours."""

    schema: str
    sealed: int
    opened: int
    current: int
    facilitators: Sequence[Address]
    remembered: Mapping[str, str]
    latest: Mapping[str, str]
    """By platform: why its latest direct message did not arrive, or empty text where it did."""
    breakers: Sequence[Breaker] = ()
    """Open ones."""


def read_health(url: str, keys: Sequence[str], remembered: Sequence[str] = ()) -> DatabaseHealth:
    """Reads what the doctor reports about the database. Blocks: not for a thread with a running event loop.

    `remembered`: the names to look up in the table `memory`. Raises DatabaseUnavailable when the database cannot be
    reached or its schema is not this version's.
    """

    def work(connection: Connection) -> DatabaseHealth:
        schema, books = require_current_revision(read_revision(connection)), Books(connection)
        sealed, opened, current = audit_keys(connection, keys)
        found = {name: books.remembered(name) or "" for name in remembered}
        latest, breakers = _latest(connection), books.breakers()
        return DatabaseHealth(schema, sealed, opened, current, books.facilitators(), found, latest, breakers)

    return read_snapshot(url, work)


def _latest(connection: Connection) -> dict[str, str]:
    platforms = connection.execute(select(_n.platform).distinct()).scalars().all()
    told = (
        select(_n.state, _n.why)
        .where(_n.member.is_not(None), _n.state.in_(_TOLD))
        .order_by(_n.settled_at.desc(), _n.id.desc())
    )
    latest = {each: connection.execute(told.where(_n.platform == each).limit(1)).first() for each in platforms}
    return {each: "" if row.state == Receipt.SENT.value else row.why for each, row in latest.items() if row}


def server_time(url: str) -> datetime | None:
    """The clock of the database's server; None for a file, which has none of its own. Raises DatabaseUnavailable."""
    if isinstance(parse_database_url(url), SqliteFile):
        return None
    found: datetime = read_snapshot(url, lambda connection: connection.execute(_CLOCK).scalar_one())
    return found


_CLOCK = text("SELECT clock_timestamp()")

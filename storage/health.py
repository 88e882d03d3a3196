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
from storage.engine import checked, revision_in
from storage.reading import at_one_instant
from storage.schema import notices
from storage.sealed import count
from storage.urls import File, read_url

_n = notices.c
_TOLD = {Receipt.SENT.value, Receipt.BLOCKED.value, Receipt.FAILED.value}


@dataclass(frozen=True, slots=True)
class Health:
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


def examine(url: str, keys: Sequence[str], remembered: Sequence[str] = ()) -> Health:
    """Raises Unusable where the database is out of reach, or its tables are not this version's. Not in a running loop.

    `remembered`: what of the house's memory is asked for.
    """

    def work(connection: Connection) -> Health:
        schema, books = checked(revision_in(connection)), Books(connection)
        sealed, opened, current = count(connection, keys)
        found = {name: books.remembered(name) or "" for name in remembered}
        latest, breakers = _latest(connection), books.breakers()
        return Health(schema, sealed, opened, current, books.facilitators(), found, latest, breakers)

    return at_one_instant(url, work)


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
    """The clock of the database's server; None for a file, which has none of its own. Raises Unusable."""
    if isinstance(read_url(url), File):
        return None
    found: datetime = at_one_instant(url, lambda connection: connection.execute(_CLOCK).scalar_one())
    return found


_CLOCK = text("SELECT clock_timestamp()")

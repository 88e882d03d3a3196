# ruff: noqa: ARG002 - the signatures are SQLAlchemy's
"""Column types: how the core's values are stored in a database that knows only numbers and text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
MICROSECONDS_PER_SECOND = 1_000_000
"""Instants are stored in microseconds."""


class Unstorable(DontWrapMixin, ValueError):
    """A value that would be read back as another."""


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as microseconds since 1970 and read back in UTC. A naive one raises Unstorable.

    A number, because no driver stores it faithfully: SQLite's drops the offset, asyncpg refuses aware datetimes.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None or value.utcoffset() is None:
            raise Unstorable("an instant has a time zone; this one has none")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Duration(TypeDecorator[timedelta]):
    """A timedelta, stored as whole seconds; it may be negative. Fractions of a second raise Unstorable."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        return None if value is None else _seconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> timedelta | None:
        return None if value is None else timedelta(seconds=value)


class DurationSet(TypeDecorator[frozenset[timedelta]]):
    """A set of timedeltas, stored as text in seconds: `600,3600`; empty text for the empty set."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: frozenset[timedelta] | None, dialect: Dialect) -> str | None:
        return None if value is None else ",".join(str(seconds) for seconds in sorted(map(_seconds, value)))

    def process_result_value(self, value: Any, dialect: Dialect) -> frozenset[timedelta] | None:
        if not value:
            return _NONE
        return frozenset(timedelta(seconds=int(seconds)) for seconds in value.split(","))


class FreeText(TypeDecorator[str]):
    """What people wrote, without what databases refuse as text: NUL and lone surrogates."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "").encode("utf-8", "ignore").decode()


_NONE: frozenset[timedelta] = frozenset()


def _seconds(value: timedelta) -> int:
    if value.microseconds:
        raise Unstorable("a length of time is kept in whole seconds")
    return value.days * 86_400 + value.seconds

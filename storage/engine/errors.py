"""What can go wrong with a database. Each error is one sentence that says what to do and holds no password."""

from __future__ import annotations


class DatabaseUnavailable(Exception):
    """The database cannot be used as it is set: a bad address, another schema, out of reach."""


def future_safe(failure: BaseException) -> BaseException:
    """The exception as a future accepts it: StopIteration it refuses, and the caller would wait for ever."""
    if not isinstance(failure, StopIteration):
        return failure
    error = RuntimeError("the work ended with StopIteration")
    error.__cause__ = failure
    return error

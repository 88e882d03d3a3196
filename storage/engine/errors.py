"""What can be wrong with a database. Each carries one plain sentence that says what to do and holds no password."""

from __future__ import annotations


class DatabaseUnavailable(Exception):
    """The database cannot be opened as it is set: a bad address, the wrong schema, out of reach."""


def future_safe(failure: BaseException) -> BaseException:
    """As a future can carry it to whoever waits: a StopIteration it refuses, and they would wait for good."""
    if not isinstance(failure, StopIteration):
        return failure
    told = RuntimeError("the work ended with StopIteration")
    told.__cause__ = failure
    return told


class CommitFailed(Exception):
    """The transaction could not be made durable: a full disk, a lost server. Nothing of it stands."""

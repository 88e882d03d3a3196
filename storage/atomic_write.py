"""Writes a file atomically: it is complete or absent."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def atomic_write(file: Path) -> Iterator[IO[bytes]]:
    """A binary stream that replaces `file` (mode 0600) on success; on an exception `file` stays as it was.

    The temporary file of a writer that was killed is removed by the next one. Raises FileExistsError for a device and
    the like, which would no longer be one.
    """
    if file.exists() and not file.is_file():
        raise FileExistsError(errno.EEXIST, "what is there is no file that could be replaced", str(file))
    prefix, suffix = f".{file.name}.", ".part"
    for leftover in file.parent.glob(f".{_escaped(file.name)}.*{suffix}"):
        _remove_unless_locked(leftover)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=prefix, suffix=suffix)
    try:
        with open(descriptor, "wb") as out:  # noqa: PTH123 - it is open already
            fcntl.flock(out, fcntl.LOCK_EX)
            yield out
            out.flush()
            os.fsync(out.fileno())
            Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name must survive a loss of power, too
    finally:
        os.close(folder)


def _escaped(name: str) -> str:
    """The name as a glob pattern that matches it alone."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _remove_unless_locked(leftover: Path) -> None:
    with suppress(OSError), leftover.open("rb") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        leftover.unlink()

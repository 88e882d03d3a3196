"""Writing a file that is there whole or not at all."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def atomic_write(file: Path) -> Iterator[IO[bytes]]:
    """Something to write to, which becomes `file` (mode 0600) at the end; `file` stays as it was if that never comes.

    What a writer that was killed left behind is removed by the next one.
    """
    begin, end = f".{file.name}.", ".part"
    for left in file.parent.glob(f".{_literal(file.name)}.*{end}"):
        _remove_unless_held(left)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=begin, suffix=end)
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
        os.fsync(folder)  # the name, too, is to outlive a loss of power
    finally:
        os.close(folder)


def _literal(name: str) -> str:
    return "".join(f"[{each}]" if each in "*?[" else each for each in name)


def _remove_unless_held(left: Path) -> None:
    with suppress(OSError), left.open("rb") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        left.unlink()

"""Settings of a server process: event loop, limit of file descriptors, garbage collection."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

try:
    from uvloop import new_event_loop
except ImportError:  # not available on Windows
    from asyncio import new_event_loop  # type: ignore[assignment]

T = TypeVar("T")

GC_THRESHOLDS = (50_000, 20, 20)
"""For `gc.set_threshold`: allocations before the youngest generation is collected (some 10 MB), and collections before
the older ones are. Objects of a request are freed by their reference counts; under load thousands of requests are in
progress, and each collection traverses all of them."""


def run(server: Coroutine[Any, Any, T]) -> T:
    """Runs a server to its end, on uvloop where it is installed."""
    raise_descriptor_limit()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(server)


def raise_descriptor_limit() -> None:
    """Raises the soft limit of file descriptors to the hard limit: each connection takes one."""
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # some systems refuse their own hard limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def freeze_long_lived_objects() -> None:
    """Call once started: freezes long-lived objects so that the garbage collector skips them.

    The libraries' modules are some 300,000 objects; traversing them took a fifth of the CPU time under load.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)

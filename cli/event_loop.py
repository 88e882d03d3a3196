"""How a process that serves is run: on which loop, with how many descriptors, and what garbage collection skips."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

try:
    from uvloop import new_event_loop
except ImportError:  # not made for Windows: asyncio's own loop does the same, a little slower
    from asyncio import new_event_loop  # type: ignore[assignment]

YOUNG, MIDDLE, OLD = 50_000, 20, 20
"""Objects made before the youngest are searched (some 10 MB), and how often that, before the older are. What an answer
makes goes by itself when the answer is given; in a rush thousands are under way, and each search meets all of them."""


def run(serving: Coroutine[Any, Any, None]) -> None:
    raise_descriptor_limit()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serving)


def raise_descriptor_limit() -> None:
    """Systems allow a process many more descriptors than they give it: each connection takes one."""
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # where the system allows less than it says
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def settle() -> None:
    """To be called when everything stands: what there is by then stays, and is not searched for garbage again.

    The libraries' modules are some 300,000 objects; searching them took a fifth of the time in a rush.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)

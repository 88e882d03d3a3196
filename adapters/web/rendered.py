"""What is rendered once for each change, in a thread, and kept: the loop never waits for it."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime

KEPT = 256
"""Renderings that are kept; the one that nobody asked for longest goes first."""


@dataclass(frozen=True, slots=True)
class Rendering:
    body: bytes
    tag: str
    changed_at: datetime | None = None


@dataclass(slots=True)
class _Slot:
    version: Hashable = None
    rendering: Rendering | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


Source = tuple[Hashable, Callable[[], bytes], datetime | None]
"""The version of what is rendered, how it is rendered, and when it was last changed."""


class Renderings:
    def __init__(self) -> None:
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()

    async def get(self, key: Hashable, version: Hashable, read: Callable[[], Awaitable[Source]]) -> Rendering:
        """The rendering of this version: as it was kept, or from what `read` gives. Who asks meanwhile waits for it."""
        slot = self._slots.setdefault(key, _Slot())
        self._slots.move_to_end(key)
        while len(self._slots) > KEPT:
            self._slots.popitem(last=False)
        async with slot.lock:
            if slot.rendering is None or slot.version != version:
                version, render, changed_at = await read()
                body = await asyncio.to_thread(render)
                slot.rendering = Rendering(body, hashlib.sha256(body).hexdigest()[:32], changed_at)
                slot.version = version
            return slot.rendering

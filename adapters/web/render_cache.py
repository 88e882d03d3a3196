"""Caches what is rendered until its version changes; renders in a thread, so that the event loop is not blocked."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime

from bot.limited import LimitedDict

CACHE_SIZE = 256
"""Entries; the least recently used is dropped first."""


@dataclass(frozen=True, slots=True)
class RenderedBody:
    body: bytes
    etag: str
    changed_at: datetime | None = None


@dataclass(slots=True)
class _CachedBody:
    version: Hashable = None
    rendered: RenderedBody | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


RenderSource = tuple[Hashable, Callable[[], bytes], datetime | None]
"""The version, the function that renders it, and when its content was last changed."""


class RenderCache:
    def __init__(self) -> None:
        self._entries = LimitedDict[Hashable, _CachedBody](CACHE_SIZE)

    async def get(self, key: Hashable, version: Hashable, load: Callable[[], Awaitable[RenderSource]]) -> RenderedBody:
        """From the cache where it holds this version, else rendered from what `load` gives, once for all who wait."""
        entry = self._entries[key] = self._entries.get(key) or _CachedBody()
        async with entry.lock:
            if entry.rendered is None or entry.version != version:
                version, render, changed_at = await load()
                body = await asyncio.to_thread(render)
                entry.rendered = RenderedBody(body, hashlib.sha256(body).hexdigest()[:32], changed_at)
                entry.version = version
            return entry.rendered

"""Reads how many people a meeting takes, for the forms in which facilitators choose a limit."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from adapters.zoom.client import ZoomClient, ZoomOutcomeUnknown, ZoomRefused
from bot.meetings.model import CAPACITY
from bot.ports import Clock, Storage, TryLater

log = logging.getLogger(__name__)

INTERVAL = timedelta(hours=12)
"""Between two looks: a plan seldom changes."""


class CapacityReader:
    """`host`: the user under whom meetings are made. What cannot be seen is left as it was read last."""

    def __init__(self, storage: Storage, client: ZoomClient, clock: Clock, host: str = "me") -> None:
        self._storage, self._client, self._clock, self._host = storage, client, clock, host
        self._due = datetime.min.replace(tzinfo=UTC)

    async def tick(self) -> None:
        now = self._clock.now()
        if now < self._due:
            return
        self._due = now + INTERVAL
        try:
            settings = await self._client.request(
                "GET", f"/users/{quote(self._host, safe='')}/settings", "say what a meeting takes"
            )
        except (ZoomRefused, TryLater, ZoomOutcomeUnknown) as problem:
            log.info("how many a meeting takes is not known: %s", problem)
            return
        capacity = capacity_of(settings)
        if capacity:
            await self._storage.run(lambda uow: uow.state.set(CAPACITY, str(capacity)))


def capacity_of(settings: Mapping[str, Any]) -> int:
    """The host among them; 0 where the settings do not say."""
    feature = settings.get("feature")
    if not isinstance(feature, Mapping):
        return 0
    sizes = [feature.get("meeting_capacity")]
    if feature.get("large_meeting"):
        sizes.append(feature.get("large_meeting_capacity"))
    return max((size for size in sizes if isinstance(size, int)), default=0)

"""Fetches a meeting's start link for a facilitator who waits for it. It is stored nowhere, and never logged."""

from __future__ import annotations

import asyncio
import logging

from adapters.zoom.client import ZoomOutcomeUnknown, ZoomRefused
from bot.meetings.ports import MeetingGone, MeetingService
from bot.ports import TryLater
from bot.secrets import StartLink

log = logging.getLogger(__name__)

FETCH_TIMEOUT = 8.0
"""Seconds that a facilitator waits; Discord and Slack take an answer as late as this."""


class ZoomStartLinks:
    """Implements `bot.meetings.ports.StartLinkSource`."""

    def __init__(self, zoom: MeetingService) -> None:
        self._zoom = zoom

    async def fetch(self, number: str) -> StartLink | None:
        try:
            async with asyncio.timeout(FETCH_TIMEOUT):
                return await self._zoom.start_link(number)
        except (ZoomRefused, ZoomOutcomeUnknown, TryLater, TimeoutError) as problem:
            log.warning("no start link of meeting %s: %s", number, str(problem) or "it took too long")
        except MeetingGone:
            log.warning("no start link of meeting %s: it was deleted at Zoom", number)
        except Exception:
            log.exception("no start link of meeting %s", number)
        return None

"""Gatherings in a server's own list of events (Discord's Scheduled Events). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.addresses import Address
from bot.gatherings.model import Gathering


@dataclass(frozen=True, slots=True)
class ScheduledEvent:
    gathering: int
    server: str
    """The platform's id of the server."""
    number: str
    """The platform's id of the event; empty once somebody deleted it there: it is not created again."""
    revision: int
    """Of the gathering when the event was last written."""
    home: str
    """HTG_PUBLIC_URL at that time: the gathering's public page is shown as the location."""


@dataclass(frozen=True, slots=True)
class EventDiff:
    """Differences between a platform's servers and the gatherings, the soonest first."""

    unknown: Sequence[Address] = ()
    """Channels with an announcement of something upcoming whose server is not known."""
    superfluous: Sequence[ScheduledEvent] = ()
    """Events whose gathering is cancelled, or no longer announced in that server."""
    stale: Sequence[tuple[Gathering, str, ScheduledEvent | None]] = ()
    """(gathering, server, its event there if any): events to create or update."""

    def __bool__(self) -> bool:
        return bool(self.unknown or self.superfluous or self.stale)

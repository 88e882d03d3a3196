"""A gathering in the list of what is coming up that a server keeps itself (Discord's Scheduled Events). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.addresses import Address
from bot.gatherings.model import Gathering


@dataclass(frozen=True, slots=True)
class ScheduledEvent:
    gathering: int
    server: str
    """The platform's own id of the server in whose list it stands."""
    number: str
    """The platform's own id of it; empty once somebody took it away there by hand: it is not put back."""
    revision: int
    """Of the gathering, as the server was last told of it."""
    home: str
    """HTG_PUBLIC_URL as it was then: its public page is shown as the place."""


@dataclass(frozen=True, slots=True)
class EventDiff:
    """What a platform's servers do not show as it is, the soonest first."""

    strange: Sequence[Address] = ()
    """Channels where something upcoming is announced, and whose server is not known."""
    superfluous: Sequence[ScheduledEvent] = ()
    """What stands, and is cancelled, or not announced in that server any more."""
    stale: Sequence[tuple[Gathering, str, ScheduledEvent | None]] = ()
    """(gathering, server, as it stands there): is to be made, or told anew."""

    def __bool__(self) -> bool:
        return bool(self.strange or self.superfluous or self.stale)

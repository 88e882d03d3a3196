"""A move that somebody would be told of: proposed first, and made once a facilitator says so. Nothing of it is stored.

The proposal travels in the buttons, with the state of the gathering that it was made for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot import times
from bot.arguments import Option, number
from bot.gatherings.model import Gathering
from bot.notifications import enqueue
from bot.request import Call
from bot.unit_of_work import UnitOfWork

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LATEST = int(datetime(times.LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp())


def _read_starts(text: str) -> Sequence[datetime]:
    """What `_written` wrote; nothing at all for anything else."""
    try:
        seconds = [int(each, 36) for each in text.split(".")]
    except ValueError:
        return ()
    return tuple(datetime.fromtimestamp(each, UTC) for each in seconds if 0 <= each < _LATEST)


def _read_zone(text: str) -> str:
    try:
        return times.zone(text.replace(".", "/")).key if text else ""
    except times.UnreadableTime:
        return ""


STARTS_TO = Option("at", _read_starts, limit=40)
ZONE_TO = Option("in", _read_zone, limit=40)
STATE = Option("as", number, limit=9)
FIELDS = (STARTS_TO, ZONE_TO, STATE)


@dataclass(frozen=True, slots=True)
class Move:
    """Each part with its new start; those that stay have their own."""

    parts: tuple[Gathering, ...]
    starts: tuple[datetime, ...]
    zones: tuple[str, ...]

    def moved(self) -> list[tuple[Gathering, datetime, str]]:
        return [
            (part, start, zone)
            for part, start, zone in zip(self.parts, self.starts, self.zones, strict=True)
            if start != part.starts_at and not part.cancelled
        ]

    def told(self, uow: UnitOfWork) -> int:
        """How many people would be told of it, each once."""
        return len(enqueue.told_of(uow, [part for part, _, _ in self.moved()]))

    def call(self, name: str, gathering: Gathering) -> Call:
        """The call of a button that makes it, or that opens the form with it."""
        zones = {zone for _, _, zone in self.moved()}
        arguments: dict[str, object] = {STARTS_TO.name: ".".join(_written(start) for start in self.starts)}
        if len(zones) == 1:  # with dots, since a slash takes three of the hundred characters that a button has
            arguments[ZONE_TO.name] = zones.pop().replace("/", ".")
        if name == "host-move":
            arguments[STATE.name] = state(self.parts)
        return Call.of(name, gathering=gathering.id, **arguments)


def further_part(parts: Sequence[Gathering], start: datetime, zone: str) -> Call:
    """The call of a button that adds one more part to these."""
    return Call.of(
        "host-add-part",
        gathering=parts[0].id,
        **{STARTS_TO.name: _written(start), ZONE_TO.name: zone.replace("/", "."), STATE.name: state(parts)},
    )


def proposed(parts: Sequence[Gathering], starts: Sequence[datetime], zone: str) -> Move | None:
    """The move that a button holds; None where it fits these parts no more."""
    if len(starts) != len(parts):
        return None
    zones = tuple(
        zone if zone and start != part.starts_at else part.zone for part, start in zip(parts, starts, strict=True)
    )
    return Move(tuple(parts), tuple(starts), zones)


def is_as_shown(parts: Sequence[Gathering], shown: int | None) -> bool:
    """Whether nobody has changed the gathering since."""
    return shown == state(parts)


def state(parts: Sequence[Gathering]) -> int:
    """Another after each change of any of them; that of the first is changed with how many there are."""
    return parts[0].revision * 100 + sum(part.revision for part in parts) % 100


def _written(at: datetime) -> str:
    seconds, digits = int(at.timestamp()), ""
    while seconds:
        seconds, digit = divmod(seconds, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def lines(move: Move) -> str:
    """The starts as the form shows them."""
    return "\n".join(
        times.typed(start, ZoneInfo(zone).key) for start, zone in zip(move.starts, move.zones, strict=True)
    )

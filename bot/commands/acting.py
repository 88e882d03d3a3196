"""Writing into the log of acts what a command did, in the command's own transaction."""

from __future__ import annotations

from datetime import datetime

from bot.acts import Act, Kind
from bot.addresses import Address
from bot.asks import Ask
from bot.ports import Books


def record(
    ask: Ask,
    books: Books,
    kind: Kind,
    gathering: int | None = None,
    *,
    topic: int | None = None,
    about: Address | None = None,
    count: int | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    fields: tuple[str, ...] = (),
) -> None:
    """By the address that asks: facilitating belongs to it, not to the member."""
    books.record(Act(kind, ask.now, ask.who.address, gathering, topic, about, count, from_at, to_at, fields))

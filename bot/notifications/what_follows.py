"""What comes after a gathering, for whoever is told about it."""

from __future__ import annotations

from datetime import datetime

from bot.gatherings.model import Gathering
from bot.registrations.model import coming_parts
from bot.unit_of_work import UnitOfWork


def coming(uow: UnitOfWork, now: datetime, gathering: Gathering | None) -> list[Gathering]:
    """The parts of its series that a press of Register takes; none where it is no series."""
    if gathering is None or not gathering.is_part:
        return []
    return coming_parts(uow.gatherings.parts(gathering), now)


def next_part(uow: UnitOfWork, now: datetime, gathering: Gathering) -> Gathering | None:
    parts = uow.gatherings.parts(gathering)
    return next((part for part in parts if part.part > gathering.part and part.open_to_registration(now)), None)


def following(uow: UnitOfWork, now: datetime, gathering: Gathering) -> Gathering | None:
    upcoming = uow.gatherings.upcoming(now, limit=10)
    return next((other for other in upcoming if other.id != gathering.id and other.open_to_registration(now)), None)

"""What comes after a gathering, for whoever is told about it."""

from __future__ import annotations

from datetime import datetime

from bot.gatherings.model import Gathering
from bot.registrations.model import Following, coming_parts
from bot.unit_of_work import UnitOfWork


def coming(uow: UnitOfWork, now: datetime, gathering: Gathering) -> list[Gathering]:
    """The parts of its series that a press of Register takes; none where it is no series."""
    return coming_parts(uow.gatherings.parts(gathering), now) if gathering.is_part else []


def next_part(uow: UnitOfWork, now: datetime, gathering: Gathering) -> Gathering | None:
    parts = uow.gatherings.parts(gathering)
    return next((part for part in parts if part.part > gathering.part and part.open_to_registration(now)), None)


def has_other_parts(uow: UnitOfWork, now: datetime, member: int, gathering: Gathering) -> bool:
    """Whether they are registered for parts of its series that are still to come."""
    others = [part.id for part in coming(uow, now, gathering) if part.id != gathering.id]
    return bool(uow.registrations.among(member, others))


def following(uow: UnitOfWork, now: datetime, gathering: Gathering) -> Gathering | None:
    upcoming = uow.gatherings.upcoming(now, limit=10)
    return next((other for other in upcoming if other.id != gathering.id and other.open_to_registration(now)), None)


def afterwards(uow: UnitOfWork, now: datetime, member: int, gathering: Gathering) -> Following | None:
    """The next part of its series, or else the following gathering."""
    return _to(member, next_part(uow, now, gathering) or following(uow, now, gathering), uow, now)


def instead(uow: UnitOfWork, now: datetime, member: int, gathering: Gathering) -> Following | None:
    return _to(member, following(uow, now, gathering), uow, now)


def _to(member: int, found: Gathering | None, uow: UnitOfWork, now: datetime) -> Following | None:
    if found is None:
        return None
    return Following(found, coming(uow, now, found), uow.registrations.get(member, found.id) is not None)

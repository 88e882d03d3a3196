"""What the public page of a gathering shows, and a signup on it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.admission import waiting
from bot.gatherings.model import Gathering, Status
from bot.registrations import what_follows
from bot.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ShownGathering:
    """It, its series, of that what can be registered for, or else what comes next."""

    gathering: Gathering
    parts: list[Gathering]
    coming: list[Gathering]
    following: Gathering | None


def published(uow: UnitOfWork, number: int) -> Gathering | None:
    """Whatever everybody may see: no draft."""
    gathering = uow.gatherings.get(number)
    return gathering if gathering is not None and gathering.status is not Status.DRAFT else None


def shown(uow: UnitOfWork, number: int, unused_after: timedelta, now: datetime) -> ShownGathering | None:
    gathering = published(uow, number)
    if gathering is None:
        return None
    coming = waiting.registrable(uow, gathering, unused_after, now)
    following = None if coming else what_follows.following(uow, now, gathering)
    return ShownGathering(gathering, uow.gatherings.parts(gathering), coming, following)

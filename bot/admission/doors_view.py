"""The doors as they are now, as facilitators see them: in answer to `doors`, and wherever else they are shown."""

from __future__ import annotations

from datetime import datetime

from bot.admission import host_texts, waiting
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.meetings.model import TROUBLE
from bot.notifications import breaker
from bot.unit_of_work import UnitOfWork
from bot.views import View


def doors_view(uow: UnitOfWork, config: Config, locale: Locale, gathering: Gathering, now: datetime) -> View:
    roster = uow.registrations.roster(gathering.id)
    meeting = uow.meetings.get(gathering.id)
    return host_texts.doors_live(
        locale,
        gathering,
        now,
        registered=len(roster),
        unreached=sum(line.unreached for line in roster),
        logged_in=sum(1 for line in roster if line.logged_in_at),
        waiting=len(uow.places.waiting(gathering.id)) if meeting else 0,
        places_stay=meeting is not None and waiting.is_silent(meeting, gathering, config.unused_places, now),
        trouble=(uow.state.get(TROUBLE) or "") if config.meetings and meeting else "",
        held_back=breaker.held_back(uow.breakers.list_open(), roster),
    )

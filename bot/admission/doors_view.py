"""The doors as they are now, as facilitators see them: in answer to `doors`, and wherever else they are shown."""

from __future__ import annotations

from datetime import datetime

from bot.admission import host_texts
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.meetings.model import TROUBLE
from bot.notifications import breaker
from bot.unit_of_work import UnitOfWork
from bot.views import View


def doors_view(uow: UnitOfWork, config: Config, locale: Locale, gathering: Gathering, now: datetime) -> View:
    roster = uow.registrations.roster(gathering.id)
    return host_texts.doors_live(
        locale,
        gathering,
        now,
        registered=len(roster),
        unreached=sum(line.unreached for line in roster),
        logged_in=sum(1 for line in roster if line.logged_in_at),
        trouble=(uow.state.get(TROUBLE) or "") if config.meetings and uow.meetings.get(gathering.id) else "",
        held_back=breaker.held_back(uow.breakers.list_open(), roster),
    )

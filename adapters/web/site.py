"""What the routes of the web half share."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.web.recent_answers import RecentAnswers
from adapters.web.render import PageRenderer
from adapters.web.tokens import PersonalLinks
from adapters.web.visitors import Visitors
from bot.dispatcher import Dispatcher
from bot.ports import Clock, Storage


@dataclass(frozen=True, slots=True)
class Site:
    storage: Storage
    clock: Clock
    dispatcher: Dispatcher
    pages: PageRenderer
    visitors: Visitors
    links: PersonalLinks
    recent: RecentAnswers

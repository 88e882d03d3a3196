"""What members would like a gathering to be about."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, literal_column, select

from bot.topics import Topic
from storage.books.gatherings import folded
from storage.books.ledger import Ledger
from storage.schema import topics
from storage.statements import insert

OPEN = "open"

_SUGGEST = insert(topics).on_conflict_do_nothing().returning(topics.c.id)
# The state is written out, not bound: only then can SQLite use the index of open topics.
_OPEN = select(func.count()).where(topics.c.member == bindparam("who"), topics.c.state == literal_column("'open'"))


class Topics(Ledger):
    __slots__ = ()

    def suggest(self, member: int, text: str, now: datetime) -> Topic | None:
        made = self._do(_SUGGEST, member=member, text=text, folded=folded(text), state=OPEN, at=now).scalar()
        return None if made is None else Topic(made, text, now)

    def open_topics(self, member: int) -> int:
        count: int = self._do(_OPEN, who=member).scalar_one()
        return count

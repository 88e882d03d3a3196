"""What members would like a gathering to be about, and how many of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, func, literal_column, select, update

from bot.text import folded
from bot.topics.model import Topic, TopicState
from storage.engine.statements import insert
from storage.repositories.gatherings import title_pattern
from storage.repositories.origin import ORIGIN
from storage.repositories.repository import Repository
from storage.schema import members, taken_up, topics, votes

_t, _v = topics.c, votes.c
# The state is written out, not bound: only then can SQLite use the index of open topics.
_open = _t.state == literal_column("'open'")
_votes = (
    select(func.count()).where(_v.topic == _t.id).correlate(topics).scalar_subquery() + _t.former_votes
).label("votes")  # fmt: skip
_COLUMNS = (_t.id, _t.text, _t.at, _t.state, _votes)
_most_wanted = (_votes.desc(), _t.at, _t.id)

_ADD = insert(topics).on_conflict_do_nothing()
_OPEN_FOLDED = select(_t.id, _t.text, _t.at).where(_open, _t.folded == bindparam("wanted"))
_VOTE = insert(votes).values(**ORIGIN).on_conflict_do_nothing()
_UNVOTE = delete(votes).where(_v.topic == bindparam("which"), _v.member == bindparam("who"))
_SUGGESTED = (
    select(func.count())
    .select_from(votes.join(topics, _t.id == _v.topic))
    .where(_v.member == bindparam("who"), _v.suggested, _open)
)
_BY_ID = select(*_COLUMNS).where(_t.id == bindparam("which"))
_WAITING = select(*_COLUMNS).where(_open).order_by(*_most_wanted).limit(bindparam("most")).offset(bindparam("past"))
_TITLED = _t.folded.like(bindparam("titled"), escape="\\")
_WAITING_TITLED = _WAITING.where(_TITLED)
_OTHERS = (
    select(*_COLUMNS)
    .where(_open, ~exists().where(_v.topic == _t.id, _v.member == bindparam("who")))
    .order_by(*_most_wanted)
    .limit(bindparam("most"))
    .offset(bindparam("past"))
)
_OTHERS_TITLED = _OTHERS.where(_TITLED)
_CLOSE = update(topics).where(_t.id == bindparam("which"), _open).values(state=bindparam("now_it_is"))
_twin = topics.alias()
_REOPEN = (
    update(topics)
    .where(
        _t.id == bindparam("which"),
        _t.state == TopicState.DECLINED.value,
        ~exists().where(_twin.c.state == literal_column("'open'"), _twin.c.folded == _t.folded),
    )
    .values(state=TopicState.OPEN.value)
)
_DOUBLE = delete(votes).where(
    _v.topic == bindparam("which"), _v.member.in_(select(_v.member).where(_v.topic == bindparam("into")))
)
_MOVE_VOTES = update(votes).where(_v.topic == bindparam("which")).values(topic=bindparam("into"))
_MOVE_FORMER = (
    update(topics)
    .where(_t.id == bindparam("into"))
    .values(
        former_votes=_t.former_votes
        + select(_twin.c.former_votes).where(_twin.c.id == bindparam("which")).scalar_subquery()
    )
)
_MOVE_TAKEN = update(taken_up).where(taken_up.c.topic == bindparam("which")).values(topic=bindparam("into"))
_take = insert(taken_up)
_TAKE = _take.on_conflict_do_update(index_elements=["gathering"], set_={"topic": _take.excluded.topic})
_TAKEN = (
    select(*_COLUMNS)
    .select_from(taken_up.join(topics, _t.id == taken_up.c.topic))
    .where(taken_up.c.gathering == bindparam("what"))
)
_VOICES = (
    select(_v.member, members.c.platform)
    .select_from(votes.join(members, members.c.id == _v.member))
    .where(_v.topic == bindparam("which"))
    .order_by(_v.member)
)


class SqlTopicRepository(Repository):
    __slots__ = ()

    def suggest(self, member: int, text: str, now: datetime) -> Topic | None:
        self._do(_ADD, text=text, folded=folded(text), state=TopicState.OPEN.value, at=now)
        row = self._one(_OPEN_FOLDED, wanted=folded(text))
        if row is None:
            raise LookupError("a topic just kept is not there")
        if not self._changed(_VOTE, topic=row.id, member=member, suggested=True, at=now, made_by=member):
            return None
        return self.get(row.id)

    def count_open(self, member: int) -> int:
        count: int = self._do(_SUGGESTED, who=member).scalar_one()
        return count

    def get(self, topic: int) -> Topic | None:
        row = self._one(_BY_ID, which=topic)
        return None if row is None else _topic(row)

    def list_open(self, *, limit: int, offset: int = 0, titled: str = "") -> list[Topic]:
        if titled:
            rows = self._all(_WAITING_TITLED, most=limit, past=offset, titled=title_pattern(titled))
        else:
            rows = self._all(_WAITING, most=limit, past=offset)
        return [_topic(row) for row in rows]

    def list_open_for(self, member: int, *, limit: int, offset: int = 0, titled: str = "") -> list[Topic]:
        if titled:
            rows = self._all(_OTHERS_TITLED, who=member, most=limit, past=offset, titled=title_pattern(titled))
        else:
            rows = self._all(_OTHERS, who=member, most=limit, past=offset)
        return [_topic(row) for row in rows]

    def vote(self, topic: int, member: int, now: datetime) -> bool:
        return self._changed(_VOTE, topic=topic, member=member, suggested=False, at=now, made_by=member) == 1

    def unvote(self, topic: int, member: int) -> bool:
        return self._changed(_UNVOTE, which=topic, who=member) == 1

    def close(self, topic: int, state: TopicState) -> bool:
        return self._changed(_CLOSE, which=topic, now_it_is=state.value) == 1

    def reopen(self, topic: int) -> bool:
        return self._changed(_REOPEN, which=topic) == 1

    def merge(self, topic: int, into: int) -> bool:
        if topic == into or not self.close(topic, TopicState.MERGED):
            return False
        self._do(_DOUBLE, which=topic, into=into)
        for statement in (_MOVE_VOTES, _MOVE_FORMER, _MOVE_TAKEN):
            self._do(statement, which=topic, into=into)
        return True

    def take_up(self, topic: int, gathering: int) -> None:
        self._do(_TAKE, gathering=gathering, topic=topic)

    def taken_up(self, gathering: int) -> Topic | None:
        row = self._one(_TAKEN, what=gathering)
        return None if row is None else _topic(row)

    def voters(self, topic: int) -> dict[int, str]:
        return {row.member: row.platform for row in self._all(_VOICES, which=topic)}


def _topic(row: Row[Any]) -> Topic:
    return Topic(row.id, row.text, row.at, row.votes, TopicState(row.state))

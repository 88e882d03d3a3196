"""Topics that members suggest for gatherings, and the votes for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, func, literal_column, select, update

from bot.text import folded
from bot.topics.model import Topic, TopicState
from storage.engine.statements import insert, insert_or_replace
from storage.repositories.gatherings import title_pattern
from storage.repositories.origin import ORIGIN
from storage.repositories.repository import Repository
from storage.schema import members, taken_up, topics, votes

_t, _v = topics.c, votes.c
# The state is a literal, not a parameter: otherwise SQLite cannot use the index of open topics.
_is_open = _t.state == literal_column("'open'")
_votes = (
    select(func.count()).where(_v.topic == _t.id).correlate(topics).scalar_subquery() + _t.former_votes
).label("votes")  # fmt: skip
_COLUMNS = (_t.id, _t.text, _t.at, _t.state, _votes)
_MOST_VOTES_FIRST = (_votes.desc(), _t.at, _t.id)

_ADD = insert(topics).on_conflict_do_nothing()
_OPEN_BY_TEXT = select(_t.id, _t.text, _t.at).where(_is_open, _t.folded == bindparam("folded_text"))
_VOTE = insert(votes).values(**ORIGIN).on_conflict_do_nothing()
_UNVOTE = delete(votes).where(_v.topic == bindparam("topic_id"), _v.member == bindparam("member_id"))
_COUNT_OPEN = (
    select(func.count())
    .select_from(votes.join(topics, _t.id == _v.topic))
    .where(_v.member == bindparam("member_id"), _v.suggested, _is_open)
)
_BY_ID = select(*_COLUMNS).where(_t.id == bindparam("topic_id"))
_OPEN = (
    select(*_COLUMNS).where(_is_open).order_by(*_MOST_VOTES_FIRST).limit(bindparam("limit")).offset(bindparam("offset"))
)
_HAS_TEXT = _t.folded.like(bindparam("text_like"), escape="\\")
_OPEN_WITH_TEXT = _OPEN.where(_HAS_TEXT)
_NOT_VOTED_FOR = (
    select(*_COLUMNS)
    .where(_is_open, ~exists().where(_v.topic == _t.id, _v.member == bindparam("member_id")))
    .order_by(*_MOST_VOTES_FIRST)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_NOT_VOTED_FOR_WITH_TEXT = _NOT_VOTED_FOR.where(_HAS_TEXT)
_CLOSE = update(topics).where(_t.id == bindparam("topic_id"), _is_open).values(state=bindparam("new_state"))
_other_topic = topics.alias()
_REOPEN = (
    update(topics)
    .where(
        _t.id == bindparam("topic_id"),
        _t.state == TopicState.DECLINED.value,
        ~exists().where(_other_topic.c.state == literal_column("'open'"), _other_topic.c.folded == _t.folded),
    )
    .values(state=TopicState.OPEN.value)
)
_DELETE_SECOND_VOTES = delete(votes).where(
    _v.topic == bindparam("topic_id"), _v.member.in_(select(_v.member).where(_v.topic == bindparam("into_id")))
)
_MOVE_VOTES = update(votes).where(_v.topic == bindparam("topic_id")).values(topic=bindparam("into_id"))
_MOVE_FORMER_VOTES = (
    update(topics)
    .where(_t.id == bindparam("into_id"))
    .values(
        former_votes=_t.former_votes
        + select(_other_topic.c.former_votes).where(_other_topic.c.id == bindparam("topic_id")).scalar_subquery()
    )
)
_MOVE_TAKEN_UP = update(taken_up).where(taken_up.c.topic == bindparam("topic_id")).values(topic=bindparam("into_id"))
_TAKE_UP = insert_or_replace(taken_up)
_TAKEN_UP = (
    select(*_COLUMNS)
    .select_from(taken_up.join(topics, _t.id == taken_up.c.topic))
    .where(taken_up.c.gathering == bindparam("gathering_id"))
)
_VOTERS = (
    select(_v.member, members.c.platform)
    .select_from(votes.join(members, members.c.id == _v.member))
    .where(_v.topic == bindparam("topic_id"))
    .order_by(_v.member)
)


class SqlTopicRepository(Repository):
    def suggest(self, member: int, text: str, now: datetime) -> Topic | None:
        self._do(_ADD, text=text, folded=folded(text), state=TopicState.OPEN.value, at=now)
        row = self._only(_OPEN_BY_TEXT, folded_text=folded(text))
        if not self._changed(_VOTE, topic=row.id, member=member, suggested=True, at=now, made_by=member):
            return None
        return self.get(row.id)

    def count_open(self, member: int) -> int:
        return int(self._value(_COUNT_OPEN, member_id=member))

    def get(self, topic: int) -> Topic | None:
        row = self._one(_BY_ID, topic_id=topic)
        return None if row is None else _topic(row)

    def list_open(self, *, limit: int, offset: int = 0, titled: str = "") -> list[Topic]:
        if titled:
            rows = self._all(_OPEN_WITH_TEXT, limit=limit, offset=offset, text_like=title_pattern(titled))
        else:
            rows = self._all(_OPEN, limit=limit, offset=offset)
        return [_topic(row) for row in rows]

    def list_open_for(self, member: int, *, limit: int, offset: int = 0, titled: str = "") -> list[Topic]:
        if titled:
            rows = self._all(
                _NOT_VOTED_FOR_WITH_TEXT, member_id=member, limit=limit, offset=offset, text_like=title_pattern(titled)
            )
        else:
            rows = self._all(_NOT_VOTED_FOR, member_id=member, limit=limit, offset=offset)
        return [_topic(row) for row in rows]

    def vote(self, topic: int, member: int, now: datetime) -> bool:
        return self._changed(_VOTE, topic=topic, member=member, suggested=False, at=now, made_by=member) == 1

    def unvote(self, topic: int, member: int) -> bool:
        return self._changed(_UNVOTE, topic_id=topic, member_id=member) == 1

    def close(self, topic: int, state: TopicState) -> bool:
        return self._changed(_CLOSE, topic_id=topic, new_state=state.value) == 1

    def reopen(self, topic: int) -> bool:
        return self._changed(_REOPEN, topic_id=topic) == 1

    def merge(self, topic: int, into: int) -> bool:
        if topic == into or not self.close(topic, TopicState.MERGED):
            return False
        self._do(_DELETE_SECOND_VOTES, topic_id=topic, into_id=into)
        for statement in (_MOVE_VOTES, _MOVE_FORMER_VOTES, _MOVE_TAKEN_UP):
            self._do(statement, topic_id=topic, into_id=into)
        return True

    def take_up(self, topic: int, gathering: int) -> None:
        self._do(_TAKE_UP, gathering=gathering, topic=topic)

    def taken_up(self, gathering: int) -> Topic | None:
        row = self._one(_TAKEN_UP, gathering_id=gathering)
        return None if row is None else _topic(row)

    def voters(self, topic: int) -> dict[int, str]:
        return {row.member: row.platform for row in self._all(_VOTERS, topic_id=topic)}


def _topic(row: Row[Any]) -> Topic:
    return Topic(row.id, row.text, row.at, row.votes, TopicState(row.state))

"""Topics that an option names or suggests."""

from __future__ import annotations

from bot.arguments import PAGE, Option, number
from bot.context import Context
from bot.topics import texts
from bot.topics.model import Topic, TopicState
from bot.unit_of_work import UnitOfWork
from bot.views import CHOICE_LIMIT, Choice, Refusal


def open_topic(ctx: Context, uow: UnitOfWork, option: Option[int | None]) -> Topic:
    """The open topic that an option names; refuses when it is not open."""
    topic = uow.topics.get(ctx.args[option] or 0)
    if topic is None or topic.state is not TopicState.OPEN:
        raise Refusal(texts.closed(ctx.locale))
    return topic


def others_page(ctx: Context, uow: UnitOfWork, page: int, titled: str = "") -> tuple[list[Topic], bool]:
    """One page of the topics that the sender has not voted for, and whether others follow."""
    topics = uow.topics.list_open_for(
        ctx.member.id, limit=CHOICE_LIMIT + 1, offset=(page - 1) * CHOICE_LIMIT, titled=titled
    )
    return topics[:CHOICE_LIMIT], len(topics) > CHOICE_LIMIT


def merge_page(ctx: Context, uow: UnitOfWork, page: int, titled: str = "") -> tuple[list[Topic], bool]:
    """One page of the topics that the named one can be merged into, and whether others follow."""
    first, end = (page - 1) * CHOICE_LIMIT, page * CHOICE_LIMIT
    # From the first page on, because the topic that is to be merged is on one of them and is left out.
    topics = uow.topics.list_open(limit=end + 2, titled=titled)
    others = [topic for topic in topics if topic.id != ctx.args[TOPIC]]
    return others[first:end], len(others) > end


def _suggest_others(ctx: Context, uow: UnitOfWork, typed: str) -> tuple[Choice, ...]:
    return _choices(others_page(ctx, uow, 1 if typed.strip() else ctx.args[PAGE], typed.strip())[0])


def _suggest_merge(ctx: Context, uow: UnitOfWork, typed: str) -> tuple[Choice, ...]:
    return _choices(merge_page(ctx, uow, 1 if typed.strip() else ctx.args[PAGE], typed.strip())[0])


def _choices(topics: list[Topic]) -> tuple[Choice, ...]:
    return tuple(texts.choice(topic) for topic in topics)


TOPIC = Option("topic", number, limit=12)
INTO = Option("into", number, limit=12, suggest=_suggest_merge)
OTHERS_TOPIC = Option("topic", str, limit=12, suggest=_suggest_others)
"""An id, or `texts.MORE`."""

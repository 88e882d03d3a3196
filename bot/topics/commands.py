"""Suggesting topics and voting for them; and what facilitators do with them."""

from __future__ import annotations

import re

from bot.arguments import PAGE, Option, number, yes
from bot.audit.model import ActKind
from bot.audit.record import record
from bot.catalogue import command
from bot.context import Context
from bot.editing import texts as editing_texts
from bot.i18n import N_
from bot.redaction.detect import gives_away
from bot.secrets import ZoomLink
from bot.text import tidy
from bot.topics import resolve, suggest_texts, texts
from bot.topics.model import OPEN_TOPICS_PER_MEMBER, TOPIC_LIMIT, TopicState
from bot.topics.resolve import INTO, OTHERS_TOPIC, TOPIC
from bot.unit_of_work import UnitOfWork
from bot.views import CHOICE_LIMIT, ITEM_LIMIT, Answer, Refusal, View

_NAMING = re.compile(r"(?:(?:an?|the|una?|el)\s)?(?:topic|tema)\s?:\s?", re.IGNORECASE)


def _bare(text: str) -> str:
    """Without words that only say once more what it is: `suggest a topic: grief at work`."""
    tidied = tidy(text)
    named = _NAMING.match(tidied)
    return tidied[named.end() :] if named else tidied


SUGGESTION = Option("topic", _bare, N_("what a gathering should be about"), own_words=True)
SUPPORT = Option("support", str, limit=12)
UNDO = Option("undo", yes, limit=3)


@command(
    "suggest",
    SUGGESTION,
    SUPPORT,
    summary=N_("suggest a topic"),
    position=7,
    opens_form=True,
    also=("suggestion, idea, topic, propose, sugerir, sugerencia, proponer, propuesta, tema"),
)
def suggest(ctx: Context, uow: UnitOfWork) -> Answer:
    """A new suggestion, a vote for one of the others', or both."""
    locale = ctx.locale
    topic, chosen = ctx.args[SUGGESTION], ctx.args[SUPPORT]
    topics_of_others, more = resolve.others_page(ctx, uow, 1)
    others = texts.form_choices(locale, topics_of_others, more=more)
    if len(topic) > TOPIC_LIMIT:
        return suggest_texts.suggest_form(locale, topic, suggest_texts.topic_too_long(locale), others)
    if gives_away(topic, *_upcoming_links(ctx, uow), public_url=ctx.config.public_url):
        return suggest_texts.suggest_form(locale, topic, editing_texts.holds_room(locale), others)
    if not topic and not chosen:
        error = texts.nothing_chosen(locale) if SUGGESTION in ctx.args else ""
        return suggest_texts.suggest_form(locale, error=error, others=others)
    if chosen == texts.MORE and topic:
        chosen = ""  # the answer to the suggestion offers the others as well
    answer = _support(ctx, uow, chosen, page=1) if chosen else None
    if not topic and answer is not None:
        return answer
    if uow.topics.count_open(ctx.member.id) >= OPEN_TOPICS_PER_MEMBER:
        raise Refusal(suggest_texts.too_many_open(locale, OPEN_TOPICS_PER_MEMBER))
    new = uow.topics.suggest(ctx.member.id, topic, ctx.now) is not None
    view = suggest_texts.suggested(locale, topic) if new else suggest_texts.already_suggested(locale, topic)
    topics_of_others, more = resolve.others_page(ctx, uow, 1)
    return texts.with_others(locale, view, topics_of_others, more=more)


def _upcoming_links(ctx: Context, uow: UnitOfWork) -> list[ZoomLink]:
    """Without passcodes: anybody could find one out here by guessing."""
    upcoming = uow.gatherings.upcoming(ctx.now, limit=CHOICE_LIMIT)
    links = uow.gatherings.zoom_links([gathering.id for gathering in upcoming])
    return [ZoomLink(link.reveal().partition("?")[0]) for link in links.values()]


@command("support", OTHERS_TOPIC, UNDO, PAGE)
def support(ctx: Context, uow: UnitOfWork) -> View:
    return _support(ctx, uow, ctx.args[OTHERS_TOPIC], page=ctx.args[PAGE], undo=ctx.args[UNDO])


def _support(ctx: Context, uow: UnitOfWork, chosen: str, *, page: int, undo: bool = False) -> View:
    locale = ctx.locale
    if chosen in {"", texts.MORE}:
        others, more = resolve.others_page(ctx, uow, page)
        return texts.others(locale, others, page, more=more)
    topic = uow.topics.get(number(chosen) or 0)
    if topic is None or topic.state is not TopicState.OPEN:
        raise Refusal(texts.no_longer_open(locale))
    if undo:
        uow.topics.unvote(topic.id, ctx.member.id)
        return texts.unsupported(locale, topic)
    uow.topics.vote(topic.id, ctx.member.id, ctx.now)
    return texts.supported(locale, topic)


@command(
    "topics",
    PAGE,
    summary=N_("suggested topics and their votes"),
    position=11,
    for_facilitators=True,
    replaces=True,
    also=("suggestions, temas, sugerencias"),
)
def topics(ctx: Context, uow: UnitOfWork) -> View:
    page = ctx.args[PAGE]
    open_topics = uow.topics.list_open(limit=ITEM_LIMIT + 1, offset=(page - 1) * ITEM_LIMIT)
    if not open_topics and page > 1:
        page, open_topics = 1, uow.topics.list_open(limit=ITEM_LIMIT + 1)
    return texts.topics(ctx.locale, open_topics[:ITEM_LIMIT], page, more=len(open_topics) > ITEM_LIMIT)


@command("topic-decline", TOPIC, for_facilitators=True)
def decline(ctx: Context, uow: UnitOfWork) -> View:
    topic = resolve.open_topic(ctx, uow, TOPIC)
    uow.topics.close(topic.id, TopicState.DECLINED)
    record(ctx, uow, ActKind.TOPIC_DECLINED, topic=topic.id)
    return texts.declined(ctx.locale, topic)


@command("topic-reopen", TOPIC, for_facilitators=True)
def reopen(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    topic = uow.topics.get(ctx.args[TOPIC] or 0)
    if topic is None or not uow.topics.reopen(topic.id):
        raise Refusal(texts.not_reopened(locale))
    record(ctx, uow, ActKind.TOPIC_REOPENED, topic=topic.id)
    return texts.reopened(locale, topic)


@command("topic-merge", TOPIC, INTO, PAGE, for_facilitators=True)
def merge(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    topic = resolve.open_topic(ctx, uow, TOPIC)
    if not ctx.call[INTO.name]:
        others, more = resolve.merge_page(ctx, uow, ctx.args[PAGE])
        return texts.merge_question(locale, topic, others, ctx.args[PAGE], more=more)
    into = resolve.open_topic(ctx, uow, INTO)
    if not uow.topics.merge(topic.id, into.id):
        raise Refusal(texts.closed(locale))
    record(ctx, uow, ActKind.TOPIC_MERGED, topic=topic.id)
    return texts.merged(locale, uow.topics.get(into.id) or into)

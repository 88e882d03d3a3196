"""What everybody can ask: one function per command. Each answers with exactly one View or Form, or refuses."""

from __future__ import annotations

from dataclasses import replace

from bot import i18n
from bot.audit import record
from bot.audit.model import ActKind
from bot.catalogue import Option, OptionKind, command
from bot.context import Context
from bot.editing import texts as editing_texts
from bot.gatherings import resolve
from bot.gatherings.commands import PAGE
from bot.gatherings.resolve import page_number
from bot.i18n import N_
from bot.redaction.detect import gives_away
from bot.request import Call
from bot.secrets import ZoomLink
from bot.text import tidy
from bot.topics import suggest_texts, texts
from bot.topics.model import OPEN_TOPICS_PER_MEMBER, TOPIC_LIMIT, TopicState
from bot.unit_of_work import UnitOfWork
from bot.views import CHOICE_LIMIT, ITEM_LIMIT, Answer, Refusal, View


@command(
    "suggest",
    Option("topic", OptionKind.TEXT, N_("what a gathering should be about")),
    Option("support", limit=12),
    summary=N_("suggest a topic"),
    opens_form=True,
)
def suggest(ask: Context, books: UnitOfWork) -> Answer:
    """One's own words, or what others have suggested, or both."""
    to = i18n.locale_for(ask)
    topic, chosen = tidy(ask.call["topic"]), ask.call["support"]
    found, more = resolve.topic_page(ask, OptionKind.OTHERS_TOPIC, books)
    others = texts.form_choices(to, found, more=more)
    if len(topic) > TOPIC_LIMIT:
        return suggest_texts.suggest_form(to, topic, suggest_texts.topic_too_long(to), others)
    if gives_away(topic, *_rooms(ask, books), public_url=ask.house.public_url or ""):
        return suggest_texts.suggest_form(to, topic, editing_texts.holds_room(to), others)
    if not topic and not chosen:
        error = texts.nothing_chosen(to) if "topic" in ask.call else ""
        return suggest_texts.suggest_form(to, error=error, others=others)
    if chosen == texts.MORE and topic:
        chosen = ""  # the others are below the answer to what was typed
    answer = support(replace(ask, call=Call.of("support", topic=chosen)), books) if chosen else None
    if not topic and answer is not None:
        return answer
    if books.open_topics(ask.member.id) >= OPEN_TOPICS_PER_MEMBER:
        raise Refusal(suggest_texts.suggested_enough(to, OPEN_TOPICS_PER_MEMBER))
    kept = books.suggest(ask.member.id, topic, ask.now)
    view = suggest_texts.suggested_before(to, topic) if kept is None else suggest_texts.suggested(to, topic)
    found, more = resolve.topic_page(ask, OptionKind.OTHERS_TOPIC, books)
    return texts.with_others(to, view, found, more=more)


def _rooms(ask: Context, books: UnitOfWork) -> list[ZoomLink]:
    """Of what is to come, without passcodes: whoever may try words here must not be able to guess one."""
    links = books.zoom_links([each.id for each in books.upcoming(ask.now, limit=CHOICE_LIMIT)])
    return [ZoomLink(link.reveal().partition("?")[0]) for link in links.values()]


@command("support", Option("topic", OptionKind.OTHERS_TOPIC, limit=12), Option("undo", limit=3), PAGE)
def support(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    if ask.call["topic"] in {"", texts.MORE}:
        others, more = resolve.topic_page(ask, OptionKind.OTHERS_TOPIC, books)
        return texts.others(to, others, page_number(ask), more=more)
    found = resolve.numbered_topic(books, ask.call["topic"])
    if found is None or found.state is not TopicState.OPEN:
        raise Refusal(texts.no_longer_open(to))
    if ask.call["undo"] == "yes":
        books.unvote(found.id, ask.member.id)
        return texts.unsupported(to, found)
    books.vote(found.id, ask.member.id, ask.now)
    return texts.supported(to, found)


TOPIC = Option("topic", limit=12)


@command("topics", PAGE, summary=N_("suggested topics and their votes"), for_facilitators=True, replaces=True)
def topics(ask: Context, books: UnitOfWork) -> View:
    page = page_number(ask)
    found = books.topics(limit=ITEM_LIMIT + 1, offset=(page - 1) * ITEM_LIMIT)
    if not found and page > 1:
        page, found = 1, books.topics(limit=ITEM_LIMIT + 1)
    return texts.topics(i18n.locale_for(ask), found[:ITEM_LIMIT], page, more=len(found) > ITEM_LIMIT)


@command("topic-decline", TOPIC, for_facilitators=True)
def decline(ask: Context, books: UnitOfWork) -> View:
    found = resolve.topic(ask, books)
    books.close_topic(found.id, TopicState.DECLINED)
    record.record(ask, books, ActKind.TOPIC_DECLINED, topic=found.id)
    return texts.declined(i18n.locale_for(ask), found)


@command("topic-reopen", TOPIC, for_facilitators=True)
def reopen(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    found = resolve.numbered_topic(books, ask.call["topic"])
    if found is None or not books.reopen_topic(found.id):
        raise Refusal(texts.not_reopened(to))
    record.record(ask, books, ActKind.TOPIC_REOPENED, topic=found.id)
    return texts.reopened(to, found)


@command("topic-merge", TOPIC, Option("into", OptionKind.TOPIC, limit=12), PAGE, for_facilitators=True)
def merge(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    found = resolve.topic(ask, books)
    if not ask.call["into"]:
        others, more = resolve.topic_page(ask, OptionKind.TOPIC, books)
        return texts.which(to, found, others, page_number(ask), more=more)
    into = resolve.topic(ask, books, "into")
    if not books.merge_topics(found.id, into.id):
        raise Refusal(texts.closed(to))
    record.record(ask, books, ActKind.TOPIC_MERGED, topic=found.id)
    return texts.merged(to, books.topic(into.id) or into)

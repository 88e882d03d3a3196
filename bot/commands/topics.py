"""Topics that people ask for: taken up, merged or declined."""

from __future__ import annotations

from bot import words
from bot.acts import Kind as ActKind
from bot.asks import Ask
from bot.commands import acting, finding
from bot.commands.catalogue import Kind, Option, command
from bot.commands.finding import page_number
from bot.commands.member import PAGE
from bot.ports import Books
from bot.topics import State
from bot.views import ITEM_LIMIT, Refusal, View
from bot.words import topics as said
from bot.words.reader import N_

TOPIC = Option("topic", limit=12)


@command("topics", PAGE, summary=N_("suggested topics and their votes"), for_facilitators=True, replaces=True)
def topics(ask: Ask, books: Books) -> View:
    page = page_number(ask)
    found = books.topics(limit=ITEM_LIMIT + 1, offset=(page - 1) * ITEM_LIMIT)
    if not found and page > 1:
        page, found = 1, books.topics(limit=ITEM_LIMIT + 1)
    return said.topics(words.reader(ask), found[:ITEM_LIMIT], page, more=len(found) > ITEM_LIMIT)


@command("topic-decline", TOPIC, for_facilitators=True)
def decline(ask: Ask, books: Books) -> View:
    found = finding.topic(ask, books)
    books.close_topic(found.id, State.DECLINED)
    acting.record(ask, books, ActKind.TOPIC_DECLINED, topic=found.id)
    return said.declined(words.reader(ask), found)


@command("topic-reopen", TOPIC, for_facilitators=True)
def reopen(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    found = finding.numbered_topic(books, ask.call["topic"])
    if found is None or not books.reopen_topic(found.id):
        raise Refusal(said.not_reopened(to))
    acting.record(ask, books, ActKind.TOPIC_REOPENED, topic=found.id)
    return said.reopened(to, found)


@command("topic-merge", TOPIC, Option("into", Kind.TOPIC, limit=12), PAGE, for_facilitators=True)
def merge(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    found = finding.topic(ask, books)
    if not ask.call["into"]:
        others, more = finding.topic_page(ask, Kind.TOPIC, books)
        return said.which(to, found, others, page_number(ask), more=more)
    into = finding.topic(ask, books, "into")
    if not books.merge_topics(found.id, into.id):
        raise Refusal(said.closed(to))
    acting.record(ask, books, ActKind.TOPIC_MERGED, topic=found.id)
    return said.merged(to, books.topic(into.id) or into)

"""Texts of suggested topics: members do not see how many votes they have, facilitators do."""

from __future__ import annotations

from collections.abc import Sequence

from bot import button_texts, time_texts
from bot.button_texts import other_pages, paragraphs
from bot.gatherings import replies, resolve_texts
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.request import Call
from bot.topics.model import Topic
from bot.views import (
    CHOICE_LIMIT,
    Button,
    Buttons,
    Choice,
    Heading,
    Item,
    Menu,
    Note,
    Paragraph,
    Part,
    Strong,
    Text,
    Tone,
    View,
)

MORE = "more"
"""Value of the choice that leads to the topics that do not fit into a form."""


def choice(topic: Topic) -> Choice:
    """A topic in a menu, without its id and its votes."""
    label, limit = topic.text, resolve_texts.CHOICE_TEXT
    return Choice(str(topic.id), label if len(label) <= limit else label[: limit - 1] + "…")


def form_choices(locale: Locale, topics: Sequence[Topic], *, more: bool) -> list[Choice]:
    """Others' topics in a form. A form has no pages: if there are `more`, its last choice leads to them."""
    if not more:
        return [choice(topic) for topic in topics]
    return [*(choice(topic) for topic in topics[: CHOICE_LIMIT - 1]), Choice(MORE, locale.t("More topics…"))]


def with_others(locale: Locale, view: View, others: Sequence[Topic], *, more: bool) -> View:
    """Adds a menu of others' topics to the answer to a suggestion."""
    if not others:
        return view
    label = locale.t("Would you like one of these too?")
    shown = view.with_parts(Menu(label, Call("support"), "topic", tuple(choice(topic) for topic in others)))
    return shown.with_parts(*_other_pages(locale, Call("support"), 1, more=more))


def others(locale: Locale, topics: Sequence[Topic], page: int, *, more: bool) -> View:
    """One page of others' topics."""
    if not topics:
        return no_longer_open(locale)
    call = Call.of("support", page=page)
    menu = Menu(locale.t("Which topic would you like too?"), call, "topic", tuple(choice(topic) for topic in topics))
    return View((menu, *_other_pages(locale, call, page, more=more)))


def _other_pages(locale: Locale, call: Call, page: int, *, more: bool) -> list[Part]:
    """Leads to the topics that are not in a menu."""
    note = Note(line(locale.t("Not all topics fit into one menu: the others are a button away.")))
    return [part for buttons in other_pages(locale, call, page, more=more) for part in (note, buttons)]


def supported(locale: Locale, topic: Topic) -> View:
    sentence = locale.t("Thank you. The facilitators will see that one more person would like it: {topic}")
    return paragraphs(
        line(sentence, topic=Strong(topic.text)),
        line(locale.t("Nobody sees that it was you.")),
        buttons=(Button(locale.t("Take it back"), Call.of("support", topic=topic.id, undo="yes")),),
    )


def unsupported(locale: Locale, topic: Topic) -> View:
    return paragraphs(
        line(locale.t("Taken back: {topic}"), topic=Strong(topic.text)), buttons=(button_texts.suggest(locale),)
    )


def no_longer_open(locale: Locale) -> View:
    sentence = locale.t("That topic is no longer on the list: it was taken up, or put aside.")
    return paragraphs(line(sentence), buttons=(button_texts.suggest(locale),))


def nothing_chosen(locale: Locale) -> str:
    return locale.t("Please write a topic, or choose one.")


def taken_up(locale: Locale, gathering: Gathering, coming: Sequence[Gathering] = ()) -> View:
    """To a topic's voters, once its gathering is published."""
    sentence = locale.t("A topic that you asked for was taken up: {topic}, {when}.")
    heading = replies.sentence(locale, gathering, sentence)
    register = gathering_texts.register_button(locale, gathering, coming, whole=True)
    whole = "any" if gathering.is_part else None
    details = Button(locale.t("Details"), Call.of("details", gathering=gathering.id, only=whole))
    return View((Paragraph(heading), gathering_texts.terms(locale, gathering), Buttons((register, details))))


def votes(locale: Locale, topic: Topic) -> str:
    return locale.plural("{n} person would like it", "{n} people would like it", topic.votes)


def topics(locale: Locale, open_topics: Sequence[Topic], page: int, *, more: bool) -> View:
    """One page of the open topics, as facilitators read it."""
    if not open_topics:
        return paragraphs(
            line(locale.t("No suggestions are waiting. Members suggest with /htg suggest.")),
            buttons=(Button(locale.t("Create one"), Call("host-create")),),
        )
    parts: list[Part] = [Heading(locale.t("Suggested topics"))]
    for topic in open_topics:
        since = locale.t("since {day}").format(day=time_texts.day(locale, topic.suggested_at))
        buttons = (
            Button(locale.t("Take up"), Call.of("host-create", topic=topic.id), Tone.NEXT),
            Button(locale.t("Merge"), Call.of("host-topic-merge", topic=topic.id)),
            Button(locale.t("Decline"), Call.of("host-topic-decline", topic=topic.id)),
        )
        parts.append(Item(((Strong(topic.text),), (Text(f"{votes(locale, topic)} · {since}"),)), buttons))
    parts.append(Note(line(locale.t("Those who asked for a topic are told when its gathering is published."))))
    return View((*parts, *other_pages(locale, Call("host-topics"), page, more=more)))


def _back_button(locale: Locale) -> Button:
    return Button(locale.t("Suggested topics"), Call("host-topics"))


def declined(locale: Locale, topic: Topic) -> View:
    undo = Button(locale.t("Put it back"), Call.of("host-topic-reopen", topic=topic.id))
    sentence = locale.t("Put aside: {topic}. Nobody is told.")
    return paragraphs(line(sentence, topic=Strong(topic.text)), buttons=(undo, _back_button(locale)))


def reopened(locale: Locale, topic: Topic) -> View:
    return paragraphs(
        line(locale.t("It is on the list again: {topic}"), topic=Strong(topic.text)), buttons=(_back_button(locale),)
    )


def not_reopened(locale: Locale) -> View:
    sentence = locale.t("It is not put aside any more, or the same was suggested anew.")
    return paragraphs(line(sentence), buttons=(_back_button(locale),))


def merge_question(locale: Locale, topic: Topic, others: Sequence[Topic], page: int = 1, *, more: bool = False) -> View:
    """Asks into which other topic this one is merged."""
    if not others and not more and page == 1:
        return paragraphs(line(locale.t("There is no other topic to merge it with.")), buttons=(_back_button(locale),))
    sentence = locale.t("Its voices are counted with the other’s, and only the other’s words stay: {topic}")
    call = Call.of("host-topic-merge", topic=topic.id, page=page)
    parts: list[Part] = [Paragraph(line(sentence, topic=Strong(topic.text)))]
    if others:
        parts.append(Menu(locale.t("Merge it into which?"), call, "into", tuple(choice(topic) for topic in others)))
    return View((*parts, *_other_pages(locale, call, page, more=more)))


def merged(locale: Locale, into: Topic) -> View:
    sentence = locale.t("Merged. {votes}: {topic}")
    return paragraphs(
        line(sentence, votes=votes(locale, into), topic=Strong(into.text)), buttons=(_back_button(locale),)
    )


def closed(locale: Locale) -> View:
    sentence = locale.t("That topic is no longer open: it was taken up, declined or merged.")
    return paragraphs(line(sentence), buttons=(_back_button(locale),))

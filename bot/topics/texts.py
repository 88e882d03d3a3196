"""Topics that people ask for: to members without numbers, to facilitators with them."""

from __future__ import annotations

from collections.abc import Sequence

from bot import time_texts
from bot.dispatcher_texts import paragraphs
from bot.gatherings import resolve_texts
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line, strong
from bot.request import Call
from bot.topics.model import Topic
from bot.views import (
    CHOICE_LIMIT,
    AnyButton,
    Button,
    Buttons,
    Choice,
    Heading,
    Item,
    Menu,
    Note,
    Paragraph,
    Part,
    Text,
    Tone,
    View,
)

MORE = "more"
"""The choice of a form that leads to the topics that are not in it."""


def choice(topic: Topic) -> Choice:
    """One topic in a menu; its number and its votes stay out of sight."""
    text = topic.text
    return Choice(
        str(topic.id), text if len(text) <= resolve_texts.CHOICE_TEXT else text[: resolve_texts.CHOICE_TEXT - 1] + "…"
    )


def form_choices(locale: Locale, found: Sequence[Topic], *, more: bool) -> list[Choice]:
    """What others have suggested, in a form. A form has no pages: where there are more, its last choice leads on."""
    if not more:
        return [choice(each) for each in found]
    return [*(choice(each) for each in found[: CHOICE_LIMIT - 1]), Choice(MORE, locale.t("More topics…"))]


def with_others(locale: Locale, view: View, others: Sequence[Topic], *, more: bool = False) -> View:
    """After a suggestion: what others have suggested, one choice away."""
    if not others:
        return view
    label = locale.t("Would you like one of these too?")
    shown = view.with_parts(Menu(label, Call("support"), "topic", tuple(choice(each) for each in others)))
    return shown.with_parts(*_turn(locale, Call("support"), 1, more=more))


def others(locale: Locale, found: Sequence[Topic], page: int, *, more: bool) -> View:
    """One page of what others have suggested."""
    if not found:
        return no_longer_open(locale)
    call = Call.of("support", page=page)
    menu = Menu(locale.t("Which topic would you like too?"), call, "topic", tuple(choice(each) for each in found))
    return View((menu, *_turn(locale, call, page, more=more)))


def _turn(locale: Locale, call: Call, page: int, *, more: bool) -> list[Part]:
    """How to reach the topics that are not in a menu."""
    turn: list[AnyButton] = []
    turn += [Button(locale.t("Earlier ones"), call.filled({"page": str(page - 1)}))] if page > 1 else []
    turn += [Button(locale.t("Later ones"), call.filled({"page": str(page + 1)}))] if more else []
    if not turn:
        return []
    return [
        Note(line(locale.t("Not all topics fit into one menu: the others are a button away."))),
        Buttons(tuple(turn)),
    ]


def supported(locale: Locale, topic: Topic) -> View:
    return paragraphs(
        line(locale.t("Thank you. The facilitators will see that one more person would like it: {topic}"),
             topic=strong(topic.text)[0]),
        line(locale.t("Nobody sees that it was you.")),
        buttons=(Button(locale.t("Take it back"), Call.of("support", topic=topic.id, undo="yes")),),
    )  # fmt: skip


def unsupported(locale: Locale, topic: Topic) -> View:
    return paragraphs(
        line(locale.t("Taken back: {topic}"), topic=strong(topic.text)[0]),
        buttons=(Button(locale.t("Suggest a topic"), Call("suggest")),),
    )


def no_longer_open(locale: Locale) -> View:
    sentence = locale.t("That topic is no longer on the list: it was taken up, or put aside.")
    return paragraphs(line(sentence), buttons=(Button(locale.t("Suggest a topic"), Call("suggest")),))


def nothing_chosen(locale: Locale) -> str:
    return locale.t("Please write a topic, or choose one.")


def taken(locale: Locale, gathering: Gathering, coming: Sequence[Gathering] = ()) -> View:
    """To those who asked for it, once its gathering is published."""
    sentence = locale.t("A topic that you asked for was taken up: {topic}, {when}.")
    spoken = line(
        sentence, topic=strong(gathering_texts.named(locale, gathering))[0], when=gathering_texts.moment(gathering)
    )
    register = gathering_texts.register_button(locale, gathering, coming, whole=True)
    whole = "any" if gathering.is_part else None
    details = Button(locale.t("Details"), Call.of("details", gathering=gathering.id, only=whole))
    return View((Paragraph(spoken), gathering_texts.terms(locale, gathering), Buttons((register, details))))


def votes(locale: Locale, topic: Topic) -> str:
    return locale.plural("{n} person would like it", "{n} people would like it", topic.votes)


def topics(locale: Locale, found: Sequence[Topic], page: int, *, more: bool) -> View:
    if not found:
        return paragraphs(
            line(locale.t("No suggestions are waiting. Members suggest with /htg suggest.")),
            buttons=(Button(locale.t("Create one"), Call("host-create")),),
        )
    parts: list[Part] = [Heading(locale.t("Suggested topics"))]
    for each in found:
        since = locale.t("since {day}").format(day=time_texts.day(locale, each.suggested_at))
        buttons = (
            Button(locale.t("Take up"), Call.of("host-create", topic=each.id), Tone.NEXT),
            Button(locale.t("Merge"), Call.of("host-topic-merge", topic=each.id)),
            Button(locale.t("Decline"), Call.of("host-topic-decline", topic=each.id)),
        )
        parts.append(Item((strong(each.text), (Text(f"{votes(locale, each)} · {since}"),)), buttons))
    parts.append(Note(line(locale.t("Those who asked for a topic are told when its gathering is published."))))
    turn: list[AnyButton] = []
    turn += [Button(locale.t("Earlier ones"), Call.of("host-topics", page=page - 1))] if page > 1 else []
    turn += [Button(locale.t("Later ones"), Call.of("host-topics", page=page + 1))] if more else []
    return View((*parts, Buttons(tuple(turn)))) if turn else View(tuple(parts))


def _back(locale: Locale) -> Button:
    return Button(locale.t("Suggested topics"), Call("host-topics"))


def declined(locale: Locale, topic: Topic) -> View:
    undo = Button(locale.t("Put it back"), Call.of("host-topic-reopen", topic=topic.id))
    sentence = locale.t("Put aside: {topic}. Nobody is told.")
    return paragraphs(line(sentence, topic=strong(topic.text)[0]), buttons=(undo, _back(locale)))


def reopened(locale: Locale, topic: Topic) -> View:
    return paragraphs(
        line(locale.t("It is on the list again: {topic}"), topic=strong(topic.text)[0]), buttons=(_back(locale),)
    )


def not_reopened(locale: Locale) -> View:
    sentence = locale.t("It is not put aside any more, or the same was suggested anew.")
    return paragraphs(line(sentence), buttons=(_back(locale),))


def which(locale: Locale, topic: Topic, others: Sequence[Topic], page: int = 1, *, more: bool = False) -> View:
    """Into which other one it goes."""
    if not others and not more and page == 1:
        return paragraphs(line(locale.t("There is no other topic to merge it with.")), buttons=(_back(locale),))
    sentence = locale.t("Its voices are counted with the other’s, and only the other’s words stay: {topic}")
    call = Call.of("host-topic-merge", topic=topic.id, page=page)
    parts: list[Part] = [Paragraph(line(sentence, topic=strong(topic.text)[0]))]
    if others:
        parts.append(Menu(locale.t("Merge it into which?"), call, "into", tuple(choice(each) for each in others)))
    return View((*parts, *_turn(locale, call, page, more=more)))


def merged(locale: Locale, into: Topic) -> View:
    sentence = locale.t("Merged. {votes}: {topic}")
    return paragraphs(line(sentence, votes=votes(locale, into), topic=strong(into.text)[0]), buttons=(_back(locale),))


def closed(locale: Locale) -> View:
    sentence = locale.t("That topic is no longer open: it was taken up, declined or merged.")
    return paragraphs(line(sentence), buttons=(_back(locale),))

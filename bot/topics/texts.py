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


def form_choices(to: Locale, found: Sequence[Topic], *, more: bool) -> list[Choice]:
    """What others have suggested, in a form. A form has no pages: where there are more, its last choice leads on."""
    if not more:
        return [choice(each) for each in found]
    return [*(choice(each) for each in found[: CHOICE_LIMIT - 1]), Choice(MORE, to.say("More topics…"))]


def with_others(to: Locale, view: View, others: Sequence[Topic], *, more: bool = False) -> View:
    """After a suggestion: what others have suggested, one choice away."""
    if not others:
        return view
    label = to.say("Would you like one of these too?")
    shown = view.with_parts(Menu(label, Call("support"), "topic", tuple(choice(each) for each in others)))
    return shown.with_parts(*_turn(to, Call("support"), 1, more=more))


def others(to: Locale, found: Sequence[Topic], page: int, *, more: bool) -> View:
    """One page of what others have suggested."""
    if not found:
        return no_longer_open(to)
    call = Call.of("support", page=page)
    menu = Menu(to.say("Which topic would you like too?"), call, "topic", tuple(choice(each) for each in found))
    return View((menu, *_turn(to, call, page, more=more)))


def _turn(to: Locale, call: Call, page: int, *, more: bool) -> list[Part]:
    """How to reach the topics that are not in a menu."""
    turn: list[AnyButton] = []
    turn += [Button(to.say("Earlier ones"), call.filled({"page": str(page - 1)}))] if page > 1 else []
    turn += [Button(to.say("Later ones"), call.filled({"page": str(page + 1)}))] if more else []
    if not turn:
        return []
    return [Note(line(to.say("Not all topics fit into one menu: the others are a button away."))), Buttons(tuple(turn))]


def supported(to: Locale, topic: Topic) -> View:
    return paragraphs(
        line(to.say("Thank you. The facilitators will see that one more person would like it: {topic}"),
             topic=strong(topic.text)[0]),
        line(to.say("Nobody sees that it was you.")),
        buttons=(Button(to.say("Take it back"), Call.of("support", topic=topic.id, undo="yes")),),
    )  # fmt: skip


def unsupported(to: Locale, topic: Topic) -> View:
    return paragraphs(
        line(to.say("Taken back: {topic}"), topic=strong(topic.text)[0]),
        buttons=(Button(to.say("Suggest a topic"), Call("suggest")),),
    )


def no_longer_open(to: Locale) -> View:
    sentence = to.say("That topic is no longer on the list: it was taken up, or put aside.")
    return paragraphs(line(sentence), buttons=(Button(to.say("Suggest a topic"), Call("suggest")),))


def nothing_chosen(to: Locale) -> str:
    return to.say("Please write a topic, or choose one.")


def taken(to: Locale, gathering: Gathering, coming: Sequence[Gathering] = ()) -> View:
    """To those who asked for it, once its gathering is published."""
    sentence = to.say("A topic that you asked for was taken up: {topic}, {when}.")
    spoken = line(
        sentence, topic=strong(gathering_texts.named(to, gathering))[0], when=gathering_texts.moment(gathering)
    )
    register = gathering_texts.register_button(to, gathering, coming, whole=True)
    whole = "any" if gathering.is_part else None
    details = Button(to.say("Details"), Call.of("details", gathering=gathering.id, only=whole))
    return View((Paragraph(spoken), gathering_texts.terms(to, gathering), Buttons((register, details))))


def votes(to: Locale, topic: Topic) -> str:
    return to.count("{n} person would like it", "{n} people would like it", topic.votes)


def topics(to: Locale, found: Sequence[Topic], page: int, *, more: bool) -> View:
    if not found:
        return paragraphs(
            line(to.say("No suggestions are waiting. Members suggest with /htg suggest.")),
            buttons=(Button(to.say("Create one"), Call("host-create")),),
        )
    parts: list[Part] = [Heading(to.say("Suggested topics"))]
    for each in found:
        since = to.say("since {day}").format(day=time_texts.day(to, each.suggested_at))
        buttons = (
            Button(to.say("Take up"), Call.of("host-create", topic=each.id), Tone.NEXT),
            Button(to.say("Merge"), Call.of("host-topic-merge", topic=each.id)),
            Button(to.say("Decline"), Call.of("host-topic-decline", topic=each.id)),
        )
        parts.append(Item((strong(each.text), (Text(f"{votes(to, each)} · {since}"),)), buttons))
    parts.append(Note(line(to.say("Those who asked for a topic are told when its gathering is published."))))
    turn: list[AnyButton] = []
    turn += [Button(to.say("Earlier ones"), Call.of("host-topics", page=page - 1))] if page > 1 else []
    turn += [Button(to.say("Later ones"), Call.of("host-topics", page=page + 1))] if more else []
    return View((*parts, Buttons(tuple(turn)))) if turn else View(tuple(parts))


def _back(to: Locale) -> Button:
    return Button(to.say("Suggested topics"), Call("host-topics"))


def declined(to: Locale, topic: Topic) -> View:
    undo = Button(to.say("Put it back"), Call.of("host-topic-reopen", topic=topic.id))
    sentence = to.say("Put aside: {topic}. Nobody is told.")
    return paragraphs(line(sentence, topic=strong(topic.text)[0]), buttons=(undo, _back(to)))


def reopened(to: Locale, topic: Topic) -> View:
    return paragraphs(
        line(to.say("It is on the list again: {topic}"), topic=strong(topic.text)[0]), buttons=(_back(to),)
    )


def not_reopened(to: Locale) -> View:
    sentence = to.say("It is not put aside any more, or the same was suggested anew.")
    return paragraphs(line(sentence), buttons=(_back(to),))


def which(to: Locale, topic: Topic, others: Sequence[Topic], page: int = 1, *, more: bool = False) -> View:
    """Into which other one it goes."""
    if not others and not more and page == 1:
        return paragraphs(line(to.say("There is no other topic to merge it with.")), buttons=(_back(to),))
    sentence = to.say("Its voices are counted with the other’s, and only the other’s words stay: {topic}")
    call = Call.of("host-topic-merge", topic=topic.id, page=page)
    parts: list[Part] = [Paragraph(line(sentence, topic=strong(topic.text)[0]))]
    if others:
        parts.append(Menu(to.say("Merge it into which?"), call, "into", tuple(choice(each) for each in others)))
    return View((*parts, *_turn(to, call, page, more=more)))


def merged(to: Locale, into: Topic) -> View:
    sentence = to.say("Merged. {votes}: {topic}")
    return paragraphs(line(sentence, votes=votes(to, into), topic=strong(into.text)[0]), buttons=(_back(to),))


def closed(to: Locale) -> View:
    sentence = to.say("That topic is no longer open: it was taken up, declined or merged.")
    return paragraphs(line(sentence), buttons=(_back(to),))

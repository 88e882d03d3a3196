"""Texts of a further part: for the facilitator who adds it, and for those who take all parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import button_texts, time_texts
from bot.button_texts import paragraphs
from bot.editing import move_texts
from bot.gatherings import replies
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import PARTS_LIMIT, Gathering
from bot.i18n import Locale, line
from bot.request import Call
from bot.views import Button, Buttons, Choice, Form, MomentsField, Note, Paragraph, Part, Strong, Tone, View


def form(
    locale: Locale, gathering: Gathering, value: str, zone: str, error: str = "", readings: tuple[Choice, ...] = ()
) -> Form:
    return Form(
        locale.t("One more part"),
        Call.of("host-extend", gathering=gathering.id),
        (
            MomentsField(
                "starts",
                locale.t("Date and time"),
                zone,
                locale.t("Day"),
                locale.t("Time"),
                locale.t("Or in words"),
                value=value,
                hint=locale.t("Like 3 December 18:00, for {zone}.").format(zone=zone),
                error=error,
                multiline=False,
                readings=readings,
                which=locale.t("Which do you mean?"),
            ),
        ),
        locale.t("Show me first"),
        about=gathering.title,
    )


def too_early(locale: Locale, last: Gathering) -> str:
    sentence = locale.t("It has to begin after the last part has ended: {when}.")
    return sentence.format(when=time_texts.in_full(locale, last.ends_at, last.zone))


def ask(
    locale: Locale,
    parts: Sequence[Gathering],
    start: datetime,
    zone: str,
    asked: int,
    now: datetime,
    call: Call,
    *,
    again: bool = False,
) -> View:
    """The part as it was read, and how many would be asked. `again`: the series was changed since it was shown."""
    view_parts: list[Part] = []
    if again:
        view_parts.append(Paragraph(line(move_texts.changed_meanwhile(locale))))
    number = len(parts) + 1
    sentence = locale.t("{topic}, part {n} of {m}: {when}, {left}.")
    when = Strong(time_texts.in_full(locale, start, zone))
    left = time_texts.left(locale, start - now)
    topic = Strong(parts[0].title)
    view_parts.append(Paragraph(line(sentence, topic=topic, n=number, m=number, when=when, left=left)))
    if asked:
        told = locale.plural(
            "{n} person who takes all parts will be asked whether they want it. Nobody has been asked yet.",
            "{n} people who take all parts will be asked whether they want it. Nobody has been asked yet.",
            asked,
        )
        view_parts.append(Paragraph(line(told)))
    view_parts.append(Note(line(locale.t("Nobody is registered for it until they say so."))))
    label = locale.t("Add it and ask them") if asked else locale.t("Add the part")
    change = Call("host-extend", tuple(pair for pair in call.arguments if pair[0] != "as"))
    return View((*view_parts, Buttons((Button(label, call, Tone.NEXT), Button(locale.t("Change"), change)))))


def added(locale: Locale, gathering: Gathering, asked: int, *, posted: bool, makes_room: bool) -> View:
    sentence = locale.t("{topic} is added: {when}.")
    view_parts: list[Part] = [Paragraph(replies.sentence(locale, gathering, sentence))]
    if asked:
        told = locale.plural(
            "{n} person is being asked whether they want it.", "{n} people are being asked whether they want it.", asked
        )
        view_parts.append(Paragraph(line(told)))
    if makes_room:
        view_parts.append(Note(line(locale.t("I am making its meeting at Zoom now."))))
    if posted:
        view_parts.append(Note(line(locale.t("Announcements that were posted are changed in place."))))
    return View((*view_parts, Buttons((button_texts.announce(locale, gathering.id),))))


def stands(locale: Locale, gathering: Gathering) -> View:
    """The button was pressed once more."""
    sentence = locale.t("{topic} is there already. Nobody is asked again.")
    return replies.short(locale, gathering, sentence, button_texts.see_doors(locale, gathering))


def fits_no_more(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t("That part of {topic} can no longer be added. Nobody has been asked.")
    change = Button(locale.t("Change"), Call.of("host-extend", gathering=gathering.id), Tone.NEXT)
    return paragraphs(line(sentence, topic=Strong(gathering.title)), buttons=(change,))


def full(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t("{topic} has {n} parts, and that is as many as a series can have.")
    another = button_texts.create_another(locale)
    return paragraphs(line(sentence, topic=Strong(gathering.title), n=PARTS_LIMIT), buttons=(another,))


def cancelled(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t("{topic} was cancelled, so no part can be added to it.")
    return paragraphs(line(sentence, topic=Strong(gathering.title)), buttons=(button_texts.create_another(locale),))


def without_link(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t(
        "{topic} has no link to its room, so a new part would have none either. Please give it one first."
    )
    return replies.short(locale, gathering, sentence, button_texts.change(locale, gathering))


def question(locale: Locale, gathering: Gathering) -> View:
    """To whoever takes all the other parts."""
    name = Strong(gathering.title)
    first = line(
        locale.t("{topic} goes on with part {n} of {m}: {when}."),
        topic=name,
        n=gathering.part,
        m=gathering.parts,
        when=gathering_texts.moment(gathering),
    )
    asking = locale.t("You are registered for the other parts, and not for this one yet. Would you like to come?")
    return paragraphs(
        first, line(asking), buttons=(_take(locale, gathering), Button(_without(locale, gathering), _leave(gathering)))
    )


def _take(locale: Locale, gathering: Gathering, tone: Tone = Tone.NEXT) -> Button:
    label = locale.t("Register for part {n}").format(n=gathering.part)
    return Button(label, Call.of("register", gathering=gathering.id, only="add"), tone)


def _without(locale: Locale, gathering: Gathering) -> str:
    return locale.t("Leave part {n} out").format(n=gathering.part)


def _leave(gathering: Gathering) -> Call:
    return Call.of("leave-part", gathering=gathering.id)


def left(locale: Locale, gathering: Gathering, *, keeps: bool, open_now: bool) -> View:
    """`keeps`: they are registered for other parts that are still to come."""
    sentence = (
        locale.t("All right. You are not registered for {topic}; your other parts stay as they are.")
        if keeps
        else locale.t("All right. You are not registered for {topic}.")
    )
    mine = button_texts.mine(locale)
    said = [replies.sentence(locale, gathering, sentence)]
    if not open_now:
        return paragraphs(*said, buttons=(mine,))
    said.append(line(locale.t("Should you change your mind, you can still register.")))
    return paragraphs(*said, buttons=(_take(locale, gathering, Tone.PLAIN), mine))


def already_taken(locale: Locale, gathering: Gathering) -> View:
    """They took the part, and then pressed the other button."""
    sentence = locale.t("You are registered for {topic}.")
    return replies.short(locale, gathering, sentence, button_texts.unregister(locale, gathering))

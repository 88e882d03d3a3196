"""Announcing and cancelling, as facilitators read it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.announcements import Scheduled
from bot.asks import Call
from bot.gatherings import NOTE_LIMIT, Gathering
from bot.house import House
from bot.views import (
    ITEM_LIMIT,
    Button,
    Buttons,
    Choice,
    ChoiceField,
    Form,
    Menu,
    Note,
    Paragraph,
    Part,
    Span,
    Strong,
    TextField,
    Tone,
    View,
)
from bot.words import channels, gatherings, scheduling
from bot.words.reader import Reader, line, strong


def nothing_hosted(to: Reader) -> View:
    return View(
        (
            Paragraph(line(to.say("There is no gathering to choose from yet."))),
            Buttons((Button(to.say("Create one"), Call("host-create"), Tone.NEXT),)),
        )
    )


# ---- announcing


def announce(
    to: Reader,
    house: House,
    found: Sequence[Gathering],
    offered: Sequence[Choice],
    planned: Sequence[tuple[Scheduled, Span]] = (),
    missing: Sequence[Span] = (),
) -> View:
    """`planned`, each with its channel; `missing`: channels that were chosen and where the post does not stand."""
    shown = gatherings.announcement(to, house, found[0], found)
    parts: list[Part] = [Note(line(to.say("A preview of the post. For now only you can see it."))), *shown.parts]
    if offered:
        call = Call.of("host-announce", gathering=found[0].id)
        parts.append(Menu(to.say("Post it in which channel?"), call, "channel", tuple(offered)))
        at_a_time = Button(to.say("At a time…"), Call.of("host-announce-at", gathering=found[0].id))
        parts.append(Buttons((at_a_time,)))
    else:
        sentence = to.say(
            "Use this command in the channel where it should be posted, or ask whoever runs the bot to add channels"
            " under HTG_ANNOUNCEMENT_CHANNELS."
        )
        parts.append(Paragraph(line(sentence)))
    if missing:
        sentence = to.say(
            "The post does not stand in {channels} yet. If that lasts, let the bot into the channel, and choose it"
            " again."
        )
        parts.append(Paragraph(line(sentence, channels=channels.listed(missing[:ITEM_LIMIT]))))
    parts += [scheduling.waiting(to, found[0], *each) for each in planned[:ITEM_LIMIT]]
    return View(tuple(parts))


def announcing(to: Reader, gathering: Gathering, channel: Span, *, before: bool) -> View:
    sentence = (
        to.say("{topic} is announced in {channel} already. The post changes by itself when the gathering does.")
        if before
        else to.say("{topic} is being posted in {channel}. The post changes by itself when the gathering does.")
    )
    return View(
        (
            Paragraph(line(sentence, topic=strong(gathering.title)[0], channel=channel)),
            Buttons((Button(to.say("Another channel"), Call.of("host-announce", gathering=gathering.id)),)),
        )
    )


def unknown_channel(to: Reader) -> View:
    sentence = to.say("I cannot post there. Choose one of the channels that I offer.")
    return View((Paragraph(line(sentence)),))


# ---- cancelling


def cancel_form(to: Reader, gathering: Gathering, told: int, *, several: bool, error: str = "", note: str = "") -> Form:
    """Asks once more, since it cannot be undone, and for a note."""
    hint = to.count("{n} registrant reads it.", "{n} registrants read it.", told)
    fields: list[TextField | ChoiceField] = [
        TextField(
            "note",
            to.say("A word to those who registered"),
            value=note,
            hint=hint,
            error=error,
            required=False,
            multiline=True,
            limit=NOTE_LIMIT,
        )
    ]
    if several:
        this = to.say("Only {part}").format(part=gatherings.part(to, gathering))
        choices = (Choice("this", this), Choice("all", to.say("All coming parts")))
        fields.insert(0, ChoiceField("which", to.say("What is cancelled?"), choices, value="this"))
    title = to.say("Cancel this gathering?")
    return Form(
        title,
        Call.of("host-cancel", gathering=gathering.id, sure="yes"),
        tuple(fields),
        to.say("Cancel and tell everyone"),
    )


def cancelled(to: Reader, found: Sequence[Gathering], told: int, *, posted: bool) -> View:
    name = gatherings.named(to, found[0]) if len(found) == 1 else found[0].title
    parts: list[Part] = [Paragraph(line(to.say("{topic} is cancelled."), topic=strong(name)[0]))]
    if told:
        parts.append(
            Paragraph(line(to.count("{n} registrant is being told.", "{n} registrants are being told.", told)))
        )
    if posted:
        parts.append(Note(line(to.say("Announcements that were posted are changed in place."))))
    return View(tuple(parts))


def cannot_be_cancelled(to: Reader, gathering: Gathering) -> View:
    sentence = to.say("{topic} was cancelled already.") if gathering.cancelled else to.say("{topic} is over already.")
    return View((Paragraph(line(sentence, topic=Strong(gatherings.named(to, gathering)))),))

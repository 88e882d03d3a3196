"""Announcements that are to be posted at a time still to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.announcements import Scheduled
from bot.asks import Call
from bot.gatherings import Gathering
from bot.views import Button, Choice, ChoiceField, Form, Item, Moment, Span, TextField, View
from bot.words import clock
from bot.words.house import say
from bot.words.reader import Reader, line, strong


def form(
    to: Reader,
    gathering: Gathering,
    channels: Sequence[Choice],
    values: Mapping[str, str],
    errors: Mapping[str, str],
    example: str,
) -> Form:
    hint = to.say("Like {example}, for {zone}.").format(example=example, zone=to.zone)
    return Form(
        to.say("Announce at a time"),
        Call.of("host-announce-at", gathering=gathering.id),
        (
            ChoiceField(
                "channel",
                to.say("Channel"),
                tuple(channels),
                value=values.get("channel") or channels[0].value,
                error=errors.get("channel", ""),
            ),
            TextField(
                "when",
                to.say("Date and time"),
                value=values.get("when", ""),
                hint=hint,
                error=errors.get("when", ""),
                limit=80,
            ),
        ),
        to.say("Plan it"),
    )


def too_late(to: Reader, gathering: Gathering) -> str:
    sentence = to.say("It has begun by then: {when}.")
    return sentence.format(when=clock.long(to, gathering.starts_at))


def planned(to: Reader, gathering: Gathering, found: Scheduled, channel: Span) -> View:
    sentence = to.say("{topic} will be announced in {channel} {when}, as it stands then.")
    spoken = line(
        sentence,
        topic=strong(gathering.title)[0],
        channel=channel,
        when=Moment(found.at, gathering.zone),
    )
    another = Button(to.say("Another channel"), Call.of("host-announce", gathering=gathering.id))
    return say(spoken, buttons=(_cancel(to, found), another))


def waiting(to: Reader, gathering: Gathering, found: Scheduled, channel: Span) -> Item:
    sentence = to.say("Planned in {channel}: {when}")
    return Item((line(sentence, channel=channel, when=Moment(found.at, gathering.zone)),), (_cancel(to, found),))


def _cancel(to: Reader, found: Scheduled) -> Button:
    return Button(to.say("Don’t post it"), Call.of("host-announce-cancel", announcement=found.announcement.id))


def withdrawn(to: Reader, gathering: int) -> View:
    again = Button(to.say("Announce"), Call.of("host-announce", gathering=gathering))
    return say(line(to.say("It will not be posted.")), buttons=(again,))


def not_planned(to: Reader) -> View:
    return say(line(to.say("That announcement is no longer planned: it was posted, or taken back.")))

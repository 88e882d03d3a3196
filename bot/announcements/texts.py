"""Announcements that are to be posted at a time still to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot import time_texts
from bot.announcements import channel_names
from bot.announcements.model import ScheduledAnnouncement
from bot.config import Config
from bot.dispatcher_texts import paragraphs
from bot.gatherings.model import Gathering
from bot.gatherings.texts import about, register_button
from bot.i18n import Locale, line, strong
from bot.request import Call
from bot.views import (
    ITEM_LIMIT,
    AnyButton,
    Button,
    Buttons,
    Choice,
    ChoiceField,
    Form,
    Heading,
    Item,
    LinkButton,
    Menu,
    Moment,
    Note,
    Paragraph,
    Part,
    Quote,
    Span,
    TextField,
    View,
)


def schedule_form(
    to: Locale,
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


def scheduled_too_late(to: Locale, gathering: Gathering) -> str:
    sentence = to.say("It has begun by then: {when}.")
    return sentence.format(when=time_texts.long(to, gathering.starts_at))


def scheduled(to: Locale, gathering: Gathering, found: ScheduledAnnouncement, channel: Span) -> View:
    sentence = to.say("{topic} will be announced in {channel} {when}, as it stands then.")
    spoken = line(
        sentence,
        topic=strong(gathering.title)[0],
        channel=channel,
        when=Moment(found.at, gathering.zone),
    )
    another = Button(to.say("Another channel"), Call.of("host-announce", gathering=gathering.id))
    return paragraphs(spoken, buttons=(_cancel_button(to, found), another))


def waiting_line(to: Locale, gathering: Gathering, found: ScheduledAnnouncement, channel: Span) -> Item:
    sentence = to.say("Planned in {channel}: {when}")
    return Item((line(sentence, channel=channel, when=Moment(found.at, gathering.zone)),), (_cancel_button(to, found),))


def _cancel_button(to: Locale, found: ScheduledAnnouncement) -> Button:
    return Button(to.say("Don’t post it"), Call.of("host-announce-cancel", announcement=found.announcement.id))


def withdrawn(to: Locale, gathering: int) -> View:
    again = Button(to.say("Announce"), Call.of("host-announce", gathering=gathering))
    return paragraphs(line(to.say("It will not be posted.")), buttons=(again,))


def not_scheduled(to: Locale) -> View:
    return paragraphs(line(to.say("That announcement is no longer planned: it was posted, or taken back.")))


def announce(
    to: Locale,
    house: Config,
    found: Sequence[Gathering],
    offered: Sequence[Choice],
    planned: Sequence[tuple[ScheduledAnnouncement, Span]] = (),
    missing: Sequence[Span] = (),
) -> View:
    """`planned`, each with its channel; `missing`: channels that were chosen and where the post does not stand."""
    shown = announcement(to, house, found[0], found)
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
        parts.append(Paragraph(line(sentence, channels=channel_names.listed(missing[:ITEM_LIMIT]))))
    parts += [waiting_line(to, found[0], *each) for each in planned[:ITEM_LIMIT]]
    return View(tuple(parts))


def announcing(to: Locale, gathering: Gathering, channel: Span, *, before: bool) -> View:
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


def unknown_channel(to: Locale) -> View:
    sentence = to.say("I cannot post there. Choose one of the channels that I offer.")
    return View((Paragraph(line(sentence)),))


def announcement(
    to: Locale,
    house: Config,
    gathering: Gathering,
    parts: Sequence[Gathering],
    coming: Sequence[Gathering] | None = None,
) -> View:
    """The public post: never a link to the room, and nobody's name but the facilitators'.

    `coming`: the parts that can still be registered for; all that are not cancelled where it is not said.
    """
    said = about(to, gathering, parts)
    if all(each.cancelled for each in parts):
        note = to.say("This gathering is cancelled. We are sorry. Everyone who registered is being told.")
        said = [Heading(gathering.title), Paragraph(line(note))]
        if gathering.note:
            said.append(Quote(gathering.note))
        return View(tuple(said), public=True)
    sentence = (
        to.say("Free · {length} on {place} · not recorded · register to attend")
        if gathering.place
        else to.say("Free · {length} online · not recorded · register to attend")
    )
    said.append(Note(line(sentence, length=time_texts.length(to, gathering.duration), place=gathering.place)))
    if coming is None:
        coming = [each for each in parts if not each.cancelled]
    whole = "any" if gathering.is_part else None
    buttons: list[AnyButton] = [
        register_button(to, gathering, coming, whole=True),
        Button(to.say("Details"), Call.of("details", gathering=gathering.id, only=whole)),
    ]
    if house.public_url:
        buttons.append(LinkButton(to.say("Open the page"), f"{house.public_url}/gatherings/{gathering.id}"))
    said.append(Buttons(tuple(buttons)))
    return View(tuple(said), public=True)

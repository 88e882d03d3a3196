"""Texts of announcements: the post itself, its preview, and scheduling one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot import button_texts, time_texts
from bot.announcements import channel_names
from bot.announcements.model import Announcement, ScheduledAnnouncement
from bot.button_texts import paragraphs
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.gatherings.texts import about, moment, register_button
from bot.i18n import Locale, line
from bot.request import Call
from bot.views import (
    CHOICE_LIMIT,
    ITEM_LIMIT,
    AnyButton,
    Button,
    Buttons,
    Choice,
    ChoiceField,
    Form,
    Heading,
    Item,
    Line,
    LinkButton,
    Menu,
    Moment,
    MomentsField,
    Note,
    Paragraph,
    Part,
    Quote,
    Span,
    Strong,
    View,
)


def schedule_form(
    locale: Locale,
    gathering: Gathering,
    channels: Sequence[Choice],
    values: Mapping[str, str],
    errors: Mapping[str, str],
    example: str,
    readings: Sequence[Choice] = (),
) -> Form:
    hint = locale.t("Like {example}, for {zone}.").format(example=example, zone=locale.zone)
    return Form(
        locale.t("Announce at a time"),
        Call.of("host-announce-at", gathering=gathering.id),
        (
            ChoiceField(
                "channel",
                locale.t("Channel"),
                tuple(channels),
                value=values.get("channel") or channels[0].value,
                error=errors.get("channel", ""),
            ),
            MomentsField(
                "when",
                locale.t("Date and time"),
                locale.zone,
                locale.t("Day"),
                locale.t("Time"),
                locale.t("Or in words"),
                multiline=False,
                value=values.get("when", ""),
                hint=hint,
                error=errors.get("when", ""),
                limit=80,
                readings=tuple(readings),
                which=locale.t("Which do you mean?"),
            ),
        ),
        locale.t("Plan it"),
    )


def scheduled_too_late(locale: Locale, gathering: Gathering) -> str:
    sentence = locale.t("It has begun by then: {when}.")
    return sentence.format(when=time_texts.long(locale, gathering.starts_at))


def scheduled(locale: Locale, gathering: Gathering, scheduled: ScheduledAnnouncement, channel: Span) -> View:
    sentence = locale.t("{topic} will be announced in {channel} {when}, as it stands then.")
    when = Moment(scheduled.at, gathering.zone)
    another = Button(locale.t("Another channel"), Call.of("host-announce", gathering=gathering.id))
    return paragraphs(
        line(sentence, topic=Strong(gathering.title), channel=channel, when=when),
        buttons=(_cancel_button(locale, scheduled), another),
    )


def _scheduled_item(locale: Locale, gathering: Gathering, scheduled: ScheduledAnnouncement, channel: Span) -> Item:
    sentence = locale.t("Planned in {channel}: {when}")
    when = Moment(scheduled.at, gathering.zone)
    return Item((line(sentence, channel=channel, when=when),), (_cancel_button(locale, scheduled),))


def _cancel_button(locale: Locale, scheduled: ScheduledAnnouncement) -> Button:
    return Button(locale.t("Don’t post it"), Call.of("host-announce-cancel", announcement=scheduled.announcement.id))


def withdrawn(locale: Locale, gathering: int) -> View:
    return paragraphs(line(locale.t("It will not be posted.")), buttons=(button_texts.announce(locale, gathering),))


def not_scheduled(locale: Locale, gathering: int | None) -> View:
    """`gathering`: which it was of, where that is known."""
    sentence = locale.t("That announcement is no longer planned: it was posted, or taken back.")
    return paragraphs(line(sentence), buttons=(button_texts.announce(locale, gathering),))


def announce(
    locale: Locale,
    config: Config,
    parts: Sequence[Gathering],
    offered: Sequence[Choice],
    scheduled: Sequence[tuple[ScheduledAnnouncement, Span]] = (),
    missing: Sequence[Span] = (),
    *,
    coming: Sequence[Gathering] | None = None,
) -> View:
    """`scheduled`: announcements, each with its channel; `missing`: chosen channels in which it is not posted.

    `coming`: as in the post.
    """
    first = parts[0]
    post = announcement(locale, config, first, parts, coming)
    shown: list[Part] = [Note(line(locale.t("A preview of the post. For now only you can see it."))), *post.parts]
    if offered:
        call = Call.of("host-announce", gathering=first.id)
        menu = Menu(locale.t("Post it in which channel?"), call, "channel", tuple(offered[:CHOICE_LIMIT]))
        shown.append(menu)
        if len(offered) > CHOICE_LIMIT:
            sentence = locale.t("The menu holds the first {n} channels. For another one, use this command there.")
            shown.append(Note(line(sentence, n=CHOICE_LIMIT)))
        at_a_time = Button(locale.t("At a time…"), Call.of("host-announce-at", gathering=first.id))
        shown.append(Buttons((at_a_time,)))
    else:
        sentence = locale.t(
            "Use this command in the channel where it should be posted, or ask whoever runs the bot to add channels"
            " under HTG_ANNOUNCEMENT_CHANNELS."
        )
        shown.append(Paragraph(line(sentence)))
    if missing:
        sentence = locale.t(
            "The post does not stand in {channels} yet. If that lasts, let the bot into the channel, and choose it"
            " again."
        )
        shown.append(Paragraph(line(sentence, channels=channel_names.joined(missing[:ITEM_LIMIT]))))
    shown += [_scheduled_item(locale, first, item, channel) for item, channel in scheduled[:ITEM_LIMIT]]
    return View(tuple(shown))


def announcing(locale: Locale, gathering: Gathering, channel: Span, standing: Announcement | None = None) -> View:
    """`standing`: what was posted there before."""
    another = Button(locale.t("Another channel"), Call.of("host-announce", gathering=gathering.id))
    if standing is None:
        sentence = locale.t("{topic} is being posted in {channel}. The post changes by itself when the gathering does.")
        return paragraphs(line(sentence, topic=Strong(gathering.title), channel=channel), buttons=(another,))
    sentence = locale.t(
        "{topic} is announced in {channel} already. The post changes by itself when the gathering does."
    )
    call = Call.of("host-announce-again", gathering=gathering.id, announcement=standing.id, post=standing.post)
    again = Button(locale.t("It was deleted: post again"), call)
    return paragraphs(line(sentence, topic=Strong(gathering.title), channel=channel), buttons=(another, again))


def unknown_channel(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t("I cannot post there. Choose one of the channels that I offer.")
    another = Button(locale.t("Another channel"), Call.of("host-announce", gathering=gathering.id))
    return paragraphs(line(sentence), buttons=(another,))


def _moved(locale: Locale, part: Gathering) -> Line:
    before = Moment(part.moved_from or part.starts_at, part.zone)
    if not part.is_part:
        return line(locale.t("It has moved. Before, it was to begin {before}."), before=before)
    return line(locale.t("Part {n} has moved. Before, it was to begin {before}."), n=part.part, before=before)


def _was_planned_for(locale: Locale, parts: Sequence[Gathering]) -> list[Part]:
    """When it would have been: whoever reads the post later still knows which one it was."""
    if len(parts) == 1:
        return [Paragraph((moment(parts[0]),))]
    sentence = locale.t("Part {n} of {m}: {when}")
    return [Item(tuple(line(sentence, n=part.part, m=part.parts, when=moment(part)) for part in parts))]


def announcement(
    locale: Locale,
    config: Config,
    gathering: Gathering,
    parts: Sequence[Gathering],
    coming: Sequence[Gathering] | None = None,
) -> View:
    """The public post: it holds no link to the room and no names but the facilitators'.

    `coming`: the parts that it offers; None: all that are not cancelled.
    """
    shown = about(locale, gathering, parts)
    if all(part.cancelled for part in parts):
        note = locale.t("This gathering is cancelled. We are sorry. Everyone who registered is being told.")
        shown = [Heading(gathering.title), Paragraph(line(note)), *_was_planned_for(locale, parts)]
        if gathering.note:
            shown.append(Quote(gathering.note))
        return View(tuple(shown), public=True)
    sentence = (
        locale.t("Free · {length} on {place} · not recorded · register to attend")
        if gathering.place
        else locale.t("Free · {length} online · not recorded · register to attend")
    )
    shown.append(Note(line(sentence, length=time_texts.length(locale, gathering.duration), place=gathering.place)))
    shown += [Note(_moved(locale, part)) for part in parts if part.moved_from is not None and not part.cancelled]
    if coming is None:
        coming = [part for part in parts if not part.cancelled]
    whole = "any" if gathering.is_part else None
    buttons: list[AnyButton] = [register_button(locale, gathering, coming, whole=True)] if coming else []
    buttons.append(Button(locale.t("Details"), Call.of("details", gathering=gathering.id, only=whole)))
    if config.public_url:
        buttons.append(LinkButton(locale.t("Open the page"), f"{config.public_url}/gatherings/{gathering.id}"))
    shown.append(Buttons(tuple(buttons)))
    return View(tuple(shown), public=True)

"""What a member reads about their own registrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from bot import button_texts
from bot.admission.model import Doors
from bot.button_texts import pages, paragraphs
from bot.config import Config
from bot.gatherings import door_texts, replies
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.members.model import MemberSettings
from bot.registrations.model import Following, Registration
from bot.request import Call
from bot.secrets import LinkKey
from bot.views import (
    AnyButton,
    Attachment,
    Button,
    Buttons,
    Heading,
    Line,
    Note,
    Paragraph,
    Part,
    SecretLinkButton,
    Strong,
    Tone,
    View,
)


def registered(
    locale: Locale,
    config: Config,
    gathering: Gathering,
    coming: Sequence[Gathering],
    registration: Registration,
    *,
    calendar: LinkKey,
    named: Gathering | None = None,
    series: Sequence[Gathering] = (),
    left: bool = False,
    files: Sequence[Attachment] = (),
    full_house: View | None = None,
    settings: MemberSettings = MemberSettings(),  # noqa: B008 - frozen
    now: datetime,
) -> View:
    """The confirmation: when, how the doors work, the link. `coming` are the parts registered for.

    `named`: the part that was pressed or named, which can be kept alone; without one, any of them can.
    `series`: every part that could have been taken, where this is one part alone; `left`: others were given up.
    `files`: for the reader's calendar, where there is no address of one.
    `full_house`: what is said at its door, where they can but wait.
    Where the doors of `gathering` are open, Join comes first, and not only with a reminder.
    """
    parts: list[Part] = [*_when(locale, coming)]
    if left:
        parts.append(Paragraph(line(locale.t("You are no longer registered for the other parts."))))
    alone = (
        [gathering_texts.only_button(locale, part) for part in ([named] if named else coming)]
        if len(coming) > 1
        else []
    )
    leave = _leave_all(locale, gathering) if len(coming) > 1 else button_texts.unregister(locale, gathering)
    if full_house is not None:
        return View((*parts, *full_house.parts, Buttons((*alone, leave))))
    if len(coming) > 1:
        parts.append(door_texts.doors_of_parts(locale, coming))
    else:
        parts.append(door_texts.door_times(locale, gathering, now))
    is_open = gathering.doors(now) is Doors.OPEN
    if is_open:
        parts.append(Paragraph(line(locale.t("You can come in now."))))
    parts += [gathering_texts.terms(locale, gathering), gathering_texts.no_note_takers(locale)]
    buttons: list[AnyButton] = [gathering_texts.join_button(locale, gathering)] if is_open else []
    if config.links is not None:
        buttons += private_link(locale, config, registration, Tone.PLAIN if is_open else Tone.NEXT)
        buttons.append(SecretLinkButton(locale.t("Add to calendar"), config.links.calendar(calendar), Tone.PLAIN))
    elif config.calendar is not None and not files:
        buttons.append(_calendar_button(locale))
    parts += _reminders(locale, config, coming, settings, now, has_way_in=config.links is not None or is_open)
    if len(series) > 1:
        buttons.append(gathering_texts.register_button(locale, gathering, series, tone=Tone.PLAIN))
    if len(alone) > 1:  # a row of their own: with the others they would not fit one
        return View((*parts, Buttons((*buttons, leave)), Buttons(tuple(alone)), *files))
    return View((*parts, Buttons((*buttons, *alone, leave)), *files))


def _reminders(
    locale: Locale,
    config: Config,
    coming: Sequence[Gathering],
    settings: MemberSettings,
    now: datetime,
    *,
    has_way_in: bool,
) -> list[Part]:
    """What is true of them, where it is not plain: that none come, or that the way in comes with one."""
    offsets = [each for each in config.reminders if settings.by_direct_message and each not in settings.muted]
    parts: list[Part] = []
    if config.reminders and not offsets:
        parts.append(Note(line(locale.t("You asked for no reminders. With /htg settings they come again."))))
    if not has_way_in:
        comes = any(now < part.starts_at - offset for part in coming for offset in offsets)
        with_reminder = locale.t("Your Join button comes with the reminder, and is always under /htg mine.")
        parts.append(Note(line(with_reminder if comes else locale.t("Your Join button is always under /htg mine."))))
    return parts


def private_link(
    locale: Locale, config: Config, registration: Registration, tone: Tone = Tone.NEXT
) -> tuple[SecretLinkButton, ...]:
    """Their own way to the door; none where there are no pages."""
    if config.links is None:
        return ()
    return (SecretLinkButton(locale.t("My private link"), config.links.join(registration.key), tone),)


def _calendar_button(locale: Locale) -> Button:
    return Button(locale.t("Add to calendar"), Call("calendar"))


def calendar(locale: Locale, files: Sequence[Attachment]) -> View:
    if not files:
        return nothing_registered(locale)
    return View((Paragraph(line(locale.t("Your gatherings, as a file that your calendar opens:"))), *files))


def _leave_all(locale: Locale, gathering: Gathering) -> Button:
    return Button(locale.t("Unregister from all parts"), Call.of("unregister", gathering=gathering.id, only="all"))


def _when(locale: Locale, coming: Sequence[Gathering]) -> list[Part]:
    first = coming[0]
    if len(coming) == 1:
        sentence = locale.t("You are registered for {topic}, {when}.")
        return [
            Paragraph(line(sentence, topic=gathering_texts.title(locale, first), when=gathering_texts.moment(first)))
        ]
    if len(coming) == first.parts == 3:
        sentence = locale.t("You are registered for all three parts of {topic}:")
    elif len(coming) == first.parts:
        sentence = locale.t("You are registered for both parts of {topic}:")
    else:
        sentence = locale.t("You are registered for the coming parts of {topic}:")
    return [
        Paragraph(line(sentence, topic=Strong(first.title))),
        gathering_texts.part_lines(locale, coming, with_doors=True),
    ]


def unregistered(
    locale: Locale, removed: Sequence[Gathering], rest: Sequence[Gathering], coming: Sequence[Gathering] = ()
) -> View:
    """Never a question why. `rest`: the other parts of the series that stay registered.

    `coming`: what can be registered for again, of the gathering or its series.
    """
    first = removed[0]
    name = first.title if len(removed) > 1 else gathering_texts.named(locale, first)
    sentence = locale.t("You are no longer registered for {topic}. You are welcome back any time.")
    buttons: list[AnyButton] = _again(locale, removed, coming)
    parts: list[Part] = [Paragraph(line(sentence, topic=Strong(name)))]
    if rest:
        parts.append(Paragraph(line(locale.t("You are still registered for the other parts."))))
        buttons.append(_leave_all(locale, rest[0]))
    buttons = buttons or [button_texts.upcoming(locale)]
    return View((*parts, Buttons(tuple(buttons))))


def _again(locale: Locale, removed: Sequence[Gathering], coming: Sequence[Gathering]) -> list[AnyButton]:
    """What was left, and no more, can be had again while its doors are not shut."""
    back = {part.id for part in removed} & {part.id for part in coming}
    if not back:
        return []
    first = next(part for part in removed if part.id in back)
    if len(removed) == 1:
        only = "add" if first.is_part else None
        return [Button(locale.t("Register again"), Call.of("register", gathering=first.id, only=only))]
    if len(back) == len(coming):
        return [Button(locale.t("Register again"), Call.of("register", gathering=first.id, only="any"))]
    return [gathering_texts.register_button(locale, first, coming, tone=Tone.PLAIN, whole=True)]


def was_not_registered(
    locale: Locale, gathering: Gathering, rest: Sequence[Gathering] = (), *, series: bool = False, over: bool = False
) -> View:
    """`rest`: the other parts of its series that are registered. `series`: all of it was meant.

    `over`: it is past, whether it was registered or not.
    """
    name = gathering.title if series else gathering_texts.named(locale, gathering)
    sentence = (
        locale.t("{topic} is over, so there is nothing to undo.")
        if over
        else locale.t("You are not registered for {topic}, so there is nothing to undo.")
    )
    parts: list[Part] = [Paragraph(line(sentence, topic=Strong(name)))]
    buttons: list[AnyButton] = [button_texts.mine(locale)]
    if rest:
        parts.append(Paragraph(line(locale.t("You are still registered for the other parts."))))
        buttons.append(_leave_all(locale, rest[0]))
    return View((*parts, Buttons(tuple(buttons))))


def not_registered_for(locale: Locale, typed: str) -> View:
    """What was typed names nothing that they are registered for."""
    sentence = locale.t("You are not registered for “{typed}”, so there is nothing to undo.")
    return paragraphs(line(sentence, typed=typed[:80]), buttons=(button_texts.mine(locale),))


def nothing_registered(locale: Locale, cancelled: Gathering | None = None) -> View:
    """`cancelled`: what they were registered for."""
    sentence = locale.t("{topic} was cancelled. We are sorry.")
    gone = [cancelled] if cancelled is not None else []
    return View(
        (
            *(Paragraph(replies.sentence(locale, each, sentence)) for each in gone),
            Paragraph(line(locale.t("You are not registered for a gathering at the moment."))),
            Buttons((button_texts.upcoming(locale, Tone.NEXT),)),
        )
    )


def mine(
    locale: Locale,
    config: Config,
    gatherings: Sequence[Gathering],
    registrations: Mapping[int, Registration],
    page: int,
    *,
    calendar: LinkKey,
    now: datetime,
    count: int,
    ways_in: Mapping[int, bool],
    waited_for: Mapping[int, tuple[Button, ...]] = MappingProxyType({}),
    cancelled: Gathering | None = None,
) -> View:
    """A page of `count` in all. `ways_in`: those where Join leads them somewhere now, and whether they were in.

    `waited_for`: the full houses where they wait for a place, each with what can be done about it.
    `cancelled`: where there is nothing else, what they were registered for.
    """
    if not gatherings:
        return nothing_registered(locale, cancelled)
    parts: list[Part] = [Heading(locale.t("My gatherings"))]
    for gathering in gatherings:
        shut = gathering.doors(now) is not Doors.EARLY and gathering.id not in ways_in
        waits = gathering.id in waited_for
        buttons: list[AnyButton] = [*waited_for.get(gathering.id, ())]
        if not shut and not waits:
            buttons = _enter_buttons(locale, config, gathering, registrations, ways_in.get(gathering.id))
        sentences = [locale.t("You are waiting for a place.")] if waits else []
        if shut:
            sentences = [door_texts.shut(locale, gathering.doors(now))]
        buttons.append(button_texts.unregister(locale, gathering))
        parts.append(gathering_texts.row(locale, gathering, tuple(buttons), now, sentences, others=gatherings))
    parts += pages(locale, Call("mine"), page, shown=len(gatherings), count=count)
    if config.links is not None:
        add = SecretLinkButton(locale.t("Add to calendar"), config.links.calendar(calendar), Tone.PLAIN)
        parts.append(Buttons((add,)))
    elif config.calendar is not None:
        parts.append(Buttons((_calendar_button(locale),)))
    return View(tuple(parts))


def _enter_buttons(
    locale: Locale,
    config: Config,
    gathering: Gathering,
    registrations: Mapping[int, Registration],
    way_in: bool | None,
) -> list[AnyButton]:
    """Join where it leads somewhere now (`way_in`), or where there is no link of their own."""
    join = gathering_texts.join_button(locale, gathering, inside=bool(way_in))
    if config.links is None or gathering.id not in registrations:
        return [join]
    is_open = way_in is not None
    own = private_link(locale, config, registrations[gathering.id], Tone.PLAIN if is_open else Tone.NEXT)
    return [join, *own] if is_open else [*own]


def already_in(locale: Locale, gathering: Gathering, *, came: bool) -> View:
    """To somebody who registers for what they have come into, and may come back to.

    `came`: False where they hold a place, and have yet to come.
    """
    sentence = (
        locale.t("You are registered for {topic}, and were already in.")
        if came
        else locale.t("You are registered for {topic}, and a place is yours.")
    )
    back = gathering_texts.join_button(locale, gathering, inside=came)
    return replies.short(locale, gathering, sentence, back)


def offer_next(locale: Locale, following: Following | None) -> list[Part]:
    """What there is instead: the next gathering, one press away."""
    if following is None:
        return [
            Paragraph(line(locale.t("New gatherings are announced as they come."))),
            Buttons((button_texts.suggest(locale),)),
        ]
    register = gathering_texts.register_button(locale, following.gathering, following.coming)
    act = button_texts.mine(locale, Tone.NEXT) if following.registered else register
    return [Paragraph(next_one(locale, following)), Buttons((act, button_texts.upcoming(locale)))]


def next_one(locale: Locale, following: Following) -> Line:
    gathering = following.gathering
    sentence = (
        locale.t("You are registered for the next one: {topic}, {when}.")
        if following.registered
        else locale.t("The next gathering is {topic}, {when}.")
    )
    return replies.sentence(locale, gathering, sentence)

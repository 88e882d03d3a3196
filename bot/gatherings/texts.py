"""How a gathering is shown: in a list, in detail, and the buttons and small print beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType

from bot import time_texts
from bot.admission import model as admission_model
from bot.admission.model import DoorRule, Doors
from bot.dispatcher_texts import pages
from bot.gatherings.model import Gathering
from bot.gatherings.resolve_texts import nothing_planned
from bot.i18n import Locale, line
from bot.request import Call
from bot.views import (
    AnyButton,
    Button,
    Buttons,
    Heading,
    Item,
    Moment,
    Note,
    Paragraph,
    Part,
    Quote,
    Span,
    Strong,
    Style,
    Text,
    Tone,
    View,
)

SOON = timedelta(hours=1)


def nothing_hosted(locale: Locale) -> View:
    return View(
        (
            Paragraph(line(locale.t("There is no gathering to choose from yet."))),
            Buttons((Button(locale.t("Create one"), Call("host-create"), Tone.NEXT),)),
        )
    )


def moment(gathering: Gathering) -> Moment:
    return Moment(gathering.starts_at, gathering.zone)


def title(locale: Locale, gathering: Gathering) -> tuple[Span, ...]:
    if not gathering.is_part:
        return (Strong(gathering.title),)
    return (Strong(gathering.title), Text(" · " + part(locale, gathering)))


def part(locale: Locale, gathering: Gathering) -> str:
    return locale.t("part {n} of {m}").format(n=gathering.part, m=gathering.parts)


def named(locale: Locale, gathering: Gathering) -> str:
    """The title with its part, as plain text."""
    return f"{gathering.title} ({part(locale, gathering)})" if gathering.is_part else gathering.title


def named_in_full(locale: Locale, gathering: Gathering) -> str:
    """The title with its part, and when, the year included: above a form about it."""
    when = time_texts.in_full(locale, gathering.starts_at, gathering.zone)
    return f"{named(locale, gathering)} · {when}"


def with_facilitators(locale: Locale, gathering: Gathering) -> tuple[Span, ...]:
    return line(locale.t("with {facilitators}"), facilitators=gathering.facilitators)


def terms(locale: Locale, gathering: Gathering | None = None) -> Note:
    """No cost, no recording: said once, small. Of all of them it is not said where: each may have another host."""
    if gathering is None:
        return Note(line(locale.t("Free, online. Nothing is recorded, and there is nothing to prepare.")))
    sentence = (
        locale.t("Free, {length} on {place}. Nothing is recorded, and there is nothing to prepare.")
        if gathering.place
        else locale.t("Free, {length} online. Nothing is recorded, and there is nothing to prepare.")
    )
    return Note(line(sentence, length=time_texts.length(locale, gathering.duration), place=gathering.place))


def no_note_takers(locale: Locale) -> Note:
    """The bot sets its meetings to keep nothing; what people bring along it cannot."""
    sentence = locale.t("Please bring no note-taking bot or recorder: what is said in the circle stays there.")
    return Note(line(sentence))


def row(
    locale: Locale,
    gathering: Gathering,
    buttons: tuple[AnyButton, ...],
    now: datetime,
    more: Sequence[str] = (),
    *,
    others: Sequence[Gathering] = (),
) -> Item:
    """`more`: sentences about it, a line each. `others`: what is listed with it. Where one of these is called the same,
    the day stands with the title, by which a button is known where it is read alone."""
    name = title(locale, gathering)
    if any(each.id != gathering.id and named(locale, each) == named(locale, gathering) for each in others):
        name = (*name, Text(" · " + time_texts.short_day(locale, gathering.starts_at)))
    lines = [name, (moment(gathering),)]
    if gathering.facilitators:
        lines.append(with_facilitators(locale, gathering))
    lines += [(Text(sentence),) for sentence in (*more, *_soon(locale, gathering, now))]
    return Item(tuple(lines), buttons)


def _soon(locale: Locale, gathering: Gathering, now: datetime) -> list[str]:
    """How near the start is, where that is what matters."""
    if now >= gathering.starts_at:
        return [locale.t("It has begun.")]
    until = gathering.starts_at - now
    return [locale.t("Begins {left}.").format(left=time_texts.left(locale, until))] if until <= SOON else []


def join_button(locale: Locale, gathering: Gathering, *, inside: bool = False) -> Button:
    """`inside`: they were let in before."""
    label = locale.t("Come back in") if inside else locale.t("Join")
    return Button(label, Call.of("join", gathering=gathering.id), Tone.NEXT)


def register_button(
    locale: Locale,
    gathering: Gathering,
    coming: Sequence[Gathering] = (),
    *,
    tone: Tone = Tone.NEXT,
    whole: bool = False,
) -> Button:
    """Says what it takes. `coming`: the parts of its series that can be registered for.

    `whole`: it stands beside the series and not beside this part, so no part was meant more than the others.
    """
    only = "any" if whole and gathering.is_part else None
    return Button(
        _register_label(locale, coming or [gathering]), Call.of("register", gathering=gathering.id, only=only), tone
    )


def _register_label(locale: Locale, coming: Sequence[Gathering]) -> str:
    if len(coming) == 1:
        part = coming[0]
        sentence = locale.t("Register for part {n}, {day}") if part.is_part else locale.t("Register")
        return sentence.format(n=part.part, day=time_texts.short_day(locale, part.starts_at))
    if len(coming) > 2:
        return locale.t("Register for all {n}").format(n=len(coming))
    return locale.t("Register for both parts") if coming[0].parts == 2 else locale.t("Register for both coming parts")


def only_button(locale: Locale, gathering: Gathering) -> Button:
    """Keeps this part of a series and no other, and says which."""
    label = locale.t("Only part {n}, {day}").format(n=gathering.part, day=time_texts.day(locale, gathering.starts_at))
    return Button(label, Call.of("register", gathering=gathering.id, only="yes"))


def listing(
    locale: Locale,
    page: int,
    gatherings: Sequence[Gathering],
    mine: Collection[int],
    now: datetime,
    *,
    count: int,
    coming: Mapping[int, Sequence[Gathering]] | None = None,
    ways_in: Mapping[int, bool] = MappingProxyType({}),
) -> View:
    """Upcoming gatherings, a page at a time, of `count` in all. `coming`: by series, the parts to register for.

    `mine`, `ways_in`: those that the reader is registered for, and where Join leads them somewhere now; of each of
    these, whether they were in before.
    """
    if not gatherings:
        return nothing_planned(locale)
    parts: list[Part] = [Heading(locale.t("Upcoming gatherings"))]
    for gathering in gatherings:
        sentences = [locale.t("You are registered.")] if gathering.id in mine else []
        if gathering.doors(now) is Doors.FULL:
            sentences.append(locale.t("It is full."))
        buttons = acts(
            locale,
            gathering,
            now,
            registered=gathering.id in mine,
            way_in=ways_in.get(gathering.id),
            coming=(coming or {}).get(gathering.series or 0, ()),
        )
        about_it = Button(locale.t("Details"), Call.of("details", gathering=gathering.id))
        parts.append(row(locale, gathering, (*buttons, about_it), now, sentences, others=gatherings))
    parts.append(terms(locale))
    return View((*parts, *pages(locale, Call("list"), page, shown=len(gatherings), count=count)))


def acts(
    locale: Locale,
    gathering: Gathering,
    now: datetime,
    *,
    registered: bool,
    way_in: bool | None = None,
    coming: Sequence[Gathering] = (),
    whole: bool = False,
) -> list[AnyButton]:
    """What the reader can do about it now, the next step first; nothing that would be refused.

    `way_in`: where Join leads them somewhere, whether they were in before.
    """
    if not registered:
        open_now = gathering.open_to_registration(now)
        return [register_button(locale, gathering, coming, whole=whole)] if open_now or coming else []
    leave = Button(locale.t("Unregister"), Call.of("unregister", gathering=gathering.id))
    return [leave] if way_in is None else [join_button(locale, gathering, inside=way_in), leave]


def details(
    locale: Locale,
    gathering: Gathering,
    parts: Sequence[Gathering],
    now: datetime,
    *,
    registered: bool,
    way_in: bool | None = None,
    coming: Sequence[Gathering] = (),
    whole: bool = False,
) -> View:
    """`whole`: they were opened beside the series, not beside one of its parts."""
    buttons = acts(locale, gathering, now, registered=registered, way_in=way_in, coming=coming, whole=whole)
    view = View((*about(locale, gathering, parts), door_times(locale, gathering, now), terms(locale, gathering)))
    return view.with_parts(Buttons(tuple(buttons))) if buttons else view


def about(locale: Locale, gathering: Gathering, parts: Sequence[Gathering]) -> list[Part]:
    """Title, description, when (every part), with whom."""
    view_parts: list[Part] = [Heading(gathering.title)]
    if gathering.description:
        view_parts.append(Quote(gathering.description))
    if len(parts) > 1:
        view_parts.append(part_lines(locale, parts))
    else:
        view_parts.append(Paragraph((moment(gathering),)))
    if gathering.facilitators:
        view_parts.append(Paragraph(with_facilitators(locale, gathering)))
    return view_parts


def part_lines(locale: Locale, parts: Sequence[Gathering], *, with_doors: bool = False) -> Item:
    """A line for each part: when, and its own title where the parts of a series have different ones."""
    titled = len({part.title for part in parts}) > 1
    return Item(tuple(_part_line(locale, part, titled=titled, with_doors=with_doors) for part in parts))


def _part_line(locale: Locale, gathering: Gathering, *, titled: bool, with_doors: bool) -> tuple[Span, ...]:
    number = {"n": gathering.part, "m": gathering.parts}
    if gathering.cancelled:
        return line(locale.t("Part {n} of {m}: cancelled"), **number)
    opens, closes = _opens_and_closes(gathering)
    doors = (Text(" · "), *line(locale.t("doors from {opens} to {closes}"), opens=opens, closes=closes))
    sentence = locale.t("Part {n} of {m}, {topic}: {when}") if titled else locale.t("Part {n} of {m}: {when}")
    return (
        *line(sentence, **number, topic=Strong(gathering.title), when=moment(gathering)),
        *(doors if with_doors else ()),
    )


def _opens_and_closes(gathering: Gathering) -> tuple[Moment, Moment]:
    opens, closes = admission_model.opens_at(gathering), admission_model.closes_at(gathering)
    return Moment(opens, gathering.zone, Style.TIME), Moment(closes, gathering.zone, Style.TIME)


def door_rules(locale: Locale, parts: Sequence[Gathering], now: datetime) -> Part:
    """When the doors of all these parts open and close; a line for each."""
    if len(parts) == 1:
        return door_times(locale, parts[0], now)
    lines = [line(locale.t("Registering does not hold a place. Come a little early: each part has doors of its own."))]
    for part in parts:
        sentence = locale.t("Part {n} of {m}: the first {limit} to come in, from {opens} to {closes}")
        opens, closes = _opens_and_closes(part)
        limit = part.door_rule.limit
        lines.append(line(sentence, n=part.part, m=part.parts, limit=limit, opens=opens, closes=closes))
    return Item(tuple(lines))


def doors_of_parts(locale: Locale, parts: Sequence[Gathering]) -> Paragraph:
    """Below the `part_lines` of what somebody registered for."""
    limits = sorted({part.door_rule.limit for part in parts})
    sentence = (
        locale.t("Come a little early: registering holds no place, and once all are taken, the doors close.")
        if len(limits) > 1
        else locale.t(
            "Come a little early: registering holds no place, and once {limit} people are in, the doors close."
        )
    )
    return Paragraph(line(sentence, limit=limits[-1]))


def door_times(locale: Locale, gathering: Gathering, now: datetime) -> Paragraph:
    """When the doors open and close, on the reader's own clock."""
    opens, closes = _opens_and_closes(gathering)
    limit = gathering.door_rule.limit
    if now >= opens.at:
        sentence = locale.t("The doors are open until {closes}, or until {limit} people are in.")
        return Paragraph(line(sentence, closes=closes, limit=limit))
    sentence = locale.t(
        "The doors open at {opens} and close at {closes}, or once {limit} people are in: registering holds no place."
        " Come a little early."
    )
    return Paragraph(line(sentence, opens=opens, closes=closes, limit=limit))


def door_rule(locale: Locale, gathering: Gathering) -> Paragraph:
    return _door_rule(locale, gathering.door_rule, stays_open=gathering.door_rule.late_entry >= gathering.duration)


@lru_cache(maxsize=256)
def _door_rule(locale: Locale, rule: DoorRule, *, stays_open: bool) -> Paragraph:
    if stays_open and not rule.opens_before:
        sentence = locale.t(
            "Registering does not hold a place: the first {limit} to come in are welcomed, from when we begin until"
            " the end."
        )
    elif stays_open:
        sentence = locale.t(
            "Registering does not hold a place: the first {limit} to come in are welcomed, and the doors stay open"
            " until the end. They open {early} beforehand."
        )
    elif not rule.late_entry:
        sentence = locale.t(
            "Registering does not hold a place: the first {limit} to come in are welcomed, and the doors close"
            " when we begin. They open {early} beforehand. Come a little early."
        )
    elif not rule.opens_before:
        sentence = locale.t(
            "Registering does not hold a place: the first {limit} to come in are welcomed, and the doors open"
            " when we begin. They close {late} later."
        )
    else:
        sentence = locale.t(
            "Registering does not hold a place: the first {limit} to come in are welcomed, and the doors close"
            " {late} after we begin. They open {early} beforehand. Come a little early."
        )
    return Paragraph(
        line(
            sentence,
            limit=rule.limit,
            late=time_texts.length(locale, rule.late_entry),
            early=time_texts.length(locale, rule.opens_before),
        )
    )

"""How a gathering is shown: in a list, in detail, and the buttons and small print beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from bot import button_texts, time_texts
from bot.admission.model import Doors
from bot.button_texts import pages, paragraphs
from bot.gatherings import door_texts
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
    Line,
    Moment,
    Note,
    Paragraph,
    Part,
    Quote,
    Strong,
    Text,
    Tone,
    View,
)

SOON = timedelta(hours=1)


def nothing_hosted(locale: Locale) -> View:
    return paragraphs(
        line(locale.t("There is no gathering to choose from yet.")),
        buttons=(Button(locale.t("Create one"), Call("host-create"), Tone.NEXT),),
    )


def moment(gathering: Gathering) -> Moment:
    return Moment(gathering.starts_at, gathering.zone)


def title(locale: Locale, gathering: Gathering) -> Line:
    if not gathering.is_part:
        return (Strong(gathering.title),)
    return (Strong(gathering.title), Text(" · " + part(locale, gathering)))


def part(locale: Locale, gathering: Gathering) -> str:
    return locale.t("part {n} of {m}").format(n=gathering.part, m=gathering.parts)


def named(locale: Locale, gathering: Gathering) -> str:
    """The title with its part, as plain text."""
    return f"{gathering.title} ({part(locale, gathering)})" if gathering.is_part else gathering.title


def topic(locale: Locale, gathering: Gathering) -> Strong:
    """The same, as it stands in a sentence."""
    return Strong(named(locale, gathering))


def named_in_full(locale: Locale, gathering: Gathering) -> str:
    """The title with its part, and when, the year included: above a form about it."""
    when = time_texts.in_full(locale, gathering.starts_at, gathering.zone)
    if gathering.zone != locale.zone:
        own = time_texts.in_full(locale, gathering.starts_at, locale.zone)
        when = locale.t("{when}; for you: {own}").format(when=when, own=own)
    return f"{named(locale, gathering)} · {when}"


def with_facilitators(locale: Locale, gathering: Gathering) -> Line:
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
    more: Sequence[str],
    *,
    others: Sequence[Gathering],
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
    coming: Sequence[Gathering],
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
    waits: Collection[int] = (),
    waited_for: Collection[int] = (),
) -> View:
    """Upcoming gatherings, a page at a time, of `count` in all. `coming`: by series, the parts to register for.

    `mine`, `ways_in`: those that the reader is registered for, and where Join leads them somewhere now; of each of
    these, whether they were in before. `waits`: the full houses where one may wait; `waited_for`: where they do.
    """
    if not gatherings:
        return nothing_planned(locale)
    parts: list[Part] = [Heading(locale.t("Upcoming gatherings"))]
    for gathering in gatherings:
        sentences = [locale.t("You are registered.")] if gathering.id in mine else []
        state = gathering.doors(now)
        if state is Doors.FULL or (state is Doors.CLOSED and gathering.id not in ways_in):
            sentences.append(door_texts.shut(locale, state))
        if gathering.id in waited_for:
            sentences.append(locale.t("You are waiting for a place."))
        buttons = acts(
            locale,
            gathering,
            now,
            registered=gathering.id in mine,
            way_in=ways_in.get(gathering.id),
            coming=(coming or {}).get(gathering.series or 0, ()),
            waits=gathering.id in waits,
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
    way_in: bool | None,
    coming: Sequence[Gathering],
    whole: bool = False,
    waits: bool,
) -> list[AnyButton]:
    """What the reader can do about it now, the next step first; nothing that would be refused.

    `way_in`: where Join leads them somewhere, whether they were in before. `waits`: it is full, and one may wait.
    """
    if not registered:
        if waits and coming:  # they take it besides
            coming = sorted([gathering, *coming], key=lambda part: part.part)
        open_now = waits or gathering.open_to_registration(now)
        return [register_button(locale, gathering, coming, whole=whole)] if open_now or coming else []
    leave = button_texts.unregister(locale, gathering)
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
    waits: bool = False,
) -> View:
    """`whole`: they were opened beside the series, not beside one of its parts."""
    buttons = acts(
        locale, gathering, now, registered=registered, way_in=way_in, coming=coming, whole=whole, waits=waits
    )
    state = gathering.doors(now)
    # Who waits at a full house may join, too, and it is full for them.
    for_others = state in door_texts.SHUT and (way_in or (way_in is not None and state is Doors.CLOSED))
    doors = [] if for_others else [door_texts.door_times(locale, gathering, now)]
    view = View((*about(locale, gathering, parts), *doors, terms(locale, gathering)))
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
    titled, limited = len({part.title for part in parts}) > 1, len({part.door_rule.limit for part in parts}) > 1
    lines = [_part_line(locale, part, titled=titled) for part in parts]
    if with_doors:
        lines = [
            (*line_, *door_texts.in_line(locale, part, limited=limited))
            for line_, part in zip(lines, parts, strict=True)
        ]
    return Item(tuple(lines))


def _part_line(locale: Locale, gathering: Gathering, *, titled: bool) -> Line:
    number = {"n": gathering.part, "m": gathering.parts}
    if gathering.cancelled:
        return line(locale.t("Part {n} of {m}: cancelled"), **number)
    sentence = locale.t("Part {n} of {m}, {topic}: {when}") if titled else locale.t("Part {n} of {m}: {when}")
    return line(sentence, **number, topic=Strong(gathering.title), when=moment(gathering))

"""What a gathering is, said to one reader or to everybody."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from bot.asks import Call, encode_menu
from bot.doors import DoorRule
from bot.gatherings import Gathering
from bot.house import House
from bot.views import (
    CHOICE_LIMIT,
    AnyButton,
    Button,
    Buttons,
    Choice,
    Heading,
    Item,
    Menu,
    Moment,
    Note,
    Paragraph,
    Part,
    Quote,
    Span,
    Strong,
    Text,
    Tone,
    View,
    Visit,
)
from bot.words import clock
from bot.words.reader import Reader, line, strong

CHOICE_TEXT = 75
"""Characters of a choice in a menu (Slack: option text 75)."""


def moment(gathering: Gathering) -> Moment:
    return Moment(gathering.starts_at, gathering.zone)


def title(to: Reader, gathering: Gathering) -> tuple[Span, ...]:
    if not gathering.is_part:
        return (Strong(gathering.title),)
    return (Strong(gathering.title), Text(" · " + part(to, gathering)))


def part(to: Reader, gathering: Gathering) -> str:
    return to.say("part {n} of {m}").format(n=gathering.part, m=gathering.parts)


def named(to: Reader, gathering: Gathering) -> str:
    """The title with its part, as plain text."""
    return f"{gathering.title} ({part(to, gathering)})" if gathering.is_part else gathering.title


def held_by(to: Reader, gathering: Gathering) -> tuple[Span, ...]:
    return line(to.say("with {facilitators}"), facilitators=gathering.facilitators)


def terms(to: Reader, gathering: Gathering | None = None) -> Note:
    """No cost, no recording: said once, small. Of all of them it is not said where: each may have another host."""
    if gathering is None:
        return Note(line(to.say("Free, online. Nothing is recorded, and there is nothing to prepare.")))
    sentence = (
        to.say("Free, {length} on {place}. Nothing is recorded, and there is nothing to prepare.")
        if gathering.place
        else to.say("Free, {length} online. Nothing is recorded, and there is nothing to prepare.")
    )
    return Note(line(sentence, length=clock.length(to, gathering.duration), place=gathering.place))


def row(to: Reader, gathering: Gathering, buttons: tuple[AnyButton, ...]) -> Item:
    lines = [title(to, gathering), (moment(gathering),)]
    if gathering.facilitators:
        lines.append(held_by(to, gathering))
    return Item(tuple(lines), buttons)


def register_button(
    to: Reader, gathering: Gathering, coming: Sequence[Gathering] = (), *, tone: Tone = Tone.NEXT, whole: bool = False
) -> Button:
    """Says what it takes. `coming`: the parts of its series that can be registered for.

    `whole`: it stands beside the series and not beside this part, so no part was meant more than the others.
    """
    only = "any" if whole and gathering.is_part else None
    return Button(_register_label(to, coming), Call.of("register", gathering=gathering.id, only=only), tone)


def _register_label(to: Reader, coming: Sequence[Gathering]) -> str:
    if len(coming) < 2:
        return to.say("Register")
    if len(coming) > 2:
        return to.say("Register for all {n}").format(n=len(coming))
    return to.say("Register for both parts") if coming[0].parts == 2 else to.say("Register for both coming parts")


def only_button(to: Reader, gathering: Gathering) -> Button:
    """Keeps this part of a series and no other, and says which."""
    label = to.say("Only part {n}, {day}").format(n=gathering.part, day=clock.day(to, gathering.starts_at))
    return Button(label, Call.of("register", gathering=gathering.id, only="yes"))


def listing(
    to: Reader,
    page: int,
    found: Sequence[Gathering],
    mine: Collection[int],
    *,
    more: bool,
    coming: Mapping[int, Sequence[Gathering]] | None = None,
) -> View:
    """Upcoming gatherings, a page at a time. `coming`: by series, the parts that can be registered for."""
    if not found:
        return nothing_planned(to)
    parts: list[Part] = [Heading(to.say("Upcoming gatherings"))]
    for each in found:
        known = each.id in mine
        act = (
            Button(to.say("Unregister"), Call.of("unregister", gathering=each.id))
            if known
            else register_button(to, each, (coming or {}).get(each.series or 0, ()))
        )
        shown = row(to, each, (act, Button(to.say("Details"), Call.of("details", gathering=each.id))))
        if known:
            shown = Item((*shown.lines, line(to.say("You are registered."))), shown.buttons)
        parts.append(shown)
    parts.append(terms(to))
    turn = [Button(to.say("Earlier ones"), Call.of("list", page=page - 1))] if page > 1 else []
    turn += [Button(to.say("Later ones"), Call.of("list", page=page + 1))] if more else []
    return View((*parts, Buttons(tuple(turn)))) if turn else View(tuple(parts))


def nothing_planned(to: Reader) -> View:
    return View(
        (
            Paragraph(line(to.say("No gatherings are planned just now. New ones are announced here as they come."))),
            Buttons((Button(to.say("Suggest a topic"), Call("suggest")),)),
        )
    )


def details(
    to: Reader,
    gathering: Gathering,
    parts: Sequence[Gathering],
    *,
    registered: bool,
    coming: Sequence[Gathering] = (),
    whole: bool = False,
) -> View:
    """`whole`: they were opened beside the series, not beside one of its parts."""
    act = (
        Button(to.say("Unregister"), Call.of("unregister", gathering=gathering.id))
        if registered
        else register_button(to, gathering, coming, whole=whole)
    )
    return View((*about(to, gathering, parts), door_rule(to, gathering), terms(to, gathering), Buttons((act,))))


def about(to: Reader, gathering: Gathering, parts: Sequence[Gathering]) -> list[Part]:
    """Topic, words about it, when (every part), with whom."""
    said: list[Part] = [Heading(gathering.title)]
    if gathering.description:
        said.append(Quote(gathering.description))
    if len(parts) > 1:
        said.append(part_lines(to, parts))
    else:
        said.append(Paragraph((moment(gathering),)))
    if gathering.facilitators:
        said.append(Paragraph(held_by(to, gathering)))
    return said


def part_lines(to: Reader, parts: Sequence[Gathering]) -> Item:
    """A line for each part: when, and its own title where the parts of a series have different ones."""
    titled = len({each.title for each in parts}) > 1
    return Item(tuple(_part_line(to, each, titled=titled) for each in parts))


def _part_line(to: Reader, each: Gathering, *, titled: bool) -> tuple[Span, ...]:
    if each.cancelled:
        return line(to.say("Part {n} of {m}: cancelled"), n=each.part, m=each.parts)
    if titled:
        sentence = to.say("Part {n} of {m}, {topic}: {when}")
        return line(sentence, n=each.part, m=each.parts, topic=Strong(each.title), when=moment(each))
    return line(to.say("Part {n} of {m}: {when}"), n=each.part, m=each.parts, when=moment(each))


def door_rule(to: Reader, gathering: Gathering) -> Paragraph:
    return _door_rule(to, gathering.door_rule)


@lru_cache(maxsize=256)
def _door_rule(to: Reader, rule: DoorRule) -> Paragraph:
    sentence = to.say(
        "Registering does not hold a place: the first {limit} to come in are welcomed, and the doors close"
        " {late} after we begin. They open {early} beforehand. Come a little early."
    )
    return Paragraph(
        line(
            sentence,
            limit=rule.limit,
            late=clock.length(to, rule.late_entry),
            early=clock.length(to, rule.opens_before),
        )
    )


def choice(to: Reader, gathering: Gathering, *, series: bool = False) -> Choice:
    """One gathering in a menu. A label is plain text, so its time names the reader's zone.

    `series`: it stands for itself and the parts after it.
    """
    name = gathering.title
    if len(name) > CHOICE_TEXT:
        name = name[: CHOICE_TEXT - 1] + "…"
    when = clock.long(to, gathering.starts_at)
    if gathering.is_part:
        after = series and gathering.part < gathering.parts
        which_part = to.say("from part {n} of {m}") if after else to.say("part {n} of {m}")
        when = f"{which_part.format(n=gathering.part, m=gathering.parts).capitalize()} · {when}"
    return Choice(str(gathering.id), name, when[:CHOICE_TEXT])


def which(
    to: Reader,
    found: Sequence[Gathering],
    call: Call,
    *,
    unknown: str = "",
    series: bool = False,
    listed: str = "",
) -> View:
    """Several could be meant, or none was named: the same command, one choice away.

    `series`: each choice of a part stands for the parts after it, too. `listed`: the command that lists all of
    them, page by page, when the menu does not hold them all.
    """
    parts: list[Part] = []
    if unknown:
        parts.append(Paragraph(line(to.say("I did not find a gathering called “{typed}”."), typed=unknown[:80])))
    parts.append(
        Menu(
            to.say("Which gathering?"),
            _kept(call),
            "gathering",
            tuple(choice(to, each, series=series) for each in found[:CHOICE_LIMIT]),
        )
    )
    if len(found) > CHOICE_LIMIT:
        parts += _the_rest(to, call, listed)
    return View(tuple(parts))


def _the_rest(to: Reader, call: Call, listed: str) -> list[Part]:
    """How to reach what a menu does not hold."""
    command = call.name.removeprefix("host-")
    group = "htg" if command == call.name else "htg-host"
    sentence = to.say("The menu holds the first {n}. For a later one, type a part of its title after {command}.")
    said: list[Part] = [Note(line(sentence, n=CHOICE_LIMIT, command=f"/{group} {command}"))]
    if listed:
        label = to.say("My gatherings") if listed == "mine" else to.say("Upcoming gatherings")
        said.append(Buttons((Button(label, Call(listed)),)))
    return said


def which_part(to: Reader, call: Call, parts: Sequence[Gathering]) -> View:
    """A title that means several parts of one series: which of them, or all."""
    said = Paragraph(line(to.say("Which part of {topic} do you mean?"), topic=strong(parts[0].title)[0]))
    buttons = [
        Button(
            to.say("Part {n}, {day}").format(n=each.part, day=clock.day(to, each.starts_at)),
            Call.of(call.name, gathering=each.id),
        )
        for each in parts
    ]
    buttons.append(Button(to.say("All parts"), Call.of(call.name, gathering=parts[0].id, only="all")))
    return View((said, Buttons(tuple(buttons))))


def _kept(call: Call) -> Call:
    """The call without the gathering; alone where what came with it, a form's fields, fits into no menu."""
    try:
        encode_menu(call, "gathering")
    except ValueError:
        return Call(call.name)
    return call.without("gathering")


def not_found(to: Reader, typed: str) -> View:
    return View(
        (
            Paragraph(line(to.say("I did not find a gathering called “{typed}”."), typed=typed[:80])),
            Buttons((Button(to.say("Upcoming gatherings"), Call("list"), Tone.NEXT),)),
        )
    )


def announcement(
    to: Reader,
    house: House,
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
    said.append(Note(line(sentence, length=clock.length(to, gathering.duration), place=gathering.place)))
    if coming is None:
        coming = [each for each in parts if not each.cancelled]
    whole = "any" if gathering.is_part else None
    buttons: list[AnyButton] = [
        register_button(to, gathering, coming, whole=True),
        Button(to.say("Details"), Call.of("details", gathering=gathering.id, only=whole)),
    ]
    if house.public_url:
        buttons.append(Visit(to.say("Open the page"), f"{house.public_url}/gatherings/{gathering.id}"))
    said.append(Buttons(tuple(buttons)))
    return View(tuple(said), public=True)

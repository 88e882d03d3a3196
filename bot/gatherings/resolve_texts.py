"""What a gathering is, said to one reader or to everybody."""

from __future__ import annotations

from collections.abc import Sequence

from bot import time_texts
from bot.gatherings.model import Gathering, Status
from bot.i18n import Locale, line, strong
from bot.request import Call, encode_menu
from bot.views import CHOICE_LIMIT, Button, Buttons, Choice, Menu, Note, Paragraph, Part, Tone, View

CHOICE_TEXT = 75
"""Characters of a choice in a menu (Slack: option text 75)."""


def nothing_planned(locale: Locale) -> View:
    return View(
        (
            Paragraph(line(locale.t("No gatherings are planned just now. New ones are announced here as they come."))),
            Buttons((Button(locale.t("Suggest a topic"), Call("suggest")),)),
        )
    )


def choice(locale: Locale, gathering: Gathering, *, series: bool = False) -> Choice:
    """One gathering in a menu. A label is plain text, so its time names the reader's zone.

    `series`: it stands for itself and the parts after it.
    """
    name = gathering.title
    if gathering.status is Status.DRAFT:
        name = locale.t("Draft: {title}").format(title=name)
    if len(name) > CHOICE_TEXT:
        name = name[: CHOICE_TEXT - 1] + "…"
    when = time_texts.long(locale, gathering.starts_at)
    if gathering.is_part:
        after = series and gathering.part < gathering.parts
        which_part = locale.t("from part {n} of {m}") if after else locale.t("part {n} of {m}")
        when = f"{which_part.format(n=gathering.part, m=gathering.parts).capitalize()} · {when}"
    return Choice(str(gathering.id), name, when[:CHOICE_TEXT])


def which(
    locale: Locale,
    gatherings: Sequence[Gathering],
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
        parts.append(Paragraph(line(locale.t("I did not find a gathering called “{typed}”."), typed=unknown[:80])))
    parts.append(
        Menu(
            locale.t("Which gathering?"),
            _kept(call),
            "gathering",
            tuple(choice(locale, gathering, series=series) for gathering in gatherings[:CHOICE_LIMIT]),
        )
    )
    if len(gatherings) > CHOICE_LIMIT:
        parts += _the_rest(locale, call, listed)
    return View(tuple(parts))


def _the_rest(locale: Locale, call: Call, listed: str) -> list[Part]:
    """How to reach what a menu does not hold."""
    command = call.name.removeprefix("host-")
    group = "htg" if command == call.name else "htg-host"
    sentence = locale.t("The menu holds the first {n}. For a later one, type a part of its title after {command}.")
    parts: list[Part] = [Note(line(sentence, n=CHOICE_LIMIT, command=f"/{group} {command}"))]
    if listed:
        label = locale.t("My gatherings") if listed == "mine" else locale.t("Upcoming gatherings")
        parts.append(Buttons((Button(label, Call(listed)),)))
    return parts


def which_part(locale: Locale, call: Call, parts: Sequence[Gathering]) -> View:
    """A title that means several parts of one series: which of them, or all."""
    question = Paragraph(line(locale.t("Which part of {topic} do you mean?"), topic=strong(parts[0].title)[0]))
    buttons = [
        Button(
            locale.t("Part {n}, {day}").format(n=part.part, day=time_texts.day(locale, part.starts_at)),
            Call.of(call.name, gathering=part.id),
        )
        for part in parts
    ]
    buttons.append(Button(locale.t("All parts"), Call.of(call.name, gathering=parts[0].id, only="all")))
    return View((question, Buttons(tuple(buttons))))


def _kept(call: Call) -> Call:
    """The call without the gathering; alone where what came with it, a form's fields, fits into no menu."""
    try:
        encode_menu(call, "gathering")
    except ValueError:
        return Call(call.name)
    return call.without("gathering")


def not_found(locale: Locale, typed: str) -> View:
    return View(
        (
            Paragraph(line(locale.t("I did not find a gathering called “{typed}”."), typed=typed[:80])),
            Buttons((Button(locale.t("Upcoming gatherings"), Call("list"), Tone.NEXT),)),
        )
    )

"""What a gathering is, said to one reader or to everybody."""

from __future__ import annotations

from collections.abc import Sequence

from bot import button_texts, time_texts
from bot.arguments import page_of
from bot.button_texts import paragraphs, which_of
from bot.gatherings.model import Gathering, Status
from bot.i18n import Locale, line
from bot.request import Call, encode_menu, fits
from bot.views import CHOICE_LIMIT, Button, Buttons, Choice, Menu, Note, Paragraph, Part, Strong, Tone, View

MORE = "…"
"""Begins what turns a menu's page. Alone it is the choice that says that there are more: it names none."""
CHOICE_TEXT = 75
"""Characters of a choice in a menu (Slack: option text 75)."""


def nothing_planned(locale: Locale) -> View:
    return paragraphs(
        line(locale.t("No gatherings are planned just now. New ones are announced here as they come.")),
        buttons=(button_texts.suggest(locale),),
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
    page: int = 1,
    typed: str = "",
) -> View:
    """Several could be meant, or none was named: the same command, one choice away.

    `series`: each choice of a part stands for the parts after it, too. `page`: of the menu, where it does not hold
    them all; `typed`: the part of a title that all of them have.
    """
    page, first = page_of(page, CHOICE_LIMIT, len(gatherings))
    shown = gatherings[first : first + CHOICE_LIMIT]
    parts: list[Part] = []
    if unknown:
        parts.append(Paragraph(line(locale.t("I did not find a gathering called “{typed}”."), typed=unknown[:80])))
    parts.append(
        Menu(
            locale.t("Which gathering?"),
            _kept(call),
            "gathering",
            tuple(choice(locale, gathering, series=series) for gathering in shown),
        )
    )
    if len(gatherings) > len(shown):
        parts.append(Note(which_of(locale, first + 1, first + len(shown), len(gatherings))))
        turned = [Button(locale.t("Earlier ones"), _turned(call, page - 1, typed))] if page > 1 else []
        if first + len(shown) < len(gatherings):
            turned.append(Button(locale.t("Later ones"), _turned(call, page + 1, typed)))
        parts.append(Buttons(tuple(turned)))
    return View(tuple(parts))


def _turned(call: Call, page: int, typed: str) -> Call:
    """The same question with another page of its menu; without what was typed, where that does not fit a button."""
    with_typed = _kept(call).filled({"gathering": f"{MORE}{page} {typed}".strip()})
    return with_typed if fits(with_typed) else _kept(call).filled({"gathering": f"{MORE}{page}"})


def which_part(locale: Locale, call: Call, parts: Sequence[Gathering]) -> View:
    """A title that means several parts of one series: which of them, or all."""
    question = Paragraph(line(locale.t("Which part of {topic} do you mean?"), topic=Strong(parts[0].title)))
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


def not_found(locale: Locale, typed: str, *ways_in: Button) -> View:
    """`ways_in`: to what is open for them meanwhile."""
    return paragraphs(
        line(locale.t("I did not find a gathering called “{typed}”."), typed=typed[:80]),
        buttons=(*ways_in, button_texts.upcoming(locale, Tone.NEXT)),
    )


def not_there(locale: Locale, number: int) -> View:
    """For facilitators. A draft has another number after each change, and the preview before keeps its buttons."""
    sentence = locale.t(
        "There is no gathering with the number {id} now. If that was on a preview, the draft was changed or discarded"
        " since; its latest preview is under Drafts."
    )
    drafts = Button(locale.t("Drafts"), Call("host-drafts"), Tone.NEXT)
    return paragraphs(line(sentence, id=number), buttons=(drafts,))

"""Sentences with buttons below them, and the buttons that many texts share: each is called the same everywhere."""

from __future__ import annotations

from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.request import Call
from bot.views import ITEM_LIMIT, AnyButton, Button, Buttons, Line, Note, Paragraph, Part, Tone, View


def paragraphs(*sentences: Line, buttons: tuple[AnyButton, ...] = ()) -> View:
    parts: list[Part] = [Paragraph(sentence) for sentence in sentences]
    return View((*parts, Buttons(buttons)) if buttons else tuple(parts))


# ---- for everybody


def upcoming(locale: Locale, tone: Tone = Tone.PLAIN) -> Button:
    return Button(locale.t("Upcoming gatherings"), Call("list"), tone)


def mine(locale: Locale, tone: Tone = Tone.PLAIN) -> Button:
    return Button(locale.t("My gatherings"), Call("mine"), tone)


def suggest(locale: Locale) -> Button:
    return Button(locale.t("Suggest a topic"), Call("suggest"))


def unregister(locale: Locale, gathering: Gathering) -> Button:
    return Button(locale.t("Unregister"), Call.of("unregister", gathering=gathering.id))


def cannot_come(locale: Locale, gathering: Gathering) -> Button:
    return Button(locale.t("I can’t come"), Call.of("unregister", gathering=gathering.id))


# ---- for facilitators


def change(locale: Locale, gathering: Gathering, tone: Tone = Tone.NEXT) -> Button:
    return Button(locale.t("Change"), Call.of("host-edit", gathering=gathering.id), tone)


def announce(locale: Locale, gathering: int | None, tone: Tone = Tone.PLAIN) -> Button:
    return Button(locale.t("Announce"), Call.of("host-announce", gathering=gathering), tone)


def doors(locale: Locale, gathering: Gathering) -> Button:
    return Button(locale.t("Doors"), Call.of("host-doors", gathering=gathering.id))


def see_doors(locale: Locale, gathering: Gathering) -> Button:
    return Button(locale.t("See the doors"), Call.of("host-doors", gathering=gathering.id))


def roster(locale: Locale, gathering: Gathering) -> Button:
    return Button(locale.t("Roster"), Call.of("host-roster", gathering=gathering.id))


def create_another(locale: Locale, tone: Tone = Tone.NEXT) -> Button:
    return Button(locale.t("Create another"), Call("host-create"), tone)


# ---- pages of a list


def pages(locale: Locale, call: Call, page: int, *, shown: int, count: int) -> list[Part]:
    """Which of a list stand on this page, and the way to the others; nothing where all do."""
    if shown >= count:
        return []
    first = (page - 1) * ITEM_LIMIT
    which = Note(which_of(locale, first + 1, first + shown, count))
    return [which, *other_pages(locale, call, page, more=first + shown < count)]


def which_of(locale: Locale, first: int, last: int, count: int) -> Line:
    """`26–31 of 31`."""
    return line(locale.t("{first}–{last} of {count}"), first=first, last=last, count=count)


def other_pages(
    locale: Locale, call: Call, page: int, *, more: bool, newest_first: bool = False
) -> tuple[Buttons, ...]:
    """The way to the pages before and after this one; nothing where there are none."""
    buttons = page_buttons(locale, call, page, more=more, newest_first=newest_first)
    return (Buttons(tuple(buttons)),) if buttons else ()


def page_buttons(locale: Locale, call: Call, page: int, *, more: bool, newest_first: bool = False) -> list[AnyButton]:
    before, after = (
        (locale.t("Newer ones"), locale.t("Older ones"))
        if newest_first
        else (locale.t("Earlier ones"), locale.t("Later ones"))
    )
    buttons: list[AnyButton] = []
    if page > 1:
        buttons.append(Button(before, call.filled({"page": str(page - 1)})))
    if more:
        buttons.append(Button(after, call.filled({"page": str(page + 1)})))
    return buttons

"""Texts of a move that somebody would be told of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import button_texts, time_texts
from bot.editing.move import Move
from bot.gatherings import replies
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.views import Button, Buttons, Item, Line, Note, Paragraph, Part, Strong, Text, Tone, View


def ask(
    locale: Locale,
    gathering: Gathering,
    move: Move,
    told: int,
    now: datetime,
    *,
    saved: bool = False,
    again: bool = False,
) -> View:
    """From – to of each part that moves, and how many would be told. `saved`: what else was changed is kept already;
    `again`: somebody changed the gathering since it was asked.
    """
    view_parts: list[Part] = []
    if again:
        view_parts.append(Paragraph(line(changed_meanwhile(locale))))
    view_parts.append(Item(lines(locale, move.moved(), now)))
    sentence = locale.plural(
        "{n} person will be told. Nobody has been told yet.", "{n} people will be told. Nobody has been told yet.", told
    )
    view_parts.append(Paragraph(line(sentence)))
    if saved:
        view_parts.append(Note(line(locale.t("What else you changed is saved."))))
    tell = Button(locale.t("Tell them"), move.call("host-move", gathering), Tone.NEXT)
    change = Button(locale.t("Change"), move.call("host-edit", gathering))
    return View((*view_parts, Buttons((tell, change))))


def changed_meanwhile(locale: Locale) -> str:
    return locale.t("This gathering was changed meanwhile. As it is now:")


def lines(locale: Locale, moved: Sequence[tuple[Gathering, datetime, str]], now: datetime) -> tuple[Line, ...]:
    """Of each part as it was, its new start and its zone: from – to, in full, and as its reader's clocks show it."""
    said: list[Line] = []
    for part, start, zone in moved:
        said.append(_line(locale, part, start, zone, now))
        if zone != locale.zone:
            before, after = (time_texts.in_full(locale, at, locale.zone) for at in (part.starts_at, start))
            said.append(line(locale.t("For you: from {before} to {after}."), before=before, after=after))
    return tuple(said)


def _line(locale: Locale, part: Gathering, start: datetime, zone: str, now: datetime) -> Line:
    sentence = locale.t("{topic}: from {before} to {after}, {left}.")
    return line(
        sentence,
        topic=Text(gathering_texts.named(locale, part)),
        before=Text(time_texts.in_full(locale, part.starts_at, zone)),
        after=Strong(time_texts.in_full(locale, start, zone)),
        left=time_texts.left(locale, start - now),
    )


def fits_no_more(locale: Locale, gathering: Gathering) -> View:
    """A part was added or is over, or the new time has passed by now."""
    sentence = locale.t("{topic} can no longer be moved like that. Nobody has been told.")
    return replies.short(locale, gathering, sentence, button_texts.change(locale, gathering))


def stands(locale: Locale, gathering: Gathering) -> View:
    """The button was pressed once more."""
    sentence = locale.t("{topic} is at that time already. Nobody is told again.")
    return replies.short(locale, gathering, sentence, button_texts.see_doors(locale, gathering))

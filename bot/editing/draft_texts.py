"""Drafts in one place: to go on with, or to discard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.dispatcher_texts import page_buttons, paragraphs
from bot.gatherings import texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.request import Call
from bot.views import Button, Buttons, Heading, Item, Part, Text, Tone, View


def drafts(locale: Locale, gatherings: Sequence[Gathering], page: int, now: datetime, *, more: bool) -> View:
    """One page; of a series its first part."""
    create = Button(locale.t("Create one"), Call("host-create"), Tone.NEXT)
    if not gatherings:
        return paragraphs(line(locale.t("There are no drafts.")), buttons=(create,))
    parts: list[Part] = [Heading(locale.t("Drafts"))]
    for gathering in gatherings:
        lines = [texts.title(locale, gathering), (texts.moment(gathering),)]
        if gathering.starts_at <= now:
            lines.append((Text(locale.t("This time has passed.")),))
        preview = Button(locale.t("Preview"), Call.of("host-drafts", gathering=gathering.id))
        discard = Button(locale.t("Discard"), Call.of("host-discard", gathering=gathering.id))
        parts.append(Item(tuple(lines), (preview, discard)))
    turn = page_buttons(locale, Call("host-drafts"), page, more=more)
    return View((*parts, Buttons(tuple(turn)))) if turn else View(tuple(parts))

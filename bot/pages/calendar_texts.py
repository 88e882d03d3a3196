"""The texts of calendar entries."""

from __future__ import annotations

from bot import time_texts
from bot.gatherings import door_texts
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.pages.texts import plain_text


def calendar_text(locale: Locale, gathering: Gathering, *, personal: bool, has_link: bool) -> str:
    """The description of a calendar entry: what members may know, and how the doors work; never a link."""
    lines = [gathering.description] if gathering.description else []
    if gathering.facilitators:
        lines.append(plain_text(gathering_texts.with_facilitators(locale, gathering)))
    if gathering.cancelled:
        lines.append(locale.t("Cancelled."))
        return "\n\n".join(lines)
    if gathering.moved_from is not None:
        # With its year: an entry is read whenever somebody opens their calendar.
        before = time_texts.in_full(locale, gathering.moved_from, gathering.zone)
        lines.insert(0, locale.t("It has moved. Before, it was to begin {before}.").format(before=before))
    lines += [
        plain_text(door_texts.door_rule(locale, gathering).spans),
        plain_text(gathering_texts.terms(locale, gathering).spans),
    ]
    if personal and not has_link:
        lines.append(locale.t("To come in, press Join in your reminder, or type /htg join."))
    elif personal:
        lines.append(locale.t("Your private link to the door is the address of this entry; please do not pass it on."))
    return "\n\n".join(lines)

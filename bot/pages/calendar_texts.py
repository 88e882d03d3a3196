"""What is read on the web: the events page and the door. Templates put it in place and add no word of their own."""

from __future__ import annotations

from bot.config import Config
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.pages.texts import _plain


def calendar_name(house: Config) -> str:
    return house.organisation


def calendar_summary(to: Locale, gathering: Gathering) -> str:
    return gathering_texts.named(to, gathering)


def calendar_text(to: Locale, gathering: Gathering, *, personal: bool) -> str:
    """The description of a calendar entry: what members may know, and how the doors work; never a link."""
    lines = [gathering.description] if gathering.description else []
    if gathering.facilitators:
        lines.append(_plain(gathering_texts.held_by(to, gathering)))
    if gathering.cancelled:
        lines.append(to.say("Cancelled."))
        return "\n\n".join(lines)
    lines += [
        _plain(gathering_texts.door_rule(to, gathering).spans),
        _plain(gathering_texts.terms(to, gathering).spans),
    ]
    if personal:
        lines.append(to.say("Your private link to the door is the address of this entry; please do not pass it on."))
    return "\n\n".join(lines)

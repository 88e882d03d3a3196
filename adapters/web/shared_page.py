"""A page that many get within a minute, the same for all but for their own links: rendered once, and then filled in."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

from markupsafe import escape

from adapters.html.spans import web_address
from bot.limited import LimitedDict
from bot.secrets import JoinLink
from bot.views import AnyButton, Buttons, Item, Part, SecretLinkButton, View

SHARED_PAGES = 32
"""Kept at once; the oldest is dropped first."""
_MARK = secrets.token_hex(16)
"""By chance, so that nobody can write it into a page."""
_SLOT = re.compile(rf"(?:https://)?{_MARK}-(\d+)-")


def slot(number: int) -> str:
    """What stands in a page for the value of this number."""
    return f"{_MARK}-{number}-"


def with_slots(view: View, first: int) -> tuple[View, list[str]]:
    """The view with a slot from this number on for each of its reader's own links; and those links."""
    links: list[str] = []

    def button(each: AnyButton) -> AnyButton:
        if not (isinstance(each, SecretLinkButton) and isinstance(each.link, JoinLink)):
            return each
        links.append(web_address(each.link.reveal()))
        return replace(each, link=JoinLink(f"https://{slot(first + len(links) - 1)}"))

    def part(each: Part) -> Part:
        return replace(each, buttons=tuple(map(button, each.buttons))) if isinstance(each, Buttons | Item) else each

    return replace(view, parts=tuple(map(part, view.parts))), links


class SharedPages:
    def __init__(self) -> None:
        self._pages = LimitedDict[Hashable, list[str]](SHARED_PAGES)

    def filled(self, same: Hashable, render: Callable[[], str], values: Sequence[str]) -> str:
        """The page that `render` makes with slots, kept for all whose page is the `same`, with these values."""
        pieces = self._pages.get(same)
        if pieces is None:
            pieces = self._pages[same] = _SLOT.split(render())
        filled = list(pieces)
        filled[1::2] = [str(escape(values[int(number)])) for number in pieces[1::2]]
        return "".join(filled)

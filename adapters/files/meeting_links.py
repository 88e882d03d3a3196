"""Finds the URLs in a text, and ranks them by how likely each is the link to the meeting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from bot.redaction.detect import holds_room

_ADDRESS = re.compile(
    r"(?:https?://|\b(?:[\w-]{1,63}\.){0,4}zoom(?:gov)?\.(?:us|com)/)[^\s<>\"'\\]{1,2000}", re.IGNORECASE
)
_JOINS = re.compile(r"zoom[^/?#]{0,50}/(?:j|w|s|my|wc|join)/", re.IGNORECASE)

ZOOM, ROOM, OTHER = range(3)
"""Ranks of links: Zoom, another meeting service, any other URL."""


def rank(address: str) -> int:
    if _JOINS.search(address):
        return ZOOM
    return ROOM if holds_room(address) else OTHER


def urls_in(text: str) -> Iterator[str]:
    """URLs in a text; of a redirect by a mail program, its target."""
    for matched in _ADDRESS.finditer(text):
        address = matched[0].rstrip(".,;:)]>")
        if not address.lower().startswith("http"):
            address = f"https://{address}"
        yield _redirect_target(address) or address


def _redirect_target(address: str) -> str | None:
    """The meeting link in a redirect: https://www.google.com/url?q=https%3A%2F%2Fzoom.us%2Fj%2F1."""
    try:
        values = [value for _, value in parse_qsl(urlsplit(address).query)]
    except ValueError:
        return None
    return next((value for value in values if value.startswith("https://") and holds_room(value)), None)

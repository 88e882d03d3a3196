"""Finds the URLs in a text, and ranks them by how likely each is the link to the meeting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.redaction.detect import holds_room
from bot.redaction.link_guards import unwrapped
from bot.redaction.rooms import room_named
from bot.secrets import misdirected

_ADDRESS = re.compile(
    r"(?:https?://|\b(?:[\w-]{1,63}\.){0,4}zoom(?:gov)?\.(?:us|com)/)[^\s<>\"'\\]{1,2000}", re.IGNORECASE
)
_INVITES = re.compile(r"zoom[^/?#]{0,50}/j/", re.IGNORECASE)
_JOINS = re.compile(r"zoom[^/?#]{0,50}/(?:w|my|wc|join)/", re.IGNORECASE)

_DIALS = re.compile(r"https?://tel\.meet/", re.IGNORECASE)

INVITES, ZOOM, ROOM, START, OTHER, PAGE = range(6)
"""Ranks of links: what Zoom gives out for everybody, its other ways in, another meeting service, the host's own link at
Zoom (better refused than something else taken), any other URL, a page at Zoom that is no meeting or one of telephone
numbers.
"""


def rank(address: str) -> int:
    if wrong := misdirected(address):
        return START if wrong == "start" else PAGE
    if _DIALS.match(address):
        return PAGE
    if _INVITES.search(address):
        return INVITES
    if _JOINS.search(address):
        return ZOOM
    return ROOM if holds_room(address) else OTHER


def lead_to_several_rooms(addresses: Iterable[str]) -> bool:
    return len({room_named(address) for address in addresses if rank(address) <= ROOM}) > 1


def urls_in(text: str) -> Iterator[str]:
    """URLs in a text; of a redirect by a mail program, its target."""
    for matched in _ADDRESS.finditer(text):
        address = matched[0].rstrip(".,;:)]>")
        if not address.lower().startswith("http"):
            address = f"https://{address}"
        yield unwrapped(address)

"""What may become public: texts that give away a way in are refused, and those kept from before are made safe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from bot.gatherings import Gathering
from bot.ports import Books
from bot.secrets import ZoomLink
from bot.way_in import gives_away, without_rooms


def leaks(books: Books, gatherings: Sequence[Gathering]) -> bool:
    """Whether a text of any of these gives away a room, or this very gathering's link, number or passcode."""
    return any(
        gives_away(text, books.zoom_link(gathering.id))
        for gathering in gatherings
        for text in (gathering.title, gathering.description, gathering.facilitators)
    )


def place(books: Books, gathering: Gathering) -> str:
    """Where it meets, as sentences and buttons name it: Zoom, or the host of its link."""
    link = books.zoom_link(gathering.id)
    return link.place if link is not None else "Zoom"


def public(books: Books, gatherings: Iterable[Gathering]) -> list[Gathering]:
    """As others may read them. What is refused today may have been kept before, or have a newer link."""
    several = list(gatherings)
    links = books.zoom_links([gathering.id for gathering in several])
    return [_safe(gathering, links.get(gathering.id)) for gathering in several]


def _safe(gathering: Gathering, link: ZoomLink | None) -> Gathering:
    return replace(
        gathering,
        title=_safe_text(gathering.title, link),
        description=_safe_text(gathering.description, link),
        facilitators=_safe_text(gathering.facilitators, link),
        note=_safe_text(gathering.note, link),
    )


@lru_cache(maxsize=4096)
def _safe_text(text: str, link: ZoomLink | None) -> str:
    return without_rooms(text, link)

"""What may become public: new texts that give away a link are refused, stored ones are made safe."""

from __future__ import annotations

from collections.abc import Sequence

from bot.gatherings.model import Gathering
from bot.redaction.detect import gives_away, without_rooms
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork


def leaks(uow: UnitOfWork, gatherings: Sequence[Gathering]) -> bool:
    """Whether a text of any of these gave away a room, or gives away a link, number or passcode of any of them."""
    if any(gathering.withheld for gathering in gatherings):
        return True
    links = list(uow.gatherings.zoom_links([gathering.id for gathering in gatherings]).values())
    return any(
        gives_away(text, *links)
        for gathering in gatherings
        for text in dict.fromkeys((gathering.title, gathering.description, gathering.facilitators))
    )


def safe(texts: Sequence[str], link: ZoomLink | None) -> tuple[str, ...]:
    """As others may read them: what is refused today may have been kept before, or have a newer link.

    Storage sends every text of a gathering through here as it reads one, so that no list, letter, page or feed can
    forget to.
    """
    return tuple(without_rooms(text, link) if text else "" for text in texts)

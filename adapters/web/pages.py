"""The pages: words put in their place. Knows no request and no database."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from adapters.web import show
from bot.gatherings import Gathering
from bot.house import LANGUAGES, House
from bot.words import pages as words
from bot.words.reader import Reader

STATIC = Path(__file__).parent / "static"

_templates = Environment(
    loader=PackageLoader("adapters.web"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Doorway:
    """A platform where people register, and an address that opens it there; empty where none is known."""

    platform: str
    url: str = ""


class Pages:
    """One page for each method, as HTML. A reader without a zone sees times in the gathering's own, named."""

    def __init__(self, house: House, doorways: Sequence[Doorway] = ()) -> None:
        self._house, self._doorways = house, tuple(doorways)
        self._last_inside: tuple[object, str] = (None, "")
        self._frames = {language: words.frame(Reader(language), house) for language in LANGUAGES}

    def events(self, to: Reader, found: Sequence[Sequence[Gathering]]) -> str:
        return self._page("events.html", to, page=words.events(to, self._house, found), path="/")

    def gathering(self, to: Reader, parts: Sequence[Gathering], shown: Gathering, now: datetime) -> str:
        names = [each.platform for each in self._doorways]
        page = words.gathering_page(to, self._house, parts, names, now)
        ways = [
            (page.enter_label.format(platform=each.platform), each.url)
            for each in self._doorways
            if each.url and not page.over
        ]
        return self._page("gathering.html", to, page=page, ways=ways, path=f"/gatherings/{shown.id}")

    def door(self, to: Reader, page: words.DoorPage, now: datetime) -> str:
        """As it stands. `left`: whole seconds to the opening, after which the page looks again by itself."""
        left = max(0, math.ceil((page.opens_at - now).total_seconds())) if page.opens_at else 0
        return self._page("door.html", to, page=page, left=left)

    def inside(self, to: Reader, page: words.InsidePage) -> str:
        # In a rush on one room it is the same page over and over.
        if self._last_inside[0] != (to, page):
            self._last_inside = ((to, page), self._page("inside.html", to, page=page))
        return self._last_inside[1]

    def notice(self, to: Reader, about: int | str, reference: str = "") -> str:
        said = words.reference(to, reference) if reference else ""
        return self._page("notice.html", to, page=words.notice(to, about), reference=said)

    def _page(self, template: str, to: Reader, *, path: str = "", **more: object) -> str:
        base = (self._house.public_url or "").rstrip("/")
        return _templates.get_template(template).render(
            frame=self._frames[to.language],
            address=base + path if base and path else "",
            public=bool(path),
            spans=lambda found: show.spans(to, found),
            paragraphs=show.paragraphs,
            machine=show.machine,
            static=static,
            **more,
        )


@lru_cache
def static(name: str) -> str:
    """The address of a file of ours, which changes with its content, so that it can be kept for good."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"

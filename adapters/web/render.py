"""Renders pages as HTML from the texts of the core. Knows neither requests nor the database."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from adapters.html.spans import SpanRenderer, iso_seconds, paragraphs
from adapters.html.templates import environment
from bot.config import LANGUAGES, Config
from bot.gatherings.model import Gathering, series_of
from bot.i18n import Locale
from bot.pages import texts as page_texts

STATIC = Path(__file__).parent / "static"

_templates = environment("adapters.web")


@dataclass(frozen=True, slots=True)
class RegistrationLink:
    """A platform where people register. `url` opens it there; empty where none is known."""

    platform: str
    url: str = ""


class PageRenderer:
    """One page for each method. For a reader without a zone, times are in the gathering's own, which is named."""

    def __init__(self, config: Config, registration_links: Sequence[RegistrationLink] = ()) -> None:
        self._config, self._registration_links = config, tuple(registration_links)
        self._last_inside: tuple[object, str] = (None, "")
        self._frames = {language: page_texts.frame(Locale(language), config) for language in LANGUAGES}

    def events(self, locale: Locale, shown: Sequence[Gathering], *, more: bool = False) -> str:
        page = page_texts.events(locale, self._config, series_of(shown), shown=len(shown), more=more)
        return self._page("events.html", locale, page=page, path="/")

    def gathering(self, locale: Locale, parts: Sequence[Gathering], shown: Gathering, now: datetime) -> str:
        platforms = [link.platform for link in self._registration_links]
        page = page_texts.gathering_page(locale, self._config, parts, platforms, now)
        links = [
            (page.enter_label.format(platform=link.platform), link.url)
            for link in self._registration_links
            if link.url and not page.over
        ]
        return self._page("gathering.html", locale, page=page, links=links, path=f"/gatherings/{shown.id}")

    def door(self, locale: Locale, page: page_texts.DoorPage, now: datetime) -> str:
        """`left`: whole seconds until the doors open, after which the page reloads by itself."""
        left = max(0, math.ceil((page.opens_at - now).total_seconds())) if page.opens_at else 0
        return self._page("door.html", locale, page=page, left=left)

    def inside(self, locale: Locale, page: page_texts.InsidePage) -> str:
        # Many people who enter the same gathering get the same page, one after the other.
        if self._last_inside[0] != (locale, page):
            self._last_inside = ((locale, page), self._page("inside.html", locale, page=page))
        return self._last_inside[1]

    def notice(self, locale: Locale, about: int | str, reference: str = "") -> str:
        text = page_texts.reference(locale, reference) if reference else ""
        return self._page("notice.html", locale, page=page_texts.notice(locale, about), reference=text)

    def _page(self, template: str, locale: Locale, *, path: str = "", **context: object) -> str:
        base = (self._config.public_url or "").rstrip("/")
        return _templates.get_template(template).render(
            frame=self._frames[locale.language],
            address=base + path if base and path else "",
            public=bool(path),
            spans=SpanRenderer(locale, local_times=True).render,
            paragraphs=paragraphs,
            iso_time=iso_seconds,
            static=static_url,
            **context,
        )


@lru_cache
def static_url(name: str) -> str:
    """The URL of a static file, which changes with its content, so that it can be cached for good."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"

"""Renders pages as HTML from the texts of the core. Knows neither requests nor the database."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from adapters.html.forms import render_form
from adapters.html.render import render_view
from adapters.html.spans import SpanRenderer, iso_seconds, paragraphs
from adapters.html.templates import environment
from adapters.web import structured
from adapters.web.shared_page import SharedPages, slot, with_slots
from bot.accounts import texts as account_texts
from bot.config import LANGUAGES, Config
from bot.dispatcher import Response
from bot.gatherings.model import Gathering, series_of
from bot.i18n import Locale
from bot.pages import notice_texts, personal_texts, public_texts
from bot.pages import texts as page_texts
from bot.pages.personal_texts import SignupForm
from bot.pages.shown_gathering import ShownGathering
from bot.request import Call, encode
from bot.views import Form, View

STATIC = Path(__file__).parent / "static"

_templates = environment("adapters.web")


@dataclass(frozen=True, slots=True)
class RegistrationLink:
    """A platform where people register. `url` opens it there; empty where none is known.

    `invite` lets somebody in who is not there yet.
    """

    platform: str
    url: str = ""
    invite: str = ""


class PageRenderer:
    """One page for each method. For a reader without a zone, times are in the gathering's own, which is named."""

    def __init__(
        self, config: Config, registration_links: Sequence[RegistrationLink] = (), *, by_mail: bool = False
    ) -> None:
        """`by_mail`: letters can be sent, so that everybody can register here."""
        self._config, self._registration_links, self._by_mail = config, tuple(registration_links), by_mail
        self._last_inside: tuple[object, str] = (None, "")
        self._shared = SharedPages()
        self._base = config.public_url
        self._webcal = f"{self._base.replace('https://', 'webcal://', 1)}/gatherings.ics" if self._base else ""
        self._frames = {language: page_texts.frame(Locale(language), config) for language in LANGUAGES}

    def events(self, locale: Locale, shown: Sequence[Gathering], now: datetime, *, more: bool = False) -> str:
        page = public_texts.events(
            locale, self._config, series_of(shown), now, shown=len(shown), more=more, by_mail=self._by_mail
        )
        invites = [
            (page.invite_label.format(platform=link.platform), link.invite)
            for link in self._registration_links
            if link.invite
        ]
        data = structured.events(self._config, shown, now)
        return self._page(
            "events.html",
            locale,
            page=page,
            invites=invites,
            webcal=self._webcal,
            data=data,
            path="/",
            picture="/picture.png",
        )

    def embedded(self, locale: Locale, shown: Sequence[Gathering], now: datetime) -> str:
        """The upcoming gatherings alone, for a frame on another site; whatever is pressed opens beside that."""
        page = public_texts.events(locale, self._config, series_of(shown), now)
        return self._page("embed.html", locale, page=page, path="/embed")

    def gathering(
        self,
        locale: Locale,
        parts: Sequence[Gathering],
        coming: Sequence[Gathering],
        shown: Gathering,
        now: datetime,
        form: SignupForm | None = None,
        following: Gathering | None = None,
    ) -> str:
        """`coming`: of the parts, those that can be registered for. `form`: as it was filled in, where it comes back
        with errors. `following`: the next gathering."""
        platforms = [link.platform for link in self._registration_links]
        page = public_texts.gathering_page(
            locale, self._config, parts, coming, shown, platforms, now, by_mail=self._by_mail, following=following
        )
        if form is None and self._by_mail and coming:
            form = personal_texts.signup_form(locale, coming)
        links = [
            (page.enter_label.format(platform=link.platform), link.url)
            for link in self._registration_links
            if link.url and not page.over
        ]
        address = f"{self._base}/gatherings/{shown.id}" if self._base else ""
        return self._page(
            "gathering.html",
            locale,
            page=page,
            links=links,
            form=form,
            id=shown.id,
            webcal=self._webcal,
            data=structured.event(self._config, shown, now),
            code=_code(address) if address else "",
            path=f"/gatherings/{shown.id}",
            picture=f"/gatherings/{shown.id}/picture.png",
        )

    def door(
        self,
        locale: Locale,
        page: page_texts.DoorPage,
        now: datetime,
        *,
        calendar: str = "",
        start_path: str = "",
        path: str = "",
    ) -> str:
        """`calendar`: the address of their own feed. `path`: of the door, where it answers to another address."""
        # Whole seconds, after which the page reloads by itself.
        left = max(0, math.ceil((page.opens_at - now).total_seconds())) if page.opens_at else 0
        return self._page(
            "door.html",
            locale,
            page=page,
            left=left,
            calendar=calendar,
            cannot_come=page_texts.CANNOT_COME,
            start_path=start_path,
            kept_path=path,
        )

    def inside(self, locale: Locale, page: page_texts.InsidePage) -> str:
        # Many people who enter the same gathering get the same page, one after the other.
        if self._last_inside[0] != (locale, page):
            self._last_inside = ((locale, page), self._page("inside.html", locale, page=page, kept_path=""))
        return self._last_inside[1]

    def message(self, locale: Locale, page: page_texts.MessagePage, path: str = "/") -> str:
        """`path`: what going back to it shows."""
        return self._page("message.html", locale, page=page, kept_path=path)

    def confirm(self, locale: Locale, page: personal_texts.ConfirmPage) -> str:
        return self._page("confirm.html", locale, page=page)

    def personal(
        self,
        response: Response,
        path: str,
        *,
        key: str,
        press: Call | None = None,
        about: ShownGathering | None = None,
        with_code: bool = False,
    ) -> str:
        """An answer on the personal page at `path`. `press`: what a letter's button asks for; it is `about` this.

        `with_code`: beneath it, where a code from another platform is typed.
        """
        locale, answer = response.locale, response.answer
        spans = _spans(locale)
        form = answer if isinstance(answer, Form) else None
        code = personal_texts.code_form(locale) if with_code else None
        return self._page(
            "personal.html",
            locale,
            page=personal_texts.personal_page(locale),
            path_of_page=path,
            key=key,
            press=_press(locale, press, about) if press is not None else None,
            answer=render_view(answer, spans, "answer") if isinstance(answer, View) else "",
            forms=[(each, encode(each.call), render_form(each, locale)) for each in (form, code) if each is not None],
            button_id=personal_texts.button_id,
        )

    def confirmed(self, response: Response, path: str, *, key: str) -> str:
        """`personal` for those whom one gathering's letters bring here within minutes: each costs little."""
        answer = response.answer
        if not isinstance(answer, View) or answer.leads_into_room:
            return self.personal(response, path, key=key)
        view, links = with_slots(answer, 2)
        shared = Response(view, response.locale)
        return self._shared.filled(shared, lambda: self.personal(shared, slot(0), key=slot(1)), [path, key, *links])

    def privacy(self, locale: Locale) -> str:
        view = account_texts.notice(locale, self._config)
        body = render_view(view, SpanRenderer(locale), "privacy")
        page = public_texts.privacy_page(locale, self._config)
        return self._page("privacy.html", locale, page=page, body=body, path="/privacy")

    def start(self, locale: Locale, page: page_texts.InsidePage, door: str) -> str:
        """As `inside`, for who hosts: it is not kept for the next reader. `door`: the path of their door."""
        return self._page("inside.html", locale, page=page, kept_path=door)

    def notice(
        self, locale: Locale, about: int | str, reference: str = "", *, again: bool = False, back: bool = False
    ) -> str:
        """`again`: the page asks for itself once more in some seconds. `back`: it leads to what is at its address."""
        text = notice_texts.reference(locale, reference) if reference else ""
        page = notice_texts.notice(locale, about, back=back)
        return self._page("notice.html", locale, page=page, reference=text, again=again)

    def lapsed_confirm_link(self, locale: Locale) -> str:
        return self._page(
            "notice.html",
            locale,
            page=personal_texts.lapsed_confirm_link(locale),
            reference="",
            again=False,
            back=False,
        )

    def _page(self, template: str, locale: Locale, *, path: str = "", picture: str = "", **context: object) -> str:
        """`path`: of a public page; `picture`: that of what is shown beside its address, where it is shared."""
        return _templates.get_template(template).render(
            frame=self._frames[locale.language],
            address=self._base + path if self._base and path else "",
            picture=self._base + picture if self._base and picture else "",
            public=bool(path),
            spans=_spans(locale).render,
            paragraphs=paragraphs,
            iso_time=iso_seconds,
            json=json.dumps,
            static=static_url,
            Markup=Markup,
            **context,
        )


def _press(locale: Locale, call: Call, about: ShownGathering | None) -> personal_texts.PressPage:
    gathering, coming = (about.gathering, about.coming) if about is not None else (None, [])
    return personal_texts.press_page(locale, call, gathering, coming)


def _spans(locale: Locale) -> SpanRenderer:
    return SpanRenderer(locale, names_zone=True, local_times=not locale.zone_chosen)


@lru_cache(maxsize=256)
def _code(address: str) -> Markup:
    """A QR code of a public address, to be printed."""
    import segno  # slow to import, and needed by few processes

    return Markup(segno.make(address, error="m").svg_inline(scale=4, border=2, omitsize=True))  # noqa: S704 - ours


@lru_cache
def static_url(name: str) -> str:
    """The URL of a static file, which changes with its content, so that it can be cached for good."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"

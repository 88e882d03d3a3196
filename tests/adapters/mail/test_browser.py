"""Letters as a mailbox in a browser shows them: in either light, on a narrow phone, enlarged, and without pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, Request

from adapters.mail.render import words
from adapters.web.tokens import PersonalLinks
from bot.i18n import Locale
from bot.notifications import letter_texts, texts
from bot.registrations import texts as registration_texts
from bot.secrets import JoinLink, LinkKey, UnsubscribeLink
from bot.signups import texts as signup_texts
from bot.signups.letters import as_letter
from bot.views import View
from tests.browser import complaints, in_session
from tests.samples.values import FULL, a_registration, the_longest

pytestmark = in_session
START = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
HOUSE = replace(FULL, links=PersonalLinks(["k" * 40], "https://gatherings.example"))
ENDS = UnsubscribeLink("https://gatherings.example/me/3-abc?do=quiet")


def letters(locale: Locale) -> Iterator[View]:
    """Those with the longest words that there are."""
    gathering = replace(the_longest(), starts_at=START)
    registration, before = a_registration(gathering), START - timedelta(days=1)
    views = [
        texts.reminder(locale, HOUSE, gathering, registration, START - timedelta(hours=1)),
        texts.moved(locale, HOUSE, gathering, registration),
        registration_texts.registered(
            locale, HOUSE, gathering, [gathering], registration, calendar=LinkKey(1, "n"), now=before
        ),
    ]
    for view in views:
        yield as_letter(HOUSE, LinkKey(3, "abc"), locale, view).with_parts(*letter_texts.foot(locale, HOUSE, ENDS))
    yield signup_texts.letter(locale, HOUSE, gathering, JoinLink("https://gatherings.example/confirm/1-a"), now=START)


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("es", "dark")])
async def test_a_letter_reads_well(browser: Browser, language: str, scheme: Literal["light", "dark"]) -> None:
    for width in (320, 700):
        context = await browser.new_context(
            viewport={"width": width, "height": 640}, color_scheme=scheme, offline=True, bypass_csp=True
        )
        page = await context.new_page()
        asked: list[str] = []
        page.on("request", _listening(asked))
        for view in letters(Locale(language, "Europe/Madrid")):
            await page.set_content(words(view, Locale(language, "Europe/Madrid")).html)
            # The mailbox that shows it has a heading of its own for it: the subject.
            assert [said for said in await complaints(page) if not said.startswith("page-has-heading-one")] == []
            assert await _overflow(page) <= 0
            sizes = await page.evaluate("[...document.querySelectorAll('.row a')].map(a => a.offsetHeight)")
            assert min(sizes) >= 24, "large enough for a finger (WCAG 2.5.8)"
        assert asked == [], "a letter fetches nothing"
        await context.close()


async def test_twice_as_large_it_still_fits(browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 640, "height": 640})
    for view in letters(Locale("es", "Europe/Madrid")):
        await page.set_content(words(view, Locale("es", "Europe/Madrid")).html)
        await page.add_style_tag(content=".letter { font-size: 36px !important; }")
        assert await _overflow(page) <= 0


async def test_in_colours_that_the_reader_forces_the_buttons_have_an_edge(browser: Browser) -> None:
    context = await browser.new_context(forced_colors="active")
    page = await context.new_page()
    view = next(letters(Locale("en", "Europe/Madrid")))
    await page.set_content(words(view, Locale("en", "Europe/Madrid")).html)
    widths = await page.evaluate(
        "[...document.querySelectorAll('.row a')].map(a => getComputedStyle(a).borderTopWidth)"
    )
    assert set(widths) == {"1px"}
    await context.close()


def _listening(asked: list[str]) -> Callable[[Request], None]:
    return lambda request: asked.append(request.url)


async def _overflow(page: Page) -> int:
    await asyncio.sleep(0)
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

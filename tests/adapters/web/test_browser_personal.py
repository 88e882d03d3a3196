"""Registering by e-mail and the personal page in a real browser: by keyboard, on a phone, without JavaScript."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, expect

from storage.engine.open import OpenStorage
from tests.adapters.web.house import House, a_house
from tests.adapters.web.test_browser import browser, database_kind, looking  # noqa: F401 - fixtures

AXE = Axe.from_file(Path(__file__).parents[1] / "sandbox" / "axe-4.14.1.min.js")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SMALL_TARGETS = """[...document.querySelectorAll('a.button, button, .row a, input:not([type=hidden]), select')]
    .filter((each) => each.checkVisibility() && !each.closest('.trap') && each.type !== 'checkbox')
    .filter((each) => each.getBoundingClientRect().height < 44).map((each) => each.outerHTML)"""


@pytest.fixture
async def house(storage: OpenStorage) -> AsyncIterator[House]:
    async with a_house(storage) as opened:
        yield opened


async def is_sound(page: Page, width: int) -> None:
    found = (await AXE.run(page, options=RULES)).response
    assert found["passes"], "axe looked at nothing"
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert await page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1000])
async def test_every_page_on_the_way_is_sound(
    browser: Browser,  # noqa: F811
    house: House,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    gathering = await house.gathering(description="An evening to be heard.")
    await house.series("Living with illness", [house.clock.now().replace(month=12, day=day) for day in (10, 17, 24)])
    await house.sign_up(gathering.id)
    await house.delivered()
    confirm, page_path = house.mailbox.link("Yes, register me"), await house.personal()
    paths = [f"/gatherings/{gathering.id}", "/privacy", "/embed", confirm, page_path, page_path + "?do=quiet"]
    for path in paths:
        async with looking(browser, house, path, scheme=scheme, width=width) as page:
            await is_sound(page, width)
    async with looking(browser, house, page_path, scheme=scheme, width=width) as page:
        for way in ("Upcoming gatherings", "My settings", "Suggest a topic", "My connections", "What is kept about me"):
            await page.get_by_role("navigation").get_by_role("button", name=way).click()
            await is_sound(page, width)


async def test_by_keyboard_alone_from_the_form_to_the_page(browser: Browser, house: House) -> None:  # noqa: F811
    gathering = await house.gathering()
    async with looking(browser, house, f"/gatherings/{gathering.id}") as page:
        await page.get_by_label("First name").focus()
        await page.keyboard.type("Ada")
        await page.keyboard.press("Tab")
        await page.keyboard.type("ada@example.org")
        assert await page.locator("#signup-zone").input_value() == "America/New_York"
        await expect(page.locator("#signup-zone-field")).to_be_hidden()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Send me the letter")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Please check your mail")).to_be_visible()
    assert await house.delivered() == 1
    async with looking(browser, house, house.mailbox.link("Yes, register me")) as page:
        await page.get_by_role("button", name="Yes, register me").press("Enter")
        await expect(page.locator("#answer")).to_contain_text("You are registered for Grief and Gratitude")
        await expect(page.locator("#answer")).to_contain_text("12:00 PM (New York time)")
        assert "/me/" in page.url, "the address to keep is that of the page"
        await page.reload()
        await expect(page.locator("#answer")).to_contain_text("My gatherings")
        await page.get_by_role("button", name="Unregister").click()
        await expect(page.locator("#answer")).to_contain_text("You are no longer registered")
        await expect(page.locator("#answer")).to_be_focused()
    assert await house.registered(gathering.id) == []


async def test_without_a_script_the_zone_is_asked_for(browser: Browser, house: House) -> None:  # noqa: F811
    gathering = await house.gathering()
    path = f"/gatherings/{gathering.id}"
    async with looking(browser, house, path, java_script_enabled=False) as page:
        await page.get_by_label("First name").fill("Ada")
        await page.get_by_label("E-mail", exact=True).fill("ada@example.org")
        await page.get_by_label("Your city or time zone").fill("Lima")
        await page.get_by_role("button", name="Send me the letter").click()
        await expect(page.get_by_role("heading", name="Please check your mail")).to_be_visible()
    await house.delivered()
    async with looking(browser, house, house.mailbox.link("Yes, register me"), java_script_enabled=False) as page:
        await expect(page.locator(".threshold")).to_contain_text("12:00 (Lima time)")
        await page.get_by_role("button", name="Yes, register me").click()
        await expect(page.locator("#answer")).to_contain_text("You are registered")
        await page.get_by_role("button", name="My settings").click()
        await page.get_by_label("Time zone").fill("Bogota")
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator("#answer")).to_contain_text("America/Bogota")


async def test_another_site_frames_the_list_and_nothing_else(browser: Browser, house: House) -> None:  # noqa: F811
    gathering = await house.gathering()
    outer = web.Application()

    async def framing(request: web.Request) -> web.Response:
        source = f'<iframe src="{house.base}{request.query["path"]}" width="600" height="500"></iframe>'
        return web.Response(text=source, content_type="text/html")

    outer.router.add_get("/", framing)
    async with TestServer(outer, host="127.0.0.1") as other:
        page = await browser.new_page()
        for path, shown in (("/embed", True), (f"/gatherings/{gathering.id}", False)):
            await page.goto(f"http://localhost:{other.port}/?path={path}")
            title = page.frame_locator("iframe").get_by_role("heading", name="Grief and Gratitude")
            await (expect(title).to_be_visible() if shown else expect(title).to_have_count(0))
        await page.close()


async def test_in_forced_colours_buttons_have_an_edge(browser: Browser, house: House) -> None:  # noqa: F811
    path = await house.personal()
    context = await browser.new_context(forced_colors="active")
    page = await context.new_page()
    await page.goto(house.base + path)
    edges = await page.evaluate(
        "[...document.querySelectorAll('button, .row a')].map((each) => getComputedStyle(each).borderTopWidth)"
    )
    assert edges
    assert "0px" not in edges
    await context.close()

"""Registering by e-mail and the personal page in a real browser: by keyboard, on a phone, without JavaScript."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, expect

from storage.engine.open import OpenStorage
from tests.adapters.web.house import House, a_house
from tests.adapters.web.test_browser import browser, database_kind, looking  # noqa: F401 - fixtures


@pytest.fixture
async def house(storage: OpenStorage) -> AsyncIterator[House]:
    async with a_house(storage) as opened:
        yield opened


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


async def test_a_zone_that_was_chosen_counts_above_the_browsers(browser: Browser, house: House) -> None:  # noqa: F811
    gathering = await house.gathering()
    await house.sign_up(gathering.id)
    await house.delivered()
    async with looking(browser, house, house.mailbox.link("Yes, register me")) as page:
        await page.get_by_role("button", name="Yes, register me").click()
        door = await page.get_by_role("link", name="My private link").get_attribute("href")
        assert door is not None
        door = house.base + door.removeprefix("https://gatherings.example")
        await page.get_by_role("button", name="My settings").click()
        await page.get_by_label("Time zone").fill("Tokyo")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_role("navigation").get_by_role("button", name="My gatherings").click()
        await expect(page.locator("#answer")).to_contain_text("Friday 4 December, 02:00 (Tokyo time)")
        await page.goto(door)
        await expect(page.locator(".facts")).to_contain_text("Friday 4 December, 02:00 (Tokyo time)")
        await expect(page.locator(".threshold")).to_contain_text("The doors open on Friday 4 December, 01:45")

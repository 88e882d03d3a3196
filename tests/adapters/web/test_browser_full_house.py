"""The page of who waits at a full house, in a real browser: it opens by itself, and a screen reader is told."""

from __future__ import annotations

from playwright.async_api import Browser, expect

from tests.adapters.web.conftest import Front
from tests.adapters.web.in_browser import front, looking, storage
from tests.adapters.web.test_full_house import full, press, returns
from tests.browser import complaints, in_session

__all__ = ["front", "storage"]
pytestmark = in_session


async def test_the_page_shows_a_free_place_by_itself(browser: Browser, front: Front) -> None:
    gathering, (_, bo, _) = await full(front)
    async with looking(browser, front, bo, width=390, has_touch=True) as page:
        await page.clock.install()
        await page.get_by_role("button", name="Wait for a place").click()
        await expect(page.get_by_text("You are next.")).to_be_visible()
        assert await complaints(page) == []
        await page.get_by_role("button", name="Stop waiting").focus()
        await returns(front, gathering)
        await page.clock.run_for(6_000)
        await expect(page.get_by_role("status")).to_have_text("A place is yours. Come in when you are ready.")
        come_in = page.get_by_role("button", name="Come in")
        await expect(come_in).to_be_focused()
        assert (await page.title()).startswith("A place is yours.")
        assert await complaints(page) == []
        await come_in.click()
        await expect(page.get_by_role("link", name="Enter on")).to_be_visible()


async def test_without_javascript_too(browser: Browser, front: Front) -> None:
    _, (_, bo, cy) = await full(front)
    await press(front, cy, "wait")
    async with looking(browser, front, bo, java_script_enabled=False) as page:
        await page.get_by_role("button", name="Wait for a place").click()
        await expect(page.get_by_text("1 person is before you.")).to_be_visible()
        await press(front, cy, "leave")
        await expect(page.locator("meta[http-equiv=refresh]")).to_have_attribute("content", "10")
        await page.goto(page.url)  # as it does by itself then
        await expect(page.get_by_text("You are next.")).to_be_visible()
        await page.get_by_role("button", name="Stop waiting").click()
        await expect(page.get_by_role("button", name="Wait for a place")).to_be_visible()

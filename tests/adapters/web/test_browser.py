"""The pages in a real browser: how they look, read and sound, with JavaScript and without, and whom they ask."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Route, expect

from bot.gatherings.model import Status
from bot.ports import Overloaded
from tests.adapters.web.conftest import START, Front
from tests.adapters.web.in_browser import front, looking, storage
from tests.adapters.web.test_calendar import change
from tests.browser import complaints, in_session

__all__ = ["front", "storage"]
pytestmark = in_session

BROKEN_BUTTONS = """[...document.querySelectorAll('.button')].filter((each) => {
    const word = Object.assign(document.createElement('span'), { style: 'white-space: nowrap', className: 'word' });
    const widest = Math.max(...each.textContent.trim().split(/\\s+/).map((text) => {
        word.textContent = text;
        each.append(word);
        return word.getBoundingClientRect().width;
    }));
    word.remove();
    const style = getComputedStyle(each);
    return widest > each.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) + 1;
}).map((each) => each.outerHTML)"""
"""Those with a word that is wider than their line."""


async def _four_pages(front: Front) -> dict[str, str]:
    one = await front.gathering(description="An evening to be heard, whatever you carry.\n\nNo advice, no fixing.")
    parts = await front.series("Living with illness", [START + timedelta(weeks=week) for week in (1, 2, 3)])
    return {
        "events": "/",
        "gathering": f"/gatherings/{one.id}",
        "series": f"/gatherings/{parts[1].id}",
        "door": await front.register("Ada", one),
        "nowhere": "/join/x",
    }


async def test_with_letters_of_twice_the_size_nothing_is_cut_off(browser: Browser, front: Front) -> None:
    """On a phone, and in every state of the door."""
    paths = await _four_pages(front)
    for path in paths.values():
        await _holds_large_letters(browser, front, path)
    for since in (timedelta(0), timedelta(minutes=30), timedelta(hours=3)):
        front.clock.move_to(START + since)
        await _holds_large_letters(browser, front, paths["door"])


async def _holds_large_letters(browser: Browser, front: Front, path: str) -> None:
    async with looking(browser, front, path, width=390) as page:
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert await page.evaluate(BROKEN_BUTTONS) == [], path


async def test_in_forced_colours_what_can_be_pressed_has_an_edge(browser: Browser, front: Front) -> None:
    for path in (await _four_pages(front)).values():
        async with looking(browser, front, path, forced_colors="active") as page:
            flat = "(each) => getComputedStyle(each).borderTopWidth === '0px'"
            assert await page.evaluate(f"[...document.querySelectorAll('.button, button')].filter({flat}).length") == 0
            colours = "['.mark', '.brand a'].map((each) => getComputedStyle(document.querySelector(each)).color)"
            assert len(set(await page.evaluate(colours))) == 1, "the mark keeps a colour of its own"


async def test_times_are_the_readers_own(browser: Browser, front: Front) -> None:
    paths = await _four_pages(front)
    async with looking(browser, front, paths["gathering"]) as page:
        await expect(page.locator(".when")).to_have_text("Thursday, December 3, 12:00 PM (New York time)")
    async with looking(browser, front, "/", locale="es-ES", timezone_id="America/Bogota") as page:
        await expect(page.locator(".when").first).to_contain_text("jueves, 3 de diciembre, 12:00 (hora de Bogotá)")
    async with looking(browser, front, paths["gathering"], java_script_enabled=False) as page:
        await expect(page.locator(".when")).to_have_text("Thursday 3 December, 18:00 (Madrid time)")


@pytest.mark.parametrize("zone", ["Etc/Unknown", ""])
async def test_a_browser_that_does_not_know_its_zone_shows_the_gatherings_own(
    browser: Browser, front: Front, zone: str
) -> None:
    """And the script goes on: the door opens by itself."""
    link = await front.register("Ada", await front.gathering())
    front.clock.move_to(START - timedelta(minutes=15, seconds=2))
    async with looking(browser, front, "/privacy") as page:
        await page.add_init_script(f"Intl.DateTimeFormat.prototype.resolvedOptions = () => ({{timeZone: '{zone}'}})")
        await page.goto(front.base + link)
        await expect(page.locator(".facts")).to_contain_text("18:00 (Madrid time)")
        front.clock.advance(seconds=3)
        await expect(page.get_by_role("button", name="Come in")).to_be_visible()


async def test_the_door_opens_by_itself_and_lets_in(browser: Browser, front: Front) -> None:
    link = await front.register("Ada", await front.gathering())
    front.clock.move_to(START - timedelta(minutes=15, seconds=3))
    async with looking(browser, front, link) as page:
        await expect(page.locator("#countdown")).to_have_text(re.compile(r"^0:0[1-3]$"))
        front.clock.advance(seconds=4)
        await page.get_by_role("button", name="Come in").click()
        enter = page.get_by_role("link", name="Enter on Zoom")
        await expect(enter).to_have_attribute("href", re.compile("^https://zoom.example/j/"))
        await expect(enter).to_have_attribute("referrerpolicy", "no-referrer")
        assert await complaints(page) == []
        await page.go_back()
        await expect(page.get_by_role("button", name="Come back in")).to_be_visible()


async def test_a_device_that_slept_counts_anew(browser: Browser, front: Front) -> None:
    link = await front.register("Ada", await front.gathering())
    front.clock.move_to(START - timedelta(minutes=25))
    async with looking(browser, front, "/") as page:
        await page.clock.install()
        await page.goto(front.base + link)
        await page.clock.run_for(1000)
        await expect(page.locator("#countdown")).to_have_text(re.compile(r"^(10:00|9:5\d)$"))
        front.clock.advance(minutes=5)
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await page.wait_for_load_state("networkidle")
        await page.clock.run_for(1000)
        await expect(page.locator("#countdown")).to_have_text(re.compile(r"^(5:00|4:5\d)$"))


async def test_a_door_that_is_waited_at_outlasts_a_restart(
    browser: Browser, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nobody answers, or all are busy, the page stays as it is; an error page asks again by itself."""
    link = await front.register("Ada", await front.gathering())
    front.clock.move_to(START - timedelta(minutes=15, seconds=2))
    errors = [502, 503, 429]

    async def refuse(route: Route) -> None:
        if errors and route.request.resource_type == "fetch":
            await route.fulfill(status=errors.pop(0), body="not now")
        else:
            await route.continue_()

    async def busy(*_: object) -> object:
        raise Overloaded

    async with looking(browser, front, "/privacy", ignored="Failed to load resource") as page:
        await page.route(f"**{link}", refuse)
        await page.clock.install()
        await page.goto(front.base + link)
        front.clock.advance(seconds=4)
        while errors:
            await page.clock.run_for(5_000)
        await page.clock.run_for(5_000)
        await expect(page.get_by_role("button", name="Come in")).to_be_visible()
        with monkeypatch.context() as patch:
            patch.setattr(front.storage, "run", busy)
            await page.reload()
            await expect(page.get_by_role("heading", name="One moment, please")).to_be_visible()
        await page.clock.run_for(10_000)
        await expect(page.get_by_role("button", name="Come in")).to_be_visible()


async def test_going_back_to_the_inside_shows_the_door_again(browser: Browser, front: Front) -> None:
    """And does not ask for it with the old press, which a browser refuses (ERR_CACHE_MISS)."""
    gathering = await front.gathering()
    link = await front.register("Ada", gathering)
    front.clock.move_to(START)
    async with looking(browser, front, link) as page:
        await page.get_by_role("button", name="Come in").click()
        await expect(page.get_by_role("link", name="Enter on Zoom")).to_be_visible()
        await page.goto(f"{front.base}/")
        await page.go_back()
        await expect(page.get_by_role("button", name="Come back in")).to_be_visible()
        assert "zoom.example" not in await page.content()
        await page.reload()
        await expect(page.get_by_role("button", name="Come back in")).to_be_visible()
    assert await front.admitted(gathering) == 1


async def test_long_words_wrap(browser: Browser, front: Front) -> None:
    word = "https://example.org/" + "a" * 150
    one = await front.gathering("W" * 90, description=f"{word}\n\n{word}", facilitators="F" * 150)
    gone = await front.gathering("Another", START + timedelta(days=1))
    await change(front, gone, status=Status.CANCELLED, note=f"Sorry: {word}")
    link = await front.register("N" * 60, one)
    for path in ("/", f"/gatherings/{one.id}", f"/gatherings/{gone.id}", link):
        async with looking(browser, front, path, width=320) as page:
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path


async def test_the_two_hours_of_that_night_are_told_apart(browser: Browser, front: Front) -> None:
    night = datetime(2027, 10, 31, 0, 20, tzinfo=UTC)
    await front.series("Late", [night, night + timedelta(hours=1), night + timedelta(hours=2)])
    async with looking(browser, front, "/", locale="en-GB", timezone_id="Europe/Madrid") as page:
        times = await page.locator(".when time").all_text_contents()
        assert ["2:20 (UTC+2)" in times[0], "2:20 (UTC+1)" in times[1], "UTC" in times[2]] == [True, True, False]


async def test_doors_opened_early_open_on_the_page_too(browser: Browser, front: Front) -> None:
    from dataclasses import replace

    one = await front.gathering()
    link = await front.register("Ada", one)
    async with looking(browser, front, link) as page:
        await page.clock.install()
        await page.reload()
        now = front.clock.now()
        await front.storage.run(lambda uow: uow.gatherings.save(replace(one, opened_at=now)))
        await page.clock.run_for(31_000)
        await expect(page.get_by_role("button", name="Come in")).to_be_visible()


async def test_without_javascript_the_door_opens_by_itself_too(browser: Browser, front: Front) -> None:
    link = await front.register("Ada", await front.gathering())
    front.clock.move_to(START - timedelta(minutes=15, seconds=2))
    async with looking(browser, front, link, java_script_enabled=False) as page:
        front.clock.advance(seconds=3)
        await page.get_by_role("button", name="Come in").click()
        await expect(page.get_by_role("link", name="Enter on Zoom")).to_be_visible()


async def test_by_keyboard_alone(browser: Browser, front: Front) -> None:
    link = await front.register("Ada", await front.gathering())
    front.clock.move_to(START)
    async with looking(browser, front, link) as page:
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Come in")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name="Enter on Zoom")).to_be_visible()


async def test_on_paper_it_is_words_alone(browser: Browser, front: Front) -> None:
    paths = await _four_pages(front)
    async with looking(browser, front, paths["gathering"]) as page:
        await page.emulate_media(media="print")
        await expect(page.get_by_role("heading", name="Grief and Gratitude")).to_be_visible()
        await expect(page.locator(".aside")).to_be_hidden()
        await expect(page.locator(".printed svg")).to_be_visible()
        after = await page.evaluate("getComputedStyle(document.querySelector('.how a.button'), '::after').content")
        assert "slack.com" in after

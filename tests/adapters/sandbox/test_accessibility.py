"""axe-core finds nothing to complain of, in either light, on a phone, with a window open and with errors in it."""

from __future__ import annotations

from typing import Literal

from playwright.async_api import Page, expect

from tests.adapters.sandbox.conftest import Watched
from tests.adapters.sandbox.test_browser import answer, post, say
from tests.browser import complaints, in_session, looks

pytestmark = in_session

LOOKS: list[tuple[Literal["light", "dark"], int, int]] = [
    ("light", 1280, 800),
    ("dark", 1280, 800),
    ("light", 360, 740),
    ("dark", 320, 640),
]


async def in_every_look(page: Page) -> list[str]:
    """What axe complains of in either light, on a wide screen and on a phone."""
    found = []
    for scheme, width, height in LOOKS:
        await looks(page, scheme, width, height)
        found += [f"{scheme}, {width} wide: {each}" for each in await complaints(page)]
    return found


async def test_a_place_with_everything_in_it(watched: Watched) -> None:
    page = await watched.open("ada/gatherings/")
    await post(page, "Grief and Gratitude").get_by_role("button", name="Register").click()
    await say(page, "/htg register")
    await expect(answer(page).get_by_label("Which gathering?")).to_be_visible()
    await say(page, "Hello everyone")
    await expect(page.locator(".message").last).to_contain_text("Hello everyone")
    assert await in_every_look(page) == []


async def test_suggestions(watched: Watched) -> None:
    page = await watched.open("frances/general/")
    await page.locator("#say").press_sequentially("/htg")
    await expect(page.get_by_role("listbox")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    assert await in_every_look(page) == []


async def test_a_private_line_with_a_way_in(watched: Watched) -> None:
    page = await watched.open("bo/private/")
    await say(page, "/htg register listening")
    await expect(page.locator(".message").last).to_be_visible()
    await say(page, "/htg join")
    await expect(page.locator("a[href*='/zoom/']")).to_be_visible()
    assert await in_every_look(page) == []


async def test_a_window_with_errors(watched: Watched) -> None:
    page = await watched.open("frances/general/")
    await say(page, "/htg-host create")
    window = page.get_by_role("dialog", name="A new gathering")
    await expect(window).to_be_visible()
    assert await in_every_look(page) == []
    await window.locator("button.next").click()
    await expect(window.locator("[aria-invalid=true]").first).to_be_focused()
    assert await in_every_look(page) == []


async def test_settings_with_boxes_to_tick(watched: Watched) -> None:
    page = await watched.open("ada/general/")
    await say(page, "/htg settings")
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await complaints(page) == []


async def test_axe_would_complain(watched: Watched) -> None:
    """The check can fail: a picture without words is found."""
    page = await watched.open("ada/general/")
    await page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert any(each.startswith("image-alt") for each in await complaints(page))

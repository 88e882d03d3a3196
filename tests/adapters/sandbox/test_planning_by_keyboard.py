"""A newcomer plans and publishes a three-part series in a real browser, and never touches the mouse."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.adapters.sandbox.conftest import Watched
from tests.browser import in_session

pytestmark = in_session

REACH = 40
"""Presses of Tab within which the next control is found."""


async def tabs_to(page: Page, name: str, kind: str = "") -> int:
    """Presses Tab until the control with this label has the focus; returns how often."""
    script = """() => {
        const at = document.activeElement
        const labels = [...(at.labels || [])].map(each => each.innerText)
        return [at.tagName + (at.type || ''), at.getAttribute('aria-label') || labels.join(' ') || at.innerText || '']
    }"""
    for presses in range(REACH):
        tag, label = await page.evaluate(script)
        if name in label and kind in tag.lower():
            return presses
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {name}")


async def test_a_series_is_planned_without_a_mouse(watched: Watched) -> None:
    page = await watched.open("frances/general/")
    typed = 0

    async def types(text: str) -> None:
        nonlocal typed
        typed += len(text)
        await page.keyboard.type(text)

    await page.locator("#say").focus()
    await types("/htg-host create")
    await page.keyboard.press("Enter")
    window = page.get_by_role("dialog", name="A new gathering")
    await expect(window.get_by_label("Topic")).to_be_focused()
    await types("Letting go")
    pressed = await tabs_to(page, "Or in words", "textarea")
    await types("Dec 10 6pm weekly")
    pressed += await tabs_to(page, "Zoom link", "textarea")
    await page.keyboard.insert_text("https://zoom.example/j/7?pwd=kept")  # pasted
    pressed += await tabs_to(page, "preview", "button")
    await page.keyboard.press("Enter")
    preview = page.locator(".message.only").last
    await expect(preview).to_contain_text("Part 3 begins")
    await expect(preview).to_contain_text("Thursday 24 December")
    pressed += await tabs_to(page, "Publish", "button")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.only").last).to_contain_text("is published")
    pressed += await tabs_to(page, "Announce", "button")
    assert typed + pressed <= 90, (typed, pressed)

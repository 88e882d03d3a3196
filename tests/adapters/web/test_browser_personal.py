"""Registering by e-mail and the personal page in a real browser: by keyboard, on a phone, without JavaScript."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, expect

from tests.adapters.web.conftest import START, address_of
from tests.adapters.web.house import House
from tests.adapters.web.in_browser import house, looking, storage
from tests.browser import in_session

__all__ = ["house", "storage"]
pytestmark = in_session


async def test_by_keyboard_alone_from_the_form_to_the_page(browser: Browser, house: House) -> None:
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


async def test_whatever_was_answered_can_be_gone_back_to(browser: Browser, house: House) -> None:
    """It is asked for by GET, and not with the old press, which a browser refuses (ERR_CACHE_MISS)."""
    gathering = await house.gathering()
    async with looking(browser, house, f"/gatherings/{gathering.id}") as page:

        async def goes_back_to(text: str) -> None:
            await page.goto(f"{house.base}/privacy")
            await page.go_back()
            await expect(page.locator("main")).to_contain_text(text)

        await page.locator(".signup").evaluate("(form) => { form.noValidate = true; }")
        await page.get_by_role("button", name="Send me the letter").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await goes_back_to("Register by e-mail")
        await page.get_by_label("First name").fill("Ada")
        await page.get_by_role("textbox", name="E-mail").fill("ada@example.org")
        await page.get_by_role("button", name="Send me the letter").click()
        await expect(page.get_by_role("heading", name="Please check your mail")).to_be_visible()
        await goes_back_to("Register by e-mail")
        door = await house.register("Bo", gathering)
        await page.goto(house.base + door)
        await page.get_by_role("button", name="I can’t come").dblclick()
        await expect(page.locator("main")).to_contain_text("You are no longer registered")
        await goes_back_to("Grief and Gratitude")
        late = await house.register("Cy", gathering)
        house.clock.move_to(START + timedelta(minutes=9))
        await page.goto(house.base + late)
        house.clock.advance(minutes=2)
        await page.get_by_role("button", name="Come in").click()
        await expect(page.locator("main")).to_contain_text("We keep the circle undisturbed")
        await goes_back_to("We keep the circle undisturbed")
        begun = await house.gathering(at=START + timedelta(hours=1))
        host = await house.register("Frances", begun)
        await house.storage.run(lambda uow: uow.facilitators.add(address_of("Frances")))
        await page.goto(house.base + host)
        await page.get_by_role("button", name="Start the meeting").click()
        await expect(page.get_by_role("link", name="Enter on Zoom")).to_be_visible()
        await goes_back_to("Start the meeting")


async def test_without_a_script_the_zone_is_asked_for(browser: Browser, house: House) -> None:
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


async def test_another_site_frames_the_list_and_nothing_else(browser: Browser, house: House) -> None:
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


async def test_a_zone_that_was_chosen_counts_above_the_browsers(browser: Browser, house: House) -> None:
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

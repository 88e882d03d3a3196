"""The stand-in for Zoom, before the bot's real client and in a real browser."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from adapters.sandbox.chat import ADA, BO, FRANCES, GENERAL, NOOR
from adapters.sandbox.crowd import NEVER_LOG_IN
from adapters.sandbox.zoom_rooms import START_KEY_LIFETIME, Whereabouts
from bot.views import SecretLinkButton
from tests.adapters.sandbox.conftest import NOON
from tests.adapters.sandbox.house import GUESTS, House
from tests.browser import complaints, in_session

pytestmark = [in_session, pytest.mark.loopback]


async def test_the_bot_makes_its_meetings_there_with_everything_off(house: House) -> None:
    assert sorted(each.topic for each in house.zoom.meetings()) == ["Grief and Gratitude", "Listening Circle"]
    settings = house.circle.body["settings"]
    assert settings["auto_recording"] == "none"
    assert settings["join_before_host"] is False
    assert len(house.circle.attendees) == GUESTS
    assert {each.whereabouts for each in house.circle.attendees.values()} == {Whereabouts.WAITING, Whereabouts.OUTSIDE}
    assert len(house.circle.waiting) == GUESTS - NEVER_LOG_IN


async def test_a_member_waits_for_the_host_and_is_let_in(house: House) -> None:
    await house.says(ADA, "/htg register 1")
    assert "Welcome, the doors are open." in await house.says(ADA, "/htg join 1")
    own = house.link(ADA)
    assert "You log in as Ada." in await house.opens(own)
    assert len(house.circle.waiting) == GUESTS - NEVER_LOG_IN, "looking at the page logs nobody in"
    assert "the host has not started this meeting yet" in await house.opens(own, "join")
    assert "Start the meeting" in await house.says(FRANCES, "/htg-host start 1")
    start = house.link(FRANCES)
    assert "You are the host." in await house.opens(start)
    assert f"{GUESTS - NEVER_LOG_IN + 1} are in the room" in await house.opens(start, "start")
    assert "You are in the room." in await house.opens(own)
    assert f"{GUESTS - NEVER_LOG_IN + 1} on Zoom" in await house.says(FRANCES, "/htg-host doors 1")
    assert "The host is here." in await house.opens(own, "leave")
    assert f"{GUESTS - NEVER_LOG_IN} are in the room" in await house.opens(start)
    assert "It is being recorded." in await house.opens(start, "record")
    assert "It has not been started." in await house.opens(start, "end")
    assert "This meeting has ended." in await house.opens(own)


async def test_the_house_is_full_and_a_facilitator_takes_none_of_its_places(house: House) -> None:
    for who in (ADA, BO, NOOR):
        await house.says(who, "/htg register 1")
    for who in (ADA, BO):
        await house.says(who, "/htg join 1")
    await house.says(FRANCES, "/htg-host start 1")
    assert "0 places left" in await house.says(FRANCES, "/htg-host doors 1")
    assert "full" in (await house.says(NOOR, "/htg join 1")).lower()


async def test_the_door_on_the_web_leads_to_the_stand_in_too(house: House) -> None:
    await house.says(ADA, "/htg register 1")
    links = [
        each.link for each in house.chat.seen(ADA, GENERAL)[-1].view.buttons() if isinstance(each, SecretLinkButton)
    ]
    door = next(link for link in links if "/join/" in link.reveal()).reveal()
    async with house.client.get(door) as answer:
        assert "Come in" in await answer.text()
    async with house.client.post(door) as answer:
        found = re.search(rf'href="({house.address}/zoom/w/[^"]+)"', await answer.text())
    assert found
    assert "You log in as Ada." in await house.opens(html.unescape(found[1]))


async def test_guests_come_by_themselves_when_the_doors_open(house: House) -> None:
    assert house.tonight.waiting == []
    await house.responder.move_clock(NOON.replace(hour=17, minute=44))
    assert house.tonight.waiting == []
    await house.responder.move_clock(NOON.replace(hour=17, minute=46))
    assert len(house.tonight.waiting) == GUESTS - NEVER_LOG_IN


@pytest.mark.parametrize("kind", ["w", "s"])
async def test_a_link_that_was_not_given_out_opens_nothing(house: House, kind: str) -> None:
    for query in ("", "?tk=", "?zak=", "?tk=guess", "?zak=guess"):
        for number in (str(house.circle.number), "1", "x", "²"):
            for action in ("", "join", "start"):
                page = await house.opens(f"{house.address}/zoom/{kind}/{number}{query}", action)
                assert "not valid any more" in page
    assert not house.circle.started


async def test_a_start_link_lapses_and_a_withdrawn_link_is_dead(house: House) -> None:
    await house.says(FRANCES, "/htg-host start 1")
    start = house.link(FRANCES)
    await house.says(ADA, "/htg register 1")
    await house.says(ADA, "/htg join 1")
    own = house.link(ADA)
    await house.says(ADA, "/htg unregister 1")
    assert "This link is not valid any more" in await house.opens(own)
    house.clock.move_to(house.clock.now() + START_KEY_LIFETIME + timedelta(minutes=1))
    assert "This start link is not valid any more" in await house.opens(start, "start")
    assert not house.circle.started


async def test_what_another_page_sends_is_refused_here_too(house: House) -> None:
    await house.says(FRANCES, "/htg-host start 1")
    assert (await house.opens(house.link(FRANCES), "start", origin="https://evil.example")).startswith("403")
    assert not house.circle.started


async def test_a_link_that_was_pasted_says_that_nobody_hears_of_it(house: House) -> None:
    assert "does not hear who logs in" in await house.opens(f"{house.address}/zoom/j/0000000002?pwd=sandbox")


async def test_a_browser_starts_the_meeting_on_a_phone(house: House, browser: Browser) -> None:
    """A real browser sends the form with the origin that the page's own headers let it name."""
    await house.says(FRANCES, "/htg-host start 1")
    page = await browser.new_page(viewport={"width": 360, "height": 640})
    await page.goto(house.link(FRANCES))
    await page.get_by_role("button", name="Start the meeting").click()
    await expect(page.get_by_role("status")).to_contain_text(f"{GUESTS - NEVER_LOG_IN} are in the room")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    assert await complaints(page) == []
    await page.close()


async def test_who_waits_is_let_in_without_a_press(house: House, browser: Browser) -> None:
    await house.says(ADA, "/htg register 1")
    await house.says(ADA, "/htg join 1")
    page = await browser.new_page()
    await page.goto(house.link(ADA))
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("status")).to_contain_text("the host has not started this meeting yet")
    assert await complaints(page) == []
    await house.zoom.start(house.circle)
    await expect(page.get_by_role("status")).to_contain_text("You are in the room.")
    await page.close()

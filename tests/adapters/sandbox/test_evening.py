"""A whole evening, as somebody lives it in the sandbox: from the word half an hour before to the counts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser

from adapters.sandbox import receive
from adapters.sandbox.chat import ADA, BO, FRANCES, NOOR
from adapters.sandbox.crowd import NEVER_LOG_IN
from adapters.sandbox.guide import STEPS
from tests.adapters.sandbox.conftest import NOON
from tests.adapters.sandbox.house import GUESTS, House
from tests.browser import complaints, in_session

pytestmark = [in_session, pytest.mark.loopback]

BEGINS = NOON.replace(hour=18, minute=0)
INSIDE = GUESTS - NEVER_LOG_IN + 2
"""Guests who log in, Ada and Bo."""


async def test_an_evening_with_a_full_house(house: House) -> None:
    for who in (ADA, BO, NOOR):
        await house.says(who, "/htg register grief")

    await house.responder.move_clock(BEGINS - timedelta(minutes=30))
    briefed = house.hears(FRANCES)[-1]
    assert "Grief and Gratitude begins in 30 minutes" in briefed
    assert f"{GUESTS + 3} registered" in briefed

    await house.responder.move_clock(BEGINS - timedelta(minutes=14))
    for who, welcome in ((ADA, "Welcome, the doors are open."), (BO, "Te damos la bienvenida")):
        assert welcome in await house.says(who, "/htg join grief")
        await house.opens(house.link(who), "join")
    assert "is full at the moment" in await house.says(NOOR, "/htg join grief")
    assert "You are next." in await house.presses(NOOR, "Wait for a place")

    await house.responder.move_clock(BEGINS - timedelta(minutes=4))
    assert "nobody has started the meeting" in house.hears(FRANCES)[-1]
    assert "Start the meeting" in await house.says(FRANCES, "/htg-host start grief")
    start = house.link(FRANCES)
    assert f"{INSIDE} are in the room" in await house.opens(start, "start")
    assert "has begun" in house.hears(FRANCES)[-1]
    assert f"{INSIDE} on Zoom" in await house.says(FRANCES, "/htg-host doors grief")

    await house.responder.move_clock(BEGINS + timedelta(minutes=5))
    assert "is free, and it is yours" in house.hears(NOOR)[-1]
    assert "Welcome" in await house.says(NOOR, "/htg join grief")
    assert "You are in the room." in await house.opens(house.link(NOOR), "join")
    assert len(house.tonight.inside) == INSIDE + 1

    await house.opens(start, "record")
    assert "a recording" in house.hears(FRANCES)[-1]
    await house.responder.move_clock(BEGINS + timedelta(minutes=80))
    await house.opens(start, "end")
    await house.responder.move_clock(BEGINS + timedelta(hours=3))
    counted = next(said for said in house.hears(FRANCES) if "Grief and Gratitude is over" in said)
    for count in (f"{GUESTS + 3} registered", f"{GUESTS + 2} came in", f"{INSIDE + 1} logged in"):
        assert count in counted


async def test_the_guide_leads_to_places_that_are_there(house: House, browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 360, "height": 640})
    await page.goto(f"{house.address}/guide")
    assert await complaints(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    paths = await page.eval_on_selector_all("main a", "links => links.map(link => link.getAttribute('href'))")
    assert len(paths) == sum(1 + len(step.also) for step in STEPS)
    for path in paths:
        assert (await house.opens(house.address + path)).startswith("200")
    await page.close()


async def test_the_guide_s_commands_are_the_bot_s() -> None:
    typed = [found[0] for step in STEPS for found in re.finditer(r"/htg(?:-host)? \w+", step.act)]
    assert len(typed) == 3
    for line in typed:
        call = receive.command_call(line)
        assert call is not None
        assert call.name != "help"

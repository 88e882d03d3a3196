"""Registering by e-mail in the sandbox: the real form, the real letter by SMTP, and the button in it."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser

from adapters.sandbox.mailbox import KEPT_LETTERS, ReceivedLetter, StandInMailbox
from tests.adapters.sandbox.house import House
from tests.browser import complaints, in_session

pytestmark = [in_session, pytest.mark.loopback]


async def registers(house: House, email: str) -> None:
    """By the form on the page of the first gathering, as a browser without a script sends it."""
    async with house.client.get(f"{house.web}/gatherings.json") as listed:
        gatherings = (await listed.json())["gatherings"]
    number = next(each["id"] for each in gatherings if each["title"] == "Grief and Gratitude")
    path = f"{house.web}/gatherings/{number}/register"
    async with house.client.post(path, data={"name": "Eva", "email": email, "zone": "Madrid"}) as sent:
        assert sent.status == 200, await sent.text()


async def test_a_letter_comes_and_its_button_registers(house: House) -> None:
    before = len(house.mailbox.letters)
    await registers(house, "eva@example.org")
    letter = house.mailbox.letters[before]
    assert letter.to == "eva@example.org"
    assert "Grief and Gratitude" in letter.subject
    found = re.search(r"Yes, register me:\s+(\S+)", letter.text)
    assert found is not None
    assert found[1].startswith(f"{house.web}/confirm/")
    assert found[1] in letter.html
    async with house.client.post(found[1]) as done:
        assert "You are registered" in await done.text()
    confirmed = house.mailbox.letters[-1]
    assert "My page" in confirmed.html


async def test_the_mailbox_shows_each_letter_in_a_frame_without_scripts(house: House, browser: Browser) -> None:
    await registers(house, "bo@example.org")
    page = await browser.new_page()
    await page.goto(f"{house.address}/mailbox")
    assert await page.get_by_text("To bo@example.org").count() == 1
    frame = page.frame_locator("iframe").first
    async with page.expect_popup() as opened:
        await frame.get_by_role("link", name="Yes, register me").click()
    confirm = await opened.value
    await confirm.get_by_role("button", name="Yes, register me").click()
    await confirm.get_by_text("You are registered").first.wait_for()
    assert await complaints(page) == []
    await page.close()


async def test_the_oldest_letters_make_room_and_the_others_keep_their_numbers() -> None:
    mailbox = StandInMailbox()
    for number in range(KEPT_LETTERS + 2):
        mailbox.keep(ReceivedLetter("", f"{number}", "", "", ()))
    numbered = list(mailbox.numbered)
    assert len(numbered) == KEPT_LETTERS
    assert all(letter.subject == f"{number}" for number, letter in numbered)
    assert numbered[-1][0] == KEPT_LETTERS + 1


async def test_nothing_of_a_letter_runs_or_is_shown_elsewhere(house: House) -> None:
    await registers(house, "noor@example.org")
    number = len(house.mailbox.letters) - 1
    async with house.client.get(f"{house.address}/mailbox/{number}") as letter:
        policy = letter.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'self'" in policy
    async with house.client.get(f"{house.address}/mailbox/{number + 1}") as none:
        assert none.status == 404

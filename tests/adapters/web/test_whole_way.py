"""Somebody with nothing but a browser and a mailbox, from the events page to the day on which she is forgotten."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import pytest

from bot.addresses import Address
from bot.dispatcher import Dispatcher
from bot.i18n import Locale
from bot.members.model import Person
from bot.plain_text import plain
from bot.request import Call, Request
from bot.views import View
from storage.engine.open import OpenStorage
from tests.adapters.web.conftest import ROOM, START
from tests.adapters.web.house import ADA, House, a_house, read_address

pytestmark = pytest.mark.loopback


@pytest.fixture
async def house(storage: OpenStorage) -> AsyncIterator[House]:
    async with a_house(storage) as opened:
        yield opened


async def moves_to(house: House, *, before_start: timedelta) -> list[str]:
    """Moves the clock, and gives what the letters say that came meanwhile."""
    house.clock.move_to(START - before_start)
    known = len(house.mailbox.letters)
    await house.delivered()
    return [plain_text(house, number) for number in range(known, len(house.mailbox.letters))]


def plain_text(house: House, number: int) -> str:
    _, view, language = house.mailbox.letters[number]
    return plain(Locale(language, "Europe/Madrid"), view)


async def test_registers_is_reminded_comes_in_is_thanked_and_forgotten(house: House) -> None:
    gathering = await house.gathering()
    following = await house.gathering("Living with illness", START + timedelta(days=7))
    await house.sign_up(gathering.id, zone="Madrid")
    await house.delivered()
    done = await house.post(house.mailbox.link("Yes, register me"))
    found = re.search(r'data-page="(/me/[^"]+)"', done.text)
    assert found is not None
    page = found[1]
    await house.delivered()

    for before_start, left in ((timedelta(hours=24), "24 hours"), (timedelta(hours=1), "1 hour")):
        letters = await moves_to(house, before_start=before_start)
        assert len(letters) == 1, letters
        assert "Grief and Gratitude" in letters[0]
        assert left in letters[0] or "1 day" in letters[0]
    letters = await moves_to(house, before_start=timedelta(minutes=10))
    assert len(letters) == 1
    assert all(ROOM not in repr(view) for _, view, _ in house.mailbox.letters), "a letter reveals no room"

    door = house.mailbox.link("My private link")
    assert "Come in" in (await house.get(door)).text
    inside = await house.post(door)
    assert ROOM in unescape(inside.text)
    assert await house.admitted(gathering) == 1

    letters = await moves_to(house, before_start=-timedelta(hours=3))
    assert len(letters) == 1
    assert "Thank you for being present" in letters[0]
    assert "Living with illness" in letters[0]
    pressed = await house.get(house.mailbox.link("Register"))
    assert await house.registered(following.id) == []
    await house.press(page, "Register", pressed)
    assert await house.registered(following.id) == ["Ada"]

    kept = await house.press(page, "What is kept about me", await house.get(page))
    question = await house.press(page, "Forget me", kept)
    await house.press(page, "Forget me for good", question)
    known = await house.storage.run(lambda uow: uow.members.names([read_address(ADA)]))
    assert known == {}
    assert await house.registered(following.id) == []
    assert (await house.get(page)).status == 404


async def test_later_on_slack_she_is_one_with_her_letters(house: House) -> None:
    gathering = await house.gathering()
    await house.sign_up(gathering.id)
    await house.delivered()
    done = await house.post(house.mailbox.link("Yes, register me"))
    found = re.search(r'data-page="(/me/[^"]+)"', done.text)
    assert found is not None
    shown = await house.press(found[1], "My connections", await house.get(found[1]))
    code = re.search(r"/htg connect ([A-Z0-9]{5}-[A-Z0-9]{5})", shown.text)
    assert code is not None
    slack, dispatcher = Person(Address("slack", "T1/U1"), "Ada Lovelace"), Dispatcher(house.storage, house.config)

    async def asks(call: Call) -> View:
        answer = await dispatcher.answer(Request(slack, call, house.clock.now()))
        assert isinstance(answer, View)
        return answer

    question = await asks(Call.of("connect", code=code[1]))
    (confirm,) = [call for call in question.calls() if call.name == "connect-confirm"]
    await asks(confirm)
    mine = plain(Locale("en", "Europe/Madrid"), await asks(Call("mine")))
    assert "Grief and Gratitude" in mine
    assert await house.registered(gathering.id) == ["Ada Lovelace"]
    await house.delivered()
    assert "You are one member now" in plain_text(house, -1), "both are told"
    assert "Grief and Gratitude" in (await house.get(found[1])).text, "her page stays hers"

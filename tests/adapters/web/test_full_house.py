"""Waiting at a full house on the web: by a button, in order, and with nothing but a page that looks again."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.admission import waiting
from bot.gatherings.model import Gathering
from bot.meetings.model import Meeting, MeetingState
from bot.request import Call
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.adapters.web.conftest import START, Front, Seen
from tests.adapters.web.house import House, a_house
from tests.adapters.web.test_door import says

pytestmark = pytest.mark.loopback
UNUSED_AFTER = timedelta(minutes=3)
PRESSED = {"wait": "act=wait", "leave": "act=leave"}


async def press(front: Front, link: str, act: str) -> Seen:
    """A button of the page; the answer leads to the page again."""
    pressed = await front.send("POST", link, PRESSED[act].encode(), Content_Type="application/x-www-form-urlencoded")
    assert (pressed.status, pressed.headers["Location"]) == (303, link)
    return await front.get(link)


async def full(
    front: Front, names: tuple[str, ...] = ("Ada", "Bo", "Cy"), *, zoom: bool = True
) -> tuple[Gathering, list[str]]:
    """One place, which the first of them took; the meeting has begun."""
    gathering = await front.gathering(limit=1, link=None if zoom else ZoomLink("https://zoom.example/j/1"))
    return gathering, await filled(front, gathering, names, zoom=zoom)


async def filled(front: Front, gathering: Gathering, names: tuple[str, ...], *, zoom: bool = True) -> list[str]:
    links = [await front.register(name, gathering) for name in names]

    def work(uow: UnitOfWork) -> None:
        uow.meetings.save(Meeting(gathering.id, "99", MeetingState.STANDS, gathering.revision))
        registered = [
            uow.registrations.get(line.member, gathering.id) for line in uow.registrations.roster(gathering.id)
        ]
        for registration in registered:
            assert registration is not None
            link = ZoomLink(f"https://zoom.example/w/99?tk=k3pt-{registration.id}")
            uow.meetings.issue_passes(gathering.id, {registration.id: (f"R{registration.id}", link)})

    if zoom:
        await front.storage.run(work)
    front.clock.move_to(START)
    welcome = await front.post(links[0])
    assert ("a place that stays empty for 3 minutes once we have begun" in says(welcome.text)) is zoom
    assert await front.admitted(gathering) == 1
    return links


async def returns(front: Front, gathering: Gathering) -> None:
    """Zoom tells that the meeting began, and nothing of Ada, whose place goes on."""

    def begins(uow: UnitOfWork) -> None:
        uow.meetings.record_started(gathering.id, front.clock.now())
        uow.meetings.heard("99", front.clock.now())

    def passes(uow: UnitOfWork) -> None:
        meeting = uow.meetings.get(gathering.id)
        assert meeting is not None
        waiting.update_places(uow, meeting, UNUSED_AFTER, front.clock.now())
        uow.meetings.end_passes([pass_.registration for pass_ in uow.meetings.passes(gathering.id) if pass_.returning])

    await front.storage.run(begins)
    for seconds in (180, 5, 40):
        front.clock.advance(seconds=seconds)
        await front.storage.run(passes)


async def test_a_full_house_says_so_and_lets_one_wait(front: Front) -> None:
    gathering, (_, bo, cy) = await full(front)
    for seen in (await front.get(bo), await front.post(bo)):
        assert "is full at the moment" in says(seen.text)
        assert "Places may still come free until 18:10 (Madrid time)" in says(seen.text)
        assert "Thursday 3 December, 18:00 (Madrid time) with Frances" in says(seen.text)
        assert "Wait for a place" in says(seen.text)
        assert 'http-equiv="refresh"' not in seen.text
    waits = await press(front, bo, "wait")
    assert "You are waiting for a place" in says(waits.text)
    assert "You are next." in says(waits.text)
    assert "Thursday 3 December, 18:00 (Madrid time) with Frances" in says(waits.text)
    assert 'http-equiv="refresh" content="10"' in waits.text, "without JavaScript it looks again"
    assert 'role="status"' in waits.text
    assert "1 person is before you." in says((await press(front, cy, "wait")).text)
    assert "You are next." in says((await press(front, bo, "wait")).text), "once more keeps the turn"
    assert "Wait for a place" in says((await press(front, bo, "leave")).text)
    assert "You are next." in says((await front.get(cy)).text)
    assert await front.admitted(gathering) == 1


async def test_looking_never_begins_to_wait(front: Front) -> None:
    gathering, (_, bo, _) = await full(front)
    for method in ("GET", "HEAD"):
        await front.send(method, bo + "?act=wait")
    assert await front.storage.run(lambda uow: uow.places.waiting(gathering.id)) == []


async def test_the_page_opens_by_itself_and_shows_no_link(front: Front) -> None:
    gathering, (ada, bo, cy) = await full(front)
    await press(front, bo, "wait")
    await press(front, cy, "wait")
    await returns(front, gathering)
    free = await front.get(bo)
    assert "A place is yours. Come in when you are ready." in says(free.text)
    assert "It is kept for you until 18:06 (Madrid time)" in says(free.text)
    assert "Come in" in says(free.text)
    assert "I can’t come" in says(free.text)
    assert "k3pt" not in free.text, "only pressing reveals the link"
    assert "k3pt" in (await front.post(bo)).text
    assert "your place in Grief and Gratitude went to somebody who was waiting" in says((await front.get(ada)).text)
    assert await front.admitted(gathering) == 1


async def test_chat_and_web_are_one_turn(front: Front) -> None:
    gathering, (_, bo, cy) = await full(front)
    await front.asks("Bo", Call.of("wait", gathering=gathering.id))
    assert "You are next." in says((await front.get(bo)).text)
    await press(front, bo, "wait")
    await press(front, cy, "wait")
    await returns(front, gathering)
    waiting_now = await front.storage.run(lambda uow: uow.places.waiting(gathering.id))
    assert len(waiting_now) == 1
    assert "You are next." in says((await front.get(cy)).text)


async def test_a_place_that_is_not_needed_is_given_up(front: Front) -> None:
    gathering, (ada, bo, _) = await full(front)
    await press(front, bo, "wait")
    assert "Wait for a place" in says((await press(front, ada, "leave")).text)
    await returns(front, gathering)
    assert "A place is yours." in says((await front.get(bo)).text)


async def test_with_a_pasted_link_a_full_house_is_full(front: Front) -> None:
    gathering, (_, bo, _) = await full(front, zoom=False)
    assert "Wait for a place" not in says((await front.get(bo)).text)
    assert "is full: the one place is taken" in says((await press(front, bo, "wait")).text)
    assert await front.storage.run(lambda uow: uow.places.waiting(gathering.id)) == []


async def test_what_a_form_sends_is_not_believed(front: Front) -> None:
    gathering, (_, bo, _) = await full(front)
    for sent in ("act=open", "act=", "act=wait&act=leave", "x" * 5000):
        seen = await front.send("POST", bo, sent.encode(), Content_Type="application/x-www-form-urlencoded")
        assert seen.status in {200, 303}
    assert await front.admitted(gathering) == 1


@pytest.fixture
async def house(storage: OpenStorage) -> AsyncIterator[House]:
    async with a_house(storage) as opened:
        yield opened


async def test_a_newcomer_registers_by_letter_at_a_full_house_and_waits(house: House) -> None:
    gathering, _ = await full(house, ("Bo",))
    shown = await house.get(f"/gatherings/{gathering.id}")
    order = [says(shown.text).index(words) for words in ("You can register now, and then wait", "Send me the letter")]
    assert order == sorted(order)
    assert (await house.sign_up(gathering.id)).status == 200
    await house.delivered()
    confirm = house.mailbox.link("Yes, register me")
    asked = says((await house.get(confirm)).text)
    assert "is full at the moment. You can register now, and then wait for a place." in asked
    assert "Yes, register me" in asked
    done = await house.post(confirm)
    assert await house.registered(gathering.id) == ["Bo", "Ada"]
    mine = re.search(r'data-page="(/me/[^"]+)"', done.text)
    assert mine is not None
    assert "You are next." in says((await house.press(mine[1], "Wait for a place", done)).text)


async def test_no_newcomer_is_asked_to_wait_where_no_place_returns(house: House) -> None:
    gathering, _ = await full(house, ("Bo",), zoom=False)
    assert "You can register now" not in says((await house.get(f"/gatherings/{gathering.id}")).text)
    assert (await house.sign_up(gathering.id)).status == 303
    assert await house.delivered() == 0


async def test_on_the_page_of_a_part_that_is_over_one_registers_for_those_to_come(house: House) -> None:
    parts = await house.series("Letting go", [START + timedelta(weeks=week) for week in range(3)])
    house.clock.move_to(START + timedelta(days=1))
    assert (await house.sign_up(parts[0].id)).status == 200
    await house.delivered()
    await house.post(house.mailbox.link("Yes, register me"))
    assert [await house.registered(part.id) for part in parts] == [[], ["Ada"], ["Ada"]]


async def test_only_who_names_the_full_part_waits_for_it(house: House) -> None:
    """And whoever is inside stays registered there, whatever they choose of the other parts."""
    parts = await house.series("Letting go", [START + timedelta(weeks=week) for week in range(3)], limit=1)
    await filled(house, parts[0], ("Bo",))
    await house.asks("Ada", Call.of("register", gathering=parts[1].id))
    await house.asks("Bo", Call.of("register", gathering=parts[2].id, only="yes"))
    assert [await house.registered(part.id) for part in parts] == [["Bo"], ["Ada"], ["Ada", "Bo"]]
    answer = await house.asks("Cy", Call.of("details", gathering=parts[0].id))
    assert "Register for all 3" in [button.label for button in answer.buttons()]
    await house.asks("Cy", Call.of("register", gathering=parts[0].id))
    assert [await house.registered(part.id) for part in parts] == [["Bo", "Cy"], ["Ada", "Cy"], ["Ada", "Bo", "Cy"]]


async def test_a_shut_door_knows_who_is_registered_for_the_next(front: Front) -> None:
    gathering = await front.gathering()
    following = await front.gathering("Letting go", START + timedelta(weeks=1))
    here = await front.register("Ada", gathering)
    front.clock.move_to(START + timedelta(minutes=30))
    assert "You are registered for the next one" not in says((await front.get(here)).text)
    await front.register("Ada", following)
    for seen in (await front.get(here), await front.post(here)):
        assert "You are registered for the next one" in says(seen.text)

"""A facilitator's own door page: the way to begin, the doors as they are, and nothing of it for anybody else."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from bot.audit.model import ActKind
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Gathering
from bot.meetings.model import Meeting, MeetingState
from bot.members.model import GRANT_KEPT, Person
from bot.notifications.batches import CALL_BEFORE
from bot.notifications.model import NotificationKind
from bot.request import Call, Request
from bot.unit_of_work import UnitOfWork
from tests.adapters.web.conftest import PASSCODE, ROOM, START, Front, address_of
from tests.adapters.web.test_door import says

CALLED = "the facilitators are being called"


async def _frances(front: Front, gathering: Gathering) -> str:
    link = await front.register("Frances", gathering)
    await front.storage.run(lambda uow: uow.facilitators.add(address_of("Frances")))
    return link


async def test_a_facilitator_begins_from_their_own_door_and_takes_no_place(front: Front) -> None:
    gathering = await front.gathering()
    link = await _frances(front, gathering)
    page = await front.get(link)
    assert "Start the meeting" in page.text
    assert f'action="{link}/start"' in page.text
    assert "k3pt" not in page.text, "previewers look at pages, too"
    started = await front.post(f"{link}/start")
    assert started.status == 200
    assert ROOM.replace("&", "&amp;") in started.text
    assert PASSCODE in started.text
    assert says(started.text).count("You take none of the places") == 1
    assert started.headers["Cache-Control"] == "no-store"
    assert (await front.get(f"{link}/start")).status == 405
    assert await front.admitted(gathering) == 0
    (entry,) = await front.storage.run(lambda uow: uow.audit.entries())
    assert (entry.act.kind, entry.act.by) == (ActKind.START_LINK_GIVEN, address_of("Frances"))


async def test_who_facilitates_comes_in_at_the_door_without_a_place(front: Front) -> None:
    gathering = await front.gathering()
    frances, ada = await _frances(front, gathering), await front.register("Ada", gathering)
    front.clock.move_to(START - timedelta(minutes=5))
    assert ROOM.replace("&", "&amp;") in (await front.post(frances)).text
    assert await front.admitted(gathering) == 0
    await front.post(ada)
    assert await front.admitted(gathering) == 1


async def test_the_page_follows_the_doors(front: Front) -> None:
    gathering = await front.gathering()
    link, ada = await _frances(front, gathering), await front.register("Ada", gathering)
    page = await front.get(link)
    assert "Not open yet · 2 registered · 0 in" in says(page.text)
    assert "data-waits" not in page.text
    front.clock.move_to(START - timedelta(minutes=10))
    await front.post(ada)
    page = await front.get(link)
    assert "Open · 2 registered · 1 in · 89 places left" in says(page.text)
    assert "data-waits" in page.text, "it looks again by itself"
    assert 'http-equiv="refresh" content="10"' in page.text, "also without JavaScript"
    assert "places left" not in says((await front.get(ada)).text), "nobody is counted aloud"


async def test_the_right_is_looked_up_each_time(front: Front) -> None:
    gathering = await front.gathering()
    link, ada = await _frances(front, gathering), await front.register("Ada", gathering)
    assert "Start the meeting" not in (await front.get(ada)).text
    assert (await front.post(f"{ada}/start")).status == 404
    await front.storage.run(lambda uow: uow.facilitators.remove(address_of("Frances")))
    assert "Start the meeting" not in (await front.get(link)).text
    assert (await front.post(f"{link}/start")).status == 404


async def test_who_organises_by_the_platforms_right_begins_here_as_in_chat(front: Front) -> None:
    gathering = await front.gathering()
    link = await front.register("Frances", gathering)
    front.config.home.settle("sandbox", ["home"])
    dispatcher = Dispatcher(front.storage, front.config)
    frances = Person(address_of("Frances"), "Frances", organises=frozenset({"home"}))

    def host(person: Person, place: str = "home") -> Request:
        return Request(person, Call.of("host-doors", gathering=gathering.id), front.clock.now(), place=place)

    assert "Start the meeting" not in (await front.get(link)).text, "who never hosted may host nothing as yet"
    await dispatcher.answer(host(frances))
    assert "Start the meeting" in (await front.get(link)).text
    assert ROOM.replace("&", "&amp;") in (await front.post(f"{link}/start")).text
    front.clock.move_to(START - timedelta(minutes=5))
    await front.post(link)
    assert await front.admitted(gathering) == 0
    await dispatcher.answer(host(replace(frances, organises=frozenset()), place=""))
    assert "Start the meeting" in (await front.get(link)).text, "in private the platform says nothing of it"
    await dispatcher.answer(host(replace(frances, organises=frozenset())))
    assert "Start the meeting" not in (await front.get(link)).text, "the platform took the right back"
    assert (await front.post(f"{link}/start")).status == 404


async def test_a_platforms_right_that_was_not_seen_for_days_opens_nothing(front: Front) -> None:
    """Somebody who ran the server when it was planned may have left it since, and nobody can ask here."""
    gathering = await front.gathering()
    link = await front.register("Frances", gathering)
    front.config.home.settle("sandbox", ["home"])
    long_before = front.clock.now() - GRANT_KEPT - timedelta(days=1)
    frances = Person(address_of("Frances"), "Frances", organises=frozenset({"home"}))
    host = Request(frances, Call.of("host-doors", gathering=gathering.id), long_before)
    await Dispatcher(front.storage, front.config).answer(host)
    assert "Start the meeting" not in (await front.get(link)).text
    assert (await front.post(f"{link}/start")).status == 404


async def test_what_is_pressed_here_proves_no_right(front: Front) -> None:
    """Else whoever lost it would keep it by pressing."""
    gathering = await front.gathering()
    link = await front.register("Frances", gathering)
    front.config.home.settle("sandbox", ["home"])
    frances = Person(address_of("Frances"), "Frances", organises=frozenset({"home"}))
    host = Request(frances, Call.of("host-doors", gathering=gathering.id), front.clock.now() - GRANT_KEPT / 2)
    await Dispatcher(front.storage, front.config).answer(host)
    assert (await front.post(f"{link}/start")).status == 200
    front.clock.move_to(front.clock.now() + GRANT_KEPT / 2 + timedelta(minutes=1))
    assert (await front.post(f"{link}/start")).status == 404


async def test_two_thousand_hostile_requests_tell_it_to_nobody(front: Front) -> None:
    gathering = await front.gathering()
    link = await _frances(front, gathering)
    members = [await front.register(f"P{number}", gathering) for number in range(20)]
    chance = random.Random(13)
    statuses = set()
    for _ in range(2000):
        token = list(chance.choice([*members, link]).removeprefix("/join/"))
        if chance.random() < 0.5:
            token[chance.randrange(len(token))] = chance.choice("abcXYZ019-_.~")
        elif chance.random() < 0.5:
            token = token[: chance.randrange(len(token))] + list(link[-8:])
        path = f"/join/{''.join(token)}/start"
        if path == f"{link}/start":
            continue
        seen = await front.send(chance.choice(["POST", "POST", "GET", "PUT"]), path, data={"act": "start"})
        assert "k3pt" not in seen.text
        statuses.add(seen.status)
    assert statuses <= {404, 405, 429}


async def test_people_at_the_door_read_that_facilitators_are_being_called(front: Front) -> None:
    gathering = await front.gathering()
    ada = await front.register("Ada", gathering)
    meeting = Meeting(gathering.id, "555", MeetingState.STANDS, gathering.revision)

    def called(uow: UnitOfWork) -> None:
        uow.meetings.save(meeting)
        uow.notifications.mark_batch(gathering, NotificationKind.NOT_BEGUN, CALL_BEFORE, complete=True)

    front.clock.move_to(START - timedelta(minutes=4))
    assert CALLED not in says((await front.get(ada)).text)
    await front.storage.run(called)
    assert CALLED in says((await front.get(ada)).text)
    await front.storage.run(lambda uow: uow.meetings.record_started(gathering.id, START - timedelta(minutes=3)))
    assert CALLED not in says((await front.get(ada)).text)

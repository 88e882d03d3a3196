"""Places that nobody uses go to whoever waits, with the real reconciler and a local Zoom."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from adapters.web.admission_queue import AdmissionQueue
from adapters.zoom.meetings import ZoomMeetings
from adapters.zoom.passes import ZoomPassIssuer
from bot.admission.model import DoorRule, Doors
from bot.gatherings.model import Gathering, Plan, Status
from bot.i18n import Locale
from bot.meetings.hear import listen
from bot.notifications.model import NotificationKind
from bot.plain_text import plain
from bot.registrations.model import Registration
from bot.request import Call
from bot.unit_of_work import UnitOfWork
from bot.views import View
from storage.schema import notices
from tests.adapters.zoom.conftest import HOUSE, START, Scene
from tests.adapters.zoom.local_zoom import does_it_and_drops_the_line, refuses
from tests.databases import on_both

MINUTE = timedelta(minutes=1)


@dataclass
class House:
    """A gathering of two places, at Zoom, with five people registered."""

    scene: Scene
    gathering: Gathering
    people: list[Registration]

    async def at(self, after: timedelta) -> None:
        """Moves to so long after the start; the reconciler runs as often as it does near the doors."""
        while self.scene.clock.now() < START + after:
            self.scene.clock.advance(seconds=5)
            await self.scene.reconciler.tick()

    async def says(self, person: int, call: str, **arguments: str) -> str:
        answer = await self.scene.asks(f"p{person}", Call.of(call, gathering=self.gathering.id, **arguments))
        assert isinstance(answer, View)
        return plain(Locale(), answer)

    def number(self) -> str:
        return str(self.scene.zoom.only.id)

    async def begins(self, at: datetime | None = None) -> None:
        def work(uow: UnitOfWork) -> None:
            uow.meetings.record_started(self.gathering.id, at or self.scene.clock.now())
            uow.meetings.heard(self.number(), self.scene.clock.now())

        self.scene.zoom.only.status = "started"
        await self.scene.storage.run(work)

    async def logs_in(self, person: int) -> None:
        registrant = self.scene.zoom.only.registrants[f"guest-{self.people[person].id}@gatherings.example"]
        now = self.scene.clock.now()

        def work(uow: UnitOfWork) -> None:
            uow.meetings.heard(self.number(), now)
            uow.meetings.record_seen(self.number(), registrant["id"], now - timedelta(seconds=1))
            uow.meetings.record_log_in(self.number(), registrant["id"], now)

        await self.scene.storage.run(work)

    async def inside(self) -> list[int]:
        def work(uow: UnitOfWork) -> list[int]:
            members = [registration.member for registration in self.people]
            return [
                number for number, member in enumerate(members) if uow.admission.is_admitted(member, self.gathering.id)
            ]

        return await self.scene.storage.run(work)

    async def admitted(self) -> int:
        gathering = await self.scene.storage.run(lambda uow: uow.gatherings.get(self.gathering.id))
        assert gathering is not None
        return gathering.admitted

    async def told(self) -> list[tuple[str, int]]:
        """The notifications about places: kind and person."""
        members = {registration.member: number for number, registration in enumerate(self.people)}
        kinds = {NotificationKind.PLACE_FREED, NotificationKind.WAITING_ENDED}

        def work(uow: UnitOfWork) -> list[tuple[str, int]]:
            rows = uow.connection.execute(notices.select().order_by(notices.c.id))  # type: ignore[attr-defined]
            return [(row.kind, members[row.member]) for row in rows if row.kind in kinds]

        return await self.scene.storage.run(work)

    def statuses(self) -> list[str]:
        return list(self.scene.statuses().values())


async def house(scene: Scene, limit: int = 2, registered: int = 5) -> House:
    plan = Plan("Grief", START, "Europe/Madrid", door_rule=DoorRule(limit=limit))
    gathering = (await scene.storage.run(lambda uow: uow.gatherings.add([plan], Status.PUBLISHED)))[0]
    people = await scene.register(gathering, registered)
    await scene.reconciler.tick()
    scene.clock.move_to(START - 5 * MINUTE)
    return House(scene, gathering, people)


async def full_house(scene: Scene) -> House:
    """Persons 0 and 1 took the two places, and 1 logged in as it began; 2 and then 3 wait."""
    made = await house(scene)
    for person in (0, 1):
        assert (await scene.comes(made.people[person])).link is not None
    await made.at(timedelta(0))
    await made.begins()
    await made.logs_in(1)
    for person in (2, 3):
        assert "is full at the moment" in await made.says(person, "join")
        assert "You are waiting for a place" in await made.says(person, "wait")
    return made


async def test_the_place_of_who_does_not_come_goes_to_who_waits_first(scene: Scene) -> None:
    made = await full_house(scene)
    assert "1 person is before you" in await made.says(3, "join")
    await made.at(3 * MINUTE - timedelta(seconds=5))
    assert await made.inside() == [0, 1]
    await made.at(3 * MINUTE + timedelta(seconds=5))
    assert made.statuses() == ["cancelled", *["approved"] * 4], "withdrawn before it is given on"
    assert await made.inside() == [1]
    assert await made.admitted() == 2, "and nobody else's yet"
    await made.at(3 * MINUTE + timedelta(seconds=40))
    assert await made.inside() == [1, 2]
    assert await made.told() == [("place-freed", 2)]
    assert await made.admitted() == 2
    assert "You are next" in await made.says(3, "join")
    assert "Welcome" in await made.says(2, "join")
    assert "your place in Grief went to somebody who was waiting" in await made.says(0, "join")


async def test_who_came_too_late_may_wait_and_gets_the_same_link_valid_again(scene: Scene) -> None:
    made = await full_house(scene)
    await made.at(4 * MINUTE)
    assert "You are waiting" in await made.says(0, "wait")
    assert "You are waiting" in await made.says(0, "wait"), "twice is once"
    assert "Your place in Grief goes to somebody who waits" in await made.says(2, "wait", act="leave")
    await made.at(5 * MINUTE)
    assert await made.inside() == [1, 3]
    await made.at(9 * MINUTE)
    assert await made.inside() == [0, 1], "3 did not come, either"
    assert made.statuses() == ["approved", "approved", "cancelled", "cancelled", "approved"]
    own = scene.zoom.only.registrants[f"guest-{made.people[0].id}@gatherings.example"]
    entry = await scene.comes(made.people[0])
    assert entry.link is not None
    assert entry.link.reveal() == own["join_url"]
    assert max(scene.zoom.added.values()) == 1, "nobody is registered at Zoom twice"


async def test_a_sign_in_the_last_moment_keeps_the_place(scene: Scene) -> None:
    made = await full_house(scene)
    await made.at(3 * MINUTE + timedelta(seconds=20))
    assert made.statuses()[0] == "cancelled"
    await made.logs_in(0)
    await made.at(4 * MINUTE)
    assert await made.inside() == [0, 1]
    assert made.statuses()[0] == "approved", "they may step out and come back"
    assert await made.told() == []


async def test_a_sign_that_comes_too_late_restores_the_place_and_none_returns_until_it_is_even(scene: Scene) -> None:
    made = await full_house(scene)
    await made.at(4 * MINUTE)
    assert await made.inside() == [1, 2]
    await made.logs_in(0)
    await made.at(4 * MINUTE + timedelta(seconds=10))
    assert await made.inside() == [0, 1, 2]
    assert await made.admitted() == 3
    assert made.statuses()[0] == "approved"
    await made.at(9 * MINUTE)
    assert await made.inside() == [0, 1], "the place of 2, who did not come, makes it even"
    assert await made.admitted() == 2
    assert await made.told() == [("place-freed", 2)]


async def test_without_a_word_from_zoom_every_place_stays(scene: Scene) -> None:
    made = await house(scene)
    for person in (0, 1):
        await scene.comes(made.people[person])
    await made.says(2, "wait")

    def asked(uow: UnitOfWork) -> None:
        uow.meetings.record_started(made.gathering.id, START)

    await made.at(timedelta(0))
    await scene.storage.run(asked)
    await made.at(9 * MINUTE)
    assert await made.inside() == [0, 1]
    assert "cancelled" not in made.statuses()


async def test_a_meeting_that_begins_late_counts_from_then(scene: Scene) -> None:
    made = await house(scene)
    for person in (0, 1):
        await scene.comes(made.people[person])
    await made.says(2, "wait")
    await made.at(5 * MINUTE)
    assert await made.inside() == [0, 1]
    await made.begins()
    await made.logs_in(1)
    await made.at(8 * MINUTE - timedelta(seconds=5))
    assert await made.inside() == [0, 1]
    await made.at(8 * MINUTE + timedelta(seconds=45))
    assert await made.inside() == [1, 2]


async def test_after_a_restart_places_wait_until_zoom_has_sent_everything_again(scene: Scene) -> None:
    made = await full_house(scene)
    await made.at(MINUTE)
    await scene.storage.run(lambda uow: listen(uow, scene.clock.now()))
    await made.at(6 * MINUTE + timedelta(seconds=25))
    assert await made.inside() == [0, 1]
    await made.at(7 * MINUTE + timedelta(seconds=15))
    assert await made.inside() == [1, 2]


async def test_waiting_ends_kindly_as_the_doors_close(scene: Scene) -> None:
    made = await full_house(scene)
    await made.logs_in(0)
    await scene.storage.run(
        lambda uow: uow.gatherings.add([Plan("Anger", START + timedelta(days=1), "UTC")], Status.PUBLISHED)
    )
    await made.at(10 * MINUTE + timedelta(seconds=10))
    assert await made.told() == [("waiting-ended", 2), ("waiting-ended", 3)]
    assert "The next gathering is Anger" in await made.says(2, "wait")
    assert await made.inside() == [0, 1]


async def test_what_is_on_its_way_as_the_doors_close_is_kept(scene: Scene) -> None:
    made = await house(scene)
    for person in (0, 1):
        await scene.comes(made.people[person])
    await made.at(6 * MINUTE + timedelta(seconds=45))
    await made.begins()
    await made.logs_in(1)
    await made.says(2, "wait")
    await made.at(9 * MINUTE + timedelta(seconds=55))
    assert await made.inside() == [1]
    await made.at(10 * MINUTE + timedelta(seconds=10))
    assert await made.inside() == [0, 1], "nobody else may have it any more"
    assert made.statuses() == ["approved", "approved", *["cancelled"] * 3]


async def test_unregistering_gives_the_place_to_who_waits(scene: Scene) -> None:
    made = await full_house(scene)
    await made.says(0, "unregister")
    await made.at(timedelta(seconds=10))
    assert made.statuses()[0] == "cancelled"
    assert await made.inside() == [1]
    await made.at(timedelta(seconds=50))
    assert await made.inside() == [1, 2]
    await made.says(1, "unregister")
    await made.at(9 * MINUTE)
    assert await made.admitted() == 2, "whoever is in the room may still be there"


async def test_who_unregisters_waits_no_more(scene: Scene) -> None:
    made = await full_house(scene)
    await made.says(2, "unregister")
    await made.at(4 * MINUTE)
    assert await made.inside() == [1, 3]


@pytest.mark.parametrize("trouble", [[refuses(500)] * 12, [does_it_and_drops_the_line]])
async def test_nothing_is_given_on_before_zoom_confirms(scene: Scene, trouble: list[object]) -> None:
    made = await full_house(scene)
    await made.at(3 * MINUTE - timedelta(seconds=5))
    scene.zoom.trouble = list(trouble)  # type: ignore[arg-type]
    for _ in range(20):
        await made.at(scene.clock.now() - START + timedelta(seconds=5))
        if 2 in await made.inside():
            break
        assert await made.admitted() == 2
    assert await made.inside() == [1, 2]
    assert made.statuses()[0] == "cancelled"


async def test_a_newcomer_goes_to_the_end_of_the_line(scene: Scene) -> None:
    """More places by hand: those who wait get them before whoever presses Join in that moment."""
    made = await full_house(scene)
    await scene.change(made.gathering, door_rule=DoorRule(limit=4))
    entry = await scene.comes(made.people[4])
    assert (entry.doors, entry.may_wait) == (Doors.FULL, True)
    assert await made.inside() == [0, 1, 2, 3]
    assert await made.told() == [("place-freed", 2), ("place-freed", 3)]


@on_both
async def test_two_processes_serve_the_line_once(scene: Scene) -> None:
    made = await full_house(scene)
    await scene.change(made.gathering, door_rule=DoorRule(limit=3))
    issuer = ZoomPassIssuer(scene.storage, ZoomMeetings(scene.client, HOUSE), scene.clock)
    queues = [AdmissionQueue(scene.storage, HOUSE, scene.clock, issuer) for _ in range(2)]
    await asyncio.gather(*(queue.enter(made.people[4].key) for queue in queues), scene.reconciler.tick())
    assert await made.inside() == [0, 1, 2]
    assert await made.told() == [("place-freed", 2)]
    assert await made.admitted() == 3


async def test_nothing_stays_for_good_where_the_setting_says_so(scene: Scene) -> None:
    made = await full_house(scene)
    object.__setattr__(scene.reconciler._config, "unused_places", timedelta(0))
    try:
        await made.at(9 * MINUTE)
        assert await made.inside() == [0, 1]
    finally:
        object.__setattr__(scene.reconciler._config, "unused_places", timedelta(minutes=3))

"""An evening for which far more people come than there are places, and many who take a place never log in.

Real: the storage, the door in chat and on the web, the reconciler, and what is made of Zoom's events. Zoom itself, its
events and the people are played, on virtual time, all chance from a seed. `python -m tests.simulation.full_house`
counts over many seeds how many are in the room at ten past, and how many were in it at once.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

import storage.engine.open
import storage.engine.sqlite
from adapters.web.admission_queue import AdmissionQueue
from adapters.zoom.passes import ZoomPassIssuer
from adapters.zoom.reconcile import MeetingReconciler
from bot.addresses import Address
from bot.admission.model import DoorRule
from bot.admission.waiting import WaitAct
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Gathering, Plan, Status
from bot.meetings.events import MeetingEvent, MeetingEventKind
from bot.meetings.hear import hear, listen
from bot.meetings.model import MeetingStatus, Pass
from bot.meetings.ports import Issued, MeetingMade
from bot.members.model import Person
from bot.notifications.model import NotificationKind
from bot.ports import TryLater
from bot.registrations.model import Registration
from bot.request import Call, Request
from bot.secrets import StartLink, ZoomLink
from bot.unit_of_work import UnitOfWork
from bot.views import Answer, Button, Buttons, SecretLinkButton, View
from storage.engine.open import OpenStorage, open_storage
from storage.migrations.upgrade import upgrade
from storage.schema import notices
from tests.databases import KEY
from tests.simulation.database import CalmDatabase, InlineThread, open_inline, shared_engine
from tests.simulation.loop import START as LOOP_START
from tests.simulation.loop import VirtualLoop

T = TypeVar("T")
START = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
PEOPLE, PLACES, ABSENT, ENOUGH = 300, 90, 30, 89
CLOSES = 600.0
"""Seconds after the start; all times of an evening are such seconds."""
OPENS = -900.0
NUMBER = "98765432100"
HOUSE = Config(public_url="https://gatherings.example", meetings=True, door_rule=DoorRule(PLACES))


@dataclass(frozen=True, slots=True)
class Weather:
    """How Zoom's events come in. `lost`: the share that never does; the others may be late, twice, in another order."""

    lost: float
    doubled: float
    late: float
    outage: tuple[float, float]
    """From and until when the web half is restarted: what Zoom sends then it sends again after five minutes."""

    @classmethod
    def of(cls, chance: random.Random) -> Weather:
        at = chance.uniform(-600, 300)
        outage = (at, at + chance.uniform(2, 15)) if chance.random() < 0.2 else (0.0, 0.0)
        return cls(chance.choice([0, 0, 0.005, 0.01, 0.02]), 0.05, 0.03, outage)


@dataclass(frozen=True, slots=True)
class Evening:
    """What became of one evening."""

    seed: int
    inside: int
    """Logged in as the doors closed."""
    most: int
    """Logged in at once, at the most."""
    given_on: int
    lost_events: int
    unheard: int
    """Who was in the room by then, and of whom no event came in."""
    late_begin: float
    connected: int
    """Of those for whom two were registered, how many became one member in time."""
    shut_out: int
    """Of these, who was in the room and whose link is no longer valid."""

    @property
    def is_kept(self) -> bool:
        return self.most <= PLACES and not self.shut_out

    def line(self) -> str:
        return (
            f"seed {self.seed}: {self.inside} in at ten past, {self.most} at once at the most; {self.given_on} places"
            f" given on, {self.lost_events} events lost, {self.unheard} unheard of, began at {self.late_begin:+.0f} s;"
            f" {self.connected} became one with another self, {self.shut_out} of them were shut out"
        )


@dataclass
class PlayedZoom:
    """`bot.meetings.ports.MeetingService`, and the meeting itself."""

    house: House
    approved: dict[str, bool] = field(default_factory=dict)
    """By registrant."""
    inside: set[str] = field(default_factory=set)
    ever: set[str] = field(default_factory=set)
    other_self: dict[str, str] = field(default_factory=dict)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    most: int = 0
    left_out: frozenset[str] | None = None

    async def _call(self) -> None:
        await asyncio.sleep(self.house.chance.uniform(0.1, 1.2))
        if self.house.chance.random() < 0.02:
            raise TryLater("Zoom is busy")

    async def create(self, gathering: Gathering) -> MeetingMade:
        await self._call()
        return MeetingMade(NUMBER, ZoomLink(f"https://zoom.example/j/{NUMBER}"))

    async def find(self, gathering: Gathering) -> MeetingMade | None:
        return None

    async def look(self, number: str) -> None:
        pass

    async def status(self, number: str) -> MeetingStatus:
        await self._call()
        return MeetingStatus(self.began.is_set(), START, timedelta(minutes=90))

    async def start_link(self, number: str) -> StartLink:
        raise TryLater("nobody asks for it here")

    async def update(self, number: str, gathering: Gathering) -> None:
        await self._call()

    async def delete(self, number: str) -> None:
        await self._call()

    async def issue(self, number: str, passes: Sequence[Pass]) -> list[Issued]:
        await self._call()
        self.approved.update({f"R{pass_.registration}": True for pass_ in passes})
        return await self._links(passes)

    async def issued(self, number: str) -> list[Issued]:
        return []

    async def withdraw(self, number: str, passes: Sequence[Pass]) -> None:
        await self._call()
        self.approved.update({pass_.registrant: False for pass_ in passes})

    async def reinstate(self, number: str, passes: Sequence[Pass]) -> list[Issued]:
        await self._call()
        self.approved.update({pass_.registrant: True for pass_ in passes})
        return await self._links(passes)

    async def _links(self, passes: Sequence[Pass]) -> list[Issued]:
        registrations = [pass_.registration for pass_ in passes]
        return [Issued(one, f"R{one}", ZoomLink(f"https://zoom.example/w/1?tk=R{one}")) for one in registrations]

    # ---- the room

    async def log_in(self, registrant: str) -> bool:
        """Through the waiting room, from which the host lets people in; False where the link is not valid."""
        if not self.approved.get(registrant):
            return False
        self.house.tell(MeetingEventKind.SEEN, registrant)
        await self.began.wait()
        await asyncio.sleep(self.house.chance.uniform(1, 12))
        self.inside.add(registrant)
        self.ever.add(registrant)
        self.most = max(self.most, self.people_inside())
        self.house.tell(MeetingEventKind.JOINED, registrant)
        return True

    def people_inside(self) -> int:
        """Whoever is in with two devices is one."""
        return len({self.other_self.get(registrant, registrant) for registrant in self.inside})

    def leave(self, registrant: str) -> None:
        self.inside.discard(registrant)
        self.house.tell(MeetingEventKind.LEFT, registrant)


class House:
    """The bot, Zoom and the people of one evening."""

    def __init__(self, seed: int, loop: VirtualLoop, pairs: int) -> None:
        """`pairs`: of how many people two selves are registered, who become one member while the doors are open."""
        self.seed, self.loop, self.chance, self.pairs = seed, loop, random.Random(seed), pairs
        self.weather = Weather.of(self.chance)
        self.begins_at = self.chance.uniform(-240, 60)
        self.zoom = PlayedZoom(self)
        self.heard_of: set[str] = set()
        self.lost_events = 0
        self.freed: dict[int, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.storage: OpenStorage
        self.gathering: int

    # ---- time

    def now(self) -> datetime:
        """The bot's clock."""
        return START + timedelta(seconds=self.seconds())

    def seconds(self) -> float:
        return self.loop.time() - LOOP_START + OPENS - 120

    async def until(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds - self.seconds()))

    # ---- Zoom's events

    def tell(self, kind: MeetingEventKind, registrant: str = "") -> None:
        event = MeetingEvent(kind, NUMBER, self.now(), registrant)
        if self.chance.random() < self.weather.lost:
            self.lost_events += 1
            return
        for _ in range(2 if self.chance.random() < self.weather.doubled else 1):
            late = self.chance.uniform(5, 25) if self.chance.random() < self.weather.late else 0
            self.beside(self._deliver(event, self.chance.expovariate(1) + late))

    async def _deliver(self, event: MeetingEvent, delay: float) -> None:
        await asyncio.sleep(delay)
        if self.weather.outage[0] <= self.seconds() < self.weather.outage[1]:
            await asyncio.sleep(300)
        await self.storage.run(lambda uow: hear(uow, event, self.now(), HOUSE))
        self.heard_of.add(event.registrant)

    def beside(self, work: Coroutine[object, object, None]) -> None:
        self._tasks.add(self.loop.create_task(work))

    # ---- the evening

    async def live(self) -> Evening:
        registrations = await self.storage.run(self._prepare)
        issuer = ZoomPassIssuer(self.storage, self.zoom, self)
        reconciler = MeetingReconciler(self.storage, self.zoom, self, HOUSE)
        self.freed = {registration.member: asyncio.Event() for registration in registrations}
        queues = [AdmissionQueue(self.storage, HOUSE, self, issuer) for _ in range(2)]
        dispatcher = Dispatcher(self.storage, HOUSE)
        dispatcher.passes = issuer
        self.beside(self._keep_ticking(reconciler))
        self.beside(self._carry_messages())
        self.beside(self._host())
        if self.weather.outage[1]:
            self.beside(self._restart())
        early = registrations[:]
        self.chance.shuffle(early)
        first, later = early[:PLACES], early[PLACES:]
        absent = set(self.chance.sample(range(PLACES), ABSENT))
        visitors = [self._person(registration, queues, dispatcher) for registration in (*first, *later)]
        for number, person in enumerate(visitors[:PLACES]):
            self.beside(person.comes(self.chance.uniform(OPENS, -360), is_absent=number in absent))
        for person in visitors[PLACES:]:
            self.beside(person.comes(self.chance.uniform(-340, 120)))
        connected = self._connect_some(visitors)
        await self.until(CLOSES)
        inside = self.zoom.people_inside()
        unheard = len(self.zoom.ever - self.heard_of)
        await self.until(CLOSES + 240)
        given_on = await self.storage.run(self._given_on)
        failed = [task.exception() for task in self._tasks if task.done() and not task.cancelled() and task.exception()]
        if failed:
            raise ExceptionGroup(f"seed {self.seed}", failed)  # type: ignore[type-var]
        shut_out = [one for one in connected if one.is_inside and not self.zoom.approved[one.registrant]]
        counts = (given_on, self.lost_events, unheard, self.begins_at, len(connected), len(shut_out))
        return Evening(self.seed, inside, self.zoom.most, *counts)

    def _connect_some(self, visitors: Sequence[Visitor]) -> list[Visitor]:
        """Of each pair one comes early, and the other when the house is full; returns whoever has become one."""
        chance, connected = random.Random(f"connecting {self.seed}"), list[Visitor]()
        early, late = visitors[:PLACES], visitors[PLACES:]
        for one, other in zip(chance.sample(early, self.pairs), chance.sample(late, self.pairs), strict=True):
            self.beside(one.connects(other, chance.uniform(-300, CLOSES - 60), connected))
        return connected

    def _prepare(self, uow: UnitOfWork) -> list[Registration]:
        plan = Plan("Grief and Gratitude", START, "Europe/Madrid", door_rule=HOUSE.door_rule)
        self.gathering = uow.gatherings.add([plan], Status.PUBLISHED)[0].id
        people = [uow.members.get_or_create(who(number), self.now()) for number in range(PEOPLE)]
        return [uow.registrations.add(member.id, [self.gathering], self.now())[0] for member in people]

    def _person(self, registration: Registration, queues: Sequence[AdmissionQueue], dispatcher: Dispatcher) -> Visitor:
        number = registration.member
        at_page = self.chance.random() < 0.2
        return Visitor(self, registration, self.chance.choice(queues) if at_page else None, dispatcher, number)

    async def _keep_ticking(self, reconciler: MeetingReconciler) -> None:
        while True:
            due = await reconciler.tick()
            seconds = (due - self.now()).total_seconds() if due is not None else 20.0
            await asyncio.sleep(max(0.1, seconds))

    async def _carry_messages(self) -> None:
        """What the outbox would send, a few seconds after it was added."""
        last = 0

        def read(uow: UnitOfWork) -> list[tuple[int, int]]:
            query = notices.select().where(notices.c.id > last, notices.c.kind == NotificationKind.PLACE_FREED.value)
            return [(row.id, row.member) for row in uow.connection.execute(query.order_by(notices.c.id))]  # type: ignore[attr-defined]

        while True:
            await asyncio.sleep(2)
            for added, member in await self.storage.run(read):
                last = added
                self.loop.call_later(self.chance.uniform(0.5, 5), self.freed[member].set)

    async def _restart(self) -> None:
        await self.until(self.weather.outage[1])
        await self.storage.run(lambda uow: listen(uow, self.now()))

    async def _host(self) -> None:
        await self.until(self.begins_at)
        self.zoom.began.set()
        self.tell(MeetingEventKind.STARTED)
        self.tell(MeetingEventKind.JOINED)

    def _given_on(self, uow: UnitOfWork) -> int:
        query = notices.select().where(notices.c.kind == NotificationKind.PLACE_FREED.value)
        return len(uow.connection.execute(query).all())  # type: ignore[attr-defined]


@dataclass
class Visitor:
    """One who wants to come in: on the page, or in chat."""

    house: House
    registration: Registration
    queue: AdmissionQueue | None
    dispatcher: Dispatcher
    number: int
    is_done: bool = False
    """Their other self goes on instead."""
    came_as: str = ""
    """The registrant by whose link they logged in."""

    @property
    def is_inside(self) -> bool:
        return self.came_as in self.house.zoom.inside

    @property
    def registrant(self) -> str:
        return f"R{self.registration.id}"

    async def comes(self, at: float, *, is_absent: bool = False) -> None:
        chance = self.house.chance
        await self.house.until(at)
        has_link = await self._presses()
        if is_absent:
            return
        while not has_link:
            if self.is_done or self.house.seconds() > CLOSES or chance.random() < 0.02:
                return  # tired of waiting, without a word
            await self._waits()
            if not await self._until_free():
                return
            await asyncio.sleep(min(60.0, chance.lognormvariate(2.3, 0.7)))
            has_link = await self._presses()
        await asyncio.sleep(min(150.0, chance.lognormvariate(2.5, 0.9)))
        if self.is_done:
            return
        if not await self._logs_in():
            await self.comes(self.house.seconds() + 5)
        elif chance.random() < 0.05:
            await asyncio.sleep(chance.uniform(20, 200))
            self.house.zoom.leave(self.came_as)
            await asyncio.sleep(chance.uniform(5, 60))
            await self._logs_in()

    async def _logs_in(self) -> bool:
        registrant = self.registrant
        if not await self.house.zoom.log_in(registrant):
            return False
        self.came_as = registrant
        return True

    async def connects(self, other: Visitor, at: float, connected: list[Visitor]) -> None:
        """Becomes one member with another self, by a code; who is in the room stays there, else the other goes on."""
        await self.house.until(at)
        code = re.search(r"/htg connect ([\w-]+)", repr(await self._answer(Call.of("connect"))))
        assert code is not None
        question = await other._answer(Call.of("connect", code=code[1]))
        (confirm,) = (each.call for each in buttons(question, Button) if each.call.name == "connect-confirm")
        await other._answer(confirm)
        if self.is_inside and other.is_inside:
            self.house.zoom.leave(other.came_as)
        stays, goes = (self, other) if self.is_inside else (other, self)
        goes.is_done = True
        for member in (self.registration.member, other.registration.member):
            self.house.freed[member].set()  # they look again
        self.house.zoom.other_self[other.registrant] = self.registrant
        stays.registration = min(self.registration, other.registration, key=lambda each: each.id)
        connected.append(stays)

    async def _presses(self) -> bool:
        if self.queue is not None:
            result = await self.queue.enter(self.registration.key)
            return result is not None and result[1].link is not None
        return await self._asks(Call.of("join", gathering=self.house.gathering))

    async def _answer(self, call: Call) -> Answer:
        return await self.dispatcher.answer(Request(who(self.number - 1), call, self.house.now()))

    async def _asks(self, call: Call) -> bool:
        return bool(buttons(await self._answer(call), SecretLinkButton))

    async def _waits(self) -> None:
        self.house.freed[self.registration.member].clear()
        if self.queue is not None:
            await self.queue.change(self.registration.key, WaitAct.WAIT)
        else:
            await self._asks(Call.of("wait", gathering=self.house.gathering))

    async def _until_free(self) -> bool:
        while self.house.seconds() < CLOSES:
            if self.queue is None:
                try:
                    async with asyncio.timeout(CLOSES - self.house.seconds()):
                        await self.house.freed[self.registration.member].wait()
                except TimeoutError:
                    return False
                return True
            await asyncio.sleep(10)
            looked = await self.queue.look(self.registration.key, lambda _, visit: visit)
            if looked is not None and looked[0].inside:
                return True
        return False


def buttons(answer: Answer, kind: type[T]) -> list[T]:
    parts = answer.parts if isinstance(answer, View) else ()
    return [each for part in parts if isinstance(part, Buttons) for each in part.buttons if isinstance(each, kind)]


def who(number: int) -> Person:
    return Person(Address("sandbox", f"p{number}"), f"Person{number} Surname")


# ---- many evenings


@cache
def template() -> Path:
    """A database with all tables, made once for each process."""
    path = Path(tempfile.mkdtemp(prefix="htg-full-house-")) / "empty.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@contextmanager
def on_virtual_time(seed: int) -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    weather = CalmDatabase(random.Random(f"database {seed}"))

    async def opened(connect: object) -> InlineThread:
        return await open_inline(loop, lambda: weather, connect)  # type: ignore[arg-type]

    with (
        patch.object(storage.engine.open, "open_thread", opened),
        patch.object(storage.engine.sqlite, "make_engine", shared_engine),
    ):
        yield loop


def play(seed: int, pairs: int = 0) -> Evening:
    with tempfile.TemporaryDirectory(prefix="htg-full-house-") as directory, on_virtual_time(seed) as loop:
        path = Path(shutil.copy(template(), Path(directory) / "htg.db"))

        async def evening() -> Evening:
            house = House(seed, loop, pairs)
            house.storage = await open_storage(f"sqlite:///{path}", [KEY])
            return await house.live()

        try:
            return loop.run_until_complete(evening())
        finally:
            loop.bury()
            loop.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.full_house", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--pairs", type=int, default=0, help="people of whom two selves become one member meanwhile")
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    options = parser.parse_args()
    seeds = [options.seed] if options.seed else range(1, options.seeds + 1)
    evenings: list[Evening] = []
    with ProcessPoolExecutor(options.jobs) as processes:
        for evening in processes.map(partial(play, pairs=options.pairs), seeds):
            print(evening.line(), flush=True)  # noqa: T201
            evenings.append(evening)
    enough = sum(evening.inside >= ENOUGH for evening in evenings)
    over = [evening.seed for evening in evenings if not evening.is_kept]
    print(f"{enough} of {len(evenings)} evenings had {ENOUGH} in at ten past; over {PLACES} at once: {over or 'never'}")  # noqa: T201
    return 0 if not over and enough * 200 >= 198 * len(evenings) else 1


if __name__ == "__main__":
    sys.exit(main())

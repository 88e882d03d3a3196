"""The first story: people on Slack and Discord register, reminders come, and a worker is killed on the way.

A story is a coroutine over a `World` that returns what is wrong with the books at its end. `tell_story(seed)` runs it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.gatherings.model import Gathering, Plan, Status
from bot.members.model import Person
from bot.secrets import ZoomLink
from tests.conversations.harness import Persona
from tests.simulation.books import Stay, balance_reminders, heard
from tests.simulation.people import Cast
from tests.simulation.world import BEGINNING, World

OFFSETS = (timedelta(hours=24), timedelta(hours=1), timedelta(minutes=10))
PEOPLE_ON_EACH_PLATFORM = 5
BACK_AFTER = 30.0
"""Seconds until a killed worker is started again."""
HEAD_START = timedelta(minutes=PEOPLE_ON_EACH_PLATFORM / 20) * 1.2
"""At Discord's pace of 20 a minute, and a little more."""
LATEST = timedelta(minutes=4)
"""After its time, a reminder that was in the hands of the worker that died: its claim ends after two minutes."""

Story = Callable[[World], Awaitable[list[str]]]


@dataclass(frozen=True)
class Told:
    """How a story went: the event log, and one sentence for each promise that was broken."""

    seed: int
    lines: list[str]
    problems: list[str]
    alarms: list[str]
    steps: int


def tell_story(seed: int, story: Story | None = None, settings: dict[str, str] | None = None) -> Told:
    world = World(seed, settings=settings)
    with world.running():
        try:
            problems = world.run(_told(story or first_story, world))
        except Exception as failure:  # noqa: BLE001 - a story that breaks off is a finding, told with its seed
            problems = [f"the story broke off: {type(failure).__name__}: {failure}"]
        problems = [*problems, *world.defects]
    return Told(seed, world.lines, problems, world.alarms, world.loop.steps)


async def _told(story: Story, world: World) -> list[str]:
    return await story(world)


async def first_story(world: World, stays: list[Stay] | None = None) -> list[str]:
    """`stays`: filled with everybody who registered, for whoever wants to look at the books again."""
    stays = [] if stays is None else stays
    workers = [world.start_worker(), world.start_worker()]
    await world.until_ready(*workers)
    await asyncio.sleep(3)
    gathering = await _publish(world, starts_in=timedelta(hours=26))
    cast = Cast(world)
    people: list[Persona] = []
    for number in range(PEOPLE_ON_EACH_PLATFORM):
        people += [cast.on_slack(f"Slack{number}"), cast.on_discord(f"Discord{number}")]
    stays += await asyncio.gather(*(_register(world, cast, who, gathering) for who in people))
    killed_before = world.chance.choice(OFFSETS)
    for offset in OFFSETS:
        await world.skip_to(gathering.starts_at - offset - HEAD_START)
        if offset == killed_before:
            await _kill_on_the_way(world)
        await world.until(gathering.starts_at - offset + timedelta(seconds=15))
    await world.skip_to(gathering.ends_at + timedelta(minutes=1))
    await cast.close()
    return balance_reminders(stays, OFFSETS, heard(world), LATEST, HEAD_START)


async def _publish(world: World, starts_in: timedelta) -> Gathering:
    link = ZoomLink("https://zoom.example/j/1", "code")
    plan = Plan("Grief", BEGINNING + starts_in, "Europe/Madrid", facilitators="Frances", link=link)
    return (await world.transact(lambda uow: uow.gatherings.add([plan], Status.PUBLISHED)))[0]


async def _register(world: World, cast: Cast, who: Persona, gathering: Gathering) -> Stay:
    await asyncio.sleep(world.chance.uniform(0, 20))
    await cast.insists(who, "registers", lambda: who.says("/htg register grief"))
    now = world.now()
    member = await world.transact(lambda uow: uow.members.get_or_create(Person(who.address, who.name), now).id)
    return Stay(who, member, gathering, now)


async def _kill_on_the_way(world: World) -> None:
    """One worker dies while reminders are sent, before any of its steps, and is started again."""
    victim = world.chance.choice([each for each in world.processes if each.is_running])

    async def replace() -> None:
        await asyncio.sleep(world.chance.uniform(0, HEAD_START.total_seconds() + 2))
        victim.crash_at = victim.steps + world.chance.randint(1, 60)
        await victim.died.wait()
        await asyncio.sleep(BACK_AFTER)
        world.start_worker()

    world.background(replace())

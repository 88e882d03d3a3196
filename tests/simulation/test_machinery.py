"""The simulation's own machinery: time, processes, network and database fail as they are told to, and only so."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot import ports
from tests.adapters.discord.fake_discord import TOKEN, Fault
from tests.adapters.slack.fake_web_api import BOT_TOKEN
from tests.simulation.database import CalmDatabase, DatabaseFault
from tests.simulation.loop import START, Deadlock, VirtualLoop
from tests.simulation.network import FairWeather, NetFault
from tests.simulation.process import VirtualProcess
from tests.simulation.world import BEGINNING, World


@contextmanager
def empty_world() -> Iterator[World]:
    world = World(1)
    with world.running():
        yield world


class OneFault(FairWeather):
    """The first request or connect meets it, and no other."""

    def __init__(self, fault: NetFault) -> None:
        super().__init__(random.Random(1))
        self.left = [fault]

    def on_connect(self, address: tuple[str, int], process: VirtualProcess | None) -> NetFault | None:
        connecting = {NetFault.REFUSED, NetFault.UNREACHABLE}
        return self.left.pop() if self.left and self.left[0] in connecting else None

    def on_request(self, address: tuple[str, int], process: VirtualProcess | None) -> NetFault | None:
        return self.left.pop() if self.left else None


@asynccontextmanager
async def counting_server(port: int) -> AsyncIterator[list[str]]:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(await request.text())
        return web.Response(text="done")

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield asked
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("fault", "carried_out", "seen"),
    [
        (NetFault.REFUSED, 0, aiohttp.ClientConnectorError),
        (NetFault.UNREACHABLE, 0, TimeoutError),
        (NetFault.RESET_BEFORE, 0, aiohttp.ClientError),
        (NetFault.RESET_AFTER, 1, aiohttp.ClientError),
        (NetFault.ANSWER_LOST, 1, TimeoutError),
        (NetFault.REQUEST_LOST, 0, TimeoutError),
        (None, 1, None),
    ],
)
def test_the_network_fails_as_it_is_told(fault: NetFault | None, carried_out: int, seen: Any) -> None:
    async def story(world: World) -> None:
        async with counting_server(7000) as asked, aiohttp.ClientSession() as session:
            if fault is not None:
                world.network.weather = OneFault(fault)
            met: list[tuple[int, type[BaseException]]] = []
            for turn in range(2):
                try:
                    timeout = aiohttp.ClientTimeout(total=10)
                    async with session.post("http://127.0.0.1:7000/", data="x" * 200_000, timeout=timeout) as response:
                        assert await response.text() == "done"
                except (aiohttp.ClientError, OSError) as failure:
                    met.append((turn, type(failure)))
            assert len(met) == (seen is not None)
            assert all(turn == 0 and issubclass(kind, seen) for turn, kind in met)
            assert len(asked) == carried_out + 1
            assert asked[-1] == "x" * 200_000

    with empty_world() as world:
        world.run(story(world))


def test_nothing_of_a_killed_process_runs_again_and_its_peers_see_a_reset() -> None:
    ended: list[str] = []

    async def client() -> None:
        try:
            async with aiohttp.ClientSession() as session, session.ws_connect("http://127.0.0.1:7000/") as socket:
                await socket.receive()
        finally:
            ended.append("client")

    async def story(world: World) -> None:
        lost = asyncio.Event()

        async def serve(request: web.Request) -> web.WebSocketResponse:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            async for _ in socket:
                pass
            lost.set()
            return socket

        app = web.Application()
        app.router.add_get("/", serve)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 7000).start()
        process = VirtualProcess(world.loop, "client", world.now)
        world.processes.append(process)  # type: ignore[arg-type]
        process.start(client)
        await asyncio.sleep(1)
        assert not lost.is_set()
        process.kill()
        await asyncio.sleep(1)
        assert lost.is_set()
        assert process.task is not None
        assert not process.task.done()
        assert ended == []
        await runner.cleanup()

    with empty_world() as world:
        world.run(story(world))
        assert ended == []
    assert world.unburied == 0


def test_a_crash_comes_before_the_step_that_was_named() -> None:
    async def count(steps: list[int]) -> None:
        for number in range(10):
            steps.append(number)
            await asyncio.sleep(1)

    def run(crash_at: int) -> int:
        steps: list[int] = []
        with empty_world() as world:
            process = VirtualProcess(world.loop, "counts", world.now)
            world.processes.append(process)  # type: ignore[arg-type]
            process.crash_at = crash_at
            process.start(lambda: count(steps))
            world.run(asyncio.sleep(60))
        return len(steps)

    found = [run(crash_at) for crash_at in range(1, 8)]
    assert found[0] == 0, "before its first step"
    assert found == sorted(found)
    assert found[-1] < 10


def test_a_frozen_process_goes_on_where_it_stood() -> None:
    steps: list[float] = []

    async def count(world: World) -> None:
        for _ in range(5):
            steps.append(world.loop.time() - START)
            await asyncio.sleep(10)

    async def story(world: World) -> None:
        process = VirtualProcess(world.loop, "counts", world.now)
        world.processes.append(process)  # type: ignore[arg-type]
        began = world.loop.time() - START
        process.start(lambda: count(world))
        await asyncio.sleep(15)
        process.freeze()
        await asyncio.sleep(100)
        process.thaw()
        await asyncio.sleep(100)
        assert [round(each - began) for each in steps] == [0, 10, 115, 125, 135]

    with empty_world() as world:
        world.run(story(world))


def test_where_nothing_is_left_to_happen_it_says_so() -> None:
    loop = VirtualLoop()
    with pytest.raises(Deadlock):
        loop.run_until_complete(loop.create_future())
    loop.close()


def test_time_that_is_left_out_passes_on_the_calendar_and_leases_are_held() -> None:
    async def story(world: World) -> None:
        before = world.loop.time()
        until = world.now() + timedelta(seconds=9)
        assert await world.transact(lambda uow: uow.leases.acquire("gateway", "one", until, world.now()))
        woken = asyncio.create_task(asyncio.sleep(3600))
        await world.skip_to(BEGINNING + timedelta(hours=2))
        assert world.now() == BEGINNING + timedelta(hours=2)
        assert world.loop.time() - before < 10
        await asyncio.sleep(4)
        assert woken.done(), "what was set for an hour later has come"
        now = world.now()
        assert not await world.transact(lambda uow: uow.leases.acquire("gateway", "two", now + timedelta(1), now))

    with empty_world() as world:
        world.run(story(world))


class SlowWeather(FairWeather):
    def latency(self, address: tuple[str, int], process: VirtualProcess | None) -> float:
        return 5.0


def test_no_time_is_left_out_while_a_connection_is_being_opened() -> None:
    async def story(world: World) -> None:
        async def connect() -> None:
            with pytest.raises(ConnectionRefusedError):
                await world.network.connect([(None, None, None, None, ("127.0.0.1", 9))])
            ended.append(world.now())

        ended: list[datetime] = []
        world.network.weather = SlowWeather(random.Random(1))
        attempt = asyncio.create_task(connect())
        await world.skip_to(BEGINNING + timedelta(hours=2))
        assert attempt.done()
        assert ended[0] - BEGINNING < timedelta(minutes=1), "as long as that takes"

    with empty_world() as world:
        world.run(story(world))


class FailingOnce(CalmDatabase):
    def __init__(self, fault: DatabaseFault) -> None:
        super().__init__(random.Random(1))
        self.left = [fault]

    def on_transaction(self) -> DatabaseFault | None:
        return self.left.pop() if self.left else None


@pytest.mark.parametrize(
    ("fault", "is_kept", "seen"),
    [
        (DatabaseFault.LOCKED, False, ports.Overloaded),
        (DatabaseFault.FAILED, False, Exception),
        (DatabaseFault.UNCERTAIN_KEPT, True, ports.CommitUncertain),
        (DatabaseFault.UNCERTAIN_LOST, False, ports.CommitUncertain),
    ],
)
def test_the_database_fails_as_it_is_told(fault: DatabaseFault, is_kept: bool, seen: type[Exception]) -> None:
    async def story(world: World) -> None:
        world.database = FailingOnce(fault)
        with pytest.raises(seen):
            await world.transact(lambda uow: uow.state.set("mark", "x"))
        assert await world.transact(lambda uow: uow.state.get("mark")) == ("x" if is_kept else None)

    with empty_world() as world:
        world.run(story(world))


def test_what_breaks_off_beside_a_story_is_reported() -> None:
    async def breaks_off() -> None:
        raise ValueError("nobody can press that")

    async def story(world: World) -> None:
        world.background(breaks_off())
        await asyncio.sleep(1)
        assert world.defects == ["story: broke off beside it: ValueError: nobody can press that"]

    with empty_world() as world:
        world.run(story(world))


def test_a_request_that_no_platform_can_read_is_reported() -> None:
    async def story(world: World) -> None:
        async with aiohttp.ClientSession() as session:
            slack = {"Authorization": f"Bearer {BOT_TOKEN}"}
            body: dict[str, Any] = {"channel": world.slack.user("Ada").id, "text": "x", "blocks": [{"type": "nothing"}]}
            await session.post(f"{world.slack.api_url}chat.postMessage", json=body, headers=slack)
            assert [each.startswith("slack: cannot show") for each in world.defects] == [True]
            discord = {"Authorization": f"Bot {TOKEN}"}
            line = world.discord.state.dm_channel(world.discord.state.person("Ben"))
            body = {"content": "x" * 3000, "allowed_mentions": {"parse": []}}
            await session.post(f"{world.discord.api_url}/channels/{line.id}/messages", json=body, headers=discord)
            assert [each.partition(":")[0] for each in world.defects] == ["slack", "discord"]
            world.discord.faults.append(Fault("POST", "/channels/.*", 403, body={"message": "closed", "code": 50007}))
            await session.post(f"{world.discord.api_url}/channels/{line.id}/messages", json=body, headers=discord)
            assert len(world.defects) == 2, "what a platform refuses for another reason is no defect"

    with empty_world() as world:
        world.run(story(world))

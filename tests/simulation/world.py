"""A world for one story: time, network, database, platforms, and processes of the bot in it, all from one seed."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from aiohttp.web_app import _cached_build_middleware

import htg
from bot.unit_of_work import UnitOfWork
from cli.context import CliContext
from cli.serve import ProcessRole, serve
from settings import Settings
from storage.engine.open import OpenStorage, open_storage
from tests.adapters.discord.fake_discord import TOKEN
from tests.adapters.slack.fake_web_api import BOT_TOKEN
from tests.adapters.slack.transport import SIGNING_SECRET
from tests.simulation.database import CalmDatabase, DatabaseWeather, InlineThread
from tests.simulation.loop import PROCESS, START, VirtualLoop
from tests.simulation.network import FairWeather, Network
from tests.simulation.platforms import StoryDiscord, StorySlack
from tests.simulation.process import VirtualProcess
from tests.simulation.substitutes import substituted

T = TypeVar("T")

BEGINNING = datetime(2026, 12, 1, 16, 0, tzinfo=UTC)
"""When every story begins, unless it says otherwise."""
KEY = "q7Zr0vX2mK9tB4wL8sD1nH6yF3cJ5gPa"
HOST = "127.0.0.1"
FIRST_PORT = 8080
BEFORE_DUE, LOOK_AGAIN = timedelta(seconds=1), timedelta(seconds=2)
SETTLED_WITHIN = timedelta(milliseconds=50)
STARTED_WITHIN = 400.0
"""Seconds. After that a story that waits for a worker has failed."""


COLLECT_EVERY = 20
"""Stories: what is left of them is found in full, which takes as long as half a story."""
_stories = count(1)


class Worker(VirtualProcess):
    """A process that serves at `port`."""

    def __init__(self, loop: VirtualLoop, name: str, now: Callable[[], datetime], port: int) -> None:
        super().__init__(loop, name, now)
        self.port = port


class World:
    """`with world.running(): world.run(story(world))`."""

    def __init__(self, seed: int, *, beginning: datetime = BEGINNING, settings: dict[str, str] | None = None) -> None:
        self.seed = seed
        self.chance = random.Random(f"story {seed}")
        """For the story's own choices. Everything else draws from sources of its own."""
        self.lines: list[str] = []
        """The event log."""
        self.defects: list[str] = []
        """What must not happen in any story, such as a request that a platform cannot read."""
        self.alarms: list[str] = []
        """What asyncio itself complained of: a task whose failure nobody looked at, say."""
        self._beginning, self._skipped = beginning, timedelta(0)
        self._more_settings = settings or {}
        self.loop = VirtualLoop()
        self.network = Network(self.loop, FairWeather(random.Random(f"network {seed}")))
        self.loop.network = self.network
        self.database: DatabaseWeather = CalmDatabase(random.Random(f"database {seed}"))
        self.clock = _TrueClock(self)
        self.processes: list[Worker] = []
        self._beside: list[asyncio.Task[object]] = []
        self.files: list[InlineThread] = []
        """Every connection to the database that was opened."""
        self.sessions: list[aiohttp.ClientSession] = []
        """And every session of a client."""
        self.storage: OpenStorage

    # ---- time

    def now(self) -> datetime:
        return self._beginning + timedelta(seconds=self.loop.time() - START) + self._skipped

    async def until(self, at: datetime) -> None:
        """Lives on until that instant."""
        await asyncio.sleep(max(0.0, (at - self.now()).total_seconds()))

    async def skip_to(self, at: datetime) -> None:
        """Lives on until that instant, and leaves out whatever time nothing happens in: a story of days is not longer
        than its events.

        Time is left out only while nothing is due and no request is under way. What every process would have gone on
        doing is made good: leases that are held stay held, and timers come nearer (`VirtualLoop.leave_out`).
        """
        seen: datetime | None = None
        while (now := self.now()) < at:
            due, pauses = await self.storage.run(lambda uow: (uow.notifications.next_due(), self._pauses(uow)))
            target = at if due is None or due > at else due - BEFORE_DUE
            if target <= self.now() or pauses or not self.network.is_idle:
                seen = None
                await self.until(min(at, now + LOOK_AGAIN))
            elif seen == target:
                self._leave_out(target - self.now())
            else:
                # Something may have been claimed just now whose request is not begun yet: looked at twice.
                seen = target
                await self.until(min(at, now + SETTLED_WITHIN))

    def _pauses(self, uow: UnitOfWork) -> bool:
        """Whether no conversation is opened for now: workers remember that by the loop's time, which is not moved."""
        limits = uow.send_limits.get("discord")
        until = limits.openings_paused_until if limits is not None else None
        return until is not None and until > self.now()

    def _leave_out(self, skipped: timedelta) -> None:
        self._carry_leases(skipped)
        self.loop.leave_out(skipped.total_seconds())
        self._skipped += skipped
        self.tell("story", f"{skipped} later")

    def _carry_leases(self, skipped: timedelta) -> None:
        microsecond = timedelta(microseconds=1)
        now = (self.now() - datetime(1970, 1, 1, tzinfo=UTC)) // microsecond
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE leases SET until = until + ? WHERE until > ?", (skipped // microsecond, now))

    def background(self, work: Coroutine[Any, Any, object]) -> None:
        """For what goes on beside the story, such as a worker that is started again later: it may not break off."""
        task = self.loop.create_task(work)
        task.add_done_callback(self._ended)
        self._beside.append(task)

    def _ended(self, task: asyncio.Task[object]) -> None:
        if not task.cancelled() and (failure := task.exception()) is not None:
            self.report("story", f"broke off beside it: {type(failure).__name__}: {failure}")

    # ---- what is told

    def tell(self, who: str, what: str) -> None:
        self.lines.append(f"{self.now():%d %H:%M:%S.%f} {who}: {what}")

    def report(self, who: str, what: str) -> None:
        """Tells a defect."""
        self.tell(who, what)
        self.defects.append(f"{who}: {what}")

    # ---- the story

    @contextmanager
    def running(self) -> Iterator[World]:
        """The world as it is put together and, afterwards, taken apart."""
        template = _migrated()
        with _silence():
            gc.collect(1 if next(_stories) % COLLECT_EVERY else 2)
        with (
            tempfile.TemporaryDirectory(prefix="story", dir=_fast_folder()) as folder,
            substituted(self),
            _telling(self),
        ):
            self.path = Path(folder) / "htg.db"
            self.path.write_bytes(template)
            self.url = f"sqlite:///{self.path}"
            gc.disable()  # what it collects when is chance
            try:
                self.run(self._open())
                yield self
            finally:
                self._take_apart()
                gc.enable()

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(story)

    async def _open(self) -> None:
        self.storage = await open_storage(self.url, [KEY])
        self.slack, self.discord = StorySlack(self), StoryDiscord(self)
        self._slack_running = self.slack.running()
        await self._slack_running.__aenter__()
        await self.discord.start()
        given: dict[str, Any] = {
            "DATABASE_URL": self.url,
            "HTG_SECRET_KEY": KEY,
            "HTG_PUBLIC_URL": "https://gatherings.example.org",
            "HTG_ORGANISATION": "Healing Together",
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": self.slack.api_url,
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_URL": self.discord.api_url,
            "HOST": HOST,
        }
        self.settings = Settings(_env_file=None, **(given | self._more_settings))  # type: ignore[call-arg]

    def _take_apart(self) -> None:
        self.network.is_closed = True
        for process in self.processes:
            process.fell = lambda: None
            process.kill()
        for file in self.files:
            file.vanish()
        with _silence():
            self.unburied = self.loop.bury()
            self.loop.close()
            for session in self.sessions:
                _let_go(session)
            _cached_build_middleware.cache_clear()  # it keeps every application that there ever was
            gc.collect(0)

    # ---- the bot

    def start_worker(self, name: str = "", role: ProcessRole = ProcessRole.WEB | ProcessRole.WORKER) -> Worker:
        """Starts `htg run`, or `web` or `worker` alone, with a database connection and an HTTP port of its own."""
        number = len(self.processes)
        process = Worker(self.loop, name or f"worker {number + 1}", self.now, FIRST_PORT + number)
        process.fell = lambda: self.tell(
            process.name, f"is killed {process.stood_at and f'at {process.stood_at}'}".rstrip()
        )
        self.processes.append(process)
        context = CliContext(process.clock)
        context.settings = self.settings.model_copy(update={"port": process.port})
        self.tell(process.name, "starts")

        async def main() -> None:
            try:
                await serve(context, htg.PLATFORMS, role)
            except asyncio.CancelledError:
                raise
            except Exception as failure:  # noqa: BLE001 - told; the story goes on without this process
                self.report(process.name, f"ends with {type(failure).__name__}: {failure}")
            else:
                self.tell(process.name, "ends")

        process.start(main)
        return process

    def is_ready(self, process: Worker) -> bool:
        return process.is_running and self.network.is_listening(HOST, process.port)

    async def until_ready(self, *processes: Worker) -> None:
        async with asyncio.timeout(STARTED_WITHIN):
            for process in processes:
                await process.is_listening.wait()

    @property
    def reachable_ports(self) -> list[int]:
        """The ports at which a worker listens: frozen ones, too."""
        return [each.port for each in self.processes if self.is_ready(each)]

    async def transact(self, work: Callable[[UnitOfWork], T]) -> T:
        """A transaction of the story's own, such as a gathering that is there from the beginning."""
        return await self.storage.run(work)


class _TrueClock:
    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        return self._world.now()


@lru_cache(maxsize=1)
def _fast_folder() -> str | None:
    """Where files are kept in memory, if there is such a place."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


@lru_cache(maxsize=1)
def _migrated() -> bytes:
    """A database at this version's schema, made once."""
    from storage.migrations.upgrade import upgrade

    with tempfile.TemporaryDirectory(prefix="story", dir=_fast_folder()) as folder:
        path = Path(folder) / "template.db"
        asyncio.run(upgrade(f"sqlite:///{path}"))
        return path.read_bytes()


def _let_go(session: aiohttp.ClientSession) -> None:
    """What was never closed does not complain of it when it is collected."""
    connector = session.connector
    if connector is not None:
        connector._closed = True
        session.detach()


@contextmanager
def _silence() -> Iterator[None]:
    """For taking a story apart: what was killed was never closed, and libraries complain of it."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def _telling(world: World) -> Iterator[None]:
    """The bot's own log becomes part of the story, warnings and errors."""

    class Log(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name == "asyncio":
                world.alarms.append(record.getMessage())
                return
            process = PROCESS.get()
            problem = f" {record.exc_info[1]!r}" if record.exc_info else ""
            world.tell(
                process.name if process else record.name, f"{record.levelname.lower()}: {record.getMessage()}{problem}"
            )

    handler, root = Log(logging.WARNING), logging.getLogger()
    before, root.handlers = root.handlers, [handler]
    try:
        yield
    finally:
        root.handlers = before


__all__ = ["BEGINNING", "World"]

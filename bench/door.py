"""The door: people coming in through the web per second, beside a bare handler that does one durable insert.

Two servers in processes of their own, measured in turn, on SQLite (synchronous=FULL) and on PostgreSQL: the web
half (token, limits, the door rule, the place counted as it is taken, the page with the link), and an aiohttp
handler that inserts one row in a transaction of its own and answers two letters.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiosqlite
import asyncpg  # type: ignore[import-untyped]
from aiohttp import web

from adapters.web.middleware import RESPONSE_HEADERS
from adapters.web.run import application, serving
from adapters.web.tokens import PersonalLinks
from bench.load import Answered, Http
from bench.measure import Row, at_least
from bot.addresses import Address
from bot.admission.model import DoorRule
from bot.config import Config
from bot.gatherings.model import Plan, Status
from bot.members.model import Person
from bot.secrets import LinkKey, ZoomLink
from bot.unit_of_work import UnitOfWork
from cli import event_loop
from storage.engine.open import open_storage
from storage.migrations.upgrade import upgrade

KEY = "a-key-for-the-bench-alone"
CONNECTIONS = 64
ROUNDS = 5
PEOPLE = 1000
"""In each round, each of them registered and not in yet."""
SERVER = os.environ.get("HTG_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
LINKS = PersonalLinks([KEY], "https://gatherings.example")
ROOM = "https://zoom.example/j/1"


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


# ---- the servers, each in a process of its own


async def serve_door(url: str) -> None:
    config = Config(public_url="https://gatherings.example", links=LINKS)
    app = application(await open_storage(url, [KEY]), config, Now(), LINKS)
    event_loop.freeze_long_lived_objects()
    await serve(app)


async def serve_bare(url: str) -> None:
    insert = await (_on_file(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else _on_server(url))

    async def come_in(_: web.Request) -> web.Response:
        await insert()
        return web.Response(text="ok")

    app = web.Application()
    app[RESPONSE_HEADERS] = {}
    app.router.add_post("/join/{token}", come_in)
    await serve(app)


async def _on_file(path: str) -> Callable[[], Awaitable[object]]:
    bare = await aiosqlite.connect(path, isolation_level=None)
    await bare.execute("PRAGMA synchronous=FULL")
    await bare.execute("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, at INTEGER)")

    async def insert() -> None:
        # Outside an explicit transaction SQLite commits each statement by itself: one hop, one durable row.
        await bare.execute_insert("INSERT INTO bare (at) VALUES (?)", (time.time_ns(),))

    return insert


async def _on_server(url: str) -> Callable[[], Awaitable[object]]:
    pool = await asyncpg.create_pool(url, min_size=10, max_size=10)
    await pool.execute("CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, at bigint)")
    return lambda: pool.execute("INSERT INTO bare (at) VALUES ($1)", time.time_ns())


async def serve(app: web.Application) -> None:
    async with serving(app, "127.0.0.1", 0) as port:
        print(port, flush=True)
        await asyncio.Event().wait()


@asynccontextmanager
async def process(which: str, url: str, module: str = "bench.door") -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, which, url, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            port = int(await process.stdout.readline())
        yield port
    finally:
        process.terminate()
        await process.wait()


# ---- what is sent


async def _people(url: str) -> Iterator[bytes]:
    """As many who are registered and not in yet as all rounds need; each comes once."""
    await upgrade(url)
    storage = await open_storage(url, [KEY])
    now = datetime.now(UTC)
    count = (ROUNDS + 1) * PEOPLE

    def work(uow: UnitOfWork) -> list[LinkKey]:
        plan = Plan("Grief", now.replace(microsecond=0) + timedelta(minutes=1), "Europe/Madrid", link=ZoomLink(ROOM),
                    door_rule=DoorRule(limit=count, late_entry=timedelta(minutes=60)))  # fmt: skip
        (gathering,) = uow.gatherings.add([plan], Status.PUBLISHED)
        members = [
            uow.members.get_or_create(Person(Address("sandbox", f"p{n}"), f"Person {n}"), now).id for n in range(count)
        ]
        return [uow.registrations.add(each, [gathering.id], now)[0].key for each in members]

    found = await storage.run(work)
    await storage.close()
    return (_press(LINKS.door.sign(each), number) for number, each in enumerate(found))


def _press(token: str, number: int) -> bytes:
    """The button on the page, as a proxy passes it on: each person from an address of their own."""
    return (
        f"POST /join/{token} HTTP/1.1\r\nHost: gatherings.example\r\n"
        f"X-Forwarded-For: 198.18.{number // 250 % 250}.{number % 250}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n"
    ).encode()


async def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        rows = [await _beside(f"sqlite:///{Path(folder) / 'htg.db'}", "SQLite FULL", 0.6)]
    async with database() as url:
        rows.append(await _beside(url, "PostgreSQL", 0.6))
    return rows


@asynccontextmanager
async def database() -> AsyncIterator[str]:
    name = f"htg_bench_{secrets.token_hex(4)}"
    server = await asyncpg.connect(SERVER)
    await server.execute(f'CREATE DATABASE "{name}"')
    try:
        yield f"{SERVER.rpartition('/')[0]}/{name}"
    finally:
        await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await server.close()


async def _beside(url: str, called: str, least: float) -> Row:
    people = await _people(url)
    rates, floors = [], []
    async with process("door", url) as door, process("bare", url) as bare:
        await rate(door, list(itertools.islice(people, PEOPLE)), ROOM)  # imports, caches and connections are done with
        await rate(bare, [_press("x", n) for n in range(PEOPLE)], "ok")
        for _ in range(ROUNDS):
            rates.append(await rate(door, list(itertools.islice(people, PEOPLE)), ROOM))
            floors.append(await rate(bare, [_press("x", n) for n in range(PEOPLE)], "ok"))
    what = f"people coming in through the web, {CONNECTIONS} connections, {called}, beside a bare durable insert"
    return at_least(what, rates, floors, least)


async def rate(port: int, requests: list[bytes], expected: str) -> float:
    begun = time.perf_counter()
    answers = await Http(port, CONNECTIONS).send(requests)
    took = time.perf_counter() - begun
    _all_well(answers, expected)
    return len(requests) / took


def _all_well(answers: list[Answered], expected: str) -> None:
    bad = [each for each in answers if each.status != 200 or expected.encode() not in each.body]
    assert not bad, f"{len(bad)} of {len(answers)} were answered otherwise: {bad[0].status} {bad[0].body[:300]!r}"


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    _, which, url = sys.argv
    # The door as `htg run` runs it.
    event_loop.run(serve_door(url)) if which == "door" else asyncio.run(serve_bare(url))

"""Connections as strangers make them: what is no HTTP, who says nothing, who does not read, and who makes too many.

Spoken through plain sockets, to `htg web` in a process of its own, and to the same server on either loop.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast

import pytest
import uvloop
from aiohttp import web

from adapters.web import connections
from adapters.web.connections import Connection, ConnectionLimits, Connections, RateLimitedLog
from adapters.web.run import application, serving
from adapters.web.tokens import PersonalLinks
from bot.config import Config
from cli import event_loop
from storage.engine.open import open_storage
from tests.adapters.web.conftest import START
from tests.adapters.web.process import HOST, head, process, say
from tests.conversations.harness import MovableClock
from tests.databases import KEY, Databases

LINKS = PersonalLinks([KEY], "https://gatherings.example")


@pytest.mark.process
async def test_connections_that_say_nothing_leave_the_house_open(databases: Databases) -> None:
    """As many as the process could ever hold: others are answered all the same, and the log says so once."""
    said: list[str] = []

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 300))

    silent: list[socket.socket] = []
    async with process(databases.fresh("sqlite"), prepare=few, said=said) as base:
        port = int(base.rpartition(":")[2])
        try:
            for _ in range(400):
                silent.append(socket.create_connection(("127.0.0.1", port), timeout=60))
                silent[-1].setblocking(False)
            for path in (b"/healthz", b"/readyz", b"/", b"/gatherings.ics"):
                status, _ = head(await say(port, b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n"))
                assert status == 200, path
        finally:
            for each in silent:
                each.close()
    told = [each for each in said if "as many as there may be" in each]
    assert len(told) == 1, said
    assert "150 connections are open" in told[0], "half of the hard limit, to which the soft one was raised"


def test_the_soft_limit_of_descriptors_is_raised_to_the_hard_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 500_000))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    event_loop.raise_descriptor_limit()
    assert asked == [(500_000, 500_000)]

    def refuse(_: int, __: tuple[int, int]) -> None:
        raise ValueError("not allowed")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    event_loop.raise_descriptor_limit()


# ---- on either loop, with short times


Story = Callable[["Served"], Coroutine[Any, Any, None]]


class Served:
    """A server with what it keeps of its connections."""

    def __init__(self, port: int, kept: Connections) -> None:
        self.port, self.kept = port, kept

    async def until(self, count: int) -> None:
        """Until so many connections are open."""
        async with asyncio.timeout(60):
            while len(self.kept) != count:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)


@pytest.fixture(params=["asyncio", "uvloop"])
def tell(request: pytest.FixtureRequest, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Runs a story with a server of its own. Long answers are at /long."""
    made: list[Connections] = []
    create = Connections.__init__

    def creating(self: Connections, *arguments: Any) -> None:
        create(self, *arguments)
        made.append(self)

    monkeypatch.setattr(Connections, "__init__", creating)
    monkeypatch.setattr(connections, "CHECK_INTERVAL", 0.02)

    @asynccontextmanager
    async def served(limits: ConnectionLimits) -> AsyncIterator[Served]:
        storage = await open_storage(databases.fresh("sqlite"), [KEY])
        config = Config(public_url="https://gatherings.example", links=LINKS)

        async def long(_: web.Request) -> web.Response:
            return web.Response(body=b"x" * 8_000_000)

        app = application(storage, config, MovableClock(START), LINKS, mounted=[web.get("/long", long)])
        async with serving(app, "127.0.0.1", 0, limits) as port:
            yield Served(port, made[-1])
        await storage.close()

    def telling(story: Story, *, total: int = 1000, per_network: int = 1000) -> None:
        async def whole() -> None:
            async with served(ConnectionLimits(total, per_network)) as one:
                await story(one)

        loop = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(whole())

    return telling


GET = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"


def test_who_does_not_finish_a_question_is_let_go(tell: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_TIMEOUT", 0.3)

    async def story(served: Served) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        # uvloop raises a RuntimeError where asyncio's own loop raises a ConnectionError.
        with pytest.raises((ConnectionError, RuntimeError)):  # noqa: PT012 - a letter at a time, until it is closed
            for letter in GET[:-2] * 20:
                writer.write(bytes([letter]))
                await writer.drain()
                await asyncio.sleep(0.05)
        await served.until(0)
        writer.close()

    tell(story)


def test_who_never_asks_is_let_go_and_who_asked_may_wait(
    tell: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(served: Served) -> None:
        answered, asked = await asyncio.open_connection("127.0.0.1", served.port)
        asked.write(GET)
        await answered.readuntil(b"\r\n\r\n")
        reader, silent = await asyncio.open_connection("127.0.0.1", served.port)
        await served.until(2)
        monkeypatch.setattr(connections, "FIRST_REQUEST_TIMEOUT", 0.3)
        monkeypatch.setattr(connections, "HEAD_TIMEOUT", 0.3)
        with suppress(ConnectionError):
            assert await reader.read() == b""
        await served.until(1)
        asked.write(GET)  # a proxy's connection, kept for the next who asks
        await asyncio.sleep(0.5)
        assert len(served.kept) == 1
        silent.close()
        asked.close()

    tell(story)


def test_who_does_not_read_is_let_go_and_little_is_kept_for_them(
    tell: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(served: Served) -> None:
        deaf = []
        for _ in range(10):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.setblocking(False)
            await asyncio.get_running_loop().sock_connect(one, ("127.0.0.1", served.port))
            await asyncio.get_running_loop().sock_sendall(one, b"GET /long HTTP/1.1\r\n" + HOST + b"\r\n")
            deaf.append(one)
        await served.until(10)
        await asyncio.sleep(0.1)
        held = [
            each._raw_transport.get_write_buffer_size() for each in served.kept._all if each._raw_transport is not None
        ]
        assert max(held) <= 512 * 1024, "not the whole answer for each of them"
        monkeypatch.setattr(connections, "STALL_TIMEOUT", 0.5)
        await served.until(0)
        for one in deaf:
            one.close()

    tell(story)


def test_a_slow_reader_who_reads_has_all_of_it(tell: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "STALL_TIMEOUT", 2.0)

    async def story(served: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=65536)
        writer.write(b"GET /long HTTP/1.1\r\n" + HOST + b"\r\n")
        answer = await reader.readuntil(b"\r\n\r\n")
        assert head(answer)[1]["content-length"] == "8000000"
        got = 0
        for _ in range(10):
            got += len(await reader.readexactly(100_000))
            await asyncio.sleep(0.05)
        assert got + len(await reader.readexactly(7_000_000)) == 8_000_000
        writer.close()

    tell(story)


def test_the_oldest_idle_connection_makes_room_and_one_in_use_stays(tell: Callable[..., None]) -> None:
    async def story(served: Served) -> None:
        loop = asyncio.get_running_loop()
        busy = socket.socket()
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        busy.setblocking(False)
        await loop.sock_connect(busy, ("127.0.0.1", served.port))
        await loop.sock_sendall(busy, b"GET /long HTTP/1.1\r\n" + HOST + b"\r\n")
        await served.until(1)
        await asyncio.sleep(0.1)
        silent = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(30)]
        assert head(await say(served.port, GET))[0] == 200
        assert len(served.kept) <= 5
        got = 0
        while got < 8_000_000:
            got += len(await loop.sock_recv(busy, 1 << 20))
        for _, writer in silent:
            writer.close()
        busy.close()

    tell(story, total=5)


@dataclass(eq=False)
class Busy:
    network: str
    is_trusted = False
    is_idle = False


def test_whoever_is_refused_leaves_nothing_behind() -> None:
    kept = Connections(ConnectionLimits(total=1), lambda: 0.0, {})
    busy = [cast("Connection", Busy(str(number))) for number in range(100)]
    assert [kept.add(each) for each in busy] == [True] + [False] * 99
    assert list(kept._by_network) == ["0"]


def test_one_address_has_its_share_and_a_proxy_may_have_them_all(
    tell: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crowd(served: Served) -> list[asyncio.StreamWriter]:
        opened = []
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(GET)
            opened.append(writer)
        return opened

    async def proxy(served: Served) -> None:
        opened = await crowd(served)
        await served.until(20)
        for each in opened:
            each.close()

    async def stranger(served: Served) -> None:
        opened = await crowd(served)
        async with asyncio.timeout(60):
            while len(served.kept) > 5:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
        assert head(await say(served.port, GET))[0] == 200
        for each in opened:
            each.close()

    tell(proxy, per_network=5)
    monkeypatch.setattr(connections, "peer_network", lambda peer: (peer, False))
    tell(stranger, per_network=5)


async def test_what_strangers_cause_is_said_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    log = RateLimitedLog(lambda: now)
    with caplog.at_level(logging.WARNING, "adapters.web.connections"):
        for _ in range(1000):
            log.report("trouble")
        log.report("other trouble")
        now += connections.LOG_INTERVAL
        log.report("trouble")
    assert [each.getMessage() for each in caplog.records] == [
        "trouble (1 times since this was last said)",
        "other trouble (1 times since this was last said)",
        "trouble (1000 times since this was last said)",
    ]

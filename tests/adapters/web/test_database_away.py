"""While the database is out of reach, every page says to wait, and asks again by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession
from sqlalchemy import make_url

from adapters.web import middleware
from adapters.web.run import application, serving
from adapters.web.tokens import PersonalLinks
from bot.config import Config
from bot.ports import CommitFailed, CommitUncertain, Overloaded
from bot.secrets import LinkKey
from storage.engine.open import open_storage
from tests.adapters.web.conftest import START, Front
from tests.conversations.harness import MovableClock
from tests.databases import KEY

PATHS = ("/", "/embed", "/gatherings.json", "/gatherings.ics", "/gatherings/1")


@asynccontextmanager
async def between(url: str) -> AsyncIterator[tuple[str, Callable[[], None]]]:
    """The address of the server as seen through a line, and what cuts that."""
    server, lines = make_url(url), list[asyncio.StreamWriter]()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(writer)
        try:
            while data := await reader.read(65536):
                writer.write(data)
        except ConnectionError:
            pass
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(server.host, server.port or 5432)
        await asyncio.gather(carry(reader, there[1]), carry(there[0], writer))

    line = await asyncio.start_server(connect, "127.0.0.1", 0)

    def cut() -> None:
        line.close()
        for writer in lines:
            writer.transport.abort()

    port = line.sockets[0].getsockname()[1]
    yield server.set(host="127.0.0.1", port=port).render_as_string(hide_password=False), cut
    cut()


@pytest.mark.loopback
async def test_every_page_asks_again(server_url: str, caplog: pytest.LogCaptureFixture) -> None:
    links, clock = PersonalLinks([KEY], "https://gatherings.example"), MovableClock(START)
    config = Config(public_url="https://gatherings.example", links=links)
    async with between(server_url) as (url, cut):
        storage = await open_storage(url, [KEY])
        app = application(storage, config, clock, links)
        async with serving(app, "127.0.0.1", 0) as port, ClientSession() as client:
            front = Front(storage, config, clock, links, f"http://127.0.0.1:{port}", client)
            door = await front.register("Ada", await front.gathering())
            feed, page, signup = (each.sign(LinkKey(1, "n")) for each in (links.feed, links.personal, links.signup))
            assert (await front.get(door)).status == 200
            cut()
            for path in (*PATHS, door, f"/calendar/{feed}.ics", f"/me/{page}", f"/confirm/{signup}"):
                seen = await front.get(path)
                assert (path, seen.status, seen.headers.get("Retry-After")) == (path, 503, "5")
                assert "data-again" in seen.text
                assert path == "/" or path not in seen.text
                head = await front.send("HEAD", path)
                assert (head.status, head.headers["Retry-After"]) == (503, "5")
                assert head.headers["Content-Length"] == seen.headers["Content-Length"]
            for path in (door, f"/me/{page}", f"/confirm/{signup}"):
                pressed = await front.post(path)
                assert (pressed.status, "data-again" in pressed.text) == (503, False)
                assert '<a class="button" href="">Look again</a>' in pressed.text, "it leads back"
                assert path not in pressed.text
        await storage.close()
    (warning,) = (each for each in caplog.records if each.levelno >= logging.WARNING)
    assert warning.getMessage().startswith("the database is busy or out of reach (CommitFailed)")
    assert not warning.exc_info


@pytest.mark.parametrize("problem", [CommitFailed, CommitUncertain, Overloaded, TimeoutError])
async def test_whatever_ails_it(front: Front, problem: type[Exception], caplog: pytest.LogCaptureFixture) -> None:
    async def away(_: object) -> None:
        raise problem("on purpose")

    front.storage.run = away  # type: ignore[assignment]
    for _ in range(3):
        seen = await front.get("/gatherings/1")
        assert (seen.status, "data-again" in seen.text) == (503, True)
    told = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert len(told) == 1
    assert "on purpose" not in told[0]


@pytest.mark.parametrize("path", ["/gatherings/1", "/gatherings.ics", "/"])
async def test_one_that_does_not_answer_at_all(front: Front, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(middleware, "PAGE_TIMEOUT", 0.1)
    front.storage.run = hangs  # type: ignore[assignment]
    async with asyncio.timeout(30):
        seen = await front.get(path)
    assert (seen.status, "data-again" in seen.text) == (503, True)

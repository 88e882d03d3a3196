"""Bad input is refused cheaply and kindly, and nothing of it is consumed or logged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from aiohttp import ClientSession, web

from adapters.web import middleware
from adapters.web.run import application, serving
from bot.ports import Overloaded
from tests.adapters.web.conftest import ROOM, START, Front, read

MEBIBYTE = 1024 * 1024


async def test_a_body_over_one_mebibyte_is_413_whatever_it_says_of_itself(front: Front) -> None:
    link = await front.register("Ada", await front.gathering())
    front.clock.move_to(START)
    form = "application/x-www-form-urlencoded"

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b"x" * (MEBIBYTE // 16)

    for body in (BytesIO(b"x" * (MEBIBYTE + 1)), unannounced()):
        seen = await front.send("POST", link, body, Content_Type=form)
        assert seen.status == 413
        assert "That is too large" in seen.text
    assert (await front.send("POST", link, BytesIO(b"x" * MEBIBYTE), Content_Type=form)).status == 200


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", "nonsense"])
async def test_a_body_of_another_kind_is_415_and_takes_no_place(front: Front, kind: str) -> None:
    gathering = await front.gathering()
    link = await front.register("Ada", gathering)
    front.clock.move_to(START)
    assert (await front.send("POST", link, b"{}", Content_Type=kind)).status == (200 if kind == "nonsense" else 415)
    assert await front.admitted(gathering) == (1 if kind == "nonsense" else 0)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_another_method_is_405(front: Front, method: str) -> None:
    gathering = await front.gathering()
    link = await front.register("Ada", gathering)
    front.clock.move_to(START)
    seen = await front.send(method, link)
    assert seen.status == 405
    assert set(seen.headers["Allow"].split(",")) == {"GET", "HEAD", "POST"}
    assert await front.admitted(gathering) == 0


@pytest.mark.parametrize("whence", ["cross-site", "same-site", "Cross-Site"])
async def test_what_another_site_sends_in_a_browsers_name_is_refused(front: Front, whence: str) -> None:
    gathering = await front.gathering()
    link = await front.register("Ada", gathering)
    front.clock.move_to(START)
    seen = await front.post(link, Sec_Fetch_Site=whence)
    assert (seen.status, "Another page sent this" in seen.text) == (403, True)
    assert await front.admitted(gathering) == 0
    assert (await front.get(link, Sec_Fetch_Site=whence)).status == 200, "links in chats and letters are followed"
    # Our own form, which sends no Origin, and a page that is loaded again.
    for own in ("same-origin", "none"):
        assert ROOM in (await front.post(link, Sec_Fetch_Site=own, Origin="null")).text


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/gatherings.ics", "/join/x", "/healthz", "/metrics", "/static/page.css"]
)
async def test_every_answer_has_the_headers_that_keep_it_where_it_belongs(front: Front, path: str) -> None:
    """HTTPS is promised for a year where HTG_PUBLIC_URL is one of HTTPS, as here."""
    seen = await front.get(path)
    rules = seen.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} <= set(rules)
    assert not any("unsafe" in each or "*" in each or "data:" in each for each in rules)
    for name, value in {
        "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Server": "htg",
        "Strict-Transport-Security": "max-age=31536000", "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }.items():  # fmt: skip
        assert seen.headers[name] == value
    assert "Access-Control-Allow-Origin" not in seen.headers
    assert "Set-Cookie" not in seen.headers
    assert "charset=utf-8" in seen.headers["Content-Type"]


async def test_https_is_promised_where_it_is_there_alone(front: Front) -> None:
    config = replace(front.config, public_url="http://gatherings.example")
    app = application(front.storage, config, front.clock, front.links)
    async with serving(app, "127.0.0.1", 0) as port:
        front.base = f"http://127.0.0.1:{port}"
        assert "Strict-Transport-Security" not in (await front.get("/")).headers


async def test_a_body_that_does_not_come_is_given_up(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    gathering = await front.gathering()
    link = await front.register("Ada", gathering)
    front.clock.move_to(START)
    monkeypatch.setattr(middleware, "BODY_TIMEOUT", 0.2)
    port = int(front.base.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST {link} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9"
    writer.write(head.encode() + b"\r\n\r\na")
    status = await asyncio.wait_for(reader.readline(), 60)
    assert b" 408 " in status
    writer.close()
    await writer.wait_closed()
    assert await front.admitted(gathering) == 0


async def test_a_failure_has_a_reference_and_tells_no_secret(front: Front, caplog: pytest.LogCaptureFixture) -> None:
    link = await front.register("Ada", await front.gathering())
    front.clock.move_to(START)

    async def broken(_: object) -> None:
        raise LookupError("broken on purpose")

    front.storage.run = broken  # type: ignore[assignment]
    seen = await front.post(link)
    assert seen.status == 500
    assert "It is not your doing" in seen.text
    told = next(each for each in caplog.records if each.name == "adapters.web.middleware")
    reference = told.getMessage().rpartition(" ")[2]
    assert reference in seen.text
    assert "broken on purpose" not in seen.text


async def test_too_busy_is_503_and_says_when_to_try_again(front: Front) -> None:
    link = await front.register("Ada", await front.gathering())
    front.clock.move_to(START)

    async def busy(_: object) -> None:
        raise Overloaded("on purpose")

    front.storage.run = busy  # type: ignore[assignment]
    for method in ("GET", "POST"):
        seen = await front.send(method, link)
        assert (seen.status, seen.headers["Retry-After"]) == (503, "5")
        assert "It is busy at the door" in seen.text


async def test_ready_says_what_is_missing(front: Front) -> None:
    async def well() -> str:
        return ""

    async def gone() -> str:
        return "not connected"

    async def broken() -> str:
        raise ConnectionError("postgresql://user:hunter2@db")

    async def slow() -> str:
        await asyncio.sleep(60)
        return ""

    checks = {"database": well, "Slack": gone, "Zoom": broken}
    app = application(front.storage, front.config, front.clock, front.links, checks=checks)
    async with serving(app, "127.0.0.1", 0) as port, ClientSession() as client:
        async with client.get(f"http://127.0.0.1:{port}/readyz") as response:
            seen = await read(response)
        async with client.get(f"http://127.0.0.1:{port}/healthz") as response:
            assert response.status == 200
    assert (seen.status, seen.text) == (503, "Slack: not connected\nZoom: does not answer (ConnectionError)\n")
    assert (await front.get("/readyz")).status == 200


async def test_platforms_are_reached_behind_the_same_guard(front: Front) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    app = application(front.storage, front.config, front.clock, front.links, mounted=[web.post("/slack/events", echo)])
    async with serving(app, "127.0.0.1", 0) as port, ClientSession() as client:
        at = f"http://127.0.0.1:{port}/slack/events"
        async with client.post(at, data=b"raw body") as response:
            assert await response.read() == b"raw body"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        async with client.post(at, data=BytesIO(b"x" * (MEBIBYTE + 1))) as response:
            assert response.status == 413


async def test_the_clock_of_a_visitor_is_not_believed(front: Front) -> None:
    link = await front.register("Ada", await front.gathering())
    front.clock.move_to(START - timedelta(minutes=16))
    seen = await front.post(link, Date="Thu, 03 Dec 2026 17:00:00 GMT")
    assert "k3pt" not in seen.text

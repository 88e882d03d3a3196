"""Bad input is refused cheaply and kindly, and nothing of it is consumed or logged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from adapters.web import middleware, rate_limiter, run
from adapters.web.client_address import client_address
from adapters.web.metrics import PrometheusMetrics
from adapters.web.rate_limiter import RateLimiter
from adapters.web.run import application, serving
from bot.addresses import Address
from bot.asks import Ask, Call
from bot.desk import Desk
from bot.members import Person
from bot.outbox import Outbox
from bot.ports import Busy, Told
from bot.views import View
from tests.web.conftest import ROOM, START, Front, address_of, read

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
    house = replace(front.house, public_url="http://gatherings.example")
    app = application(front.storage, house, front.clock, front.links)
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
    status = await asyncio.wait_for(reader.readline(), 5)
    assert b" 408 " in status
    writer.close()
    await writer.wait_closed()
    assert await front.admitted(gathering) == 0


@asynccontextmanager
async def limited(front: Front, monkeypatch: pytest.MonkeyPatch, which: str) -> AsyncIterator[None]:
    """The same house with a limit of five requests, and one more in a hundred seconds."""
    monkeypatch.setattr(run, which, (5, 0.01))
    async with serving(application(front.storage, front.house, front.clock, front.links), "127.0.0.1", 0) as port:
        front.base = f"http://127.0.0.1:{port}"
        yield


async def test_guessing_is_slowed_down_for_the_one_who_guesses_and_for_nobody_else(
    front: Front, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    link = await front.register("Ada", await front.gathering())
    front.clock.move_to(START)
    async with limited(front, monkeypatch, "UNKNOWN_LINK_RATE"):
        statuses = [(await front.get("/join/x", X_Forwarded_For="203.0.113.7")).status for _ in range(7)]
        assert statuses == [404] * 5 + [429] * 2
        for method in ("GET", "POST"):
            seen = await front.send(method, f"{link}x", X_Forwarded_For="203.0.113.7")
            assert (seen.status, "One moment, please" in seen.text) == (429, True)
            assert seen.headers["Retry-After"] == "100"
        neighbour = await front.post(link, X_Forwarded_For="203.0.113.7")
        assert ROOM in neighbour.text, "a link that was given out is answered, whatever a neighbour guessed"
        assert (await front.get("/join/x", X_Forwarded_For="203.0.113.8")).status == 404
    said = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert [each for each in said if "many personal links" in each] == [
        "one address asks for many personal links that nobody was given (1 times since this was last said)"
    ]


async def test_one_link_alone_does_not_keep_the_house_busy(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever holds it may ask often, and not without end; nobody else waits for that."""
    gathering = await front.gathering()
    ada, bo = await front.register("Ada", gathering), await front.register("Bo", gathering)
    async with limited(front, monkeypatch, "PERSONAL_RATE"):
        assert [(await front.get(ada)).status for _ in range(7)] == [200] * 5 + [429] * 2
        assert (await front.get(bo)).status == 200


async def test_a_link_has_one_spelling_and_one_limit(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """base64 reads the same out of many texts; a limit for each of them would be none."""
    link = await front.register("Ada", await front.gathering())
    value, _, signature = link.rpartition(".")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    later = letters[letters.index(signature[-1]) + 1]  # the last two bits of the last letter say nothing
    spelled = [f"{signature}=", f"{signature}!!!!", f"!!!!{signature}", f"{signature[:20]}~~~~{signature[20:]}"]
    async with limited(front, monkeypatch, "PERSONAL_RATE"):
        assert (await front.get(link)).status == 200
        for each in [*spelled, signature[:-1] + later, signature[:-1]]:
            assert (await front.get(f"{value}.{each}")).status == 404, each


async def test_public_pages_are_limited_for_each_address(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    one = await front.gathering()
    link = await front.register("Ada", one)
    paths = ["/", f"/gatherings/{one.id}", "/gatherings.ics", "/nothing", "/"]
    async with limited(front, monkeypatch, "PUBLIC_RATE"):
        for path in paths:
            assert (await front.get(path, X_Forwarded_For="203.0.113.7")).status in {200, 404}
        for path in paths:
            seen = await front.get(path, X_Forwarded_For="203.0.113.7")
            assert (seen.status, seen.headers["Retry-After"]) == (429, "100")
            assert seen.headers["X-Content-Type-Options"] == "nosniff"
            assert (await front.get(path, X_Forwarded_For="203.0.113.8")).status in {200, 404}
        for path in ("/healthz", "/readyz", "/metrics", link):
            assert (await front.get(path, X_Forwarded_For="203.0.113.7")).status == 200


def test_a_limit_refills_and_forgets_those_who_were_quiet_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    limit = RateLimiter(2, 0.5, lambda: now)
    assert [limit.take("a") for _ in range(3)] == [True, True, False]
    now += 2
    assert [limit.take("a") for _ in range(2)] == [True, False]
    now += 1000
    assert [limit.take("a") for _ in range(3)] == [True, True, False]
    monkeypatch.setattr(rate_limiter, "MAX_BUCKETS", 100)
    for number in range(1000):
        limit.take(f"b{number}")
    assert len(limit) == 100
    assert limit.take("a"), "forgotten, and so begun anew"


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        ("8.8.8.8", ["198.51.100.1"], "8.8.8.8"),  # a stranger may say what they like
        ("::ffff:8.8.8.8", ["198.51.100.1"], "8.8.8.8"),  # as a socket for both kinds of address names it
        ("::ffff:127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("100.64.0.7", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["spoofed, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["203.0.113.9", "198.51.100.1"], "198.51.100.1"),  # the proxy wrote a line of its own
        ("127.0.0.1", ["203.0.113.9, 203.0.113.10", "spoofed, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1", ""], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1,"], "127.0.0.1"),
        ("127.0.0.1", ["not an address"], "127.0.0.1"),
        ("127.0.0.1", ["9" * 100_000], "127.0.0.1"),
        ("127.0.0.1", ["٣.3.3.3"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1:51234"], "198.51.100.1"),
        ("127.0.0.1", ["[2001:db8:1:2:3:4:5:6]:51234"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["2001:db8:1:2:6:5:4:3"], "2001:db8:1:2::/64"),
        ("fe80::1%eth0", ["2001:db8::1"], "2001:db8::/64"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("", [""], "unknown"),
    ],
)
def test_whose_request_it_is(peer: str, said: list[str], address: str) -> None:
    headers = CIMultiDict([("X-Forwarded-For", each) for each in said])
    request = make_mocked_request("GET", "/join/x", headers=headers).clone(remote=peer)
    assert client_address(request) == address


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
        raise Busy("on purpose")

    front.storage.run = busy  # type: ignore[assignment]
    for method in ("GET", "POST"):
        seen = await front.send(method, link)
        assert (seen.status, seen.headers["Retry-After"]) == (503, "5")
        assert "It is busy at the door" in seen.text


async def test_one_who_fails_leaves_nobody_else_outside(front: Front) -> None:
    """A row that goes in together comes apart where one of it is the reason for a failure."""
    gathering = await front.gathering()
    paths = [await front.register(f"P{number}", gathering) for number in range(8)]
    front.clock.move_to(START)
    run = front.storage.run
    poisoned = front.links.door.verify(paths[3].rpartition("/")[2])

    async def picky(work):  # type: ignore[no-untyped-def]
        def checked(books):  # type: ignore[no-untyped-def]
            found = work(books)
            for each in found if isinstance(found, list) else []:
                if each is not None and each[0].registration.key == poisoned:
                    raise LookupError("on purpose")
            return found

        return await run(checked)

    front.storage.run = picky  # type: ignore[method-assign]
    seen = await asyncio.gather(*(front.post(path) for path in paths))
    assert [each.status for each in seen] == [500 if number == 3 else 200 for number in range(8)]
    assert await front.admitted(gathering) == 7


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
    app = application(front.storage, front.house, front.clock, front.links, checks=checks)
    async with serving(app, "127.0.0.1", 0) as port, ClientSession() as client:
        async with client.get(f"http://127.0.0.1:{port}/readyz") as response:
            seen = await read(response)
        async with client.get(f"http://127.0.0.1:{port}/healthz") as response:
            assert response.status == 200
    assert (seen.status, seen.text) == (503, "Slack: not connected\nZoom: ConnectionError\n")
    assert (await front.get("/readyz")).status == 200


async def test_metrics_count_without_knowing_who(front: Front) -> None:
    gathering = await front.gathering()
    link = await front.register("Ada", gathering)
    front.clock.move_to(START)
    await front.post(link)
    await front.post(link)
    await front.get("/join/x")
    seen = await front.get("/metrics")
    assert 'htg_admissions_total{way="web"} 2.0' in seen.text
    assert 'route="/join/{token}",status="404"} 1.0' in seen.text
    assert "Ada" not in seen.text
    assert link not in seen.text


async def test_asks_and_notices_are_counted_by_their_outcome(front: Front) -> None:
    counted = PrometheusMetrics()
    desk = Desk(front.storage, front.house, counted)
    gathering = await front.gathering()
    ada = Person(address_of("Ada"), "Ada")
    for call in ("register", "join", "host-doors", "no-such-command"):
        if call == "join":
            front.clock.move_to(START)
        await desk.answer(Ask(ada, Call.of(call, gathering=gathering.id), front.clock.now()))
    front.clock.advance(minutes=100)
    await Outbox(front.storage, {"sandbox": Silence()}, front.clock, front.house, tally=counted).tick()
    text = counted.exposition().decode()
    for line in (
        'htg_asks_total{command="register",outcome="answered"} 1.0',
        'htg_asks_total{command="host-doors",outcome="refused"} 1.0',
        'htg_asks_total{command="unknown",outcome="refused"} 1.0',
        'htg_admissions_total{way="chat"} 1.0',
        'htg_notices_total{kind="afterwards",receipt="sent"} 1.0',
    ):
        assert line in text
    assert "Ada" not in text


async def test_every_web_process_knows_when_a_worker_was_last_at_work(front: Front) -> None:
    name = "htg_worker_at_work_timestamp_seconds"
    assert f"{name} 0.0" in (await front.get("/metrics")).text
    working = Outbox(front.storage, {"sandbox": Silence()}, front.clock, front.house)
    at_first = front.clock.now()
    for seconds, said in ((0, 0), (50, 0), (10, 60), (200, 260)):
        front.clock.advance(seconds=seconds)
        await working.tick()
        seen = next(each for each in (await front.get("/metrics")).text.splitlines() if each.startswith(f"{name} "))
        assert float(seen.split()[1]) == at_first.timestamp() + said


class Silence:
    """A messenger to whom everything arrives."""

    async def tell(self, to: Address, view: View, *, key: str, language: str, zone: str) -> Told:
        return Told("1")

    async def find(self, to: Address, *, key: str, since: datetime, until: datetime | None = None) -> Told | None:
        return None

    async def amend(self, to: Address, message: str, view: View, *, language: str, zone: str) -> Told:
        return Told(message)


async def test_platforms_are_reached_behind_the_same_guard(front: Front) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    app = application(front.storage, front.house, front.clock, front.links, mounted=[web.post("/slack/events", echo)])
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

"""How often one address, or one link, is answered; and that nobody else waits for that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.web import rate_limiter, run
from adapters.web.rate_limiter import RateLimiter
from adapters.web.run import application, serving
from tests.adapters.web.conftest import ROOM, START, Front


@asynccontextmanager
async def limited(front: Front, monkeypatch: pytest.MonkeyPatch, which: str) -> AsyncIterator[None]:
    """The same house with a limit of five requests, and one more in a hundred seconds."""
    monkeypatch.setattr(run, which, (5, 0.01))
    async with serving(application(front.storage, front.config, front.clock, front.links), "127.0.0.1", 0) as port:
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
    monkeypatch.setattr(rate_limiter, "MAX_BUCKETS", 100)
    limit = RateLimiter(2, 0.5, lambda: now)
    assert [limit.take("a") for _ in range(3)] == [True, True, False]
    now += 2
    assert [limit.take("a") for _ in range(2)] == [True, False]
    now += 1000
    assert [limit.take("a") for _ in range(3)] == [True, True, False]
    for number in range(1000):
        limit.take(f"b{number}")
    assert len(limit) == 100
    assert limit.take("a"), "forgotten, and so begun anew"

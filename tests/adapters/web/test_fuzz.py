"""Whatever is sent to whatever address, the answer is one of ours: never a 5xx, never a place, never a secret."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.web.run import application, serving
from adapters.web.tokens import PersonalLinks
from bot.addresses import Address
from bot.admission.model import DoorRule
from bot.config import Config
from bot.gatherings.model import Plan, Status
from bot.members.model import Person
from bot.secrets import LinkKey, ZoomLink
from bot.unit_of_work import UnitOfWork
from storage.engine.open import open_storage
from tests.adapters.web.conftest import ROOM, START
from tests.conversations.harness import MovableClock
from tests.databases import KEY, Databases

LINKS = PersonalLinks([KEY], "https://gatherings.example")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FROB")
ROUTES = ("/", "/gatherings/{}", "/gatherings/{}/register", "/gatherings.ics", "/calendar/{}.ics", "/join/{}",
          "/confirm/{}", "/me/{}", "/embed", "/gatherings.json", "/privacy",
          "/picture.png", "/gatherings/{}/picture.png", "/healthz", "/readyz", "/metrics",
          "/static/{}", "/{}")  # fmt: skip
HEADERS = ("Accept-Language", "Content-Type", "X-Forwarded-For", "If-None-Match", "Range", "Accept-Encoding", "Host",
           "Cookie", "If-Modified-Since", "Content-Encoding", "Upgrade")  # fmt: skip
OURS = {200, 204, 206, 303, 304, 400, 403, 404, 405, 408, 413, 415, 416, 417, 422, 429}

texts = st.text(max_size=60)
tokens = st.one_of(
    texts,
    st.integers().map(str),
    st.integers(0, 2**70).map(lambda number: LINKS.door.sign(LinkKey(number, "n"))),
    st.integers(0, 2**70).map(lambda number: LINKS.feed.sign(LinkKey(number))),
    st.integers(0, 2**70).map(lambda number: LINKS.personal.sign(LinkKey(number, "n"))),
)
values = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=80)


@pytest.fixture(scope="module")
def served(databases: Databases) -> Iterator[int]:
    """A server in a thread of its own, with doors that are open; gives its port."""
    ready: Future[int] = Future()
    stop = Event()

    async def serve() -> None:
        storage = await open_storage(databases.fresh("sqlite"), [KEY])

        def prepare(uow: UnitOfWork) -> None:
            plan = Plan("Grief", START, "Europe/Madrid", door_rule=DoorRule(1), link=ZoomLink(ROOM))
            one = uow.gatherings.add([plan], Status.PUBLISHED)[0]
            uow.registrations.add(
                uow.members.get_or_create(Person(Address("sandbox", "ada"), "Ada"), START).id, [one.id], START
            )

        await storage.run(prepare)
        config = Config(public_url="https://gatherings.example", links=LINKS)
        async with serving(
            application(storage, config, MovableClock(START), LINKS, read_address=lambda typed: Address("mail", typed)),
            "127.0.0.1",
            0,
        ) as port:
            ready.set_result(port)
            await asyncio.to_thread(stop.wait)
        found = await storage.run(lambda uow: uow.gatherings.get(1))
        assert found is not None
        assert found.admitted == 0, "somebody came in without their link"
        await storage.close()

    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as failure:  # noqa: BLE001 - raised again in the test's own thread
            failed.append(failure)
            if not ready.done():
                ready.set_exception(failure)

    thread = Thread(target=run)
    thread.start()
    yield ready.result(60)
    stop.set()
    thread.join(60)
    assert not failed, failed


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    method=st.sampled_from(METHODS),
    route=st.sampled_from(ROUTES),
    token=tokens,
    query=texts,
    headers=st.dictionaries(st.sampled_from(HEADERS), values, max_size=4),
    body=st.none() | st.binary(max_size=2000),
)
@pytest.mark.loopback
def test_any_request_has_an_answer_of_ours(
    served: int, method: str, route: str, token: str, query: str, headers: dict[str, str], body: bytes | None
) -> None:
    path = route.format(quote(token.encode("utf-8", "surrogatepass"), safe=""))
    if query:
        path += "?" + quote(query.encode("utf-8", "surrogatepass"))
    connection = HTTPConnection("127.0.0.1", served, timeout=60)
    try:
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        text = response.read()
    except HTTPException:
        return  # the server closed a connection that spoke no HTTP
    finally:
        connection.close()
    assert response.status in OURS, (response.status, text)
    assert b"k3pt" not in text
    if response.status not in {400, 417}:  # those two are said before any route is known
        assert response.headers["X-Content-Type-Options"] == "nosniff"

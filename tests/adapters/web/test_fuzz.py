"""Whatever is sent to whatever address, the answer is one of ours: never a 5xx, never a place, never a secret."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.web import run as run_module
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
          "/join/{}/start", "/confirm/{}", "/me/{}", "/embed", "/gatherings.json", "/privacy",
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
    st.integers(0, 2**70).map(lambda number: LINKS.signup.sign(LinkKey(number, "n"))),
)
PRESSED = ("mine", "list", "list?page=%00", "details?gathering=1", "register?gathering=1", "unregister?gathering=1",
           "unregister?gathering=1&only=all", "join?gathering=1", "wait?gathering=1&act=wait", "settings", "suggest",
           "connect", "disconnect?which=x", "connect-confirm?token=x", "privacy", "export", "new-calendar", "quiet",
           "help", "calendar", "forget", "start?gathering=1", "host-start?gathering=1", "host-team",
           "register?")  # fmt: skip
"""What a page's own controls send, whole and broken. Not what ends the page: `forget` with its time, `new-page`."""
names = st.sampled_from(["button", "menu", "chosen:register?#gathering", "id", "fields", "field:zone", "field:topic",
                         "field:code", "field:reminders", "key", "act", "List-Unsubscribe", "name", "email",
                         "website"])  # fmt: skip
fields = st.lists(st.tuples(names, st.sampled_from(PRESSED) | texts), max_size=6)
values = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=80)


def _open_doors(uow: UnitOfWork) -> dict[str, str]:
    plan = Plan("Grief", START, "Europe/Madrid", door_rule=DoorRule(1), link=ZoomLink(ROOM))
    one = uow.gatherings.add([plan], Status.PUBLISHED)[0]
    ada = uow.members.get_or_create(Person(Address("sandbox", "ada"), "Ada"), START)
    uow.registrations.add(ada.id, [one.id], START)
    return {}


def _early_doors(uow: UnitOfWork) -> dict[str, str]:
    """With somebody's own links, by the route that each opens."""
    plan = Plan("Grief", START + timedelta(days=2), "Europe/Madrid", link=ZoomLink(ROOM))
    one = uow.gatherings.add([plan], Status.PUBLISHED)[0]
    address = Address("mail", "ada@example.org")
    ada = uow.members.get_or_create(Person(address, "Ada"), START)
    signup = uow.signups.add(address, "Ada", one.id, START, language="en", zone=None)
    door = uow.registrations.add(ada.id, [one.id], START)[0].key
    return {
        "/me/{}": LINKS.personal.sign(uow.signups.page(address)),
        "/confirm/{}": LINKS.signup.sign(signup.key),
        "/join/{}": LINKS.door.sign(door),
        "/join/{}/start": LINKS.door.sign(door),
        "/calendar/{}.ics": LINKS.feed.sign(ada.calendar),
    }


@pytest.fixture(scope="module")
def served(databases: Databases) -> Iterator[int]:
    """A server with doors that are open; gives its port."""
    yield from (port for port, _ in _served(databases, _open_doors))


@pytest.fixture(scope="module")
def own(databases: Databases) -> Iterator[tuple[int, dict[str, str]]]:
    """A server, and the links of somebody who is registered there."""
    yield from _served(databases, _early_doors)


def _served(
    databases: Databases, prepare: Callable[[UnitOfWork], dict[str, str]]
) -> Iterator[tuple[int, dict[str, str]]]:
    """In a thread of its own."""
    ready: Future[tuple[int, dict[str, str]]] = Future()
    stop = Event()

    async def serve() -> None:
        storage = await open_storage(databases.fresh("sqlite"), [KEY])
        links = await storage.run(prepare)
        config = Config(public_url="https://gatherings.example", links=LINKS)
        async with serving(
            application(storage, config, MovableClock(START), LINKS, read_address=lambda typed: Address("mail", typed)),
            "127.0.0.1",
            0,
        ) as port:
            ready.set_result((port, links))
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
    with pytest.MonkeyPatch.context() as patch:
        for rate in ("PUBLIC_RATE", "PERSONAL_RATE", "UNKNOWN_LINK_RATE", "SIGNUP_RATE"):
            patch.setattr(run_module, rate, (1e9, 1))  # 429 is an answer of ours, and hides every other
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
    _answered(served, method, path, body, headers)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    method=st.sampled_from(("GET", "HEAD", "POST")),
    route=st.sampled_from(("/me/{}", "/confirm/{}", "/join/{}", "/join/{}/start", "/calendar/{}.ics")),
    do=st.sampled_from(PRESSED) | texts,
    sent=fields,
)
@pytest.mark.loopback
def test_any_form_sent_to_ones_own_pages_has_an_answer_of_ours(
    own: tuple[int, dict[str, str]], method: str, route: str, do: str, sent: list[tuple[str, str]]
) -> None:
    port, links = own
    path = f"{route.format(links[route])}?{urlencode({'do': do.encode('utf-8', 'surrogatepass')})}"
    encoded = [(name, value.encode("utf-8", "surrogatepass")) for name, value in sent]
    body = urlencode(encoded).encode() if method == "POST" else None
    status = _answered(port, method, path, body, {"Content-Type": "application/x-www-form-urlencoded"})
    if method == "GET" and not route.endswith("start"):
        assert status == 200, "whatever was sent before, the page is there"


def _answered(port: int, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> int:
    """The status; 0 where the server closed a connection that spoke no HTTP."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        text = response.read()
    except HTTPException:
        return 0
    finally:
        connection.close()
    assert response.status in OURS, (response.status, text)
    assert b"k3pt" not in text
    if response.status not in {400, 417}:  # those two are said before any route is known
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    return response.status

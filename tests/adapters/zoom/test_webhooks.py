"""What Zoom tells of log-ins: believed only with its signature, counted once, in any order."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, web

from adapters.zoom.webhooks import LoginWebhook
from bot.i18n import Locale
from bot.plain_text import plain
from bot.request import Call
from bot.views import View
from tests.adapters.zoom.conftest import START, Scene

SECRET = "w3bhook-s3cret"
NONE: dict[str, str] = {}


class Sender:
    def __init__(self, scene: Scene, client: ClientSession, at: str) -> None:
        self._scene, self._client, self._at = scene, client, at

    async def send(
        self,
        told: object,
        *,
        age: timedelta = timedelta(0),
        raw: bytes | None = None,
        headers: dict[str, str] = NONE,
    ) -> tuple[int, str]:
        body = json.dumps(told).encode() if raw is None else raw
        stamp = str(int((self._scene.clock.now() - age).timestamp()))
        signed = {"x-zm-request-timestamp": stamp, "x-zm-signature": sign(f"v0:{stamp}:".encode() + body)} | headers
        async with self._client.post(self._at, data=body, headers=signed) as response:
            return response.status, await response.text()


def sign(message: bytes, secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


@pytest.fixture
async def sender(scene: Scene) -> AsyncIterator[Sender]:
    app = web.Application()
    app.add_routes(LoginWebhook(scene.storage, scene.clock, SECRET).routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ClientSession() as client:
        yield Sender(scene, client, f"http://127.0.0.1:{runner.addresses[0][1]}/zoom/events")
    await runner.cleanup()


def joined(meeting: Any, registrant: str | None, at: str = "2026-12-03T17:00:00Z") -> dict[str, Any]:
    participant = {"user_id": "16", "participant_uuid": "x", "join_time": at, "user_name": "Somebody"}
    participant |= {"registrant_id": registrant} if registrant else {}
    return {"event": "meeting.participant_joined", "payload": {"object": {"id": meeting, "participant": participant}}}


async def test_log_ins_stand_beside_admissions_and_count_once(scene: Scene, sender: Sender) -> None:
    gathering = await scene.gathering()
    people = await scene.register(gathering, 3)
    await scene.reconciler.tick()
    scene.clock.move_to(START + timedelta(minutes=5))
    for each in people:
        await scene.comes(each)
    meeting = scene.zoom.only
    first, second, _ = (each["id"] for each in meeting.registrants.values())
    for told in (
        joined(str(meeting.id), first, "2026-12-03T17:04:00Z"),
        {"event": "meeting.participant_left", "payload": {"object": {"id": meeting.id}}},
        joined(meeting.id, first, "2026-12-03T17:01:00Z"),
        joined(str(meeting.id), first, "2026-12-03T17:04:00Z"),
        joined(str(meeting.id), second),
        joined(str(meeting.id), None),
        joined(str(meeting.id), "somebody else's"),
        joined("1234", first),
    ):
        assert await sender.send(told) == (204, "")
    shown = await scene.asks("Fay", Call.of("host-doors", gathering=gathering.id))
    assert isinstance(shown, View)
    assert "3 in · 2 on Zoom" in plain(Locale(), shown)
    kept = await scene.storage.run(lambda uow: uow.registrations.roster(gathering.id))
    assert [each.logged_in_at for each in kept] == [START + timedelta(minutes=1), START, None]


async def test_the_handshake_is_answered_only_when_it_is_signed(sender: Sender) -> None:
    hello = {"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}}
    status, text = await sender.send(hello)
    assert status == 200
    encrypted = hmac.new(SECRET.encode(), b"qgg8vlvZRS6UYooatFL8Aw", hashlib.sha256).hexdigest()
    assert json.loads(text) == {"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": encrypted}
    assert (await sender.send(hello, headers={"x-zm-signature": "v0=forged"}))[0] == 401


async def test_it_signs_nothing_that_could_be_an_event_of_its_own(sender: Sender) -> None:
    forged = "v0:1764784800:" + json.dumps(joined("1", "R1"))
    hello = {"event": "endpoint.url_validation", "payload": {"plainToken": forged}}
    status, text = await sender.send(hello)
    assert (status, text) == (400, "")


@pytest.mark.parametrize(
    "headers",
    [
        {"x-zm-signature": ""},
        {"x-zm-signature": "v0=" + "0" * 64},
        {"x-zm-signature": "é"},
        {"x-zm-request-timestamp": "0"},
        {"x-zm-request-timestamp": ""},
        {"x-zm-request-timestamp": "١٧٦٤"},
        {"x-zm-request-timestamp": "9" * 30},
        {"x-zm-request-timestamp": "-1"},
        {"x-zm-request-timestamp": "999999999999"},
        {"x-zm-request-timestamp": "1764.0"},
        {"x-zm-request-timestamp": "1e9"},
        {"x-zm-request-timestamp": "inf"},
    ],
)
async def test_what_is_not_signed_is_401(sender: Sender, headers: dict[str, str]) -> None:
    assert (await sender.send(joined("1", "R1"), headers=headers))[0] == 401


async def test_what_is_old_or_from_the_future_is_401(sender: Sender) -> None:
    assert (await sender.send({"event": "x"}, age=timedelta(minutes=5, seconds=-1)))[0] == 204
    assert (await sender.send({"event": "x"}, age=timedelta(minutes=5, seconds=1)))[0] == 401
    assert (await sender.send({"event": "x"}, age=timedelta(minutes=-6)))[0] == 401


def told(participant: str, number: str = '"1"') -> bytes:
    start = '{"event":"meeting.participant_joined","payload":{"object":{"id":'
    return f'{start}{number},"participant":{participant}}}}}}}'.encode()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b"[" * 200_000, 400),
        (b'{"a":' * 100_000, 400),
        (b"9" * 200_000, 400),
        (b"{}", 204),
        (b'{"event":1}', 204),
        (b'{"event":"meeting.participant_joined"}', 204),
        (b'{"event":"meeting.participant_joined","payload":{"object":[]}}', 204),
        (told('{"registrant_id":7}', "true"), 204),
        (told('{"registrant_id":"\\u0000","join_time":"0001-01-01T00:00:00+14:00"}'), 204),
        (told('{"registrant_id":"R1","join_time":"9999-12-31T23:59:59-14:00"}'), 204),
        (b'{"event":"endpoint.url_validation"}', 400),
        (b'{"event":"endpoint.url_validation","payload":{"plainToken":7}}', 400),
    ],
)
async def test_whatever_is_signed_has_an_answer(sender: Sender, raw: bytes, status: int) -> None:
    assert (await sender.send(None, raw=raw))[0] == status

"""What Zoom tells of meetings: believed only with its signature, counted once, in any order."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, web

from adapters.zoom.webhooks import MeetingWebhook
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.meetings.model import Capture, Meeting
from bot.plain_text import plain
from bot.request import Call
from bot.views import View
from tests.adapters.zoom.conftest import HOUSE, START, Scene

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
    app.add_routes(MeetingWebhook(scene.storage, scene.clock, HOUSE, SECRET).routes())
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


async def kept(scene: Scene, gathering: Gathering) -> Meeting:
    found = await scene.storage.run(lambda uow: uow.meetings.get(gathering.id))
    assert found is not None
    return found


def told_of(name: str, number: int, *, registrant: str = "", at: str = "", stamp: int = 0) -> dict[str, Any]:
    """As Zoom writes each: `meeting_id` with a summary or notes, a number with a recording."""
    written: Any = number if name.startswith("recording.") else str(number)
    named = "meeting_id" if "summary" in name or "notes" in name or "aic_" in name else "id"
    thing: dict[str, Any] = {named: written, "uuid": "x==", "start_time": "2026-12-03T17:00:00Z", "end_time": at}
    if "participant" in name:
        time = {"meeting.participant_joined": "join_time", "meeting.participant_left": "leave_time"}
        thing["participant"] = {"user_id": "16", "registrant_id": registrant, time.get(name, "date_time"): at}
    return {"event": name, "event_ts": stamp, "payload": {"account_id": "a", "object": thing}}


def stamp(minute: int) -> int:
    return int((START + timedelta(minutes=minute)).timestamp() * 1000)


async def test_an_evening_is_heard_from_its_beginning_to_its_end(scene: Scene, sender: Sender) -> None:
    gathering = await scene.gathering()
    await scene.register(gathering, 1)
    await scene.reconciler.tick()
    number = scene.zoom.only.id
    (registrant,) = (each["id"] for each in scene.zoom.only.registrants.values())
    scene.clock.move_to(START + timedelta(minutes=95))
    assert (await kept(scene, gathering)).last_heard_at is None
    for told in (
        told_of("meeting.participant_jbh_waiting", number, stamp=stamp(-9)),
        told_of("meeting.started", number, stamp=stamp(-4)),
        told_of("meeting.participant_joined_waiting_room", number, registrant=registrant, at="2026-12-03T16:57:00Z"),
        told_of("meeting.participant_joined", number, registrant=registrant, at="2026-12-03T16:58:00Z"),
    ):
        assert await sender.send(told) == (204, "")
    meeting = await kept(scene, gathering)
    assert (meeting.started_at, meeting.running) == (START - timedelta(minutes=4), True)
    assert meeting.last_heard_at == scene.clock.now()
    for told in (
        told_of("meeting.participant_left", number, registrant=registrant, at="2026-12-03T18:29:00Z"),
        told_of("meeting.ended", number, at="2026-12-03T18:30:00Z"),
        told_of("meeting.started", number, stamp=stamp(-4)),
    ):
        assert await sender.send(told) == (204, "")
    assert not (await kept(scene, gathering)).running
    (holder,) = await scene.storage.run(lambda uow: uow.meetings.passes(gathering.id))
    assert (holder.seen_at, holder.logged_in_at, holder.left_at) == (
        START - timedelta(minutes=3),
        START - timedelta(minutes=2),
        START + timedelta(minutes=89),
    )


@pytest.mark.parametrize(
    ("name", "capture"),
    [
        ("recording.started", Capture.RECORDING),
        ("recording.completed", Capture.RECORDING),
        ("recording.transcript_completed", Capture.TRANSCRIPT),
        ("meeting.aic_transcript_completed", Capture.TRANSCRIPT),
        ("meeting.summary_completed", Capture.SUMMARY),
        ("meeting.ai_companion_started", Capture.COMPANION),
        ("my_notes.transcript_generated", Capture.NOTES),
        ("meeting.live_streaming_started", Capture.STREAM),
        ("recording.archive_files_completed", Capture.ARCHIVE),
    ],
)
async def test_whatever_keeps_what_is_said_is_heard(scene: Scene, sender: Sender, name: str, capture: Capture) -> None:
    gathering = await scene.gathering()
    await scene.reconciler.tick()
    for _ in range(2):
        assert await sender.send(told_of(name, scene.zoom.only.id)) == (204, "")
    assert (await kept(scene, gathering)).captures == {capture}


async def test_of_a_meeting_of_somebody_else_nothing_is_kept(scene: Scene, sender: Sender) -> None:
    gathering = await scene.gathering()
    await scene.reconciler.tick()
    before = await kept(scene, gathering)
    for name in ("meeting.started", "recording.started", "meeting.deleted"):
        assert await sender.send(told_of(name, 1234)) == (204, "")
    assert await kept(scene, gathering) == before


async def test_what_is_not_known_yet_says_that_zoom_is_heard(scene: Scene, sender: Sender) -> None:
    gathering = await scene.gathering()
    await scene.reconciler.tick()
    assert await sender.send(told_of("meeting.whatever_comes_next", scene.zoom.only.id)) == (204, "")
    assert (await kept(scene, gathering)).last_heard_at == scene.clock.now()


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
        (b"{}", 400),
        (b'{"event":1}', 400),
        (b'{"event":["meeting.started"],"payload":{}}', 400),
        (b'{"event":"meeting.started","payload":[]}', 400),
        (b'{"event":"meeting.started","payload":null}', 400),
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

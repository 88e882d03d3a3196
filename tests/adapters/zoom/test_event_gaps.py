"""Since when Zoom's events come in without a gap: after a start, and after one could not be stored."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from aiohttp import ClientSession, web

from adapters.zoom.webhooks import MeetingWebhook
from bot.meetings.model import EVENTS_SINCE
from tests.adapters.zoom.conftest import HOUSE, Scene

SECRET = "w3bhook-s3cret"


async def since(scene: Scene) -> datetime | None:
    kept = await scene.storage.run(lambda uow: uow.state.get(EVENTS_SINCE))
    return datetime.fromisoformat(kept) if kept else None


async def test_a_gap_is_known_from_a_start_and_from_what_could_not_be_stored(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = MeetingWebhook(scene.storage, scene.clock, HOUSE, SECRET)
    assert await since(scene) is None
    await webhook.begin()
    began = scene.clock.now()
    assert await since(scene) == began
    app = web.Application()
    app.add_routes(webhook.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/zoom/events"
    run = scene.storage.run

    async def broken(work: Callable[..., Any]) -> Any:
        raise OSError("the database is away")

    async with ClientSession() as client:
        scene.clock.advance(minutes=1)
        assert await _tell(scene, client, address) == 204
        assert await since(scene) == began, "nothing was missed"
        monkeypatch.setattr(scene.storage, "run", broken)
        assert await _tell(scene, client, address) == 500
        monkeypatch.setattr(scene.storage, "run", run)
        scene.clock.advance(minutes=1)
        assert await _tell(scene, client, address) == 204
        assert await since(scene) == scene.clock.now()
        scene.clock.advance(minutes=1)
        assert await _tell(scene, client, address) == 204
        assert await since(scene) != scene.clock.now()
    await runner.cleanup()


async def _tell(scene: Scene, client: ClientSession, address: str) -> int:
    body = json.dumps({"event": "meeting.started", "payload": {"object": {"id": "1"}}}).encode()
    stamp = str(int(scene.clock.now().timestamp()))
    signed = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={signed}"}
    async with client.post(address, data=body, headers=headers) as response:
        return response.status


async def test_a_database_that_is_away_stops_no_start(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    webhook = MeetingWebhook(scene.storage, scene.clock, HOUSE, SECRET)

    async def broken(work: Callable[..., Any]) -> Any:
        raise OSError("the database is away")

    monkeypatch.setattr(scene.storage, "run", broken)
    await webhook.begin()

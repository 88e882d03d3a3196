"""One worker at a time keeps Zoom in step, and the next one begins soon after it."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

from adapters.zoom import run
from adapters.zoom.client import ZoomCredentials
from tests.adapters.zoom.conftest import HOUSE, Scene
from tests.adapters.zoom.local_zoom import ACCOUNT, CLIENT, SECRET


def worker(scene: Scene) -> AbstractAsyncContextManager[run.ZoomConnection]:
    held = ZoomCredentials(ACCOUNT, CLIENT, SECRET, f"{scene.zoom.base}/v2", f"{scene.zoom.base}/oauth")
    return run.connect(scene.storage, HOUSE, scene.clock, held, "")


async def test_a_worker_that_is_told_to_stop_leaves_the_lease_to_the_next(scene: Scene) -> None:
    async with worker(scene) as first:
        assert first.reconciler is not None
        await first.reconciler.tick()
    await scene.gathering()
    await scene.reconciler.tick()
    assert len(scene.zoom.meetings) == 1


async def test_a_worker_that_was_killed_is_followed_within_15_seconds(scene: Scene) -> None:
    killed = scene.anew()
    await killed.tick()
    await scene.gathering()
    waited = 0
    while not scene.zoom.meetings:
        again = await scene.reconciler.tick()
        if again is None:
            break
        scene.clock.move_to(again)
        waited += 2
        assert waited <= 15
    assert len(scene.zoom.meetings) == 1
    assert waited > 8, "not while the other may still be at work"


async def test_the_lease_lasts_through_long_work(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "RENEW_INTERVAL_SECONDS", 0.01)
    async with worker(scene) as first:
        assert first.reconciler is not None
        await first.reconciler.tick()
        renewed, hold = asyncio.Event(), first.reconciler.lease.hold

        async def noticed() -> bool:
            held = await hold()
            renewed.set()
            return held

        monkeypatch.setattr(first.reconciler.lease, "hold", noticed)
        await scene.gathering()
        for _ in range(4):
            scene.clock.advance(seconds=8)
            renewed.clear()
            await renewed.wait()
            await scene.reconciler.tick()
            assert scene.zoom.meetings == {}

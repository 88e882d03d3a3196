"""How many a meeting takes is read now and then, and said where a facilitator chooses a limit beyond it."""

from __future__ import annotations

import pytest

from adapters.zoom.capacity import INTERVAL, CapacityReader, capacity_of
from bot.i18n import Locale
from bot.meetings.model import CAPACITY
from bot.plain_text import plain
from bot.request import Call
from bot.secrets import ZoomLink
from bot.views import View
from tests.adapters.zoom.conftest import Scene
from tests.adapters.zoom.local_zoom import refuses


@pytest.mark.parametrize(
    ("settings", "capacity"),
    [
        ({}, 0),
        ({"feature": None}, 0),
        ({"feature": {"meeting_capacity": "many"}}, 0),
        ({"feature": {"meeting_capacity": 100}}, 100),
        ({"feature": {"meeting_capacity": 100, "large_meeting": False, "large_meeting_capacity": 500}}, 100),
        ({"feature": {"meeting_capacity": 100, "large_meeting": True, "large_meeting_capacity": 500}}, 500),
    ],
)
def test_what_the_settings_say(settings: dict[str, object], capacity: int) -> None:
    assert capacity_of(settings) == capacity


async def known(scene: Scene) -> str | None:
    return await scene.storage.run(lambda uow: uow.state.get(CAPACITY))


async def test_it_is_read_now_and_then_and_kept_where_it_cannot_be_seen(scene: Scene) -> None:
    reader = CapacityReader(scene.storage, scene.client, scene.clock)
    await reader.tick()
    assert await known(scene) == "100"
    scene.zoom.settings = {"feature": {"meeting_capacity": 300}}
    await reader.tick()
    assert await known(scene) == "100", "not asked again so soon"
    scene.clock.advance(seconds=INTERVAL.total_seconds())
    scene.zoom.trouble = [refuses(403)]
    await reader.tick()
    assert await known(scene) == "100"
    scene.clock.advance(seconds=INTERVAL.total_seconds())
    await reader.tick()
    assert await known(scene) == "300"


async def says(scene: Scene, limit: int, **more: object) -> str:
    gathering = await scene.gathering(**more)  # type: ignore[arg-type]
    answer = await scene.asks("Fay", Call.of("host-rule", gathering=gathering.id, limit=limit))
    assert isinstance(answer, View)
    return plain(Locale(), answer)


async def test_a_limit_beyond_it_is_remarked_upon(scene: Scene) -> None:
    beyond = "Zoom lets 100 people into its meeting, the host among them"
    assert beyond not in await says(scene, 200), "it is not known yet"
    await CapacityReader(scene.storage, scene.client, scene.clock).tick()
    assert beyond in await says(scene, 100, title="With the host one too many")
    assert beyond not in await says(scene, 99, title="As many as fit")
    pasted = ZoomLink("https://zoom.example/j/1?pwd=k3pt", "k3pt")
    assert beyond not in await says(scene, 300, title="In a room of their own", link=pasted)

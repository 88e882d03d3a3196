"""A server's own list of what is coming up stays in step with what is announced, whatever becomes of a request."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.discord import scheduled_events
from adapters.discord.client import DiscordClient
from adapters.discord.scheduled_events import ScheduledEventReconciler, event_payload
from bot.addresses import Address
from bot.config import Config
from bot.gatherings.model import Gathering, Status
from bot.redaction.detect import gives_away, holds_room
from bot.secrets import ZoomLink
from storage.repositories.scheduled_events import SqlScheduledEventRepository
from tests.adapters.discord import api_rules
from tests.adapters.discord.conftest import LINK, NOON, SECRET, Scene
from tests.adapters.discord.fake_discord import EVENT, Fault
from tests.adapters.discord.fake_state import ME, FakeChannel

HOME = "https://gatherings.example.org"
HOUSE = Config(organisation="Healing Together", public_url=HOME)
EVENTS = "/guilds/[0-9]+/scheduled-events"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
async def no_way_in_is_shown(scene: Scene) -> AsyncIterator[None]:
    """Discord's clock is the bot's; at the end no event leads to a room."""
    scene.fake.state.now = scene.clock.now
    yield
    written = json.dumps(list(scene.fake.state.events.values()))
    assert SECRET not in written
    assert not holds_room(written)


def keeper(scene: Scene, config: Config = HOUSE, home: Collection[str] = ("3000", "3001")) -> ScheduledEventReconciler:
    config.home.settle("discord", home)
    return ScheduledEventReconciler(scene.storage, scene.client, scene.clock, config)


async def announce(scene: Scene, gathering: Gathering, place: FakeChannel | None = None) -> None:
    channel = Address("discord", f"#{(place or scene.general).id}")
    await scene.storage.run(
        lambda uow: uow.announcements.mark_posted(uow.announcements.add(gathering.id, channel).id, "4000/1")
    )


async def announced(scene: Scene, **more: Any) -> Gathering:
    gathering = await scene.gathering(**more)
    await announce(scene, gathering)
    return gathering


async def change(scene: Scene, gathering: Gathering, **fields: Any) -> Gathering:
    def work(uow: Any) -> Any:
        return uow.gatherings.save(replace(uow.gatherings.get(gathering.id), **fields))

    changed: Gathering = await scene.storage.run(work)
    return changed


def events(scene: Scene) -> list[dict[str, Any]]:
    return list(scene.fake.state.events.values())


async def test_one_is_put_up_moved_and_taken_down_with_its_gathering(scene: Scene) -> None:
    gathering, kept = await scene.gathering(), keeper(scene)
    await kept.tick()
    assert scene.fake.requests == [], "nothing is announced, and nothing is asked"
    await announce(scene, gathering)
    await kept.tick()
    (made,) = events(scene)
    assert (made["name"], made["entity_type"]) == ("Grief and Gratitude", 3)
    assert made["entity_metadata"] == {"location": f"{HOME}/gatherings/{gathering.id}"}
    assert made["scheduled_start_time"] == "2026-12-03T12:00:00+00:00"
    assert made["scheduled_end_time"] == "2026-12-03T13:30:00+00:00"
    assert f"/htg register {gathering.id}" in made["description"]
    await change(scene, gathering, starts_at=gathering.starts_at + HOUR, title="Gratitude")
    await kept.tick()
    (moved,) = events(scene)
    assert (moved["id"], moved["name"]) == (made["id"], "Gratitude")
    assert moved["scheduled_start_time"] == "2026-12-03T13:00:00+00:00"
    before = len(scene.fake.requests)
    await kept.tick()
    assert len(scene.fake.requests) == before, "in step, it asks nothing"
    await change(scene, gathering, status=Status.CANCELLED)
    await kept.tick()
    await kept.tick()
    assert events(scene) == []
    assert scene.asked("DELETE", "/scheduled-events/") == 1
    assert scene.fake.refused == []


@pytest.mark.parametrize("leak", ["812 3456 7890", "the word is 98QZ77", "zoom[.]us/j/81234567891", "zoom.us/my/ada"])
async def test_what_was_kept_before_shows_no_way_in(scene: Scene, leak: str) -> None:
    link = ZoomLink("https://zoom.us/j/81234567890", "98qz77")
    texts: dict[str, Any] = {"title": f"Grief {leak}", "description": f"Come. {leak}", "facilitators": leak}
    gathering, kept = await scene.gathering(link=link, **texts), keeper(scene)
    await announce(scene, gathering)
    await kept.tick()
    (made,) = events(scene)
    for text in (made["name"], made["description"]):
        assert leak not in text
        assert not gives_away(text, link)


async def test_a_room_elsewhere_is_called_by_its_host(scene: Scene) -> None:
    gathering, kept = await scene.gathering(link=ZoomLink(f"https://meet.example.org/{SECRET}")), keeper(scene)
    await announce(scene, gathering)
    await kept.tick()
    (made,) = events(scene)
    assert "Zoom" not in made["description"]
    assert "on meet" in made["description"]


async def test_one_for_each_part_and_server_and_none_for_a_second_channel(scene: Scene) -> None:
    first = await announced(scene, parts=3)
    await announce(scene, first, scene.fake.state.channel("lobby"))
    other = scene.fake.state.channel("other server")
    other.server = 3001
    await announce(scene, first, other)
    await keeper(scene).tick()
    assert sorted((each["guild_id"], each["name"]) for each in events(scene)) == [
        (server, f"Grief and Gratitude (part {part} of 3)") for server in ("3000", "3001") for part in (1, 2, 3)
    ]
    assert scene.asked("GET", "/scheduled-events") == 2, "each list is read once"
    assert scene.asked("GET", "/channels/") == 3
    await keeper(scene).tick()
    assert scene.asked("GET", "/channels/") == 3, "where a channel is does not change"


async def test_nothing_in_a_strangers_server_nor_before_home_is_known(scene: Scene) -> None:
    await announced(scene)
    kept = keeper(scene, home=())
    for home, number in (((), 0), (("3001",), 0), (("3000",), 1), (("3001",), 0)):
        HOUSE.home.settle("discord", home)
        await kept.tick()
        assert len(events(scene)) == number


async def test_nothing_without_a_public_address_and_what_stood_is_taken_down(scene: Scene) -> None:
    await announced(scene)
    await keeper(scene, Config()).tick()
    assert scene.fake.requests == []
    await keeper(scene).tick()
    assert len(events(scene)) == 1
    await keeper(scene, Config()).tick()
    assert events(scene) == []
    await keeper(scene, replace(HOUSE, public_url=f"https://{'long.' * 20}example.org")).tick()
    assert events(scene) == []
    assert scene.asked("POST", "/scheduled-events") == 1


async def test_another_public_address_is_told(scene: Scene) -> None:
    gathering = await announced(scene)
    await keeper(scene).tick()
    await keeper(scene, replace(HOUSE, public_url="https://new.example.org")).tick()
    (made,) = events(scene)
    assert made["entity_metadata"]["location"] == f"https://new.example.org/gatherings/{gathering.id}"


async def test_without_the_permission_it_asks_once_in_half_an_hour(scene: Scene) -> None:
    scene.fake.state.may_create_events = False
    for title in ("Grief", "Joy", "Rest"):
        await announced(scene, title=title)
    kept = keeper(scene)
    for _ in range(5):
        await kept.tick()
        scene.clock.advance(minutes=5)
    assert events(scene) == []
    assert scene.asked("POST", "/scheduled-events") == 1
    scene.fake.state.may_create_events = True
    scene.clock.advance(minutes=6)
    await kept.tick()
    assert len(events(scene)) == 3


@pytest.mark.parametrize("act", ["lost", "stumbles", "reset", 503])
async def test_an_answer_that_is_lost_does_not_make_it_twice(scene: Scene, act: int | str) -> None:
    await announced(scene)
    kept = keeper(scene)
    scene.fake.faults.append(Fault("POST", EVENTS, act))
    again = await kept.tick()
    assert again is not None
    assert again - scene.clock.now() <= timedelta(seconds=15)
    assert len(events(scene)) == (1 if act in {"lost", "stumbles"} else 0)
    before = len(scene.fake.requests)
    await kept.tick()
    assert len(scene.fake.requests) == before, "not before the first is sure to be done, or not"
    scene.clock.advance(seconds=16)
    await kept.tick()
    await kept.tick()
    assert len(events(scene)) == 1
    assert scene.asked("PATCH", "/scheduled-events") == (1 if act in {"lost", "stumbles"} else 0)


async def test_a_crash_before_it_is_recorded_does_not_make_it_twice(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathering = await announced(scene)

    def dies(*_: object) -> None:
        raise SystemError

    monkeypatch.setattr(SqlScheduledEventRepository, "save", dies)
    await keeper(scene).tick()
    monkeypatch.undo()
    await change(scene, gathering, title="Gratitude")
    await keeper(scene).tick()
    assert scene.asked("PATCH", "/scheduled-events") == 0, "the lease of the one that died holds a while"
    scene.clock.advance(minutes=3)
    await keeper(scene).tick()
    assert [each["name"] for each in events(scene)] == ["Gratitude"]
    assert scene.asked("POST", "/scheduled-events") == 1


async def test_without_reading_the_list_there_would_be_two(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """That the guard of the two tests above is one."""
    await announced(scene)
    scene.fake.faults.append(Fault("POST", EVENTS, "lost"))

    async def nothing(*_: object) -> str:
        return ""

    monkeypatch.setattr(ScheduledEventReconciler, "_find", nothing)
    kept = keeper(scene)
    await kept.tick()
    scene.clock.advance(seconds=16)
    await kept.tick()
    assert len(events(scene)) == 2


async def test_a_request_that_discord_py_repeats_would_make_two(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """That a request is sent once needs a way of its own."""
    await announced(scene)
    scene.fake.faults.append(Fault("POST", EVENTS, "stumbles"))
    monkeypatch.setattr(
        DiscordClient, "request_once", lambda self, method, path, body: self.request(method, path, json=body)
    )
    await keeper(scene).tick()
    assert len(events(scene)) == 2


async def test_what_a_person_made_with_our_page_is_left_alone(scene: Scene) -> None:
    gathering = await announced(scene)
    scene.fake.state.channel("general")
    theirs = scene.fake.state.schedule(3000, event_payload(gathering, HOUSE, HOME))
    theirs["creator_id"] = str(scene.person().id)
    await keeper(scene).tick()
    assert [each["creator_id"] for each in events(scene)] == [theirs["creator_id"], str(ME)]


async def test_what_was_taken_away_by_hand_stays_away(scene: Scene) -> None:
    gathering, kept = await announced(scene), keeper(scene)
    await kept.tick()
    scene.fake.state.events.clear()
    for title in ("Grief", "Gratitude"):
        await change(scene, gathering, title=title)
        await kept.tick()
    assert events(scene) == []
    assert scene.asked("PATCH", "/scheduled-events") == 1
    await change(scene, gathering, status=Status.CANCELLED)
    await kept.tick()
    assert scene.asked("DELETE", "/scheduled-events") == 0


async def test_taken_away_by_hand_and_cancelled_is_gone(scene: Scene) -> None:
    gathering, kept = await announced(scene), keeper(scene)
    await kept.tick()
    scene.fake.state.events.clear()
    await change(scene, gathering, status=Status.CANCELLED)
    await kept.tick()
    await kept.tick()
    assert scene.asked("DELETE", "/scheduled-events") == 1


async def test_a_full_server_gets_no_more(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    gatherings = [await announced(scene, title=f"Topic {each}", days=2 + each) for each in range(3)]
    monkeypatch.setattr(scheduled_events, "MAX_OPEN_EVENTS", 2)
    monkeypatch.setattr("tests.adapters.discord.fake_state.MAX_OPEN_EVENTS", 2)
    kept = keeper(scene)
    await kept.tick()
    await kept.tick()
    assert [each["name"] for each in events(scene)] == ["Topic 0", "Topic 1"], "the soonest"
    assert scene.asked("POST", "/scheduled-events") == 2, "it is not asked for what it would refuse"
    await change(scene, gatherings[0], status=Status.CANCELLED)
    scene.clock.advance(minutes=31)
    await kept.tick()
    assert [each["name"] for each in events(scene)] == ["Topic 1", "Topic 2"]


async def test_asked_to_wait_it_waits(scene: Scene) -> None:
    await announced(scene)
    scene.fake.faults.append(Fault("POST", EVENTS, 429, headers={"Retry-After": "90"}))
    kept = keeper(scene)
    assert await kept.tick() == scene.clock.now() + timedelta(seconds=90)
    scene.clock.advance(seconds=80)
    await kept.tick()
    assert events(scene) == []
    scene.clock.advance(seconds=11)
    await kept.tick()
    assert len(events(scene)) == 1


async def test_one_that_is_refused_does_not_hold_up_the_others(scene: Scene) -> None:
    await announced(scene, title="Refused", days=1)
    await announced(scene, title="Taken", days=2)
    scene.fake.faults.append(Fault("POST", EVENTS, 400))
    kept = keeper(scene)
    await kept.tick()
    await kept.tick()
    assert [each["name"] for each in events(scene)] == ["Taken"]
    scene.clock.advance(minutes=31)
    await kept.tick()
    assert len(events(scene)) == 2


async def test_what_has_begun_is_changed_but_for_its_start_and_what_is_over_is_left(scene: Scene) -> None:
    gathering, kept = await announced(scene), keeper(scene)
    await kept.tick()
    scene.clock.move_to(gathering.starts_at + timedelta(minutes=5))
    await change(scene, gathering, duration=timedelta(hours=2))
    late = await announced(scene, title="Begun already", days=-0.01)
    await kept.tick()
    (made,) = events(scene)
    assert made["scheduled_end_time"] == "2026-12-03T14:00:00+00:00"
    scene.clock.advance(hours=3)
    await change(scene, late, title="Over")
    before = len(scene.fake.requests)
    await kept.tick()
    assert len(scene.fake.requests) == before
    assert scene.fake.refused == []


async def test_put_off_after_its_end_it_is_made_anew(scene: Scene) -> None:
    gathering, kept = await announced(scene), keeper(scene)
    await kept.tick()
    scene.clock.move_to(gathering.ends_at + HOUR)
    await change(scene, gathering, starts_at=scene.clock.now() + timedelta(days=7))
    await kept.tick()
    await kept.tick()
    assert [scene.fake.state.event_status(each) for each in events(scene)] == [3, 1]


async def test_a_channel_that_is_gone_is_asked_for_seldom(scene: Scene) -> None:
    gathering, kept = await scene.gathering(), keeper(scene)
    await announce(scene, gathering, FakeChannel(4))
    for _ in range(3):
        await kept.tick()
    assert scene.asked("GET", "/channels/4") == 1
    assert len(scene.fake.requests) - scene.asked("GET", "/channels/4") <= 2, "but for logging in"


async def test_two_workers_make_one(scene: Scene) -> None:
    """The second finds the lease taken while the first is at work."""
    await announced(scene)
    other = keeper(scene)

    async def meanwhile() -> None:
        scene.fake.slow = None
        await other.tick()

    scene.fake.slow = meanwhile
    await keeper(scene).tick()
    await other.tick()
    assert scene.asked("POST", "/scheduled-events") == len(events(scene)) == 1


HOSTILE = f"Read this first: {LINK.reveal()} (or zoom.us/j/5551234567?pwd=x, www.zoom.us)\n*@everyone* _now_ " * 40


def test_the_only_address_is_that_of_the_public_page() -> None:
    gathering = Gathering(
        7, "zoom.us/j/5551234567 and " + "x" * 60, NOON, "Europe/Madrid", description=HOSTILE[:1500],
        facilitators=f"Frances {LINK.reveal()}", series=7, part=1, parts=3,
    )  # fmt: skip
    for language in ("en", "es"):
        made = event_payload(gathering, replace(HOUSE, language=language), HOME)
        assert SECRET not in json.dumps(made)
        assert not holds_room(json.dumps(made))
        assert "://" not in made["name"] + made["description"]
        assert "@" not in made["description"].replace("\\@", "")
        api_rules.scheduled(made, NOON - HOUR, changed=made)
        api_rules.documented("POST", EVENT.rpartition("/")[0], made)
        api_rules.documented("PATCH", EVENT, made)


def test_whatever_is_written_fits() -> None:
    for filling in ("*", "x", "*" * 7 + "x ", "é\n"):
        for length in (0, 1, 2, 500, 999, 1500):
            gathering = Gathering(
                999_999_999, "*" * 90, NOON, "UTC", description=(filling * 1500)[:length], facilitators="*" * 200
            )
            made = event_payload(gathering, HOUSE, HOME)
            api_rules.scheduled(made, NOON - HOUR, changed=made)
            assert length < 999 or len(made["description"]) > 980, "as much as there is room for"

"""Zoom stays in step with the database, whatever becomes of a request."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.sandbox.chat import SandboxChat
from adapters.sandbox.send import SandboxMessenger
from bot.addresses import Address
from bot.admission.model import DoorRule
from bot.gatherings.model import Plan, Status
from bot.i18n import Locale
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.plain_text import plain
from bot.request import Call
from bot.secrets import ZoomLink
from bot.views import Form, View
from storage.engine.open import OpenStorage
from tests.adapters.zoom.conftest import HOUSE, START, Scene
from tests.adapters.zoom.local_zoom import (
    SECRET,
    Trouble,
    does_it_and_drops_the_line,
    drops_the_line,
    hangs,
    refuses,
)
from tests.databases import on_both

GIVEN = "https://us02web.zoom.us/j/81234567890?pwd=g1ven"
TOMORROW = "2026-12-04T00:00:00Z"


async def test_a_meeting_is_made_changed_and_deleted(scene: Scene) -> None:
    gathering = await scene.gathering()
    await scene.reconciler.tick()
    made = scene.zoom.only
    assert made.body["topic"] == "Grief"
    assert made.body["start_time"] == "2026-12-03T17:00:00Z"
    link = await scene.link(gathering)
    assert link is not None
    assert link.reveal().endswith(f"/j/{made.id}?pwd=k3pt-common")
    assert link.passcode() == made.body["password"]
    await scene.change(gathering, starts_at=START + timedelta(hours=1), title="Grief and Gratitude")
    await scene.reconciler.tick()
    assert scene.zoom.only.body["start_time"] == "2026-12-03T18:00:00Z"
    assert scene.zoom.only.body["topic"] == "Grief and Gratitude"
    before = len(scene.zoom.seen)
    await scene.reconciler.tick()
    assert len(scene.zoom.seen) == before, "in step, it asks nothing"
    await scene.change(gathering, status=Status.CANCELLED)
    await scene.reconciler.tick()
    await scene.reconciler.tick()
    assert scene.zoom.meetings == {}
    assert scene.zoom.calls(f"DELETE /v2/meetings/{made.id}") == 1


async def test_a_link_that_was_given_is_used_and_zoom_is_not_asked(scene: Scene) -> None:
    gathering = await scene.gathering(link=ZoomLink("https://zoom.example/j/1"))
    await scene.register(gathering, 3)
    await scene.reconciler.tick()
    assert scene.zoom.seen == []


async def test_a_link_given_later_leads_everybody_to_one_room(scene: Scene) -> None:
    """Those with a link of their own to the meeting the bot made would else sit in another room than the rest."""
    gathering = await scene.gathering()
    early = await scene.register(gathering)
    await scene.reconciler.tick()
    form = await scene.asks("Fay", Call.of("host-edit", gathering=gathering.id))
    assert isinstance(form, Form)
    typed = {each.name: getattr(each, "value", "") or "" for each in form.fields} | {"zoom": GIVEN}
    changed = await scene.asks("Fay", form.call.filled(typed))
    assert isinstance(changed, View), changed
    late = await scene.register(gathering, first=1)
    asked = len(scene.zoom.seen)
    await scene.reconciler.tick()
    assert len(scene.zoom.seen) == asked
    scene.clock.move_to(START)
    for each in (*early, *late):
        link = (await scene.comes(each)).link
        assert link is not None
        assert link.reveal() == GIVEN


async def test_a_link_given_while_zoom_is_down_stays(scene: Scene) -> None:
    gathering = await scene.gathering()
    scene.zoom.token_trouble = [refuses(503)] * 20
    await scene.reconciler.tick()
    form = await scene.asks("Fay", Call.of("host-edit", gathering=gathering.id))
    assert isinstance(form, Form)
    typed = {each.name: getattr(each, "value", "") or "" for each in form.fields} | {"zoom": GIVEN}
    assert isinstance(await scene.asks("Fay", form.call.filled(typed)), View)
    scene.zoom.token_trouble = []
    scene.clock.advance(minutes=6)
    await scene.anew().tick()
    link = await scene.link(gathering)
    assert link is not None
    assert link.reveal() == GIVEN
    assert scene.zoom.meetings == {}


async def test_facilitators_are_told_of_trouble_that_lasts_once_each(scene: Scene) -> None:
    """Named in the settings or on the team; what is mended within five minutes is no news to anybody."""
    room = SandboxChat(scene.clock)
    for name in ("Fay", "Flo", "Bo"):
        room.add_guest(Person(Address("sandbox", name.lower()), name))
    outbox = Outbox(scene.storage, {"sandbox": SandboxMessenger(room)}, scene.clock, HOUSE)

    async def passes(minutes: float) -> None:
        scene.clock.advance(minutes=minutes)
        await scene.anew().tick()  # each time another worker: what it is about is in the database
        await outbox.tick()

    def told(name: str) -> int:
        heard = [each.view for each in room.messages() if each.place == Address("sandbox", name)]
        assert all("5 registered" in plain(Locale(), each) for each in heard[:1])
        return sum("Zoom's limit is reached" in plain(Locale(), each) for each in heard)

    gathering = await scene.gathering(at=START + timedelta(hours=2))
    for name in ("Fay", "Flo", "Bo"):
        await scene.asks(name, Call("mine"))
    await scene.storage.run(lambda uow: uow.facilitators.add(Address("sandbox", "flo")))
    await scene.register(gathering)
    await scene.reconciler.tick()
    limited = refuses(429, Retry_After=TOMORROW)
    await scene.register(gathering, 2, first=1)
    scene.zoom.trouble = [limited]
    await passes(0)
    await passes(0)
    assert (told("fay"), told("flo")) == (0, 0), "mended before anybody had to know"
    await scene.register(gathering, 2, first=3)
    scene.zoom.trouble = [limited] * 30
    for _ in range(4):
        await passes(3)
    assert (told("fay"), told("flo"), told("bo")) == (1, 1, 0)
    scene.zoom.trouble = []
    await passes(3)
    assert await scene.storage.run(lambda uow: uow.state.get("zoom trouble since")) == ""
    await scene.register(gathering, 2, first=5)
    scene.zoom.trouble = [limited] * 30
    for _ in range(4):
        await passes(3)
    assert (told("fay"), told("flo"), told("bo")) == (2, 2, 0), "another trouble is told again"


async def test_drafts_have_no_meeting_and_one_may_be_created_without_a_link(scene: Scene) -> None:
    form = await scene.asks("Fay", Call("host-create"))
    assert isinstance(form, Form)
    assert [each.required for each in form.fields if each.name == "zoom"] == [False]  # type: ignore[union-attr]
    typed = {"title": "Grief", "starts": "2026-12-03 18:00 Europe/Madrid", "zoom": "", "description": ""}
    preview = await scene.asks("Fay", form.call.filled(typed | {"facilitators": "Fay"}))
    assert isinstance(preview, View)
    assert "A preview" in plain(Locale(), preview)
    await scene.reconciler.tick()
    assert scene.zoom.meetings == {}
    await scene.asks("Fay", Call.of("host-publish", gathering=1))
    await scene.reconciler.tick()
    assert scene.zoom.only.body["topic"] == "Grief"


async def test_everyone_gets_a_link_of_their_own_ahead_of_the_rush_in_batches(scene: Scene) -> None:
    gathering = await scene.gathering()
    people = await scene.register(gathering, 65)
    await scene.reconciler.tick()
    assert scene.zoom.calls("/batch_registrants") == 3
    emails = list(scene.zoom.only.registrants)
    assert emails[0] == f"guest-{people[0].id}@gatherings.example"
    await scene.reconciler.tick()
    assert scene.zoom.calls("/batch_registrants") == 3, "never added again"
    await scene.register(gathering, 1, first=65)
    await scene.reconciler.tick()
    assert scene.zoom.calls("/batch_registrants") == 4
    assert set(scene.zoom.added.values()) == {1}
    scene.clock.move_to(START)
    entries = [await scene.comes(each) for each in people[:3]]
    links = {entry.link.reveal() for entry in entries if entry.link}
    assert links == {scene.zoom.only.registrants[email]["join_url"] for email in emails[:3]}


async def test_far_ahead_there_are_no_passes_yet(scene: Scene) -> None:
    gathering = await scene.gathering(at=START + timedelta(days=3))
    await scene.register(gathering, 2)
    await scene.reconciler.tick()
    assert len(scene.zoom.meetings) == 1
    assert scene.zoom.calls("/batch_registrants") == 0


async def test_links_rest_encrypted(scene: Scene, database_kind: str, storage: OpenStorage) -> None:
    gathering = await scene.gathering()
    await scene.register(gathering, 2)
    await scene.reconciler.tick()
    found = await storage.run(
        lambda uow: uow.connection.exec_driver_sql("SELECT link FROM passes").scalars().all()  # type: ignore[attr-defined]
    )
    assert len(found) == 2
    assert all(b"k3pt" not in bytes(each) for each in found)


async def test_who_never_came_in_is_cancelled_once_access_closes(scene: Scene) -> None:
    gathering = await scene.gathering()
    people = await scene.register(gathering, 5)
    await scene.reconciler.tick()
    scene.clock.move_to(START)
    await scene.comes(people[0])
    await scene.comes(people[1])
    await scene.reconciler.tick()
    assert set(scene.statuses().values()) == {"approved"}
    scene.clock.advance(minutes=10)
    await scene.reconciler.tick()
    assert list(scene.statuses().values()) == ["approved"] * 2 + ["cancelled"] * 3
    assert (await scene.comes(people[0])).link is not None, "who was in may come back"
    await scene.reconciler.tick()
    assert scene.zoom.calls("/registrants/status") == 1


async def test_neither_a_full_house_is_final_nor_doors_closed_by_hand(scene: Scene) -> None:
    plan = Plan("Small", START, "UTC", door_rule=DoorRule(limit=2))
    small = (await scene.storage.run(lambda uow: uow.gatherings.add([plan], Status.PUBLISHED)))[0]
    people = await scene.register(small, 4)
    await scene.reconciler.tick()
    scene.clock.move_to(START)
    await scene.comes(people[0])
    closed = await scene.change(small, closed_at=scene.clock.now())
    await scene.reconciler.tick()
    assert scene.zoom.calls("/registrants/status") == 0
    await scene.change(closed, closed_at=None)
    await scene.comes(people[1])
    await scene.reconciler.tick()
    assert scene.zoom.calls("/registrants/status") == 0, "a place may return"
    scene.clock.move_to(START + timedelta(minutes=10))
    await scene.reconciler.tick()
    assert list(scene.statuses().values()) == ["approved"] * 2 + ["cancelled"] * 2


async def test_unregistering_ends_the_link_at_zoom_too(scene: Scene) -> None:
    gathering = await scene.gathering()
    await scene.register(gathering, 2)
    await scene.reconciler.tick()
    await scene.asks("p0", Call.of("unregister", gathering=gathering.id))
    await scene.reconciler.tick()
    assert list(scene.statuses().values()) == ["cancelled", "approved"]


@pytest.mark.parametrize("trouble", [refuses(429, Retry_After="0"), refuses(401)])
async def test_what_passes_in_a_moment_is_waited_out(scene: Scene, trouble: Trouble) -> None:
    await scene.gathering()
    scene.zoom.trouble = [trouble, trouble]
    await scene.reconciler.tick()
    assert len(scene.zoom.meetings) == 1


@pytest.mark.parametrize("trouble", [does_it_and_drops_the_line, drops_the_line, hangs, refuses(500), refuses(503)])
async def test_a_meeting_in_doubt_is_looked_for_before_it_is_made_again(scene: Scene, trouble: Trouble) -> None:
    await scene.gathering()
    others = [await scene.gathering(f"Other {n}", START + timedelta(days=n)) for n in (3, 4, 5)]
    scene.zoom.trouble = [trouble]
    await scene.reconciler.tick()
    await scene.anew().tick()
    assert len(scene.zoom.meetings) == 1 + len(others)
    assert await scene.storage.run(lambda uow: uow.state.get("zoom trouble")) in {None, ""}


@pytest.mark.parametrize("trouble", [does_it_and_drops_the_line, drops_the_line, hangs, refuses(502)])
async def test_passes_in_doubt_are_read_back_and_nobody_is_added_twice(scene: Scene, trouble: Trouble) -> None:
    gathering = await scene.gathering()
    await scene.reconciler.tick()
    people = await scene.register(gathering, 40)
    scene.zoom.trouble = [trouble]
    await scene.reconciler.tick()
    scene.clock.advance(seconds=20)
    await scene.reconciler.tick()
    assert len(scene.zoom.only.registrants) == 40
    if trouble is does_it_and_drops_the_line:
        assert set(scene.zoom.added.values()) == {1}
    scene.clock.move_to(START)
    entry = await scene.comes(people[0])
    assert entry.link is not None
    assert "/w/" in entry.link.reveal()


async def test_a_daily_limit_is_rested_out_and_the_door_holds(scene: Scene) -> None:
    """`Retry-After` is an instant then. Facilitators are told, and who comes gets the common link."""
    gathering = await scene.gathering()
    await scene.reconciler.tick()
    people = await scene.register(gathering, 2)
    scene.zoom.trouble = [refuses(429, Retry_After=TOMORROW)] * 3
    await scene.reconciler.tick()
    asked = scene.zoom.calls("/batch_registrants")
    scene.clock.move_to(START)
    await scene.reconciler.tick()
    assert scene.zoom.calls("/batch_registrants") == asked, "it rests for as long as Zoom asked"
    entry = await scene.comes(people[0])
    assert entry.link is not None
    assert "/j/" in entry.link.reveal()
    shown = plain(Locale(), await scene.asks("Fay", Call.of("host-doors", gathering=gathering.id)))  # type: ignore[arg-type]
    assert "Zoom's limit is reached" in shown
    scene.clock.move_to(START + timedelta(minutes=10))
    assert (await scene.comes(people[1])).link is None, "the door rule is ours, not Zoom's"


async def test_zoom_down_from_the_start_is_an_honest_word_at_the_door(scene: Scene) -> None:
    gathering = await scene.gathering()
    people = await scene.register(gathering)
    scene.zoom.token_trouble = [refuses(503)] * 20
    await scene.reconciler.tick()
    scene.clock.move_to(START)
    said = plain(Locale(), await scene.asks("p0", Call.of("join", gathering=gathering.id)))  # type: ignore[arg-type]
    assert "its room is not ready yet" in said
    scene.zoom.token_trouble = []
    await scene.reconciler.tick()
    assert (await scene.comes(people[0])).link is not None


async def test_wrong_credentials_are_said_without_them(scene: Scene) -> None:
    await scene.gathering()
    scene.client._credentials = scene.client._credentials.__class__("account", "client", "wrong", *_bases(scene))
    await scene.reconciler.tick()
    said = await scene.storage.run(lambda uow: uow.state.get("zoom trouble"))
    assert said is not None
    assert "ZOOM_CLIENT_SECRET" in said
    assert SECRET not in said


def _bases(scene: Scene) -> tuple[str, str]:
    return f"{scene.zoom.base}/v2", f"{scene.zoom.base}/oauth"


async def test_a_token_is_renewed_in_time_and_asked_for_once(scene: Scene) -> None:
    await asyncio.gather(*(scene.client.token() for _ in range(10)))
    assert len(scene.zoom.tokens) == 1
    scene.clock.advance(minutes=54)
    await scene.client.token()
    assert len(scene.zoom.tokens) == 1
    scene.clock.advance(minutes=2)
    await scene.client.token()
    assert len(scene.zoom.tokens) == 2


@on_both
async def test_two_workers_make_one_meeting(scene: Scene) -> None:
    gathering = await scene.gathering()
    await scene.register(gathering, 35)
    other = type(scene.reconciler)(scene.storage, scene.reconciler._zoom, scene.clock, HOUSE)
    await asyncio.gather(scene.reconciler.tick(), other.tick())
    assert scene.zoom.calls("/users/me/meetings") == 1
    assert set(scene.zoom.added.values()) == {1}

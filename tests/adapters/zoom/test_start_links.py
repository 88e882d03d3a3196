"""The start link: fresh each time, for facilitators alone, kept nowhere."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from adapters.zoom.meetings import ZoomMeetings
from adapters.zoom.start_links import ZoomStartLinks
from bot.addresses import Address
from bot.catalogue import commands
from bot.dispatcher import Dispatcher
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.members.model import Person
from bot.plain_text import plain
from bot.request import Call, Request
from bot.secrets import StartLink
from bot.views import Answer, SecretLinkButton, View
from tests.adapters.zoom.conftest import HOUSE, START, Scene
from tests.adapters.zoom.local_zoom import refuses
from tests.databases import stored_bytes

FAY, GUS = Address("sandbox", "fay"), Address("sandbox", "gus")
"""Fay is configured; Gus is on the team."""


def door(scene: Scene) -> Dispatcher:
    made = Dispatcher(scene.storage, HOUSE)
    made.start_links = ZoomStartLinks(ZoomMeetings(scene.client, HOUSE))
    return made


async def at_the_start(scene: Scene) -> Gathering:
    gathering = await scene.gathering()
    await scene.storage.run(lambda uow: uow.facilitators.add(GUS))
    await scene.reconciler.tick()
    scene.clock.move_to(START - timedelta(minutes=4))
    return gathering


async def asked(scene: Scene, by: Address, call: Call, **more: object) -> Answer:
    person = Person(by, by.account.title(), organises=frozenset(more.pop("organises", ())))  # type: ignore[call-overload]
    return await door(scene).answer(Request(person, call, scene.clock.now(), **more))  # type: ignore[arg-type]


def start_link(answer: Answer) -> str:
    assert isinstance(answer, View)
    links = [button.link for button in answer.buttons() if isinstance(button, SecretLinkButton)]
    return next((link.reveal() for link in links if isinstance(link, StartLink)), "")


async def test_either_facilitator_begins_within_a_minute_with_a_link_of_their_own(scene: Scene) -> None:
    gathering = await at_the_start(scene)
    links = set()
    for facilitator in (FAY, GUS, GUS):
        answer = await asked(scene, facilitator, Call("host-start"))
        links.add(start_link(answer))
        assert "You take none of the places" in plain(Locale(), answer)  # type: ignore[arg-type]
    assert len(links) == 3, "a fresh one each time"
    assert all(f"/s/{scene.zoom.only.id}" in link for link in links)
    kept = await scene.storage.run(lambda uow: uow.gatherings.get(gathering.id))
    assert kept is not None
    assert kept.admitted == 0
    acts = await scene.storage.run(lambda uow: uow.audit.entries(gatherings=[gathering.id]))
    assert sorted(str(entry.act.by) for entry in acts) == ["sandbox:fay", "sandbox:gus", "sandbox:gus"]


async def test_it_is_kept_nowhere(scene: Scene, database_url: str) -> None:
    await at_the_start(scene)
    link = start_link(await asked(scene, FAY, Call("host-start")))
    assert link.partition("zak=")[2].encode() not in await stored_bytes(database_url)


@pytest.mark.parametrize("answers", [500, 429, 404])
async def test_zoom_in_trouble_is_said_and_the_next_try_works(scene: Scene, answers: int) -> None:
    gathering = await at_the_start(scene)
    scene.zoom.trouble = [refuses(answers)] * 9
    refused = await asked(scene, FAY, Call("host-start"))
    assert "Zoom gave no start link" in plain(Locale(), refused)  # type: ignore[arg-type]
    acts = await scene.storage.run(lambda uow: uow.audit.entries(gatherings=[gathering.id]))
    assert acts == [], "nothing was given"
    scene.zoom.trouble = []
    assert start_link(await asked(scene, FAY, Call("host-start")))


async def test_a_deleted_meeting_gives_no_link(scene: Scene) -> None:
    await at_the_start(scene)
    scene.zoom.meetings.clear()
    assert "Zoom gave no start link" in plain(Locale(), await asked(scene, FAY, Call("host-start")))  # type: ignore[arg-type]


async def test_who_leaves_the_team_while_it_is_fetched_is_not_told(scene: Scene) -> None:
    await at_the_start(scene)
    dispatcher = door(scene)

    class LeavesMeanwhile(ZoomStartLinks):
        async def fetch(self, number: str) -> StartLink | None:
            link = await super().fetch(number)
            await scene.storage.run(lambda uow: uow.facilitators.remove(GUS))
            return link

    dispatcher.start_links = LeavesMeanwhile(ZoomMeetings(scene.client, HOUSE))
    answer = await dispatcher.answer(Request(Person(GUS, "Gus"), Call("host-start"), scene.clock.now()))
    assert start_link(answer) == ""
    assert "That is for facilitators." in plain(Locale(), answer)  # type: ignore[arg-type]


async def test_two_thousand_hostile_calls_tell_it_to_nobody(scene: Scene) -> None:
    """Members, strangers and organisers of other servers: every command, typed, pressed and forged."""
    gathering = await at_the_start(scene)
    await scene.register(gathering, 5)
    scene.clock.move_to(START)
    dispatcher, fetched = door(scene), 0

    class Counting(ZoomStartLinks):
        async def fetch(self, number: str) -> StartLink | None:
            nonlocal fetched
            fetched += 1
            return await super().fetch(number)

    dispatcher.start_links = Counting(ZoomMeetings(scene.client, HOUSE))
    chance = random.Random(13)
    senders = [Address("sandbox", f"p{number}") for number in range(5)]
    senders += [
        Address("slack", "T9/fay"),
        Address("discord", "7"),
        Address("sandbox", "Fay"),
        Address("sandbox", "gus2"),
    ]
    names = ["host-start"] * 5 + [command.name for command in commands()]
    values = [str(gathering.id), f" {gathering.id}", "Grief", "", "999", "-1", "fay", "yes", "start", "open", "on"]
    options = sorted({option.name for command in commands() for option in command.options})
    for number in range(2_000):
        arguments = {chance.choice(options): chance.choice(values) for _ in range(chance.randint(0, 3))}
        call = Call.of(chance.choice(names), **({"gathering": str(gathering.id)} | arguments))
        person = Person(chance.choice(senders), "X", organises=frozenset(chance.choice([(), ("T9",), ("42",)])))
        request = Request(person, call, scene.clock.now(), key=f"k{number}" if chance.random() < 0.5 else "")
        answer = await dispatcher.answer(request)
        if isinstance(answer, View):
            assert start_link(answer) == "", f"{person.address} was told by {call.name}"
    assert fetched == 0, "Zoom was not even asked"

"""Where there are web pages: whoever connects, disconnects or asks anew is given their own calendar, and no other's."""

from __future__ import annotations

import pytest

from bot.config import Config, LinkBuilder
from bot.members.model import Person
from bot.secrets import JoinLink, LinkKey
from bot.unit_of_work import UnitOfWork
from tests.conversations.conftest import Scenario
from tests.conversations.harness import Harness, Persona
from tests.conversations.test_membership import connects

pytestmark = pytest.mark.everywhere


class Pages(LinkBuilder):
    def join(self, registration: LinkKey) -> JoinLink:
        return JoinLink(f"https://gatherings.example/join/{registration.id}-{registration.nonce}")

    def calendar(self, member: LinkKey) -> JoinLink:
        return JoinLink(f"https://gatherings.example/calendar/{member.id}-{member.nonce}")

    def confirm(self, signup: LinkKey) -> JoinLink:
        raise NotImplementedError

    def page(self, page: LinkKey, call: str = "") -> JoinLink:
        raise NotImplementedError


@pytest.fixture
def config(harness: Harness) -> Config:
    channels = {harness.channel("gatherings"): "Gatherings"}
    address = "https://gatherings.example"
    return Config(announcement_channels=channels, per_minute={}, public_url=address, links=Pages())


async def calendar_of(scenario: Scenario, persona: Persona) -> str:
    def look(uow: UnitOfWork) -> LinkKey:
        return uow.members.get_or_create(Person(persona.address), scenario.clock.now()).calendar

    assert scenario.config.links is not None
    return scenario.config.links.calendar(await scenario.bot.storage.run(look)).reveal()


@pytest.mark.parametrize("leaves", ["here", "there"])
async def test_who_disconnects_is_given_the_calendar_of_who_they_are_then(scenario: Scenario, leaves: str) -> None:
    here, there = scenario.member("Ada"), scenario.member("Countess")
    await connects(scenario, here, there)
    before = await calendar_of(scenario, there)
    assert there.link_out() == before == await calendar_of(scenario, here)
    await there.says("/htg connect")
    rows = there.reads("You are one member as")
    mine, other = [each for each in rows.buttons if each.label.startswith("Disconnect")]
    await there.press(rows, mine if leaves == "there" else other)
    there.reads("went back to where it was made", "Your calendar has a new address")
    calendars = {await calendar_of(scenario, persona) for persona in (here, there)}
    assert len(calendars) == 2
    assert before not in calendars, "what the other may have read shows nothing any more"
    assert there.link_out() == await calendar_of(scenario, there)

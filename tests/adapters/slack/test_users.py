"""Who asks: name, language, zone, and whose workspace it is. Slack says; it is asked seldom, and never waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.slack import users
from adapters.slack.client import SlackClient
from adapters.slack.users import UserDirectory, _UserKey
from adapters.slack.workspaces import SingleWorkspace
from bot.addresses import Address
from bot.limited import LimitedDict
from tests.adapters.slack.conftest import SlackEnvironment
from tests.adapters.slack.fake_slack import FakeSlack
from tests.adapters.slack.fake_web_api import BOT_TOKEN
from tests.adapters.slack.fake_workspace import TEAM
from tests.adapters.slack.user_client import button
from tests.conversations.harness import MovableClock


@pytest.fixture
async def fake_slack(clock: MovableClock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(clock).running() as fake_slack:
        yield fake_slack


@pytest.fixture
async def known(fake_slack: FakeSlack, clock: MovableClock) -> AsyncIterator[UserDirectory]:
    one = SingleWorkspace(BOT_TOKEN)
    one.identify(TEAM, "B0BOT", "U0BOT")
    api = SlackClient(one, clock, fake_slack.api_url)
    found = UserDirectory(api, clock)
    yield found
    await found.close()
    await api.close()


async def test_what_slack_says(fake_slack: FakeSlack, known: UserDirectory) -> None:
    ada = fake_slack.user("Ada", zone="Europe/Madrid", language="es")
    person = await known.person(TEAM, ada.id, "ada.l")
    assert person.address == Address("slack", f"{TEAM}/{ada.id}")
    assert (person.name, person.zone, person.language, person.organises) == (
        "Ada",
        "Europe/Madrid",
        "es-ES",
        frozenset(),
    )


async def test_owners_and_admins_organise(fake_slack: FakeSlack, known: UserDirectory) -> None:
    assert (await known.person(TEAM, fake_slack.user("Frances", is_admin=True).id, "")).organises


@pytest.mark.parametrize("strange", [{"team_id": "T0ELSEWHERE"}, {"is_stranger": True}])
async def test_an_owner_of_another_workspace_is_a_guest_here(
    fake_slack: FakeSlack, known: UserDirectory, monkeypatch: pytest.MonkeyPatch, strange: dict[str, object]
) -> None:
    said = fake_slack._users_info
    monkeypatch.setattr(fake_slack, "_users_info", lambda *a, **k: {"user": said(*a, **k)["user"] | strange})
    assert not (await known.person(TEAM, fake_slack.user("Otto", is_admin=True).id, "")).organises


async def test_a_zone_that_is_none_is_left_out(fake_slack: FakeSlack, known: UserDirectory) -> None:
    assert (await known.person(TEAM, fake_slack.user("Ada", zone="Nowhere/Land").id, "")).zone is None


async def test_it_is_asked_once_for_a_while_and_then_again(
    fake_slack: FakeSlack, known: UserDirectory, clock: MovableClock
) -> None:
    ada = fake_slack.user("Ada", zone="Europe/Madrid")
    for _ in range(5):
        await known.person(TEAM, ada.id, "")
    assert len(fake_slack.calls_of("users.info")) == 1
    ada.zone = "America/New_York"
    clock.advance(minutes=16)
    assert (await known.person(TEAM, ada.id, "")).zone == "Europe/Madrid"  # nobody waits for the refresh
    await known._lookups[_UserKey(TEAM, ada.id, TEAM)]
    assert (await known.person(TEAM, ada.id, "")).zone == "America/New_York"


@pytest.mark.parametrize("minutes", [2, 14, 16, 11 * 60, 13 * 60])
async def test_an_owner_no_more_is_an_owner_no_more(
    fake_slack: FakeSlack, known: UserDirectory, clock: MovableClock, minutes: int
) -> None:
    """From the first thing that they ask after a minute: one roster would be enough."""
    frances = fake_slack.user("Frances", is_admin=True)
    assert (await known.person(TEAM, frances.id, "")).organises
    frances.is_admin = False
    clock.advance(minutes=minutes)
    assert not (await known.person(TEAM, frances.id, "")).organises


async def test_an_owner_is_confirmed_once_a_minute_and_a_member_seldom(
    fake_slack: FakeSlack, known: UserDirectory, clock: MovableClock
) -> None:
    frances, ada = fake_slack.user("Frances", is_admin=True), fake_slack.user("Ada")
    for _ in range(3):
        for who in (frances, ada, frances):
            await known.person(TEAM, who.id, "")
        clock.advance(seconds=61)
    asked = [each["user"] for each in fake_slack.calls_of("users.info")]
    assert (asked.count(frances.id), asked.count(ada.id)) == (3, 1)


async def test_earlier_rights_are_relied_on_for_a_quarter_of_an_hour_when_slack_is_silent(
    fake_slack: FakeSlack, known: UserDirectory, clock: MovableClock
) -> None:
    frances = fake_slack.user("Frances", is_admin=True)
    await known.person(TEAM, frances.id, "")
    fake_slack.fail("users.info", "500", "500", "500")
    clock.advance(minutes=14)
    assert (await known.person(TEAM, frances.id, "")).organises
    clock.advance(minutes=2)
    person = await known.person(TEAM, frances.id, "frances")
    assert not person.organises
    assert person.rights_unknown, "they were an admin, and may be one still"
    assert person.name == "Frances"
    clock.advance(hours=11)
    assert not (await known.person(TEAM, frances.id, "frances")).organises


async def test_a_slow_slack_is_not_waited_for(
    fake_slack: FakeSlack, known: UserDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "LOOKUP_TIMEOUT", timedelta(seconds=0.05))
    ada = fake_slack.user("Ada", zone="Europe/Madrid")
    fake_slack.open_gate.clear()
    person = await known.person(TEAM, ada.id, "ada.l")
    assert (person.name, person.zone, person.rights_unknown) == ("ada.l", None, True)
    fake_slack.open_gate.set()
    await known._lookups[_UserKey(TEAM, ada.id, TEAM)]
    person = await known.person(TEAM, ada.id, "ada.l")
    assert (person.zone, person.rights_unknown) == ("Europe/Madrid", False)


async def test_when_slack_will_not_say_it_is_left_alone_for_a_while(
    fake_slack: FakeSlack, known: UserDirectory, clock: MovableClock
) -> None:
    ada = fake_slack.user("Ada", zone="Europe/Madrid")
    fake_slack.fail("users.info", "500")
    for _ in range(3):
        assert (await known.person(TEAM, ada.id, "ada")).zone is None
    assert len(fake_slack.calls_of("users.info")) == 1
    clock.advance(seconds=31)
    assert (await known.person(TEAM, ada.id, "ada")).zone == "Europe/Madrid"


async def test_only_so_many_are_remembered(
    fake_slack: FakeSlack, known: UserDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "_cache", LimitedDict(3))
    fake_slack.rate_limits.clear()
    for number in range(10):
        await known.person(TEAM, fake_slack.user(f"P{number}").id, "")
    assert len(known._cache) == 3


async def test_the_house_may_name_its_facilitators_without_a_team(env: SlackEnvironment) -> None:
    from dataclasses import replace

    ada = env.ada()
    await ada.says("/htg-host help")
    ada.reads("That is for facilitators.")
    dispatcher = env.bot._responder._dispatcher
    dispatcher._config = replace(dispatcher.config, facilitators=frozenset({Address("slack", ada.user.id)}))
    await ada.says("/htg-host help")
    ada.reads("For facilitators", "/htg-host create")


async def test_rights_are_looked_up_and_not_taken_from_the_payload(env: SlackEnvironment) -> None:
    """A forged button, form or payload gets the same polite no."""
    gathering = await env.gathering()
    ada = env.ada()
    await ada.says("/htg list")
    forged = button(f"host-cancel?gathering={gathering.id}&sure=yes")
    await env.client.presses(ada.user, env.fake_slack.messages[-1], forged)
    await env.harness.settled()
    ada.reads("That is for facilitators.")
    assert not ada.user.modals

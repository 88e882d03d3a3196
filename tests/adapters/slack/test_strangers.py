"""Somebody from another workspace in a shared channel, with an id that is one of ours here: one token, two people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.slack import receive
from bot.addresses import Address
from bot.ports import Undeliverable
from bot.request import Call, encode
from bot.unit_of_work import UnitOfWork
from bot.views import Paragraph, Text, View
from tests.adapters.slack.conftest import SlackEnvironment
from tests.adapters.slack.fake_workspace import TEAM, FakeUser
from tests.adapters.slack.user_client import button

ELSEWHERE = "T0OTHER"
HELLO = View((Paragraph((Text("Hello"),)),))


def namesake(ours: FakeUser) -> FakeUser:
    """Another person, of another workspace, whose id is the same."""
    return FakeUser(ours.id, "Otto", is_admin=True, team=ELSEWHERE)


async def presses(env: SlackEnvironment, who: FakeUser, call: Call) -> str:
    """A button in a channel that both workspaces share; returns what was said to whoever pressed."""
    place = env.fake_slack.channel("shared").id
    posted = env.fake_slack.post(place, {"text": "Gatherings"})
    await env.client.presses(who, posted, button(encode(call)))
    await env.harness.settled()
    return env.fake_slack.messages[-1].text


async def test_a_facilitators_namesake_elsewhere_is_a_member_like_any(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    frances = env.frances()
    await frances.says("/htg-host help")
    frances.reads("For facilitators")
    said = await presses(env, namesake(frances.user), Call.of("host-cancel", gathering=gathering.id, sure="yes"))
    assert "That is for facilitators." in said


@pytest.mark.parametrize("named", ["{team}/{id}", "{id}"])
async def test_being_named_here_names_nobody_elsewhere(env: SlackEnvironment, named: str) -> None:
    """In the settings or on the team, with the workspace or without it."""
    ada = env.ada()
    address = Address("slack", named.format(team=TEAM, id=ada.user.id))
    dispatcher = env.bot._responder._dispatcher
    config = dispatcher.config
    dispatcher._config = replace(config, facilitators=frozenset({address}))
    await ada.says("/htg-host help")
    ada.reads("For facilitators")
    assert "That is for facilitators." in await presses(env, namesake(ada.user), Call("host-help"))
    dispatcher._config = config
    await env.storage.run(lambda uow: uow.facilitators.add(address))
    await env.bot.open()  # completes what was kept without its workspace
    await ada.says("/htg-host help")
    ada.reads("For facilitators")
    assert "That is for facilitators." in await presses(env, namesake(ada.user), Call("host-help"))
    assert await env.storage.run(lambda uow: uow.facilitators.addresses()) == [
        Address("slack", f"{TEAM}/{ada.user.id}")
    ]


async def test_a_facilitator_by_address_is_one_wherever_they_are_from(env: SlackEnvironment) -> None:
    otto = namesake(env.ada().user)
    await env.storage.run(lambda uow: uow.facilitators.add(Address("slack", f"{ELSEWHERE}/{otto.id}")))
    assert "For facilitators" in await presses(env, otto, Call("host-help"))


async def test_what_one_of_them_does_is_not_done_by_the_other(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada = env.ada()
    await ada.says(f"/htg register {gathering.id}")
    assert "You are registered" in await presses(env, namesake(ada.user), Call.of("register", gathering=gathering.id))
    assert await env.registered(gathering) == 2
    await presses(env, namesake(ada.user), Call.of("unregister", gathering=gathering.id))

    def left(uow: UnitOfWork) -> list[str]:
        return [each.name for each in uow.registrations.roster(gathering.id)]

    assert await env.storage.run(left) == ["Ada"]


async def test_nothing_that_is_meant_for_a_stranger_is_told_to_their_namesake(env: SlackEnvironment) -> None:
    """Unasked, and in answer to what they pressed when the answer itself does not arrive."""
    ada = env.ada()
    to = Address("slack", f"{ELSEWHERE}/{ada.user.id}")
    with pytest.raises(Undeliverable, match="somebody else has that id"):
        await env.bot.messenger.send(to, HELLO, key="k", language="en", zone="UTC")
    with pytest.raises(Undeliverable, match="somebody else has that id"):
        await env.bot.messenger.find(to, key="k", since=env.clock.now(), until=env.clock.now())
    env.fake_slack.fail("response_url", "refused")
    await presses(env, namesake(ada.user), Call("mine"))
    ada.hears_nothing()
    await env.client.opens_home(namesake(ada.user))
    await env.harness.settled()


async def test_a_stranger_whom_slack_confirms_is_told(env: SlackEnvironment) -> None:
    otto = env.fake_slack.user("Otto", is_admin=True, team=ELSEWHERE)
    to = Address("slack", f"{ELSEWHERE}/{otto.id}")
    await env.bot.messenger.send(to, HELLO, key="k", language="en", zone="UTC")
    assert env.fake_slack.messages[-1].channel == otto.dm_channel
    assert "That is for facilitators." in await presses(env, otto, Call("host-help"))
    assert (await env.bot._users.person(ELSEWHERE, otto.id, "", workspace=TEAM)).name == "Otto"


async def test_a_person_of_whom_slack_names_no_workspace_organises_nothing(
    env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    frances = env.frances()
    said = env.fake_slack._users_info

    def without(*given: object, **more: object) -> dict[str, object]:
        user = said(*given, **more)["user"]  # type: ignore[arg-type]
        return {"user": {name: value for name, value in user.items() if name != "team_id"}}

    monkeypatch.setattr(env.fake_slack, "_users_info", without)
    await frances.says("/htg-host help")
    frances.reads("That is for facilitators.")


async def test_whoever_no_workspace_is_named_for_is_nobody(env: SlackEnvironment) -> None:
    frances = env.frances()
    payload = env.client.interaction(frances.user, "shortcut") | {"callback_id": "host-help"}
    del payload["team"], payload["user"]["team_id"]
    assert await env.client.transport.deliver("interactive", payload) == {}
    await env.harness.settled()
    assert not frances.user.modals


@pytest.mark.parametrize(
    ("team", "payload", "user_team"),
    [
        ("T1", {"team": {"id": "T1"}, "user": {"id": "U", "team_id": "T1"}}, "T1"),
        ("T1", {"team": {"id": "T1"}, "user": {"id": "U"}}, "T1"),
        ("T1", {"team": {"id": "T1"}, "user": {"id": "U", "team_id": "T2"}}, "T2"),
        ("T1", {"team": {"id": "T2"}, "user": {"id": "U", "team_id": "T2"}}, "T2"),
        ("T1", {"team": {"id": "T1", "enterprise_id": "E1"}, "user": {"id": "U", "team_id": "E1"}}, "T1"),
        ("T1", {"team": {"id": "T1", "enterprise_id": "E1"}, "user": {"id": "U", "team_id": "E2"}}, "E2"),
        ("T1", {"team": {"id": "T2", "enterprise_id": "E1"}, "user": {"id": "U", "team_id": "E1"}}, "E1"),
        ("E1", {"team": {"id": "T1", "enterprise_id": "E1"}, "user": {"id": "U", "team_id": "E1"}}, "E1"),
        ("E1", {"team": {"id": "T1", "enterprise_id": "E1"}, "user": {"id": "U", "team_id": "T1"}}, "E1"),
        ("E1", {"team": {"id": "T1", "enterprise_id": "E1"}, "user": {"id": "U", "team_id": "T2"}}, "T2"),
        ("E1", {"team": None, "enterprise": {"id": "E1"}, "user": {"id": "U", "team_id": "E1"}}, "E1"),
        ("E1", {"team": None, "enterprise": {"id": "E1"}, "user": {"id": "U", "team_id": "T2"}}, "T2"),
        ("E1", {"team": {"id": "T2"}, "enterprise": {"id": "E1"}, "user": {"id": "U", "team_id": "T2"}}, "T2"),
        ("T1", {"team_id": "T1", "user_id": "U"}, "T1"),
        ("T1", {"team_id": "T2", "user_id": "U"}, "T2"),
        ("E1", {"team_id": "T1", "enterprise_id": "E1", "user_id": "U"}, "E1"),
        ("E1", {"team_id": "T1", "enterprise_id": "E2", "user_id": "U"}, "T1"),
        ("T1", {"user": {"id": "U"}}, ""),
        ("T1", {"team": "T1", "user": "U"}, ""),
    ],
)
def test_whose_member_somebody_is(team: str, payload: dict[str, object], user_team: str) -> None:
    assert receive.shortcut({"callback_id": "list"} | payload, team).user_team == user_team

"""Somebody from another workspace in a shared channel, with an id that is one of ours here: one token, two people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.slack import receive
from bot.addresses import Address
from bot.asks import Call, encode
from bot.ports import Books, Undeliverable
from bot.views import Paragraph, Text, View
from tests.adapters.slack.conftest import Town
from tests.adapters.slack.fake_models import TEAM, FakeUser

ELSEWHERE = "T0OTHER"
HELLO = View((Paragraph((Text("Hello"),)),))


def namesake(ours: FakeUser) -> FakeUser:
    """Another person, of another workspace, whose id is the same."""
    return FakeUser(ours.id, "Otto", organiser=True, team=ELSEWHERE)


async def presses(town: Town, who: FakeUser, call: Call) -> str:
    """A button in a channel that both workspaces share; returns what was said to whoever pressed."""
    place = town.local.place("shared").id
    posted = town.local.post(place, {"text": "Gatherings"})
    await town.client.presses(who, posted, {"type": "button", "action_id": "0", "value": encode(call)})
    await town.stage.settled()
    return town.local.messages[-1].text


async def test_a_facilitators_namesake_elsewhere_is_a_member_like_any(town: Town) -> None:
    gathering = await town.gathering()
    frances = town.frances()
    await frances.says("/htg-host help")
    frances.reads("For facilitators")
    said = await presses(town, namesake(frances.human), Call.of("host-cancel", gathering=gathering.id, sure="yes"))
    assert "That is for facilitators." in said


@pytest.mark.parametrize("named", ["{team}/{id}", "{id}"])
async def test_being_named_here_names_nobody_elsewhere(town: Town, named: str) -> None:
    """In the settings or on the team, with the workspace or without it."""
    ada = town.ada()
    address = Address("slack", named.format(team=TEAM, id=ada.human.id))
    desk = town.slack._responder._desk
    house = desk.house
    desk._house = replace(house, facilitators=frozenset({address}))
    await ada.says("/htg-host help")
    ada.reads("For facilitators")
    assert "That is for facilitators." in await presses(town, namesake(ada.human), Call("host-help"))
    desk._house = house
    await town.storage.run(lambda books: books.add_facilitator(address))
    await town.slack.open()  # completes what was kept without its workspace
    await ada.says("/htg-host help")
    ada.reads("For facilitators")
    assert "That is for facilitators." in await presses(town, namesake(ada.human), Call("host-help"))
    assert await town.storage.run(lambda books: books.facilitators()) == [Address("slack", f"{TEAM}/{ada.human.id}")]


async def test_a_facilitator_by_address_is_one_wherever_they_are_from(town: Town) -> None:
    otto = namesake(town.ada().human)
    await town.storage.run(lambda books: books.add_facilitator(Address("slack", f"{ELSEWHERE}/{otto.id}")))
    assert "For facilitators" in await presses(town, otto, Call("host-help"))


async def test_what_one_of_them_does_is_not_done_by_the_other(town: Town) -> None:
    gathering = await town.gathering()
    ada = town.ada()
    await ada.says(f"/htg register {gathering.id}")
    assert "You are registered" in await presses(town, namesake(ada.human), Call.of("register", gathering=gathering.id))
    assert await town.registered(gathering) == 2
    await presses(town, namesake(ada.human), Call.of("unregister", gathering=gathering.id))

    def left(books: Books) -> list[str]:
        return [each.name for each in books.roster(gathering.id)]

    assert await town.storage.run(left) == ["Ada"]


async def test_nothing_that_is_meant_for_a_stranger_is_told_to_their_namesake(town: Town) -> None:
    """Unasked, and in answer to what they pressed when the answer itself does not arrive."""
    ada = town.ada()
    to = Address("slack", f"{ELSEWHERE}/{ada.human.id}")
    with pytest.raises(Undeliverable, match="somebody else has that id"):
        await town.slack.messenger.tell(to, HELLO, key="k", language="en", zone="UTC")
    with pytest.raises(Undeliverable, match="somebody else has that id"):
        await town.slack.messenger.find(to, key="k", since=town.clock.now())
    town.local.fail("response_url", "refused")
    await presses(town, namesake(ada.human), Call("mine"))
    ada.hears_nothing()
    await town.client.opens_home(namesake(ada.human))
    await town.stage.settled()


async def test_a_stranger_whom_slack_confirms_is_told(town: Town) -> None:
    otto = town.local.human("Otto", organiser=True, team=ELSEWHERE)
    to = Address("slack", f"{ELSEWHERE}/{otto.id}")
    await town.slack.messenger.tell(to, HELLO, key="k", language="en", zone="UTC")
    assert town.local.messages[-1].place == otto.line
    assert "That is for facilitators." in await presses(town, otto, Call("host-help"))
    assert (await town.slack._users.person(ELSEWHERE, otto.id, "", workspace=TEAM)).name == "Otto"


async def test_a_person_of_whom_slack_names_no_workspace_organises_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    frances = town.frances()
    said = town.local._users_info

    def without(*given: object, **more: object) -> dict[str, object]:
        user = said(*given, **more)["user"]  # type: ignore[arg-type]
        return {"user": {name: value for name, value in user.items() if name != "team_id"}}

    monkeypatch.setattr(town.local, "_users_info", without)
    await frances.says("/htg-host help")
    frances.reads("That is for facilitators.")


async def test_whoever_no_workspace_is_named_for_is_nobody(town: Town) -> None:
    frances = town.frances()
    payload = town.client._interaction(frances.human, "shortcut") | {"callback_id": "host-help"}
    del payload["team"], payload["user"]["team_id"]
    assert await town.client.delivery.bring("interactive", payload) == {}
    await town.stage.settled()
    assert not frances.human.windows


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

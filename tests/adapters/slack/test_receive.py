"""Payloads that only Slack has: search boxes, shortcuts, commands as people type them, and channels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.slack import receive
from bot.addresses import Address
from tests.adapters.slack.block_kit import controls
from tests.adapters.slack.conftest import SlackEnvironment


async def test_a_long_list_is_searched(env: SlackEnvironment) -> None:
    for number in range(40):
        await env.gathering(f"Circle {number:02}", hours=24 + number)
    ada = env.ada()
    await ada.says("/htg register circle")
    message = env.fake_slack.messages[-1]
    box = next(each for each in controls(message.blocks) if each["type"] == "external_select")
    assert len(await env.client.suggestions(ada.user, message, box["action_id"])) == 25
    (found,) = await env.client.suggestions(ada.user, message, box["action_id"], "circle 37")
    action = {"type": "external_select", "action_id": box["action_id"], "selected_option": found}
    await env.client.presses(ada.user, message, action)
    await env.harness.settled()
    ada.reads("You are registered for Circle 37")


async def test_a_search_box_that_is_not_ours_offers_nothing(env: SlackEnvironment) -> None:
    ada = env.ada()
    await ada.says("/htg list")
    for strange in ("", "0", "0:register", "0:x?y", "7:%%%"):
        assert await env.client.suggestions(ada.user, env.fake_slack.messages[-1], strange) == []


async def test_the_shortcut_in_the_composer_shows_what_is_coming(env: SlackEnvironment) -> None:
    await env.gathering()
    ada = env.ada()
    await env.client.uses_shortcut(ada.user, "list")
    await env.harness.settled()
    assert "Grief and Gratitude" in ada.modal_text()


async def test_an_announcements_own_menu_tells_about_its_gathering(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    await env.gathering("Living with illness", hours=30)
    place = env.fake_slack.channel("general").id
    button = {"type": "button", "text": {"type": "plain_text", "text": "Register"}, "action_id": "0",
              "value": f"register?gathering={gathering.id}"}  # fmt: skip
    post = env.fake_slack.post(place, {"text": "New", "blocks": [{"type": "actions", "elements": [button]}]})
    ada = env.ada()
    await env.client.uses_shortcut(ada.user, "details", post)
    await env.harness.settled()
    assert ada.reads("Grief and Gratitude", "or once 90 people are in").where == "answer"
    await env.client.uses_shortcut(ada.user, "details", env.fake_slack.post(place, {"text": "Lunch?"}))
    await env.harness.settled()
    ada.reads("Upcoming gatherings", "Living with illness")


@pytest.mark.parametrize(
    "typed", ["register “grief and”", "register   'Grief'", "REGISTER grief", "register\tgrief", "/register grief"]
)
async def test_what_is_typed_is_read_as_people_type(env: SlackEnvironment, typed: str) -> None:
    gathering = await env.gathering()
    await env.client.types_command(env.ada().user, f"/htg {typed}")
    assert await env.registered(gathering) == 1


async def test_a_command_in_a_channel_knows_its_channel(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    frances = env.frances()
    await frances.says(f"/htg-host announce {gathering.id}", channel="general")
    frances.reads("– This channel")
    await frances.presses("At a time…")
    assert [each["text"]["text"] for each in frances.top_modal()["blocks"][0]["element"]["options"]] == ["This channel"]
    await frances.says(f"/htg-host announce {gathering.id}")
    assert "This channel" not in frances.reads().text


async def test_a_channel_named_without_its_team_is_the_same_channel(env: SlackEnvironment) -> None:
    gathering, place = await env.gathering(), env.fake_slack.channel("general").id
    dispatcher = env.bot._responder._dispatcher
    dispatcher._config = replace(
        dispatcher.config, announcement_channels={Address("slack", place): "", env.harness.channel("general"): ""}
    )
    frances = env.frances()
    await frances.says(f"/htg-host announce {gathering.id}", channel="general")
    assert frances.reads().text.count("\n– ") == 1
    await frances.picks("This channel")
    (kept,) = await env.storage.run(lambda uow: uow.announcements.list_for(gathering))
    await env.storage.run(lambda uow: uow.announcements.mark_posted(kept.id, f"{place}/1.0"))
    await frances.says(f"/htg-host announce {gathering.id}")
    await frances.picks(f"Slack channel ending in {place[-4:]}")
    frances.reads("is announced in")
    assert len(await env.storage.run(lambda uow: uow.announcements.list_for(gathering))) == 1


@pytest.mark.parametrize(
    "event",
    [
        {"bot_id": "B1"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "bot_message", "bot_id": "B1"},
        {"user": ""},
    ],
)
def test_what_the_bot_or_slack_writes_in_a_private_line_is_not_answered(event: dict[str, str]) -> None:
    """Else it would answer itself for good."""
    written = {"type": "message", "channel_type": "im", "user": "U1", "channel": "D1", "text": "hello"}
    assert receive.private_message({"team_id": "T1", "event": written}, "T1") is not None
    assert receive.private_message({"team_id": "T1", "event": written | event}, "T1") is None

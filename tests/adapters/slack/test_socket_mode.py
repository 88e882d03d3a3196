"""Socket Mode: the same conversations with nothing public, through sockets that come and go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from adapters.slack import respond
from adapters.slack.socket_lease import CONNECTIONS
from tests.adapters.slack.conftest import SlackEnvironment

pytestmark = pytest.mark.parametrize("env", ["socket"], indirect=True)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - it is the SDK's own tasks that are waited for
            await asyncio.sleep(0.01)


async def test_a_whole_story(env: SlackEnvironment) -> None:
    gathering = await env.gathering(hours=0.1)
    ada, frances = env.ada(), env.frances()
    await ada.says("/htg list")
    await ada.presses("Register")
    ada.reads("You are registered for Grief and Gratitude")
    await ada.says("/htg join")
    ada.reads("Welcome, the doors are open.")
    await frances.says("/htg-host create", channel="general")
    await frances.fills(title="Grief", starts="tomorow 6", zoom="zoom")
    frances.reads_an_error("starts", "I could not read")
    await frances.fills(starts="2026-12-09 18:00", zoom="https://zoom.us/j/1")
    frances.reads("A preview.")
    assert await env.registered(gathering) == 1


async def test_there_are_two_sockets_and_nothing_public(env: SlackEnvironment) -> None:
    assert len(env.fake_slack.sockets) == CONNECTIONS >= 2
    assert [each.path for each in env.bot.routes()] == []
    assert await env.bot.missing() == ""


async def test_one_socket_may_go_while_the_other_listens(env: SlackEnvironment) -> None:
    gone = env.fake_slack.sockets[0]
    await gone.close()
    await _until(lambda: gone not in env.fake_slack.sockets)
    await env.ada().says("/htg list")
    env.ada().reads("No gatherings are planned")
    assert await env.bot.missing() == ""


async def test_slack_asks_for_a_new_socket_and_gets_it(env: SlackEnvironment) -> None:
    before = set(map(id, env.fake_slack.sockets))
    await env.fake_slack.sockets[0].send_json({"type": "disconnect", "reason": "refresh_requested"})
    await _until(lambda: bool(set(map(id, env.fake_slack.sockets)) - before))
    await env.ada().says("/htg list")
    env.ada().reads("No gatherings are planned")


async def test_what_is_not_known_is_acknowledged_too(env: SlackEnvironment) -> None:
    """Bolt leaves a payload that no listener matches without an answer, and Slack then shows a failure."""
    for payload in ({"type": "something_new"}, {"type": "event_callback", "event": {"type": "message"}}):
        assert await env.client.transport.deliver("events_api", {"team_id": "T0HTG"} | payload) == {}
    assert await env.client.transport.deliver("slash_commands", {"team_id": "T0HTG", "command": "/else"}) == {}


async def test_an_interaction_that_comes_by_both_sockets_is_answered_once(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    payload = {"team_id": "T0HTG", "user_id": env.ada().user.id, "command": "/htg",
               "text": f"register {gathering.id}", "trigger_id": "7.7"}  # fmt: skip
    both = await asyncio.gather(*(env.client.transport.deliver("slash_commands", payload) for _ in range(2)))
    assert sorted(map(bool, both)) == [False, True]


async def test_closing_acknowledges_what_was_received(env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    gathering = await env.gathering()
    held = env.hold_answers(monkeypatch)
    payload = {"team_id": "T0HTG", "user_id": env.ada().user.id, "command": "/htg",
               "text": f"register {gathering.id}", "trigger_id": "8.8"}  # fmt: skip
    waiting = asyncio.create_task(env.client.transport.deliver("slash_commands", payload))
    await held.asked.wait()
    closing = asyncio.create_task(env.bot.close())
    await asyncio.wait({closing}, timeout=0.1)
    assert not closing.done()
    held.release.set()
    await closing
    assert "You are registered" in (await waiting)["text"]


async def test_slow_work_is_acknowledged_and_answered_later(
    env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(respond, "ACKNOWLEDGE_WITHIN", timedelta(seconds=0.1))
    held = env.hold_answers(monkeypatch)
    await env.client.types_command(env.ada().user, "/htg list")
    assert held.done == 0
    await held.asked.wait()
    held.release.set()
    await env.harness.settled()
    env.ada().reads("No gatherings are planned")

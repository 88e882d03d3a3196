"""What Slack and its libraries really do, and that the bot is ready for it.

Where a library itself is the trap, the test first shows that the trap is real.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from datetime import timedelta
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack import respond
from adapters.slack.bolt_app import to_json
from adapters.slack.run import SlackBot, SlackCredentials
from bot.asks import Ask
from bot.desk import Desk
from bot.house import House
from bot.views import Answer, Paragraph, Text, View
from storage.engine.open import OpenStorage
from tests.adapters.slack.conftest import SlackEnvironment
from tests.adapters.slack.fake_web_api import BOT_TOKEN
from tests.adapters.slack.fake_workspace import TEAM
from tests.adapters.slack.transport import SIGNING_SECRET, HttpTransport, NotAcknowledged
from tests.adapters.slack.user_client import UserClient

HELLO = View((Paragraph((Text("Hello"),)),))


async def _serving(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"


class _Slow(Desk):
    """A desk that takes its time, and counts what it has done."""

    def __init__(self, desk: Desk, seconds: float) -> None:
        super().__init__(desk._storage, desk.house)
        self.seconds, self.done = seconds, 0

    async def answer(self, ask: Ask) -> Answer:
        await asyncio.sleep(self.seconds)
        self.done += 1
        return await super().answer(ask)


# ---- an acknowledgement is lost when a listener raises right after giving it


async def test_bolt_forgets_an_acknowledgement_when_its_listener_raises(env: SlackEnvironment) -> None:
    """The trap, as documented: three seconds of silence and a 404."""
    app = AsyncApp(client=AsyncWebClient(BOT_TOKEN, base_url=env.fake_slack.api_url), signing_secret=SIGNING_SECRET)
    app.logger.disabled = True

    @app.command("/htg")
    async def raises(ack: AsyncAck) -> None:
        await ack("here")
        raise RuntimeError

    app._async_middleware_list = [each for each in app._async_middleware_list if "verification" not in each.name]
    runner, url = await _serving(app.web_app())
    try:
        async with aiohttp.ClientSession() as session:
            begun = time.monotonic()
            answer = await session.post(url, data={"command": "/htg", "team_id": TEAM, "user_id": "U1"})
            assert answer.status == 404
            assert time.monotonic() - begun > 2.9
    finally:
        await runner.cleanup()


async def test_whatever_goes_wrong_inside_slack_is_acknowledged_at_once(
    env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(env.bot._responder, "respond", broken)
    begun = time.monotonic()
    await env.ada().says("/htg list")
    assert time.monotonic() - begun < 1
    assert not env.ada().user.system_errors
    assert "could not answer what came from Slack" in caplog.text


# ---- a message is sent twice when the connection drops


async def test_the_sdk_by_itself_sends_twice_when_the_connection_drops(env: SlackEnvironment) -> None:
    """The trap: its default retry handler repeats a request that was carried out."""
    ada = env.ada().user
    env.fake_slack.fail("chat.postMessage", "dropped")
    client = AsyncWebClient(BOT_TOKEN, base_url=env.fake_slack.api_url)
    await client.chat_postMessage(channel=ada.id, text="Hello")
    assert len(env.fake_slack.calls_of("chat.postMessage")) == 2


async def test_the_messenger_sends_once_and_leaves_it_in_doubt(env: SlackEnvironment) -> None:
    ada = env.ada()
    env.fake_slack.fail("chat.postMessage", "dropped")
    with pytest.raises(aiohttp.ClientError):
        await env.bot.messenger.tell(ada.address, HELLO, key="k:1", language="en", zone="UTC")
    assert len(env.fake_slack.calls_of("chat.postMessage")) == 1
    told = await env.bot.messenger.find(ada.address, key="k:1", since=env.clock.now())
    assert told is not None
    assert told.message == env.fake_slack.messages[-1].id


# ---- work after the acknowledgement is lost


async def test_a_registration_is_kept_before_it_is_acknowledged(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada = env.ada().user
    await env.client.types_command(ada, f"/htg register {gathering.id}")
    assert await env.registered(gathering) == 1  # nothing was waited for but the acknowledgement


async def test_a_press_too_is_kept_before_it_is_acknowledged(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada = env.ada()
    await ada.says("/htg list")
    env.fake_slack.fail("response_url", "refused")
    listing = env.fake_slack.messages[-1]
    button = {"type": "button", "action_id": "0", "value": f"register?gathering={gathering.id}"}
    await env.client.presses(ada.user, listing, button)
    assert await env.registered(gathering) == 1


async def test_closing_waits_for_the_answers_that_are_under_way(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada = env.ada()
    await ada.says("/htg list")
    env.fake_slack.delay = 0.3
    env.fake_slack.fail("response_url", "refused")  # so that the answer takes the longer way, by chat.postMessage
    button = {"type": "button", "action_id": "0", "value": f"register?gathering={gathering.id}"}
    await env.client.presses(ada.user, env.fake_slack.messages[-1], button)
    assert "You are registered" not in env.fake_slack.messages[-1].text
    await env.bot.close()
    assert "You are registered" in env.fake_slack.messages[-1].text


# ---- what Slack sends again is acted on once


async def test_an_event_that_slack_repeats_is_acted_on_once(env: SlackEnvironment) -> None:
    ada = env.ada().user
    for _ in range(3):
        await env.client.opens_home(ada, "Ev0REPEATED")
        await env.stage.settled()
    assert len(env.fake_slack.calls_of("views.publish")) == 1
    await env.client.opens_home(ada, "Ev0ANOTHER")
    await env.stage.settled()
    assert len(env.fake_slack.calls_of("views.publish")) == 2


async def test_an_interaction_that_arrives_twice_is_answered_once(env: SlackEnvironment) -> None:
    gathering = await env.gathering()
    ada = env.ada().user
    payload = {
        "team_id": TEAM, "user_id": ada.id, "command": "/htg", "text": f"register {gathering.id}",
        "trigger_id": "13345224609.8534564800.6f8ab1f53e13d0cd15f96106292d5536", "channel_id": ada.dm_channel,
    }  # fmt: skip
    first = await env.client.transport.deliver("slash_commands", payload)
    assert "You are registered" in first["text"]
    assert await env.client.transport.deliver("slash_commands", payload) == {}
    assert await env.registered(gathering) == 1


async def test_one_interaction_at_two_processes_is_answered_by_one(env: SlackEnvironment, storage: OpenStorage) -> None:
    gathering = await env.gathering()
    ada = env.ada().user
    other = SlackBot(
        Desk(storage, House()),
        env.clock,
        SlackCredentials(BOT_TOKEN, "", SIGNING_SECRET, api_url=env.fake_slack.api_url),
    )
    await other.open()
    app = web.Application()
    app.add_routes(other.routes())
    runner, url = await _serving(app)
    payload = {"team_id": TEAM, "user_id": ada.id, "command": "/htg", "text": f"register {gathering.id}",
               "trigger_id": "1.2.3"}  # fmt: skip
    try:
        async with aiohttp.ClientSession() as session:
            both = [env.client.transport, HttpTransport(url, env.clock, session)]
            answers = await asyncio.gather(*(each.deliver("slash_commands", payload) for each in both))
        assert sorted(map(bool, answers)) == [False, True]
    finally:
        await runner.cleanup()
        await other.close()


# ---- three seconds


async def test_a_slow_database_does_not_cost_the_acknowledgement(
    env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathering = await env.gathering()
    monkeypatch.setattr(respond, "ACKNOWLEDGE_WITHIN", timedelta(seconds=0.2))
    slow = _Slow(env.bot._responder._desk, 0.6)
    monkeypatch.setattr(env.bot._responder, "_desk", slow)
    ada = env.ada()
    begun = time.monotonic()
    await env.client.types_command(ada.user, f"/htg register {gathering.id}")
    assert time.monotonic() - begun < 0.5
    assert slow.done == 0
    await env.stage.settled()
    assert "You are registered" in ada.reads().text


async def test_a_form_that_comes_too_late_to_open_is_said(
    env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trigger lives three seconds; what cannot open any more is not passed over in silence."""
    monkeypatch.setattr(respond, "ACKNOWLEDGE_WITHIN", timedelta(seconds=0.05))
    monkeypatch.setattr(env.bot._responder, "_desk", _Slow(env.bot._responder._desk, 0.2))
    ada = env.ada()
    await env.client.types_command(ada.user, "/htg settings")
    env.fake_slack.expire_triggers()
    await env.stage.settled()
    assert not ada.user.modals
    assert "please try again" in env.fake_slack.messages[-1].text
    assert env.fake_slack.messages[-1].channel == ada.user.dm_channel


async def test_a_form_opens_on_a_fresh_trigger(env: SlackEnvironment) -> None:
    ada = env.ada()
    await ada.says("/htg settings")
    assert ada.window is not None
    assert ada.window.title == "My settings"


# ---- a response_url answers five times


async def test_the_sdk_says_nothing_of_a_used_response_url(env: SlackEnvironment) -> None:
    """The trap: no exception, only a status that nobody looks at."""
    ada = env.ada().user
    url = env.fake_slack.response_url(ada, ada.dm_channel)
    body = {"text": "Hello", "response_type": "ephemeral"}
    hook = AsyncWebhookClient(url)
    statuses = [(await hook.send_dict(body)).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [404]


@pytest.mark.parametrize("past", ["used", "old"])
async def test_where_a_response_url_is_past_the_answer_comes_by_direct_message(
    env: SlackEnvironment, past: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathering = await env.gathering()
    ada = env.ada()
    await ada.says("/htg list")
    listing = env.fake_slack.messages[-1]
    original = env.fake_slack.response_url

    def spent(*place: Any) -> str:
        url = original(*place)
        known = env.fake_slack._response_urls[url.rpartition("/")[2]]
        if past == "used":
            known.uses = 5
        else:
            known.created -= timedelta(minutes=31)
        return url

    monkeypatch.setattr(env.fake_slack, "response_url", spent)
    button = {"type": "button", "action_id": "0", "value": f"register?gathering={gathering.id}"}
    await env.client.presses(ada.user, listing, button)
    await env.stage.settled()
    assert "You are registered" in ada.hears_privately().text


# ---- and the rest


async def test_slack_is_asked_who_we_are_once_and_not_for_each_request(env: SlackEnvironment) -> None:
    ada = env.ada()
    for text in ("/htg list", "/htg mine", "/htg help"):
        await ada.says(text)
    assert len(env.fake_slack.calls_of("auth.test")) == 1


async def test_nothing_unfurls(env: SlackEnvironment) -> None:
    ada = env.ada()
    await env.bot.messenger.tell(ada.address, HELLO, key="k:2", language="en", zone="UTC")
    sent = env.fake_slack.calls_of("chat.postMessage")[-1]
    assert sent["unfurl_links"] is False
    assert sent["unfurl_media"] is False


async def test_an_answer_says_that_it_is_for_their_eyes_alone(env: SlackEnvironment) -> None:
    """The fake Slack takes no answer without a `response_type`; the real one would fall back on its default."""
    payload = {"team_id": TEAM, "user_id": env.ada().user.id, "command": "/htg", "text": "", "trigger_id": "9.9"}
    assert (await env.client.transport.deliver("slash_commands", payload))["response_type"] == "ephemeral"


async def test_the_sdk_writes_no_payload_into_the_log(env: SlackEnvironment, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG it would: links, forms and tokens. The whole of each test here runs at DEBUG."""
    assert logging.getLogger().isEnabledFor(logging.DEBUG)
    gathering = await env.gathering(hours=0.1)
    ada = env.ada()
    await ada.says(f"/htg register {gathering.id}")
    await ada.says("/htg join")
    ada.reads("Welcome")
    await env.frances().says("/htg-host create")
    await env.frances().fills(title="T", starts="2026-12-09 18:00", zoom="https://zoom.us/j/k3pt-b3tw33n-us")
    assert "k3pt" not in caplog.text
    assert BOT_TOKEN not in caplog.text


async def test_a_press_that_only_leads_somewhere_is_acknowledged(env: SlackEnvironment) -> None:
    gathering = await env.gathering(hours=0.1)
    ada = env.ada()
    await ada.says(f"/htg register {gathering.id}")
    await ada.says("/htg join")
    count = len(env.fake_slack.messages)
    link = {"type": "button", "action_id": "0", "url": "https://zoom.example"}
    await env.client.presses(ada.user, env.fake_slack.messages[-1], link)
    await env.stage.settled()
    assert len(env.fake_slack.messages) == count


async def test_a_bot_that_is_not_there_leaves_the_person_with_slacks_own_words(env: SlackEnvironment) -> None:
    """That the fake Slack notices: otherwise no test here would mean anything."""
    assert isinstance(env.client.transport, HttpTransport)
    env.client.transport.url = "http://127.0.0.1:9/slack/events"
    with pytest.raises(NotAcknowledged):
        await env.ada().says("/htg list")
    assert env.ada().user.system_errors


async def test_settings_for_other_bolt_apps_in_the_environment_change_nothing(
    storage: OpenStorage, env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bolt reads these by itself, and would keep installations in files."""
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "secret")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-another")
    desk = Desk(storage, House())
    slack = SlackBot(desk, env.clock, SlackCredentials(BOT_TOKEN, "", SIGNING_SECRET, api_url=env.fake_slack.api_url))
    await slack.open()
    app = web.Application()
    app.add_routes(slack.routes())
    runner, url = await _serving(app)
    try:
        async with aiohttp.ClientSession() as session:
            client = UserClient(env.fake_slack, HttpTransport(url, env.clock, session))
            await client.types_command(env.ada().user, "/htg list")
        assert env.ada().reads().where == "answer"
    finally:
        await runner.cleanup()
        await slack.close()


async def test_a_rush_is_acknowledged_though_slack_will_not_say_who_everybody_is(env: SlackEnvironment) -> None:
    """A hundred look-ups a minute are all that Slack allows; nobody's registration waits for theirs."""
    gathering = await env.gathering()
    people = [env.fake_slack.user(f"P{n}", zone="Europe/Madrid") for n in range(150)]
    begun = time.monotonic()
    await asyncio.gather(*(env.client.types_command(each, f"/htg register {gathering.id}") for each in people))
    assert time.monotonic() - begun < 3
    await env.stage.settled()
    assert await env.registered(gathering) == 150


def test_half_a_surrogate_pair_can_be_answered() -> None:
    """JSON can carry one, as what somebody typed; UTF-8 cannot, and orjson writes nothing else."""
    with pytest.raises(TypeError):
        orjson.dumps({"text": "\ud83d"})
    assert json.loads(to_json({"text": "\ud83d"})) == {"text": "\ud83d"}

"""What slack_bolt and slack_sdk really do, and that the bot is ready for it.

Where a library itself is the trap, the test first shows that the trap is real.
"""

from __future__ import annotations

import json
import logging
import time

import aiohttp
import orjson
import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.bolt_app import to_json
from bot.views import Paragraph, Text, View
from storage.engine.open import OpenStorage
from tests.adapters.slack.conftest import SlackEnvironment, second_bot
from tests.adapters.slack.fake_web_api import BOT_TOKEN
from tests.adapters.slack.fake_workspace import TEAM
from tests.adapters.slack.harness import serving
from tests.adapters.slack.transport import SIGNING_SECRET, HttpTransport, NotAcknowledged
from tests.adapters.slack.user_client import UserClient

HELLO = View((Paragraph((Text("Hello"),)),))


@pytest.mark.slow
async def test_bolt_forgets_an_acknowledgement_when_its_listener_raises(env: SlackEnvironment) -> None:
    """The trap, as documented: three seconds of silence and a 404."""
    app = AsyncApp(client=AsyncWebClient(BOT_TOKEN, base_url=env.fake_slack.api_url), signing_secret=SIGNING_SECRET)
    app.logger.disabled = True

    @app.command("/htg")
    async def raises(ack: AsyncAck) -> None:
        await ack("here")
        raise RuntimeError

    app._async_middleware_list = [each for each in app._async_middleware_list if "verification" not in each.name]
    async with serving(app.web_app()) as url, aiohttp.ClientSession() as session:
        started = time.monotonic()
        form = {"command": "/htg", "team_id": TEAM, "user_id": "U1"}
        response = await session.post(f"{url}/slack/events", data=form)
        assert response.status == 404
        assert time.monotonic() - started > 2.9


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
        await env.bot.messenger.send(ada.address, HELLO, key="k:1", language="en", zone="UTC")
    assert len(env.fake_slack.calls_of("chat.postMessage")) == 1
    now = env.clock.now()
    told = await env.bot.messenger.find(ada.address, key="k:1", since=now, until=now)
    assert told is not None
    assert told.message == env.fake_slack.messages[-1].id


async def test_the_sdk_says_nothing_of_a_used_response_url(env: SlackEnvironment) -> None:
    """The trap: no exception, only a status that nobody looks at."""
    ada = env.ada().user
    url = env.fake_slack.response_url(ada, ada.dm_channel)
    body = {"text": "Hello", "response_type": "ephemeral"}
    hook = AsyncWebhookClient(url)
    statuses = [(await hook.send_dict(body)).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [404]


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


async def test_settings_for_other_bolt_apps_in_the_environment_change_nothing(
    storage: OpenStorage, env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bolt reads these by itself, and would keep installations in files."""
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "secret")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-another")
    async with second_bot(env, storage) as url, aiohttp.ClientSession() as session:
        client = UserClient(env.fake_slack, HttpTransport(url, env.clock, session))
        await client.types_command(env.ada().user, "/htg list")
    assert env.ada().reads().where == "answer"


async def test_slack_is_asked_who_we_are_once_and_not_for_each_request(env: SlackEnvironment) -> None:
    ada = env.ada()
    for text in ("/htg list", "/htg mine", "/htg help"):
        await ada.says(text)
    assert len(env.fake_slack.calls_of("auth.test")) == 1


def test_half_a_surrogate_pair_can_be_answered() -> None:
    """JSON can carry one, as what somebody typed; UTF-8 cannot, and orjson writes nothing else."""
    with pytest.raises(TypeError):
        orjson.dumps({"text": "\ud83d"})
    assert json.loads(to_json({"text": "\ud83d"})) == {"text": "\ud83d"}


async def test_nothing_unfurls(env: SlackEnvironment) -> None:
    ada = env.ada()
    await env.bot.messenger.send(ada.address, HELLO, key="k:2", language="en", zone="UTC")
    sent = env.fake_slack.calls_of("chat.postMessage")[-1]
    assert sent["unfurl_links"] is False
    assert sent["unfurl_media"] is False


async def test_a_bot_that_is_not_there_leaves_the_person_with_slacks_own_words(env: SlackEnvironment) -> None:
    """That the fake Slack notices: otherwise no test here would mean anything."""
    assert isinstance(env.client.transport, HttpTransport)
    env.client.transport.url = "http://127.0.0.1:9/slack/events"
    with pytest.raises(NotAcknowledged):
        await env.ada().says("/htg list")
    assert env.ada().user.system_errors

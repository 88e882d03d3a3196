"""What reaches `/slack/events` is from Slack, recent and of a sane size, before anything of it is understood."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from adapters.slack.webhooks import MAX_BODY_BYTES
from tests.adapters.slack.conftest import SlackEnvironment
from tests.adapters.slack.transport import HttpTransport, Kind, encode_payload, signature_headers

FORM = "application/x-www-form-urlencoded"


async def _post(env: SlackEnvironment, body: bytes, headers: dict[str, str], content: str = FORM) -> tuple[int, str]:
    assert isinstance(env.client.transport, HttpTransport)
    async with aiohttp.ClientSession() as session:
        answer = await session.post(env.client.transport.url, data=body, headers=headers | {"Content-Type": content})
        return answer.status, await answer.text()


def _command(env: SlackEnvironment) -> bytes:
    ada = env.ada().user
    form = {"team_id": "T0HTG", "user_id": ada.id, "command": "/htg", "text": "list secret-word", "trigger_id": "1.1"}
    return urlencode(form).encode()


async def test_what_slack_signed_is_answered(env: SlackEnvironment) -> None:
    body = _command(env)
    status, said = await _post(env, body, signature_headers(body, env.clock))
    assert (status, json.loads(said)["response_type"]) == (200, "ephemeral")


@pytest.mark.parametrize("age", [301, 86_400, -301])
async def test_what_is_too_old_or_from_the_future_is_refused(env: SlackEnvironment, age: int) -> None:
    body = _command(env)
    assert (await _post(env, body, signature_headers(body, env.clock, age=age)))[0] == 401


@pytest.mark.parametrize("age", [0, 299, -299])
async def test_what_is_a_little_late_is_not(env: SlackEnvironment, age: int) -> None:
    body = _command(env)
    assert (await _post(env, body, signature_headers(body, env.clock, age=age)))[0] == 200


async def test_a_bad_signature_is_refused_and_nothing_of_it_logged(
    env: SlackEnvironment, caplog: pytest.LogCaptureFixture
) -> None:
    body = _command(env)
    good = signature_headers(body, env.clock)
    for headers in (
        signature_headers(body, env.clock, secret="another"),
        good | {"X-Slack-Signature": "v0=" + "0" * 64},
        good | {"X-Slack-Signature": "ü"},
        good | {"X-Slack-Signature": "v0=\udcff"},
        good | {"X-Slack-Request-Timestamp": "999999999999"},
        good | {"X-Slack-Request-Timestamp": "-1"},
        good | {"X-Slack-Request-Timestamp": "1e9"},
        good | {"X-Slack-Request-Timestamp": "now"},
        good | {"X-Slack-Request-Timestamp": "²"},
        good | {"X-Slack-Request-Timestamp": "9" * 400},
        {"X-Slack-Request-Timestamp": good["X-Slack-Request-Timestamp"]},
        {"X-Slack-Signature": good["X-Slack-Signature"]},
        {},
    ):
        assert (await _post(env, body, headers))[0] == 401
    assert (await _post(env, body + b"&text=join", good))[0] == 401
    assert "secret-word" not in caplog.text
    assert not [each for each in env.fake_slack.messages if each.ephemeral_for]


async def test_a_handshake_is_answered_for_slack_alone(env: SlackEnvironment) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c-42"}).encode()
    assert (await _post(env, body, {}, "application/json"))[0] == 401
    status, said = await _post(env, body, signature_headers(body, env.clock), "application/json")
    assert (status, json.loads(said)) == (200, {"challenge": "c-42"})


async def test_a_huge_body_is_not_read(env: SlackEnvironment) -> None:
    assert isinstance(env.client.transport, HttpTransport)
    body = b"x" * (MAX_BODY_BYTES + 1)
    async with aiohttp.ClientSession() as session:
        headers = signature_headers(body, env.clock)
        answer = await session.post(env.client.transport.url, data=io.BytesIO(body), headers=headers)
        assert answer.status == 413


async def test_nor_one_that_does_not_say_how_long_it_is(env: SlackEnvironment) -> None:
    async def pieces() -> object:
        for _ in range(20):
            yield b"x" * (MAX_BODY_BYTES // 10)

    assert isinstance(env.client.transport, HttpTransport)
    async with aiohttp.ClientSession() as session:
        headers = signature_headers(b"", env.clock)
        answer = await session.post(env.client.transport.url, data=pieces(), headers=headers)
        assert answer.status == 413


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "view_submission", "team": {"id": "T0HTG"}, "user": {"id": "U1"}, "view": {}},
        {"type": "view_submission"},
        {"type": "block_actions", "team": None, "user": {"id": "U1"}, "actions": [7]},
        {"type": "block_actions", "team": {"id": "T0HTG"}, "user": {"id": "U1"}, "actions": [{"action_id": "1:x"}]},
        {"type": "block_suggestion", "action_id": 5},
        {"type": "workflow_step_edit", "team": {"id": "T0HTG"}},
        {"type": "something_new"},
        {"nothing": "known"},
        [],
        "text",
    ],
)
async def test_a_payload_of_an_unknown_shape_is_taken_calmly(env: SlackEnvironment, payload: object) -> None:
    body = urlencode({"payload": json.dumps(payload)}).encode()
    status, _ = await _post(env, body, signature_headers(body, env.clock))
    assert status in {200, 400}


@pytest.mark.parametrize("event", [7, None, "message", [], [{"type": "message"}], True, 1e300])
async def test_an_event_of_no_shape_that_slack_documents_is_refused(
    env: SlackEnvironment, caplog: pytest.LogCaptureFixture, event: object
) -> None:
    payload = {"type": "event_callback", "team_id": "T0HTG", "event_id": "Ev1", "event": event}
    body, content = encode_payload("events_api", payload)
    assert (await _post(env, body, signature_headers(body, env.clock), content))[0] == 400
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("odd", ["\ud800", "\0", "U1\n", "🌻", "U" * 200, "B0BOT", "C1", "D1", "U1/U2", ""])
async def test_ids_that_slack_never_wrote_are_nobodys(
    env: SlackEnvironment, caplog: pytest.LogCaptureFixture, odd: str
) -> None:
    ada, key = env.ada().user.id, {"trigger_id": f"1.{odd}", "team_id": "T0HTG"}
    members: list[dict[str, Any]] = [{"id": odd}, {"id": ada, "team_id": odd}]
    buttons: dict[str, Any] = {"container": {"type": "message"}, "actions": [{"value": "list"}]}
    view = {"callback_id": "settings", "state": {"values": {}}}
    payloads: list[tuple[Kind, dict[str, Any]]] = [
        ("slash_commands", {"command": "/htg", "team_id": "T0HTG", "user_id": odd.encode("utf-8", "replace")}),
        *(("interactive", key | {"type": "block_actions", "user": each} | buttons) for each in members),
        *(("interactive", key | {"type": "view_submission", "user": each, "view": view}) for each in members),
        *(("interactive", key | {"type": "shortcut", "callback_id": "list", "user": each}) for each in members),
        ("interactive", key | {"type": "block_suggestion", "action_id": "0:register?gathering=", "user": members[0]}),
        *(
            ("events_api", key | {"type": "event_callback", "event_id": odd, "event": {"user": odd} | event})
            for event in ({"type": "app_home_opened", "tab": "home"}, {"type": "message", "channel_type": "im"})
        ),
    ]
    for kind, payload in payloads:
        body, content = encode_payload(kind, payload)
        assert (await _post(env, body, signature_headers(body, env.clock), content))[0] == 200
    await asyncio.sleep(0.1)
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_bytes_that_are_no_text_are_refused(env: SlackEnvironment) -> None:
    body = b"\xff\xfe"
    assert (await _post(env, body, signature_headers(body, env.clock)))[0] == 400


async def test_an_event_that_is_not_ours_is_acknowledged(env: SlackEnvironment) -> None:
    event = {"type": "event_callback", "team_id": "T0HTG", "event": {"type": "message", "text": "hi"}, "event_id": "E"}
    body, content = encode_payload("events_api", event)
    assert await _post(env, body, signature_headers(body, env.clock), content) == (200, "")


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 20_000, "{", "9" * 200_000])
async def test_deep_and_broken_json_is_refused_quietly(
    env: SlackEnvironment, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    for body, kind in (
        (urlencode({"payload": text}).encode(), "application/x-www-form-urlencoded"),
        (text.encode(), "application/json"),
    ):
        status, _ = await _post(env, body, signature_headers(body, env.clock), kind)
        assert status == 400
    assert "Traceback" not in caplog.text

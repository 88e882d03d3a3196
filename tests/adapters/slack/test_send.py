"""The messenger: once, edited in place, at Slack's pace, and honest about what is not known."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from adapters.slack import client
from bot.addresses import Address
from bot.ports import SenderRestricted, SentMessage, Throttled, TryLater, Undeliverable
from bot.secrets import JoinLink
from bot.views import Buttons, Moment, Paragraph, SecretLinkButton, Text, View
from tests.adapters.slack.conftest import SlackEnvironment
from tests.adapters.slack.fake_slack import Fault
from tests.adapters.slack.fake_web_api import BOT_TOKEN
from tests.adapters.slack.fake_workspace import TEAM
from tests.samples.values import HOSTILE

HELLO = View((Paragraph((Text("Hello"),)),))
POST = View((Paragraph((Text("A gathering"),)),), public=True)


async def _tell(env: SlackEnvironment, to: Address, view: View = HELLO, key: str = "reminder:1") -> SentMessage:
    return await env.bot.messenger.send(to, view, key=key, language="en", zone="Europe/Madrid")


async def _find(env: SlackEnvironment, to: Address, key: str, since: datetime | None = None) -> SentMessage | None:
    began = since or env.clock.now()
    return await env.bot.messenger.find(to, key=key, since=began, until=began + timedelta(seconds=30))


async def test_a_direct_message_arrives_and_is_edited_in_place(env: SlackEnvironment) -> None:
    ada = env.ada()
    told = await _tell(env, ada.address)
    assert ada.hears_privately().text == "Hello"
    changed = View((Paragraph((Text("Hello again"),)),))
    again = await env.bot.messenger.edit(ada.address, told.message, changed, language="en", zone="UTC")
    assert again.message == told.message
    assert [each.text for each in ada.seen()] == ["Hello again"]


async def test_what_slack_leaves_out_of_its_answers_is_known_or_in_doubt(env: SlackEnvironment) -> None:
    ada = env.ada()
    told = await _tell(env, ada.address)
    for method in ("chat.update", "chat.postMessage", "conversations.open"):
        env.fake_slack.fail(method, "bare")
    again = await env.bot.messenger.edit(ada.address, told.message, POST, language="en", zone="UTC")
    assert again.message == told.message
    assert [each.text for each in ada.seen()] == ["A gathering"]
    with pytest.raises(ConnectionError):  # not refused, and not known: it is looked for before it is sent again
        await _tell(env, ada.address, key="reminder:2")
    with pytest.raises(TryLater):
        await env.bot.messenger.open_conversation(ada.address)
    assert await _find(env, ada.address, "reminder:2") is not None


async def test_a_channel_post_arrives_and_is_edited_in_place(env: SlackEnvironment) -> None:
    channel = env.harness.channel("gatherings")
    told = await _tell(env, channel, POST)
    changed = View((Paragraph((Text("Moved"),)),), public=True)
    await env.bot.messenger.edit(channel, told.message, changed, language="en", zone="UTC")
    assert env.ada().sees_in("gatherings").text == "Moved"


async def test_the_team_may_be_left_out_where_one_workspace_is_connected(env: SlackEnvironment) -> None:
    await _tell(env, Address("slack", env.ada().user.id))
    env.ada().hears_privately("Hello")
    await _tell(env, Address("slack", env.fake_slack.channel("gatherings").id), POST)
    env.ada().sees_in("gatherings", "A gathering")


async def test_a_message_carries_its_key_and_a_name_of_its_own(env: SlackEnvironment) -> None:
    ada = env.ada()
    for key in ("reminder:1", "reminder:1", "reminder:2"):
        await _tell(env, ada.address, key=key)
    first, same, other = env.fake_slack.calls_of("chat.postMessage")
    assert first["metadata"] == {"event_type": "htg_notice", "event_payload": {"key": "reminder:1"}}
    assert first["client_msg_id"] == same["client_msg_id"] != other["client_msg_id"]


async def test_what_people_wrote_stays_inert_in_the_text_too(env: SlackEnvironment) -> None:
    await _tell(env, env.harness.channel("gatherings"), View((Paragraph((Text(HOSTILE),)),), public=True))
    assert "<!channel>" not in env.fake_slack.calls_of("chat.postMessage")[-1]["text"]
    assert HOSTILE in env.ada().sees_in("gatherings").text


async def test_the_text_tells_no_way_in(env: SlackEnvironment) -> None:
    link = JoinLink("https://gatherings.example/join/k3y")
    await _tell(
        env, env.ada().address, View((Paragraph((Text("Come"),)), Buttons((SecretLinkButton("My link", link),))))
    )
    sent = env.fake_slack.calls_of("chat.postMessage")[-1]
    assert "k3y" not in sent["text"]
    assert env.ada().link_out() == link.reveal()


# ---- what will never arrive, and what may later


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("channel_not_found", Undeliverable),
        ("user_disabled", Undeliverable),
        ("is_archived", Undeliverable),
        ("not_in_channel", Undeliverable),
        ("account_inactive", Throttled),
        ("token_revoked", Throttled),
        ("invalid_auth", Throttled),
        ("missing_scope", TryLater),
        ("msg_blocks_too_long", TryLater),
        ("service_unavailable", Throttled),
        ("message_limit_exceeded", Throttled),
        ("team_added_to_org", Throttled),
        ("invalid_user_combination", Undeliverable),
        ("restricted_action_read_only_channel", SenderRestricted),
        ("something_new", TryLater),
    ],
)
async def test_for_good_or_for_now(
    env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch, error: str, outcome: type[Exception]
) -> None:
    from tests.adapters.slack.fake_web_api import ApiError

    def refuses(*_: object, **__: object) -> dict[str, Any]:
        raise ApiError(error)

    monkeypatch.setattr(env.fake_slack, "_chat_postMessage", refuses)
    with pytest.raises(outcome) as raised:
        await _tell(env, env.ada().address)
    assert error in str(raised.value)


async def test_someone_who_takes_no_messages(env: SlackEnvironment) -> None:
    env.ada().close_direct_messages()
    with pytest.raises(Undeliverable, match="user_disabled"):
        await _tell(env, env.ada().address)


async def test_a_channel_that_the_bot_is_not_in_says_what_to_do(env: SlackEnvironment) -> None:
    channel = env.harness.channel("elsewhere")
    env.fake_slack.channel("elsewhere").bot_is_in = False
    with pytest.raises(Undeliverable, match="invite the bot"):
        await _tell(env, channel, POST)


async def test_a_post_that_is_gone_cannot_be_edited(env: SlackEnvironment) -> None:
    channel = env.harness.channel("gatherings")
    told = await _tell(env, channel, POST)
    env.fake_slack.messages.clear()
    with pytest.raises(Undeliverable, match="message_not_found"):
        await env.bot.messenger.edit(channel, told.message, POST, language="en", zone="UTC")


async def test_no_workspace_of_that_name(env: SlackEnvironment) -> None:
    env.fake_slack.tokens.clear()
    with pytest.raises(TryLater, match="invalid_auth"):
        await _tell(env, env.ada().address)


# ---- the pace that Slack asks for


async def test_a_pause_is_kept_for_that_method_and_workspace_alone(env: SlackEnvironment) -> None:
    ada = env.ada()
    told = await _tell(env, ada.address)
    env.fake_slack.fail("chat.postMessage", "429")
    with pytest.raises(TryLater) as first:
        await _tell(env, ada.address)
    assert first.value.after == timedelta(seconds=7)
    before = len(env.fake_slack.calls)
    env.clock.advance(seconds=3)
    with pytest.raises(TryLater) as second:
        await _tell(env, ada.address)
    assert second.value.after == timedelta(seconds=4)
    assert len(env.fake_slack.calls) == before  # Slack was not even asked
    await env.bot.messenger.edit(ada.address, told.message, HELLO, language="en", zone="UTC")
    env.clock.advance(seconds=4)
    await _tell(env, ada.address)


@pytest.mark.parametrize(
    ("asked", "after"), [("2.5", 2.5), ("9" * 12, 86400), ("1e300", 1), ("inf", 1), ("soon", 1), ("", 1)]
)
async def test_whatever_slack_asks_for_is_a_time_that_ends(env: SlackEnvironment, asked: str, after: float) -> None:
    env.fake_slack.retry_after = asked
    env.fake_slack.fail("chat.postMessage", "429")
    with pytest.raises(Throttled) as limited:
        await _tell(env, env.ada().address)
    assert limited.value.after == timedelta(seconds=after)


async def test_another_workspace_is_not_kept_waiting(env: SlackEnvironment) -> None:
    env.fake_slack.tokens["xoxb-other"] = ("T0OTHER", env.fake_slack.tokens[BOT_TOKEN][1])
    env.fake_slack.fail("chat.postMessage", "429")
    with pytest.raises(TryLater):
        await _tell(env, env.ada().address)
    arguments = {"channel": env.ada().user.id, "text": "Hello"}
    await env.bot._client.call_with_token("xoxb-other", "T0OTHER", "chat.postMessage", arguments)


# ---- in doubt


@pytest.mark.parametrize("fault", ["dropped", "500", "internal_error"])
async def test_what_may_have_arrived_is_in_doubt_and_found_again(env: SlackEnvironment, fault: Fault) -> None:
    ada = env.ada()
    env.fake_slack.fail("chat.postMessage", fault)
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await _tell(env, ada.address, key="reminder:7")
    found = await _find(env, ada.address, "reminder:7")
    assert found is not None
    assert found.message == env.fake_slack.messages[-1].id
    ada.hears_privately("Hello")


async def test_an_answer_that_never_comes_is_in_doubt(env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "REQUEST_TIMEOUT", timedelta(seconds=1))
    env.fake_slack.fail("chat.postMessage", "hang")
    with pytest.raises(TimeoutError):
        await _tell(env, env.ada().address)
    assert len(env.fake_slack.messages) == 1


async def test_what_was_never_sent_is_not_found(env: SlackEnvironment) -> None:
    ada = env.ada()
    env.fake_slack.fail("chat.postMessage", "refused")
    with pytest.raises(aiohttp.ClientError):
        await _tell(env, ada.address, key="reminder:7")
    assert await _find(env, ada.address, "reminder:7") is None


async def test_a_message_is_found_among_many_and_only_since_then(env: SlackEnvironment) -> None:
    ada = env.ada()
    env.fake_slack.rate_limits.clear()
    since = env.clock.now()
    told = await _tell(env, ada.address, key="the one")
    for number in range(450):
        env.fake_slack.post(ada.user.dm_channel, {"text": f"other {number}"})
    assert await _find(env, ada.address, "the one", since) == told
    assert await _find(env, ada.address, "the", since) is None
    later = since + timedelta(minutes=10)
    assert await _find(env, ada.address, "the one", later) is None


async def test_another_apps_message_with_our_key_is_not_ours(env: SlackEnvironment) -> None:
    ada = env.ada()
    since = env.clock.now()
    told = await _tell(env, ada.address, key="the one")
    env.fake_slack.messages[-1].author = "B0OTHER"
    assert await _find(env, ada.address, "the one", since) is None
    env.fake_slack.messages[-1].author = ""
    assert await _find(env, ada.address, "the one", since) == told


async def test_a_post_in_doubt_in_a_busy_channel_takes_one_reading(env: SlackEnvironment) -> None:
    """15 messages a call and one call a minute, as Slack gives apps from outside its Marketplace."""
    channel, busy = env.harness.channel("gatherings"), env.fake_slack.channel("gatherings").id
    await _tell(env, channel, POST, key="earlier")  # so that Slack's clock is known
    env.fake_slack.history_page, env.fake_slack.rate_limits["conversations.history"] = 15, 1
    for number in range(40):
        env.fake_slack.post(busy, {"text": f"before {number}"})
    env.clock.advance(seconds=40)
    began = env.clock.now()
    env.fake_slack.fail("chat.postMessage", "dropped")
    with pytest.raises(aiohttp.ClientError):
        await _tell(env, channel, POST, key="announcement:3")
    for number in range(400):
        env.clock.advance(seconds=4)
        env.fake_slack.post(busy, {"text": f"after {number}"})
    until = began + timedelta(seconds=30)
    found = await env.bot.messenger.find(channel, key="announcement:3", since=began, until=until)
    assert found is not None
    assert len(env.fake_slack.calls_of("conversations.history")) == 1


async def test_a_direct_message_in_doubt_takes_one_reading(env: SlackEnvironment) -> None:
    ada = env.ada()
    conversation = await env.bot.messenger.open_conversation(ada.address)
    env.fake_slack.history_page, env.fake_slack.rate_limits["conversations.history"] = 15, 1
    for number in range(40):
        env.fake_slack.post(conversation, {"text": f"a season of reminders {number}"})
    env.clock.advance(minutes=10)
    faults: tuple[Fault, ...] = ("dropped", "refused")
    for fault in faults:
        key = f"reminder:{fault}"
        began = env.clock.now()
        env.fake_slack.fail("chat.postMessage", fault)
        with pytest.raises(aiohttp.ClientError):
            await env.bot.messenger.send(
                ada.address, HELLO, key=key, language="en", zone="UTC", conversation=conversation
            )
        env.clock.advance(minutes=1)
        until = began + timedelta(seconds=30)
        found = await env.bot.messenger.find(ada.address, key=key, since=began, until=until, conversation=conversation)
        assert (found is not None) is (fault == "dropped"), "certain either way"
    assert len(env.fake_slack.calls_of("conversations.history")) == 2


async def test_a_reading_that_was_broken_off_goes_on_where_it_was(env: SlackEnvironment) -> None:
    channel, busy = env.harness.channel("gatherings"), env.fake_slack.channel("gatherings").id
    env.fake_slack.history_page, env.fake_slack.rate_limits["conversations.history"] = 15, 1
    since = env.clock.now()
    told = await _tell(env, channel, POST, key="announcement:3")
    for number in range(40):
        env.fake_slack.post(busy, {"text": f"after {number}"})
    for _ in range(2):
        with pytest.raises(TryLater):
            await _find(env, channel, "announcement:3", since)
        env.clock.advance(minutes=1)
    assert await _find(env, channel, "announcement:3", since) == told


@pytest.mark.parametrize(
    "error",
    ["ekm_access_denied", "messages_tab_disabled", "rate_limited", "restricted_action", "team_access_not_granted"],
)
async def test_a_restriction_of_the_bot_is_no_fault_of_the_member(
    env: SlackEnvironment, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    from tests.adapters.slack.fake_web_api import ApiError

    def refuses(*_: object, **__: object) -> dict[str, Any]:
        raise ApiError(error)

    monkeypatch.setattr(env.fake_slack, "_chat_postMessage", refuses)
    with pytest.raises(SenderRestricted, match=error):
        await _tell(env, env.ada().address)
    with pytest.raises((Undeliverable, TryLater), match=error):
        await _tell(env, env.harness.channel("gatherings"), POST)


async def test_a_channel_post_in_doubt_is_found(env: SlackEnvironment) -> None:
    channel = env.harness.channel("gatherings")
    env.fake_slack.fail("chat.postMessage", "dropped")
    with pytest.raises(aiohttp.ClientError):
        await _tell(env, channel, POST, key="announcement:3")
    found = await _find(env, channel, "announcement:3")
    assert found is not None
    await env.bot.messenger.edit(channel, found.message, POST, language="en", zone="UTC")


async def test_slack_out_of_reach_is_only_a_delay(env: SlackEnvironment) -> None:
    env.bot._client.web_client.base_url = "http://127.0.0.1:9/api/"
    with pytest.raises(TryLater, match="could not be reached"):
        await _tell(env, env.ada().address)


async def test_many_at_once(env: SlackEnvironment) -> None:
    people = [env.fake_slack.user(f"P{n}") for n in range(50)]
    await asyncio.gather(
        *(_tell(env, Address("slack", f"{TEAM}/{each.id}"), key=f"reminder:{each.id}") for each in people)
    )
    assert len({each.channel for each in env.fake_slack.messages}) == 50


async def test_a_redirect_is_not_followed(env: SlackEnvironment) -> None:
    """Whoever answers so is not Slack, or not the one that was named; what is sent holds a token and a message."""
    ada = env.ada()
    env.fake_slack.fail("chat.postMessage", "elsewhere")
    with pytest.raises(client.SlackRedirected, match="answered with a redirect"):
        await _tell(env, ada.address)
    assert env.fake_slack.calls_of("chat.postMessage") == []
    await _tell(env, ada.address)


async def test_what_a_phone_announces_says_the_year_of_another_year(env: SlackEnvironment) -> None:
    ada = env.ada()
    far = View((Paragraph((Text("It begins "), Moment(env.clock.now() + timedelta(days=60), "UTC"))),))
    told = await _tell(env, ada.address, far)
    assert "2027" in env.fake_slack.messages[-1].text
    await env.bot.messenger.edit(ada.address, told.message, far, language="es", zone="UTC")
    assert "de 2027" in env.fake_slack.messages[-1].text

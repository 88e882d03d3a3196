"""What is told unasked arrives once, or it is known why not."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import discord
import pytest

from adapters.discord import client
from adapters.discord.client import DiscordClient
from adapters.discord.rate_limiter import DiscordRateLimiter
from adapters.discord.send import CLOCK_SKEW, DiscordMessenger
from bot.addresses import Address
from bot.ports import (
    SenderRestricted,
    SentMessage,
    Throttled,
    TryLater,
    Undeliverable,
)
from bot.request import Call
from bot.views import Button, Buttons, Paragraph, SecretLinkButton, Text, View
from tests.adapters.discord.conftest import LINK, Scene
from tests.adapters.discord.fake_discord import Fault
from tests.adapters.discord.fake_state import FakeUser

MESSAGES = "/channels/[0-9]+/messages"
DM_CHANNELS = "/users/@me/channels"
KEY = "reminder:17:12:1764784800:3600"


def view(said: str = "It begins in 1 hour.", *, public: bool = False) -> View:
    button = Button("Join", Call.of("join", gathering=12))
    return View((Paragraph((Text(said),)), Buttons((button,))), public=public)


def address(who: FakeUser) -> Address:
    return Address("discord", str(who.id))


async def send_view(scene: Scene, to: Address, key: str = KEY, said: View | None = None) -> SentMessage:
    return await scene.messenger.send(to, said or view(public=to.is_channel), key=key, language="en", zone="UTC")


async def find(scene: Scene, to: Address, since: datetime, key: str = KEY) -> SentMessage | None:
    return await scene.messenger.find(to, key=key, since=since, until=since + timedelta(seconds=30))


def contents(scene: Scene) -> list[str]:
    return [each["content"] for each in scene.fake.state.messages.values()]


async def test_a_letter_arrives_and_is_recognised(scene: Scene) -> None:
    ada = scene.person()
    sent = await send_view(scene, address(ada))
    assert contents(scene) == ["It begins in 1 hour."]
    since = scene.fake.state.now() - timedelta(minutes=1)
    assert await find(scene, address(ada), since, KEY) == sent
    assert await find(scene, address(ada), since, f"{KEY}0") is None


async def test_it_is_found_behind_many_others_and_only_where_it_is_ours(scene: Scene) -> None:
    ada = scene.person()
    since = scene.fake.state.now()
    line = scene.fake.state.dm_channel(ada)
    for number in range(150):
        scene.fake.state.add(line, {"content": f"Hello {number}"})
    sent = await send_view(scene, address(ada))
    stolen = dict(scene.fake.state.messages[int(sent.message.partition("/")[2])])
    for number in range(150):
        scene.fake.state.add(line, {"content": f"And {number}"})
    assert await find(scene, address(ada), since, KEY) == sent

    bob = scene.person("Bob")
    forged = scene.fake.state.add(scene.fake.state.dm_channel(bob), stolen)
    forged["author"] = {"id": str(bob.id)}
    assert await find(scene, address(bob), since, KEY) is None


async def test_what_lies_before_the_notice_is_not_it(scene: Scene) -> None:
    ada = scene.person()
    await send_view(scene, address(ada))
    later = scene.fake.state.now() + timedelta(hours=1)
    assert await find(scene, address(ada), later, KEY) is None


async def test_it_is_found_though_discords_clock_is_behind_ours(scene: Scene) -> None:
    ada = scene.person()
    sent = await send_view(scene, address(ada))
    ours = scene.fake.state.now() + CLOCK_SKEW - timedelta(seconds=10)
    assert await find(scene, address(ada), ours, KEY) == sent


@pytest.mark.parametrize("act", ["lost", "reset", 503])
async def test_what_is_in_doubt_is_raised_and_then_found_or_not(scene: Scene, act: int | str) -> None:
    ada = scene.person()
    since = scene.fake.state.now()
    scene.fake.faults.append(Fault("POST", MESSAGES, act))
    with pytest.raises(Exception) as doubt:  # noqa: PT011 - whatever it is, it is neither of the two
        await send_view(scene, address(ada))
    assert not isinstance(doubt.value, TryLater | Undeliverable)
    found = await find(scene, address(ada), since, KEY)
    assert (found is not None) is (act == "lost")


async def test_discord_drops_a_repetition_within_minutes(scene: Scene) -> None:
    ada = scene.person()
    first = await send_view(scene, address(ada))
    assert await send_view(scene, address(ada)) == first
    assert len(contents(scene)) == 1
    await send_view(scene, address(ada), key=f"{KEY}0")
    assert len(contents(scene)) == 2


async def test_no_attempt_is_repeated_here(scene: Scene) -> None:
    """What it says may be untrue by then: after a 502 that was none, discord.py would have tried again for a minute."""
    ada = scene.person()
    since = scene.fake.state.now()
    scene.fake.faults.append(Fault("POST", MESSAGES, "stumbles"))
    with pytest.raises(discord.HTTPException, match="502"):
        await send_view(scene, address(ada))
    assert scene.asked("POST", "/messages") == 1
    assert await find(scene, address(ada), since) is not None
    scene.fake.faults.append(Fault("POST", MESSAGES, 429, body={"retry_after": 3.5, "global": False}))
    with pytest.raises(TryLater) as limited:
        await send_view(scene, address(ada), key=f"{KEY}0")
    assert limited.value.after == timedelta(seconds=3.5)
    assert not isinstance(limited.value, Throttled), "the limit of one channel"
    assert scene.asked("POST", "/messages") == 2


@pytest.mark.parametrize(("status", "code"), [(403, 50007), (403, 50278), (400, 50033), (403, 12345)])
async def test_a_closed_door_is_not_knocked_at_again(scene: Scene, status: int, code: int) -> None:
    ada = scene.person()
    ada.refuses = (status, code)
    with pytest.raises(Undeliverable):
        await send_view(scene, address(ada))
    assert scene.asked("POST", "/messages") == 1


async def test_no_access_to_a_private_line_is_passing(scene: Scene) -> None:
    """Discord says 50001 of private lines that it takes messages on a minute later."""
    ada = scene.person()
    ada.refuses = (403, 50001)
    with pytest.raises(TryLater):
        await send_view(scene, address(ada))
    ada.refuses = None
    await send_view(scene, address(ada))
    assert contents(scene) == ["It begins in 1 hour."]


@pytest.mark.parametrize("code", [20026, 40002])
async def test_a_flag_of_the_bot_is_no_fault_of_the_member(scene: Scene, code: int) -> None:
    ada = scene.person()
    ada.refuses = (403, code)
    with pytest.raises(SenderRestricted, match=r"flagged|verified"):
        await send_view(scene, address(ada))
    scene.fake.faults.append(Fault("POST", DM_CHANNELS, 403, body={"code": code, "message": "flagged"}))
    with pytest.raises(SenderRestricted):
        await send_view(scene, address(scene.person("Bob")))


@pytest.mark.parametrize("code", [20009, 200000, 240000])
async def test_what_a_filter_blocks_is_no_fault_of_the_member(scene: Scene, code: int) -> None:
    channel = Address("discord", f"#{scene.general.id}")
    for to, raised in ((address(scene.person()), SenderRestricted), (channel, Undeliverable)):
        scene.fake.faults.append(Fault("POST", MESSAGES, 400, body={"code": code, "message": "blocked"}))
        with pytest.raises(raised, match=r"blocks|explicit"):
            await send_view(scene, to, said=view(public=to.is_channel))


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize(
    ("code", "raised"), [(20028, TryLater), (30046, TryLater), (40004, Throttled), (50014, Throttled)]
)
async def test_what_discord_takes_from_nobody_now_is_kept(
    scene: Scene, status: int, code: int, raised: type[TryLater]
) -> None:
    scene.fake.faults.append(Fault("POST", MESSAGES, status, body={"code": code, "message": "not now"}))
    with pytest.raises(TryLater) as later:
        await send_view(scene, address(scene.person()))
    assert type(later.value) is raised
    assert later.value.after is not None


@pytest.mark.parametrize(
    ("code", "why"),
    [(50083, "archived"), (160005, "locked"), (40058, "forum"), (50008, "no channel for text"), (50005, "another bot")],
)
async def test_a_channel_that_takes_nothing_is_not_asked_again(scene: Scene, code: int, why: str) -> None:
    """Discord says so with 400: of a thread that was archived, of a forum, of what another bot wrote."""
    channel = Address("discord", f"#{scene.general.id}")
    sent = await send_view(scene, channel, said=view(public=True))
    refusal = {"code": code, "message": "no"}
    scene.fake.faults.append(Fault("PATCH", f"{MESSAGES}/[0-9]+", 400, body=refusal))
    with pytest.raises(Undeliverable, match=why):
        await scene.messenger.edit(channel, sent.message, view(public=True), language="en", zone="UTC")
    scene.fake.faults.append(Fault("POST", MESSAGES, 400, body=refusal))
    with pytest.raises(Undeliverable, match=why):
        await send_view(scene, channel, key=f"{KEY}0")


async def test_what_stands_before_discord_says_nothing_of_a_member(scene: Scene) -> None:
    """A 403 or a 429 by the protection before it concerns the bot's address."""
    ada = address(scene.person())
    for status, code in ((403, {}), (429, {}), (403, {"code": 40333})):
        scene.fake.faults.append(Fault("POST", MESSAGES, status, body={"message": "Access denied", **code}))
        with pytest.raises(Throttled):
            await send_view(scene, ada)


@pytest.mark.parametrize("seconds", ["9" * 12, "1e300", "inf", "nan", "soon"])
async def test_nobody_makes_it_wait_for_ever(scene: Scene, seconds: str) -> None:
    scene.fake.faults.append(Fault("POST", MESSAGES, 429, headers={"Retry-After": seconds}))
    with pytest.raises(TryLater) as later:
        await send_view(scene, address(scene.person()))
    assert (later.value.after or timedelta(0)) <= timedelta(days=1)


async def test_an_account_or_a_channel_that_is_gone(scene: Scene) -> None:
    for gone in (Address("discord", "42"), Address("discord", "#42"), Address("slack", "T1/U2")):
        with pytest.raises(Undeliverable):
            await send_view(scene, gone)
    scene.general.locked = True
    with pytest.raises(Undeliverable, match="may not write"):
        await send_view(scene, Address("discord", f"#{scene.general.id}"))


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        (Fault("POST", DM_CHANNELS, 403, body={"code": 40003, "message": "too fast"}), timedelta(minutes=1)),
        (Fault("POST", DM_CHANNELS, 429, headers={"Retry-After": "7"}), timedelta(seconds=7)),
        (
            Fault("POST", DM_CHANNELS, 429, body={"retry_after": 99, "message": ""}, headers={"Via": "1"}),
            timedelta(seconds=99),
        ),
        (Fault("POST", DM_CHANNELS, 401), timedelta(minutes=1)),
    ],
)
async def test_what_asks_for_patience_gets_it(scene: Scene, fault: Fault, least: timedelta) -> None:
    await send_view(scene, address(scene.person("Bob")))
    scene.fake.faults.append(fault)
    ada = scene.person()
    with pytest.raises(TryLater) as later:
        await send_view(scene, address(ada))
    assert later.value.after is not None
    assert later.value.after >= least
    await send_view(scene, address(ada))


async def test_a_message_that_discord_does_not_take_is_not_in_doubt(scene: Scene) -> None:
    scene.fake.faults.append(Fault("POST", MESSAGES, 400, body={"code": 50035, "message": "Invalid Form Body"}))
    with pytest.raises(TryLater):
        await send_view(scene, address(scene.person()))


async def test_a_way_in_is_never_posted_in_a_channel(scene: Scene) -> None:
    """The outbox does not let it get this far; here it ends in any case."""
    private = View((Paragraph((Text("Come in"),)), Buttons((SecretLinkButton("Enter", LINK),))))
    with pytest.raises(Undeliverable):
        await send_view(scene, Address("discord", f"#{scene.general.id}"), said=private)
    assert contents(scene) == []


async def test_discord_not_answering_leaves_it_in_doubt(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "REQUEST_TIMEOUT", 0.3)
    scene.fake.faults.append(Fault("POST", MESSAGES, "hang"))
    with pytest.raises(TimeoutError):
        await send_view(scene, address(scene.person()))


async def test_a_post_is_edited_in_place(scene: Scene) -> None:
    channel = Address("discord", f"#{scene.general.id}")
    sent = await send_view(scene, channel)
    await scene.messenger.edit(channel, sent.message, view("It has moved.", public=True), language="en", zone="UTC")
    (kept,) = scene.fake.state.messages.values()
    assert "It has moved." in str(kept["components"])
    assert f"{kept['channel_id']}/{kept['id']}" == sent.message
    del scene.fake.state.messages[int(kept["id"])]
    with pytest.raises(Undeliverable, match="gone"):
        await scene.messenger.edit(channel, sent.message, view(public=True), language="en", zone="UTC")


@pytest.mark.slow
@pytest.mark.parametrize("paced", [False, True])
async def test_no_more_than_discord_allows_in_a_second(
    scene: Scene, paced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One limit for the whole process, whoever asks. Without it Discord refuses some."""
    if not paced:
        monkeypatch.setattr(DiscordRateLimiter, "wait", lambda _: asyncio.sleep(0))
    scene.fake.strict = False
    people = [scene.person(f"P{number}") for number in range(60)]
    messenger = scene.messenger
    outcomes = await asyncio.gather(
        *(messenger.send(address(each), view(), key=str(each.id), language="en", zone="UTC") for each in people),
        return_exceptions=True,
    )
    assert len(contents(scene)) == sum(1 for each in outcomes if isinstance(each, SentMessage))
    assert (len(contents(scene)) == 60) is paced
    assert any(each[2] == 429 for each in scene.fake.requests) is not paced


async def test_while_discord_is_away_nothing_is_in_doubt() -> None:
    client = DiscordClient("token", "http://127.0.0.1:9")
    await client.open()
    with pytest.raises(TryLater):
        await DiscordMessenger(client).send(Address("discord", "42"), view(), key=KEY, language="en", zone="UTC")
    await client.close()


async def test_a_wrong_token_is_patience_too(scene: Scene) -> None:
    client = DiscordClient("wrong", scene.fake.api_url)
    await client.open()
    with pytest.raises(TryLater, match="DISCORD_TOKEN"):
        await DiscordMessenger(client).send(Address("discord", "42"), view(), key=KEY, language="en", zone="UTC")
    await client.close()


async def test_a_redirect_is_not_followed(scene: Scene) -> None:
    """Whoever answers so is not Discord, or not the one that was named; what is sent holds a token and a message."""
    ada = scene.person()
    await send_view(scene, address(ada))
    port = scene.fake.api_url.split(":")[2].split("/")[0]
    away = {"Location": f"http://localhost:{port}/api/v10/elsewhere"}
    scene.fake.faults.append(Fault("POST", MESSAGES, 307, headers=away))
    with pytest.raises(client.DiscordRedirected, match="answered with a redirect"):
        await send_view(scene, address(ada), key=f"{KEY}:2")
    scene.fake.faults.append(Fault("POST", "/guilds/1/scheduled-events", 307, headers=away))
    with pytest.raises(client.DiscordRedirected, match="answered with a redirect"):
        await scene.client.request_once("POST", "/guilds/1/scheduled-events", {})
    assert not any(path.endswith("/elsewhere") for _, path, _ in scene.fake.requests)

"""Opening private lines: gently, and what Discord says about it concerns the right ones."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.discord import send
from bot.ports import ConversationGone, OpeningTooFast, SenderRestricted, TryLater, Undeliverable
from tests.adapters.discord.conftest import Scene
from tests.adapters.discord.fake_discord import Fault
from tests.adapters.discord.test_send import DM_CHANNELS, KEY, address, send_view, view


def too_fast(times: int = 1) -> Fault:
    return Fault("POST", DM_CHANNELS, 403, body={"code": 40003, "message": "too fast"}, times=times)


async def test_one_refusal_pauses_opening_for_everybody_but_not_lines_that_are_open(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    messenger, pause = scene.messenger, 0.2
    monkeypatch.setattr(send, "DM_OPENING_PAUSE", timedelta(seconds=pause))
    ada, *others = (address(scene.person(name)) for name in ("Ada", "Bob", "Cem", "Dua"))
    opened = await messenger.open_conversation(ada)
    scene.fake.faults.append(too_fast())
    for who in others:
        with pytest.raises(OpeningTooFast) as refused:
            await messenger.open_conversation(who)
        assert refused.value.after is not None
        assert timedelta(0) < refused.value.after <= timedelta(seconds=pause)
    assert scene.asked("POST", DM_CHANNELS) == 2, "Ada's, and the one that was refused"
    await messenger.send(ada, view(), key="another", language="en", zone="UTC", conversation=opened)
    await asyncio.sleep(pause)
    scene.fake.faults.append(too_fast())
    with pytest.raises(SenderRestricted):  # again and again: the bot itself is throttled
        await messenger.send(others[0], view(), key=KEY, language="en", zone="UTC")
    await asyncio.sleep(pause)
    for who in others:
        await messenger.open_conversation(who)
    scene.fake.faults.append(too_fast())
    with pytest.raises(OpeningTooFast):
        await messenger.open_conversation(address(scene.person("Eve")))


async def test_a_429_holds_up_opening_for_as_long_as_it_says(scene: Scene) -> None:
    messenger, (ada, bob) = scene.messenger, (address(scene.person(name)) for name in ("Ada", "Bob"))
    body = {"message": "You are being rate limited.", "retry_after": 0.3, "global": False}
    scene.fake.faults.append(Fault("POST", DM_CHANNELS, 429, body=body, headers={"Via": "1"}))
    with pytest.raises(OpeningTooFast) as refused:
        await messenger.open_conversation(ada)
    assert refused.value.after == timedelta(seconds=0.3)
    assert await messenger.open_conversation(bob)


async def test_those_who_were_opened_at_the_same_instant_are_one_refusal(scene: Scene) -> None:
    messenger, people = scene.messenger, [address(scene.person(f"P{number}")) for number in range(5)]
    await messenger.open_conversation(people[0])
    scene.fake.faults.append(too_fast(times=9))
    outcomes = await asyncio.gather(*map(messenger.open_conversation, people), return_exceptions=True)
    assert [type(each) for each in outcomes] == [OpeningTooFast] * 5


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (20026, SenderRestricted),
        (50007, Undeliverable),
        (50278, Undeliverable),
        (10013, Undeliverable),
        (50001, TryLater),
    ],
)
async def test_a_line_that_cannot_be_opened(scene: Scene, code: int, outcome: type[Exception]) -> None:
    ada = address(scene.person())
    scene.fake.faults.append(Fault("POST", DM_CHANNELS, 403, body={"code": code, "message": "no"}, times=2))
    for attempt in (scene.messenger.open_conversation(ada), send_view(scene, ada)):
        with pytest.raises(outcome):
            await attempt


async def test_a_line_of_another_bot_is_opened_anew(scene: Scene) -> None:
    """DISCORD_TOKEN is another application's now: Discord would say 50001 of its lines, as of those that it mends."""
    ada = address(scene.person())
    own = (await send_view(scene, ada)).conversation
    channel, _, bot = own.partition("@")
    assert bot == str(scene.client.me)
    before = len(scene.fake.requests)
    with pytest.raises(ConversationGone):
        await scene.messenger.send(ada, view(), key=KEY, language="en", zone="UTC", conversation=f"{channel}@7")
    assert len(scene.fake.requests) == before

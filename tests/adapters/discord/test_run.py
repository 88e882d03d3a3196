"""The one connection: found, kept, resumed, begun anew; and refused for good where Discord says so."""

from __future__ import annotations

import asyncio

import discord
import pytest

from adapters.discord.client import PUBLIC_URL, DiscordClient, LoginRefused, base_url
from adapters.discord.run import MAX_BACKOFF, DiscordBot
from bot.addresses import Address
from bot.announcements import channel_names
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.i18n import Locale
from bot.views import Channel
from tests.adapters.discord.conftest import Scene, until
from tests.adapters.discord.fake_discord import TOKEN, FakeDiscord


async def reads_the_list(scene: Scene) -> None:
    done = await scene.fake.run_command(scene.person(), scene.general, "htg", "list")
    assert "No gatherings are planned" in scene.says(done)


async def test_the_gateway_is_where_the_rest_address_says(scene: Scene, bot: DiscordBot) -> None:
    """A proxy's GET /gateway/bot names it; no intent is asked for, so nothing but interactions comes."""
    assert ("GET", "/api/v10/gateway/bot", 200) in scene.fake.requests
    assert scene.fake.gateway.intents == [1 << 12]
    assert scene.fake.gateway.beats >= 1
    assert bot.connected
    await reads_the_list(scene)


async def test_a_cut_connection_is_resumed_and_nothing_is_lost(scene: Scene, bot: DiscordBot) -> None:
    await scene.fake.gateway.cut()
    waiting = asyncio.create_task(scene.fake.run_command(scene.person(), scene.general, "htg", "list"))
    assert "No gatherings" in scene.says(await waiting)
    assert (scene.fake.gateway.identified, scene.fake.gateway.resumed) == (1, 1)
    assert bot.connected


@pytest.mark.parametrize(
    "strange",
    [
        {},
        {"id": "1", "token": "t"},
        {"id": "2", "token": "t", "type": 99, "data": {"name": "htg"}, "user": {"id": "7", "username": "ada"}},
        {"id": "3", "token": "t", "type": 2, "data": None, "member": {"user": None}},
        {"id": "4", "token": "t", "type": 3, "data": {"custom_id": []}, "user": {"id": "7", "username": "ada"}},
    ],
)
async def test_an_interaction_that_is_not_understood_ends_nothing(
    scene: Scene, bot: DiscordBot, strange: dict[str, object]
) -> None:
    """What Discord adds one day reaches the bot first, in the connection that everybody is heard through."""
    await scene.fake.gateway.broadcast("INTERACTION_CREATE", strange)
    await reads_the_list(scene)
    assert (scene.fake.gateway.identified, scene.fake.gateway.resumed) == (1, 0)


@pytest.mark.slow
async def test_what_is_no_json_at_all_costs_the_connection_and_not_the_bot(
    scene: Scene, bot: DiscordBot, caplog: pytest.LogCaptureFixture
) -> None:
    (session,) = scene.fake.gateway.connected
    assert session.socket is not None
    await session.socket.send_str("{")
    await scene.fake.gateway.until_connected(0)
    await scene.fake.gateway.until_connected()
    await reads_the_list(scene)
    assert scene.fake.gateway.identified == 2
    assert "the connection to Discord broke off" in caplog.text


async def test_asked_to_reconnect_it_resumes(scene: Scene, bot: DiscordBot) -> None:
    await scene.fake.gateway.ask_to_reconnect()
    await scene.fake.gateway.until_connected(0)
    await scene.fake.gateway.until_connected()
    assert (scene.fake.gateway.identified, scene.fake.gateway.resumed) == (1, 1)
    await reads_the_list(scene)
    assert bot.connected


@pytest.mark.slow
async def test_a_session_that_ended_is_begun_anew_at_the_same_address(scene: Scene, bot: DiscordBot) -> None:
    await scene.fake.gateway.invalidate()
    await scene.fake.gateway.until_connected(0)
    await scene.fake.gateway.until_connected()
    assert (scene.fake.gateway.identified, scene.fake.gateway.resumed) == (2, 0)
    await reads_the_list(scene)
    assert bot.connected


@pytest.mark.slow
async def test_discord_away_for_long_is_found_again_and_nothing_is_heard_twice(scene: Scene, bot: DiscordBot) -> None:
    """The whole of it: nobody listens any more, and when it is back it has forgotten the session."""
    port = scene.fake.port
    await scene.fake.stop()
    await until(lambda: not bot.connected)
    scene.fake.gateway.sessions.clear()
    await scene.fake.start(port)
    await scene.fake.gateway.until_connected()
    assert (scene.fake.gateway.identified, scene.fake.gateway.resumed) == (2, 0)
    await reads_the_list(scene)
    assert sum(1 for each in scene.fake.requests if each[1].endswith("/callback")) == 1
    assert bot.connected


def test_however_long_it_was_away_it_is_looked_for_twice_a_minute() -> None:
    """discord.py would wait up to 17 minutes between two looks after the first hour."""
    patience = vars(discord.client)["ExponentialBackoff"]()
    waits = [patience.delay() for _ in range(2000)]
    assert max(waits) <= MAX_BACKOFF == 30
    assert max(waits[100:]) > 5, "and not hurried either"


async def test_what_is_repeated_after_a_gap_is_acted_on_once(scene: Scene, bot: DiscordBot) -> None:
    """Discord sends again what it is not sure of; the interaction's id tells."""
    ada = scene.person()
    await scene.fake.run_command(ada, scene.general, "htg", "suggest", topic="Joy")
    (session,) = scene.fake.gateway.connected
    repeated = session.sent[-1]
    await session.send(repeated)
    await asyncio.sleep(0.3)
    answered = [each for each in scene.fake.requests if each[1].endswith("/callback")]
    assert len(answered) == 1


@pytest.mark.loopback
async def test_a_wrong_token_is_one_sentence() -> None:
    fake = FakeDiscord()
    await fake.start()
    client = DiscordClient("wrong", fake.api_url)
    await client.open()
    with pytest.raises(LoginRefused, match="DISCORD_TOKEN"):
        await client.log_in()
    await client.close()
    await fake.stop()


async def test_a_token_that_is_taken_back_ends_it(scene: Scene) -> None:
    bot = DiscordBot(scene.dispatcher, scene.client, scene.clock, TOKEN)
    running = asyncio.create_task(bot.run())
    await scene.fake.gateway.until_connected()
    await scene.fake.gateway.cut(4004)
    with pytest.raises(LoginRefused, match="DISCORD_TOKEN"):
        await running
    await bot.close()


@pytest.mark.parametrize("code", [4010, 4011, 4012, 4013, 4014])
async def test_what_discord_ends_for_good_is_said_and_not_tried_again(scene: Scene, code: int) -> None:
    bot = DiscordBot(scene.dispatcher, scene.client, scene.clock, TOKEN)
    running = asyncio.create_task(bot.run())
    await scene.fake.gateway.until_connected()
    await scene.fake.gateway.cut(code)
    with pytest.raises(LoginRefused, match="2500" if code in {4010, 4011} else str(code)):
        await running
    await bot.close()


@pytest.mark.slow
async def test_the_last_session_starts_of_a_day_are_not_used_up(scene: Scene) -> None:
    """Beyond 1000 a day Discord resets the token; a crash loop must not get there."""
    scene.fake.gateway.starts_left = 5
    bot = DiscordBot(scene.dispatcher, scene.client, scene.clock, TOKEN)
    running = asyncio.create_task(bot.run())
    await asyncio.sleep(0.5)
    assert scene.fake.gateway.identified == 0
    scene.fake.gateway.starts_left = 1000
    await scene.fake.gateway.until_connected()
    await bot.close()
    await running


@pytest.mark.slow
async def test_nor_by_sessions_that_discord_ends(
    scene: Scene, bot: DiscordBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        scene.fake.gateway.starts_left = 1000

    monkeypatch.setattr(bot, "_pause", pause)
    scene.fake.gateway.starts_left = 5
    await scene.fake.gateway.invalidate()
    await scene.fake.gateway.until_connected(0)
    await scene.fake.gateway.until_connected()
    assert "only 5 session starts are left today" in caplog.text
    assert len(pauses) == 1
    await reads_the_list(scene)


async def test_discord_away_at_the_start_is_waited_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.discord.run.INITIAL_BACKOFF", 0.2)
    port = scene.fake.port
    await scene.fake.stop()
    bot = DiscordBot(scene.dispatcher, scene.client, scene.clock, TOKEN)
    running = asyncio.create_task(bot.run())
    await asyncio.sleep(0.5)
    assert not bot.connected
    await scene.fake.start(port)
    await scene.fake.gateway.until_connected()
    await bot.close()
    await running


@pytest.mark.parametrize(
    ("written", "url"),
    [
        (None, PUBLIC_URL),
        ("https://proxy.example", "https://proxy.example/api/v10"),
        ("https://proxy.example/", "https://proxy.example/api/v10"),
        ("https://proxy.example/api", "https://proxy.example/api/v10"),
        ("https://proxy.example/discord/api/v10/", "https://proxy.example/discord/api/v10"),
    ],
)
def test_the_rest_address_as_people_write_it(written: str | None, url: str) -> None:
    assert base_url(written) == url


async def test_stopped_while_it_asks_for_the_gateway_it_does_not_begin(scene: Scene) -> None:
    async def slowly() -> None:
        await asyncio.sleep(0.5)

    await scene.client.log_in()
    scene.fake.slow = slowly
    made = DiscordBot(scene.dispatcher, scene.client, scene.clock, TOKEN)
    running = asyncio.create_task(made.run())
    await asyncio.sleep(0.2)
    await made.close()
    await asyncio.wait_for(running, 60)
    assert scene.fake.gateway.identified == 0


@pytest.mark.slow
async def test_a_gateway_that_is_not_there_at_first_is_found_once_it_is(scene: Scene) -> None:
    """discord.py stumbles over itself where its very first connection fails."""
    there, scene.fake.gateway.url = scene.fake.gateway.url, "ws://127.0.0.1:9/gateway"
    made = DiscordBot(scene.dispatcher, scene.client, scene.clock, TOKEN)
    running = asyncio.create_task(made.run())
    await asyncio.sleep(4)
    assert not running.done()
    scene.fake.gateway.url = there
    await scene.fake.gateway.until_connected()
    await reads_the_list(scene)
    await made.close()
    await running


async def test_a_channel_that_nobody_named_is_called_what_discord_calls_it(scene: Scene) -> None:
    named, gone = (Address("discord", f"#{each}") for each in (scene.general.id, 999_999))
    plain = Address("discord", f"#{scene.fake.state.channel('evenings').id}")
    config = Config(announcement_channels={named: "Gatherings", plain: "", gone: ""})
    bot = DiscordBot(Dispatcher(scene.storage, config), scene.client, scene.clock, TOKEN)
    running = asyncio.create_task(bot.run())
    await scene.fake.gateway.until_connected()
    await reads_the_list(scene)
    await bot.channel_names_loaded.wait()
    await bot.close()
    await running
    assert dict(config.channel_names) == {plain: "#evenings"}
    locale = Locale("en", "UTC")
    labels = [channel_names.choice(locale, config, each, None).label for each in (named, plain, gone)]
    assert labels == ["Gatherings", "#evenings", "Discord channel ending in 9999"]
    assert channel_names.span(locale, config, plain, None) == Channel(plain, "#evenings"), (
        "in a sentence Discord shows it itself"
    )

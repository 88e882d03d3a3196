"""Home on Discord: which servers it is, and what counts there. Everywhere else everybody is a member at most."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from adapters.discord import organisers
from adapters.discord.home_guilds import AMBIGUOUS, FIRST_GUILD_KEY, ConfiguredGuilds, find_home_guilds
from adapters.discord.run import DiscordBot
from adapters.discord.value_store import DatabaseValueStore
from bot.addresses import Address
from bot.request import Call, encode
from tests.adapters.discord.conftest import Scene
from tests.adapters.discord.fake_discord import TOKEN, Fault
from tests.adapters.discord.fake_state import ADMINISTRATOR, GUILD, HOSTS, MANAGE_EVENTS, FakeChannel, FakeUser

REFUSED, LET_IN = "That is for facilitators.", "For facilitators"
UNKNOWN = "I cannot see at this moment whether you facilitate here."


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read of a server is not relied on a second time."""
    monkeypatch.setattr(organisers, "ROLE_CACHE_SECONDS", 0.0)
    monkeypatch.setattr(organisers, "RETRY_DELAY", 0.0)


async def hosts(scene: Scene, who: FakeUser, place: FakeChannel, **more: Any) -> str:
    inner = [{"name": "help", "type": 1, "options": []}]
    data = {"id": "1", "name": "htg-host", "type": 1, "options": inner}
    return scene.says(await scene.fake.interact(2, who, place, data, **more))


async def is_kept(scene: Scene, who: FakeUser) -> bool:
    member = await scene.storage.run(lambda uow: uow.members.at(Address("discord", str(who.id))))
    return member is not None and member.organised_at is not None


# ---- which servers it is


async def test_the_one_server_that_it_was_in_when_it_first_started(scene: Scene) -> None:
    memory = DatabaseValueStore(scene.storage)
    assert await find_home_guilds(scene.client, ConfiguredGuilds(), memory) == {str(GUILD)}
    scene.fake.state.guild("Strangers")
    assert await find_home_guilds(scene.client, ConfiguredGuilds(), memory) == {str(GUILD)}, (
        "for good, whoever adds it later"
    )


@pytest.mark.parametrize("number", [0, 2])
async def test_no_home_where_it_was_in_none_or_in_several(scene: Scene, number: int) -> None:
    memory = DatabaseValueStore(scene.storage)
    if number:
        scene.fake.state.guild("Strangers")
    else:
        scene.fake.state.guilds.clear()
    assert await find_home_guilds(scene.client, ConfiguredGuilds(), memory) == set()
    assert await memory.get(FIRST_GUILD_KEY) == AMBIGUOUS
    scene.fake.state.guilds.clear()
    scene.fake.state.guild("Strangers")
    assert await find_home_guilds(scene.client, ConfiguredGuilds(), memory) == set(), "until it is named"
    assert await find_home_guilds(scene.client, ConfiguredGuilds(guilds=(4001, 4002)), memory) == {"4001", "4002"}


async def test_the_servers_that_hold_the_channels_of_the_announcements(scene: Scene) -> None:
    circle = scene.fake.state.guild("Another circle")
    scene.fake.state.guild("Strangers")
    channels = [scene.fake.state.channel("gatherings", each) for each in (GUILD, circle.id)]
    named = ConfiguredGuilds(
        channels=[Address("discord", f"#{each.id}") for each in channels] + [Address("discord", "#404")]
    )
    memory = DatabaseValueStore(scene.storage)
    assert await find_home_guilds(scene.client, named, memory) == {str(GUILD), str(circle.id)}
    both = ConfiguredGuilds(guilds=(GUILD,), channels=named.channels)
    assert await find_home_guilds(scene.client, both, memory) == {str(GUILD)}, "DISCORD_GUILD_IDS says it alone"


async def test_it_reads_all_the_servers_there_are(scene: Scene) -> None:
    scene.fake.state.guilds.clear()
    for number in range(200):
        scene.fake.state.guild(f"Server {number}")
    from adapters.discord.home_guilds import list_guilds

    assert len(await list_guilds(scene.client)) == 200
    scene.fake.state.guild("One more")
    assert len({each["id"] for each in await list_guilds(scene.client)}) == 201


async def test_the_bot_settles_it_before_it_answers_and_remembers_it(scene: Scene, bot: DiscordBot) -> None:
    assert LET_IN in await hosts(scene, scene.person("Frances", organiser=True), scene.general)
    assert scene.dispatcher.config.home.places("discord") == {str(GUILD)}
    assert await DatabaseValueStore(scene.storage).get("home:discord") == str(GUILD)


async def test_without_a_home_nobody_facilitates_by_a_right_of_discords(scene: Scene, caplog: Any) -> None:
    scene.fake.state.guild("Strangers")
    made = DiscordBot(scene.dispatcher, scene.client, scene.clock, TOKEN)
    running = asyncio.create_task(made.run())
    await scene.fake.gateway.until_connected()
    frances = scene.person("Frances", organiser=True)
    assert REFUSED in await hosts(scene, frances, scene.general)
    assert "name yours in DISCORD_GUILD_IDS" in caplog.text
    address = Address("discord", str(frances.id))
    await scene.storage.run(lambda uow: uow.facilitators.add(address))
    assert LET_IN in await hosts(scene, frances, scene.general)
    await made.close()
    await running


# ---- strangers


async def test_whoever_runs_a_strangers_server_is_a_member_there(scene: Scene, bot: DiscordBot) -> None:
    state, otto = scene.fake.state, scene.person("Otto")
    strangers = state.guild("Strangers", owner=otto)
    place = state.channel("general", strangers.id)
    assert REFUSED in await hosts(scene, otto, place)
    mallory = scene.person("Mallory")
    strangers.roles[7] = ADMINISTRATOR
    mallory.roles[strangers.id] = [7]
    assert REFUSED in await hosts(scene, mallory, place)
    assert scene.asked("GET", f"/guilds/{strangers.id}") == 0, "what it grants is of no interest"
    gathering = await scene.gathering()
    done = await scene.fake.run_command(otto, place, "htg", "register", gathering=str(gathering.id))
    assert "You are registered" in scene.says(done)


async def test_a_role_that_is_called_like_one_of_ours_grants_nothing(scene: Scene, bot: DiscordBot) -> None:
    """Roles are looked up in the server that they are of."""
    state, mallory = scene.fake.state, scene.person("Mallory")
    strangers = state.guild("Strangers")
    strangers.roles[HOSTS] = MANAGE_EVENTS
    mallory.roles[strangers.id] = [HOSTS]
    assert REFUSED in await hosts(scene, mallory, state.channel("general", strangers.id))
    assert REFUSED in await hosts(scene, mallory, scene.general)


async def test_a_facilitator_by_address_is_one_everywhere(scene: Scene, bot: DiscordBot) -> None:
    state, frances = scene.fake.state, scene.person("Frances")
    address = Address("discord", str(frances.id))
    await scene.storage.run(lambda uow: uow.facilitators.add(address))
    place = state.channel("general", state.guild("Strangers").id)
    assert LET_IN in await hosts(scene, frances, place)
    assert LET_IN in await hosts(scene, frances, state.dm_channel(frances))
    # They are not led to announce there by accident.
    gathering = await scene.gathering()
    done = await scene.fake.run_command(frances, place, "htg-host", "announce", gathering=str(gathering.id))
    assert "This channel" not in scene.says(done)
    done = await scene.fake.run_command(frances, scene.general, "htg-host", "announce", gathering=str(gathering.id))
    assert "This channel" in str(state.messages[done.message])


@pytest.mark.parametrize("added_by", [{"1": "77"}, {"0": "0", "1": "77"}, {}, {"0": "4001"}])
async def test_brought_along_by_a_person_it_knows_no_server(
    scene: Scene, bot: DiscordBot, added_by: dict[str, str]
) -> None:
    """An application that somebody added to their own account comes with them, also to home."""
    frances = scene.person("Frances", organiser=True)
    assert REFUSED in await hosts(scene, frances, scene.general, added_by=added_by)
    assert LET_IN in await hosts(scene, frances, scene.general)


async def test_in_private_no_right_of_a_server_counts(scene: Scene, bot: DiscordBot) -> None:
    frances = scene.person("Frances", organiser=True)
    assert REFUSED in await hosts(scene, frances, scene.fake.state.dm_channel(frances))


# ---- the server's right, and not one channel's


async def test_a_channel_that_grants_it_makes_no_facilitator(scene: Scene, bot: DiscordBot) -> None:
    ada, place = scene.person(), scene.fake.state.channel("playground")
    place.overwrites[ada.id] = (MANAGE_EVENTS | ADMINISTRATOR, 0)
    place.overwrites[GUILD] = (MANAGE_EVENTS, 0)
    assert scene.fake.state.permissions(ada, place) & MANAGE_EVENTS
    assert REFUSED in await hosts(scene, ada, place)


async def test_a_channel_that_denies_it_takes_nothing_away(scene: Scene, bot: DiscordBot) -> None:
    frances, place = scene.person("Frances", organiser=True), scene.fake.state.channel("quiet")
    place.overwrites[HOSTS] = (0, MANAGE_EVENTS)
    assert LET_IN in await hosts(scene, frances, place)


@pytest.mark.parametrize("how", ["manage events", "administrator", "everybody", "owner"])
async def test_who_organises_a_server(scene: Scene, bot: DiscordBot, how: str) -> None:
    circle, ada = scene.fake.state.guilds[GUILD], scene.person()
    if how == "owner":
        circle.owner = ada.id
    elif how == "everybody":
        circle.roles[GUILD] |= MANAGE_EVENTS
    else:
        circle.roles[5] = MANAGE_EVENTS if how == "manage events" else ADMINISTRATOR
        ada.roles[GUILD] = [5]
    assert LET_IN in await hosts(scene, ada, scene.general)


async def test_other_permissions_do_not_make_one(scene: Scene, bot: DiscordBot) -> None:
    circle, ada = scene.fake.state.guilds[GUILD], scene.person()
    circle.roles[5] = ((1 << 53) - 1) & ~(MANAGE_EVENTS | ADMINISTRATOR)
    ada.roles[GUILD] = [5]
    assert REFUSED in await hosts(scene, ada, scene.general)


@pytest.mark.usefixtures("at_once")
async def test_a_role_that_loses_the_permission_stops_counting(scene: Scene, bot: DiscordBot) -> None:
    circle, frances = scene.fake.state.guilds[GUILD], scene.person("Frances", organiser=True)
    assert LET_IN in await hosts(scene, frances, scene.general)
    circle.roles[HOSTS] = 0
    assert REFUSED in await hosts(scene, frances, scene.general)
    assert organisers.ROLE_CACHE_SECONDS < 60


async def test_one_reading_serves_for_a_while(scene: Scene, bot: DiscordBot) -> None:
    frances = scene.person("Frances", organiser=True)
    for _ in range(3):
        assert LET_IN in await hosts(scene, frances, scene.general)
    assert scene.asked("GET", f"/guilds/{GUILD}") == 1


async def test_a_member_who_loses_the_role_is_none_at_once(scene: Scene, bot: DiscordBot) -> None:
    frances = scene.person("Frances", organiser=True)
    assert LET_IN in await hosts(scene, frances, scene.general)
    frances.roles.clear()
    assert REFUSED in await hosts(scene, frances, scene.general)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("act", [403, 404, "hang"])
async def test_what_cannot_be_read_does_not_count(
    scene: Scene, bot: DiscordBot, act: int | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the answer comes in time all the same. It is no refusal for good, and takes no right away."""
    frances = scene.person("Frances", organiser=True)
    assert LET_IN in await hosts(scene, frances, scene.general)
    monkeypatch.setattr(organisers, "ROLE_LOOKUP_TIMEOUT", 0.8)
    scene.fake.faults.append(Fault("GET", f"/guilds/{GUILD}", act))
    assert UNKNOWN in await hosts(scene, frances, scene.general)
    scene.fake._hung.set()
    assert await is_kept(scene, frances)


@pytest.mark.usefixtures("at_once")
async def test_only_a_refusal_at_home_takes_a_kept_right_away(scene: Scene, bot: DiscordBot) -> None:
    state, frances = scene.fake.state, scene.person("Frances", organiser=True)
    assert LET_IN in await hosts(scene, frances, scene.general)
    for place in (state.dm_channel(frances), state.channel("general", state.guild("Strangers").id)):
        assert REFUSED in await hosts(scene, frances, place)
        assert await is_kept(scene, frances)
    frances.roles.clear()
    assert REFUSED in await hosts(scene, frances, scene.general)
    assert not await is_kept(scene, frances)


async def test_a_member_in_time_out_organises_nothing(scene: Scene, bot: DiscordBot) -> None:
    frances = scene.person("Frances", organiser=True)
    frances.timed_out_until = (scene.clock.now() + timedelta(hours=1)).isoformat()
    assert REFUSED in await hosts(scene, frances, scene.general)
    frances.timed_out_until = (scene.clock.now() - timedelta(hours=1)).isoformat()
    assert LET_IN in await hosts(scene, frances, scene.general)


async def test_what_is_offered_while_typing_is_for_those_who_may_know(scene: Scene, bot: DiscordBot) -> None:
    await scene.gathering()
    state, otto = scene.fake.state, scene.person("Otto")
    place = state.channel("general", state.guild("Strangers", owner=otto).id)
    assert await scene.fake.autocomplete(otto, place, "htg-host", "roster", "gathering", "") == []
    frances = scene.person("Frances", organiser=True)
    assert await scene.fake.autocomplete(frances, scene.general, "htg-host", "roster", "gathering", "")


async def test_a_button_of_ours_means_nothing_more_in_a_strangers_server(scene: Scene, bot: DiscordBot) -> None:
    gathering = await scene.gathering()
    state, otto = scene.fake.state, scene.person("Otto")
    place = state.channel("general", state.guild("Strangers", owner=otto).id)
    posted = state.add(place, {"content": "Gatherings"})
    forged = encode(Call.of("host-cancel", gathering=gathering.id, sure="yes"))
    assert REFUSED in scene.says(await scene.fake.press(otto, posted, forged))

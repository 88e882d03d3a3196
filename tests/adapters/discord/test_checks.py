"""What `htg doctor` finds out about Discord, and what it says to do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.discord.checks import DiscordCheckInput, check
from adapters.discord.client import DiscordClient
from adapters.discord.command_sync import command_payload
from bot.addresses import Address
from bot.ports import CheckLevel, CheckResult
from tests.adapters.discord.fake_discord import TOKEN, Fault
from tests.adapters.discord.fake_guilds import (
    ADMINISTRATOR,
    CREATE_EVENTS,
    MANAGE_EVENTS,
    READ_BACK,
    SEE,
    WRITE,
    Change,
    CheckedGuild,
    FakeGuilds,
)

CHECK_INPUT = DiscordCheckInput(channels=(Address("discord", "#4000"),), facilitators=(Address("discord", "42"),))


@pytest.fixture
async def fake() -> AsyncIterator[FakeGuilds]:
    server = FakeGuilds()
    server.servers["3000"].roles["77"] = MANAGE_EVENTS
    server.servers["3000"].members["42"] = ["77"]
    server.state.commands[""] = command_payload()
    await server.start()
    yield server
    await server.stop()
    assert not [
        each for each in server.refused if "Unknown" not in each and "Missing Access" not in each and "401" not in each
    ]


async def run_checks(fake: FakeGuilds, given: DiscordCheckInput = CHECK_INPUT) -> list[CheckResult]:
    return await check(TOKEN, fake.api_url, given)


async def test_all_is_well(fake: FakeGuilds) -> None:
    results = await run_checks(fake)
    assert [(result.is_ok, result.line) for result in results] == [
        (True, "Discord knows the bot as gatherings."),
        (True, "It is in Circle."),
        (True, "Home is Circle (3000): Manage Events there makes a facilitator."),
        (True, "Its commands are published everywhere, as this version has them."),
        (True, "It may announce in #gatherings."),
    ]


async def test_where_home_is_and_where_it_is_not(fake: FakeGuilds) -> None:
    fake.servers["4001"] = CheckedGuild("4001", "Strangers", roles={"4001": SEE}, members={"2000": []})
    for given in (CHECK_INPUT, DiscordCheckInput(guilds=(3000,)), DiscordCheckInput(first_guild="3000")):
        lines = {result.line: result for result in await run_checks(fake, given)}
        assert "Home is Circle (3000): Manage Events there makes a facilitator." in lines
        (strangers,) = [result for line, result in lines.items() if "Strangers (4001), which is not home" in line]
        assert strangers.level is CheckLevel.ADVICE
    for given in (DiscordCheckInput(), DiscordCheckInput(first_guild="-")):
        (bad,) = [result for result in await run_checks(fake, given) if result.level is CheckLevel.FAULT]
        assert "No server is home" in bad.line
        assert "DISCORD_GUILD_IDS, of Circle (3000), Strangers (4001)" in bad.line
    (away,) = [
        result
        for result in await run_checks(fake, DiscordCheckInput(first_guild="4002"))
        if result.level is CheckLevel.FAULT
    ]
    assert "in no server that is home" in away.line


async def test_a_bot_that_anyone_may_add(fake: FakeGuilds) -> None:
    fake.public = True
    (bad,) = [result for result in await run_checks(fake) if not result.is_ok]
    assert (bad.level is CheckLevel.FAULT, "Anyone may add the bot" in bad.line, "Public Bot off" in bad.line) == (
        True,
        True,
        True,
    )


async def test_what_was_really_published_is_what_is_compared(fake: FakeGuilds) -> None:
    from adapters.discord.command_sync import sync_commands

    fake.state.commands.clear()
    client = DiscordClient(TOKEN, fake.api_url)
    await client.open()
    await sync_commands(client, (3000,))
    await client.close()
    assert all(result.is_ok for result in await run_checks(fake, DiscordCheckInput(guilds=(3000,))))
    (bad,) = [result for result in await run_checks(fake) if not result.is_ok]
    assert (bad.level is CheckLevel.FAULT, "everywhere are not those" in bad.line, "htg discord sync" in bad.line) == (
        False,
        True,
        True,
    )


def hidden(fake: FakeGuilds) -> None:
    fake.channels["4000"]["hidden"] = True


def another_version(fake: FakeGuilds) -> None:
    fake.state.commands[""][0]["options"][0]["description"] = "as it once was"


def only_one(fake: FakeGuilds) -> None:
    del fake.state.commands[""][1]


def silent(fake: FakeGuilds) -> None:
    fake.servers["3000"].roles["3000"] = SEE | READ_BACK


def denied(fake: FakeGuilds) -> None:
    fake.channels["4000"]["permission_overwrites"] = [{"id": "3000", "type": 0, "allow": "0", "deny": str(SEE | WRITE)}]


def no_history(fake: FakeGuilds) -> None:
    fake.servers["3000"].roles["3000"] = SEE | WRITE


def forum(fake: FakeGuilds) -> None:
    fake.channels["4000"]["type"] = 15


@pytest.mark.parametrize(
    ("change", "urgent", "words"),
    [
        (lambda fake: fake.servers.clear(), True, "in no server yet: open the address of htg discord invite"),
        (lambda fake: setattr(fake, "endpoint", "https://x.example/"), True, "An Interactions Endpoint URL is set"),
        (lambda fake: fake.state.commands.clear(), False, "not published everywhere yet"),
        (another_version, False, "not those of this version"),
        (only_one, False, "not those of this version"),
        (lambda fake: fake.channels.clear(), True, "There is no channel discord:#4000"),
        (hidden, True, "does not see the channel discord:#4000"),
        (forum, True, "#gatherings (discord:#4000) is no channel to write in"),
        (silent, True, "In #gatherings (discord:#4000) the bot needs Send Messages to announce"),
        (denied, True, "needs View Channel and Send Messages"),
        (no_history, False, "Read Message History"),
    ],
)
async def test_what_is_not_well(fake: FakeGuilds, change: Change, urgent: bool, words: str) -> None:
    change(fake)
    (bad,) = [result for result in await run_checks(fake) if not result.is_ok]
    assert words in bad.line
    assert (bad.level is CheckLevel.FAULT) is urgent


async def test_a_server_that_is_named_but_not_joined(fake: FakeGuilds) -> None:
    bad = [result.line for result in await run_checks(fake, DiscordCheckInput(guilds=(3000, 999))) if not result.is_ok]
    assert bad[0] == "DISCORD_GUILD_IDS names 999, where the bot is not: invite it (htg discord invite)."


async def test_commands_that_a_server_does_not_allow(fake: FakeGuilds) -> None:
    fake.faults.append(
        Fault("GET", r"/applications/\d+/guilds/3000/commands", 403, body={"code": 50001, "message": ""})
    )
    (bad,) = [result for result in await run_checks(fake, DiscordCheckInput(guilds=(3000,))) if not result.is_ok]
    assert "may have no commands" in bad.line


async def test_whether_gatherings_stand_among_the_events_of_a_server(fake: FakeGuilds) -> None:
    given = DiscordCheckInput(events=True)
    (result,) = [result for result in await run_checks(fake, given) if "among its events" in result.line]
    assert result == CheckResult.ok(
        "What is announced in Circle does not stand among its events: the bot may not Create Events there"
        " (docs/discord.md).",
    )
    fake.servers["3000"].roles["3000"] |= CREATE_EVENTS
    (result,) = [result for result in await run_checks(fake, given) if "among its events" in result.line]
    assert result == CheckResult.ok("What is announced in Circle stands among its events, too.")
    assert not [result for result in await run_checks(fake) if "events" in result.line]


# ---- who may do what


@pytest.mark.parametrize(
    ("roles", "overwrites", "may"),
    [
        ({"3000": 0, "5": SEE | WRITE | READ_BACK}, [], True),
        ({"3000": 0, "5": ADMINISTRATOR}, [("3000", 0, SEE)], True),
        ({"3000": SEE | WRITE | READ_BACK, "5": 0}, [("3000", 0, WRITE), ("5", WRITE, 0)], True),
        ({"3000": SEE | WRITE | READ_BACK, "5": 0}, [("5", WRITE, 0), ("2000", 0, WRITE)], False),
        ({"3000": SEE | READ_BACK, "5": 0}, [("2000", WRITE, 0)], True),
        ({"3000": SEE | READ_BACK, "5": 0, "6": WRITE}, [("6", WRITE, 0)], False),
    ],
)
async def test_permissions_are_computed_as_discord_does(
    fake: FakeGuilds, roles: dict[str, int], overwrites: list[tuple[str, int, int]], may: bool
) -> None:
    fake.servers["3000"].roles |= roles
    fake.servers["3000"].members["2000"] = ["5"]
    fake.channels["4000"]["permission_overwrites"] = [
        {"id": each, "type": 0, "allow": str(allow), "deny": str(deny)} for each, allow, deny in overwrites
    ]
    assert (await run_checks(fake))[-1].is_ok is may


async def test_the_owner_may_everything(fake: FakeGuilds) -> None:
    fake.servers["3000"].owner = "42"
    fake.servers["3000"].members["42"] = []
    assert all(result.is_ok for result in await run_checks(fake))


async def test_a_facilitator_who_does_not_see_the_command(fake: FakeGuilds) -> None:
    fake.servers["3000"].members["42"] = []
    fake.servers["3001"] = CheckedGuild("3001", "Elsewhere", roles={"3001": 0}, members={})
    bad = next(result for result in await run_checks(fake) if "see /htg-host" in result.line)
    assert bad.line.startswith("In Circle discord:42 does not see /htg-host, for want of Manage Events")
    assert "in the bot's direct messages it always works" in bad.line
    assert bad.level is CheckLevel.ADVICE


@pytest.mark.parametrize("about", ["1000", "7001"])
async def test_to_whom_an_administrator_has_shown_it(fake: FakeGuilds, about: str) -> None:
    fake.servers["3000"].members["42"] = ["8"]
    fake.servers["3000"].roles["8"] = 0
    for account, permission in (("8", True), ("42", True), ("42", False)):
        fake.servers["3000"].allowed = [
            {"id": about, "permissions": [{"id": account, "type": 1, "permission": permission}]}
        ]
        assert all(result.is_ok for result in await run_checks(fake)) is permission


# ---- the token


async def test_a_token_that_discord_does_not_know(fake: FakeGuilds) -> None:
    (bad,) = await check("wr0ng-t0ken", fake.api_url, CHECK_INPUT)
    assert bad.line == "Discord does not know DISCORD_TOKEN: copy it again from the bot's page."
    assert "wr0ng" not in bad.line


async def test_a_discord_that_is_not_there_or_fails_half_way(fake: FakeGuilds) -> None:
    (bad,) = await check(TOKEN, "http://127.0.0.1:9", CHECK_INPUT)
    assert "DISCORD_API_URL" in bad.line
    fake.faults.append(Fault("GET", "/guilds/3000", 400, times=9))
    (bad,) = await run_checks(fake)
    assert (bad.is_ok, "did not answer all questions" in bad.line) == (False, True)

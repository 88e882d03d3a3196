"""What `htg doctor` finds out about Discord, and what it says to do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.discord.checks import DiscordCheckInput, check
from adapters.discord.client import DiscordClient
from adapters.discord.command_sync import command_payload
from bot.addresses import Address
from bot.ports import CheckLevel, CheckResult
from tests.adapters.discord.local_discord import TOKEN, Fault
from tests.adapters.discord.servers import (
    ADMINISTRATOR,
    CREATE_EVENTS,
    MANAGE_EVENTS,
    READ_BACK,
    SEE,
    WRITE,
    Change,
    LocalServers,
    Server,
)

ASKED = DiscordCheckInput(channels=(Address("discord", "#4000"),), facilitators=(Address("discord", "42"),))


@pytest.fixture
async def local() -> AsyncIterator[LocalServers]:
    made = LocalServers()
    made.servers["3000"].roles["77"] = MANAGE_EVENTS
    made.servers["3000"].members["42"] = ["77"]
    made.world.commands[""] = command_payload()
    await made.start()
    yield made
    await made.stop()
    assert not [
        each for each in made.refused if "Unknown" not in each and "Missing Access" not in each and "401" not in each
    ]


async def looked(local: LocalServers, asked: DiscordCheckInput = ASKED) -> list[CheckResult]:
    return await check(TOKEN, local.api_url, asked)


async def test_all_is_well(local: LocalServers) -> None:
    found = await looked(local)
    assert [(each.is_ok, each.line) for each in found] == [
        (True, "Discord knows the bot as gatherings."),
        (True, "It is in Circle."),
        (True, "Home is Circle (3000): Manage Events there makes a facilitator."),
        (True, "Its commands are published everywhere, as this version has them."),
        (True, "It may announce in #gatherings."),
    ]


async def test_where_home_is_and_where_it_is_not(local: LocalServers) -> None:
    local.servers["4001"] = Server("4001", "Strangers", roles={"4001": SEE}, members={"2000": []})
    for asked in (ASKED, DiscordCheckInput(guilds=(3000,)), DiscordCheckInput(first_guild="3000")):
        lines = {each.line: each for each in await looked(local, asked)}
        assert "Home is Circle (3000): Manage Events there makes a facilitator." in lines
        (strangers,) = [each for line, each in lines.items() if "Strangers (4001), which is not home" in line]
        assert strangers.level is CheckLevel.ADVICE
    for asked in (DiscordCheckInput(), DiscordCheckInput(first_guild="-")):
        (bad,) = [each for each in await looked(local, asked) if each.level is CheckLevel.FAULT]
        assert "No server is home" in bad.line
        assert "DISCORD_GUILD_IDS, of Circle (3000), Strangers (4001)" in bad.line
    (away,) = [
        each for each in await looked(local, DiscordCheckInput(first_guild="4002")) if each.level is CheckLevel.FAULT
    ]
    assert "in no server that is home" in away.line


async def test_a_bot_that_anyone_may_add(local: LocalServers) -> None:
    local.public = True
    (bad,) = [each for each in await looked(local) if not each.is_ok]
    assert (bad.level is CheckLevel.FAULT, "Anyone may add the bot" in bad.line, "Public Bot off" in bad.line) == (
        True,
        True,
        True,
    )


async def test_what_was_really_published_is_what_is_compared(local: LocalServers) -> None:
    from adapters.discord.command_sync import sync_commands

    local.world.commands.clear()
    rest = DiscordClient(TOKEN, local.api_url)
    await rest.open()
    await sync_commands(rest, (3000,))
    await rest.close()
    assert all(each.is_ok for each in await looked(local, DiscordCheckInput(guilds=(3000,))))
    (bad,) = [each for each in await looked(local) if not each.is_ok]
    assert (bad.level is CheckLevel.FAULT, "everywhere are not those" in bad.line, "htg discord sync" in bad.line) == (
        False,
        True,
        True,
    )


def hidden(local: LocalServers) -> None:
    local.channels["4000"]["hidden"] = True


def another_version(local: LocalServers) -> None:
    local.world.commands[""][0]["options"][0]["description"] = "as it once was"


def only_one(local: LocalServers) -> None:
    del local.world.commands[""][1]


def silent(local: LocalServers) -> None:
    local.servers["3000"].roles["3000"] = SEE | READ_BACK


def denied(local: LocalServers) -> None:
    local.channels["4000"]["permission_overwrites"] = [
        {"id": "3000", "type": 0, "allow": "0", "deny": str(SEE | WRITE)}
    ]


def no_history(local: LocalServers) -> None:
    local.servers["3000"].roles["3000"] = SEE | WRITE


def forum(local: LocalServers) -> None:
    local.channels["4000"]["type"] = 15


@pytest.mark.parametrize(
    ("change", "urgent", "words"),
    [
        (lambda local: local.servers.clear(), True, "in no server yet: open the address of htg discord invite"),
        (lambda local: setattr(local, "endpoint", "https://x.example/"), True, "An Interactions Endpoint URL is set"),
        (lambda local: local.world.commands.clear(), False, "not published everywhere yet"),
        (another_version, False, "not those of this version"),
        (only_one, False, "not those of this version"),
        (lambda local: local.channels.clear(), True, "There is no channel discord:#4000"),
        (hidden, True, "does not see the channel discord:#4000"),
        (forum, True, "#gatherings (discord:#4000) is no channel to write in"),
        (silent, True, "In #gatherings (discord:#4000) the bot needs Send Messages to announce"),
        (denied, True, "needs View Channel and Send Messages"),
        (no_history, False, "Read Message History"),
    ],
)
async def test_what_is_not_well(local: LocalServers, change: Change, urgent: bool, words: str) -> None:
    change(local)
    (bad,) = [each for each in await looked(local) if not each.is_ok]
    assert words in bad.line
    assert (bad.level is CheckLevel.FAULT) is urgent


async def test_a_server_that_is_named_but_not_joined(local: LocalServers) -> None:
    bad = [each.line for each in await looked(local, DiscordCheckInput(guilds=(3000, 999))) if not each.is_ok]
    assert bad[0] == "DISCORD_GUILD_IDS names 999, where the bot is not: invite it (htg discord invite)."


async def test_commands_that_a_server_does_not_allow(local: LocalServers) -> None:
    local.faults.append(
        Fault("GET", r"/applications/\d+/guilds/3000/commands", 403, body={"code": 50001, "message": ""})
    )
    (bad,) = [each for each in await looked(local, DiscordCheckInput(guilds=(3000,))) if not each.is_ok]
    assert "may have no commands" in bad.line


async def test_whether_gatherings_stand_among_the_events_of_a_server(local: LocalServers) -> None:
    asked = DiscordCheckInput(events=True)
    (said,) = [each for each in await looked(local, asked) if "among its events" in each.line]
    assert said == CheckResult.ok(
        "What is announced in Circle does not stand among its events: the bot may not Create Events there"
        " (docs/discord.md).",
    )
    local.servers["3000"].roles["3000"] |= CREATE_EVENTS
    (said,) = [each for each in await looked(local, asked) if "among its events" in each.line]
    assert said == CheckResult.ok("What is announced in Circle stands among its events, too.")
    assert not [each for each in await looked(local) if "events" in each.line]


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
async def test_permissions_are_reckoned_as_discord_does(
    local: LocalServers, roles: dict[str, int], overwrites: list[tuple[str, int, int]], may: bool
) -> None:
    local.servers["3000"].roles |= roles
    local.servers["3000"].members["2000"] = ["5"]
    local.channels["4000"]["permission_overwrites"] = [
        {"id": each, "type": 0, "allow": str(allow), "deny": str(deny)} for each, allow, deny in overwrites
    ]
    assert (await looked(local))[-1].is_ok is may


async def test_the_owner_may_everything(local: LocalServers) -> None:
    local.servers["3000"].owner = "42"
    local.servers["3000"].members["42"] = []
    assert all(each.is_ok for each in await looked(local))


async def test_a_facilitator_who_does_not_see_the_command(local: LocalServers) -> None:
    local.servers["3000"].members["42"] = []
    local.servers["3001"] = Server("3001", "Elsewhere", roles={"3001": 0}, members={})
    bad = next(each for each in await looked(local) if "see /htg-host" in each.line)
    assert bad.line.startswith("In Circle discord:42 does not see /htg-host, for want of Manage Events")
    assert "in the bot's direct messages it always works" in bad.line
    assert bad.level is CheckLevel.ADVICE


@pytest.mark.parametrize("about", ["1000", "7001"])
async def test_to_whom_an_administrator_has_shown_it(local: LocalServers, about: str) -> None:
    local.servers["3000"].members["42"] = ["8"]
    local.servers["3000"].roles["8"] = 0
    for account, permission in (("8", True), ("42", True), ("42", False)):
        local.servers["3000"].allowed = [
            {"id": about, "permissions": [{"id": account, "type": 1, "permission": permission}]}
        ]
        assert all(each.is_ok for each in await looked(local)) is permission


# ---- the token


async def test_a_token_that_discord_does_not_know(local: LocalServers) -> None:
    (bad,) = await check("wr0ng-t0ken", local.api_url, ASKED)
    assert bad.line == "Discord does not know DISCORD_TOKEN: copy it again from the bot's page."
    assert "wr0ng" not in bad.line


async def test_a_discord_that_is_not_there_or_fails_half_way(local: LocalServers) -> None:
    (bad,) = await check(TOKEN, "http://127.0.0.1:9", ASKED)
    assert "DISCORD_API_URL" in bad.line
    local.faults.append(Fault("GET", "/guilds/3000", 400, times=9))
    (bad,) = await looked(local)
    assert (bad.is_ok, "did not answer all questions" in bad.line) == (False, True)

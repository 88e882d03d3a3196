"""What `htg doctor` finds out about Slack, and what it says to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.slack.checks import check
from adapters.slack.run import SlackCredentials
from tests.adapters.slack.fake_slack import APP_TOKEN, BOT_TOKEN, CLIENT, FakeSlack
from tests.conversations.stage import MovableClock


@pytest.fixture
async def local(clock: MovableClock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(clock).running() as local:
        yield local


@pytest.fixture
def credentials(local: FakeSlack) -> SlackCredentials:
    return SlackCredentials(BOT_TOKEN, APP_TOKEN, api_url=local.api_url)


async def test_all_is_well(credentials: SlackCredentials) -> None:
    found = await check(credentials)
    assert all(each.good for each in found)
    assert [each.line for each in found][1:] == [
        "Home is T0HTG: its owners and admins are facilitators, nobody of another workspace is.",
        "All scopes that the bot uses are granted.",
        "Socket Mode can be opened.",
    ]


async def test_a_missing_scope_is_named_with_what_it_is_for(local: FakeSlack, credentials: SlackCredentials) -> None:
    local.tokens[BOT_TOKEN][1].discard("users:read")
    (bad,) = [each for each in await check(credentials) if not each.good]
    assert "users:read (to know a person's time zone" in bad.line
    assert "htg slack manifest" in bad.line


async def test_tokens_that_slack_does_not_take(credentials: SlackCredentials) -> None:
    wrong = replace(credentials, bot_token="xoxb-wrong", app_token="xapp-wrong")
    lines = [each.line for each in await check(wrong) if not each.good]
    assert ["SLACK_BOT_TOKEN" in lines[0], "SLACK_APP_TOKEN" in lines[1]] == [True, True]
    assert "wrong" not in "".join(lines)


async def test_slack_out_of_reach(credentials: SlackCredentials) -> None:
    found = await check(replace(credentials, api_url="http://127.0.0.1:9/api/"))
    assert [each.good for each in found] == [False]
    assert "cannot be reached" in found[0].line


async def test_an_app_for_several_workspaces(local: FakeSlack, credentials: SlackCredentials) -> None:
    several = replace(credentials, bot_token="", app_token="", client_id=CLIENT[0], client_secret=CLIENT[1])
    several = replace(several, teams=frozenset({"T1", "E2"}))
    found = await check(several)
    assert [each.good for each in found] == [True, True]
    assert "Home is E2, T1: they alone may add the app" in found[1].line
    (bad,) = await check(replace(several, client_secret="wr0ng"))
    assert (bad.good, "SLACK_CLIENT_SECRET" in bad.line, "wr0ng" in bad.line) == (False, True, False)
    local.faults["oauth.v2.access"].append("internal_error")
    (bad,) = await check(several)
    assert (bad.good, "internal_error" in bad.line) == (False, True)
    (bad,) = await check(replace(several, api_url="http://127.0.0.1:9/api/"))
    assert "cannot be reached" in bad.line


async def test_a_token_that_is_not_of_home(credentials: SlackCredentials) -> None:
    (bad,) = [each for each in await check(replace(credentials, teams=frozenset({"T1"}))) if not each.good]
    assert "SLACK_TEAM_IDS does not name T0HTG" in bad.line
    assert all(each.good for each in await check(replace(credentials, teams=frozenset({"T0HTG"}))))


async def test_an_app_that_anyone_may_add_beside_the_token_of_one_workspace(credentials: SlackCredentials) -> None:
    both = replace(credentials, client_id=CLIENT[0], client_secret=CLIENT[1], teams=frozenset({"T0HTG"}))
    (bad,) = [each for each in await check(both) if not each.good]
    assert "Anyone may add an app with public distribution" in bad.line
    assert "Manage Distribution" in bad.line

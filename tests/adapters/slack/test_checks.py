"""What `htg doctor` finds out about Slack, and what it says to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.slack.checks import check
from adapters.slack.run import SlackCredentials
from bot.ports import CheckLevel
from tests.adapters.slack.fake_slack import FakeSlack
from tests.adapters.slack.fake_web_api import APP_TOKEN, BOT_TOKEN, OAUTH_CLIENT, SOCKET_LIMIT
from tests.conversations.harness import MovableClock


@pytest.fixture
async def fake_slack(clock: MovableClock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(clock).running() as fake_slack:
        yield fake_slack


@pytest.fixture
def credentials(fake_slack: FakeSlack) -> SlackCredentials:
    return SlackCredentials(BOT_TOKEN, APP_TOKEN, api_url=fake_slack.api_url)


async def test_all_is_well(credentials: SlackCredentials) -> None:
    results = await check(credentials)
    assert all(result.is_ok for result in results)
    assert [result.line for result in results][1:] == [
        "Home is T0HTG: its owners and admins are facilitators, nobody of another workspace is.",
        "All scopes that the bot uses are granted.",
        "Socket Mode can be opened.",
    ]


async def test_a_missing_scope_is_named_with_what_it_is_for(
    fake_slack: FakeSlack, credentials: SlackCredentials
) -> None:
    fake_slack.tokens[BOT_TOKEN][1].discard("users:read")
    (bad,) = [result for result in await check(credentials) if not result.is_ok]
    assert "users:read (to know a person's time zone" in bad.line
    assert "htg slack manifest" in bad.line


async def test_tokens_that_slack_does_not_take(credentials: SlackCredentials) -> None:
    wrong = replace(credentials, bot_token="xoxb-wrong", app_token="xapp-wrong")
    lines = [result.line for result in await check(wrong) if not result.is_ok]
    assert ["SLACK_BOT_TOKEN" in lines[0], "SLACK_APP_TOKEN" in lines[1]] == [True, True]
    assert "wrong" not in "".join(lines)


async def test_all_connections_taken_is_not_the_tokens_fault(
    fake_slack: FakeSlack, credentials: SlackCredentials
) -> None:
    fake_slack.refuses_at_open, fake_slack.dead_sockets = True, SOCKET_LIMIT
    (advice,) = [result for result in await check(credentials) if not result.is_ok]
    assert advice.level is CheckLevel.ADVICE
    assert "ten of this app are open" in advice.line


async def test_slack_out_of_reach(credentials: SlackCredentials) -> None:
    results = await check(replace(credentials, api_url="http://127.0.0.1:9/api/"))
    assert [result.is_ok for result in results] == [False]
    assert "cannot be reached" in results[0].line


async def test_an_app_for_several_workspaces(fake_slack: FakeSlack, credentials: SlackCredentials) -> None:
    several = replace(credentials, bot_token="", app_token="", client_id=OAUTH_CLIENT[0], client_secret=OAUTH_CLIENT[1])
    several = replace(several, teams=frozenset({"T1", "E2"}))
    results = await check(several)
    assert [result.is_ok for result in results] == [True, True]
    assert "Home is E2, T1: they alone may add the app" in results[1].line
    (bad,) = await check(replace(several, client_secret="wr0ng"))
    assert (bad.is_ok, "SLACK_CLIENT_SECRET" in bad.line, "wr0ng" in bad.line) == (False, True, False)
    fake_slack.faults["oauth.v2.access"].append("internal_error")
    (bad,) = await check(several)
    assert (bad.is_ok, "internal_error" in bad.line) == (False, True)
    (bad,) = await check(replace(several, api_url="http://127.0.0.1:9/api/"))
    assert "cannot be reached" in bad.line


async def test_a_token_that_is_not_of_home(credentials: SlackCredentials) -> None:
    (bad,) = [result for result in await check(replace(credentials, teams=frozenset({"T1"}))) if not result.is_ok]
    assert "SLACK_TEAM_IDS does not name T0HTG" in bad.line
    assert all(result.is_ok for result in await check(replace(credentials, teams=frozenset({"T0HTG"}))))


async def test_an_app_that_anyone_may_add_beside_the_token_of_one_workspace(credentials: SlackCredentials) -> None:
    both = replace(credentials, client_id=OAUTH_CLIENT[0], client_secret=OAUTH_CLIENT[1], teams=frozenset({"T0HTG"}))
    (bad,) = [result for result in await check(both) if not result.is_ok]
    assert "Anyone may add an app with public distribution" in bad.line
    assert "Manage Distribution" in bad.line

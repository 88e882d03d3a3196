"""What `htg run` and `htg web` make of the settings, for the web half and for Zoom."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession

import settings
from adapters.web.render import RegistrationLink
from bot.secrets import LinkKey
from cli.registration_links import registration_links
from cli.serve import with_personal_links
from cli.zoom import credentials
from settings import EXAMPLES, Settings
from tests.adapters.web.process import HOME, KEY, process
from tests.databases import Databases

PUBLIC = "https://gatherings.example"
SLACK = {"SLACK_BOT_TOKEN": "xoxb-12345678", "SLACK_SIGNING_SECRET": "12345678"}
DISCORD = {"DISCORD_TOKEN": "12345678"}
ZOOM = {"ZOOM_ACCOUNT_ID": "account1", "ZOOM_CLIENT_ID": "client12", "ZOOM_CLIENT_SECRET": "s3cret-12345678"}
Load = Callable[[dict[str, str]], Settings]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    for name in [each for each in os.environ if each in EXAMPLES or each.startswith("HTG_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def with_environment(environment: dict[str, str]) -> Settings:
        for name, value in ({"HTG_SECRET_KEY": KEY} | environment).items():
            monkeypatch.setenv(name, value)
        return settings.load()

    return with_environment


def test_personal_links_are_made_wherever_they_can_lead(load: Load) -> None:
    assert with_personal_links(load({})).links is None
    links = with_personal_links(load({"HTG_PUBLIC_URL": PUBLIC})).links
    assert links is not None
    assert links.join(LinkKey(12, "n")).reveal().startswith(f"{PUBLIC}/join/12-n.")
    assert links.calendar(LinkKey(5, "n")).reveal().startswith(f"{PUBLIC}/calendar/5-n.")


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, []),
        (SLACK, [RegistrationLink("Slack")]),
        (SLACK | {"HTG_ANNOUNCEMENT_CHANNELS": "slack:C789"}, [RegistrationLink("Slack")]),
        (
            SLACK | {"HTG_ANNOUNCEMENT_CHANNELS": "discord:#4000,slack:T123/C789"},
            [RegistrationLink("Slack", "https://slack.com/app_redirect?team=T123&channel=C789")],
        ),
        (DISCORD | {"HTG_ANNOUNCEMENT_CHANNELS": "discord:#4000"}, [RegistrationLink("Discord")]),
        (
            DISCORD | {"HTG_ANNOUNCEMENT_CHANNELS": "discord:#4000", "DISCORD_GUILD_IDS": "4001"},
            [RegistrationLink("Discord", "https://discord.com/channels/4001/4000")],
        ),
        (
            DISCORD | {"HTG_ANNOUNCEMENT_CHANNELS": "discord:#4000", "DISCORD_GUILD_IDS": "4001,4002"},
            [RegistrationLink("Discord")],
        ),
    ],
)
def test_where_people_are_sent_to_register(
    load: Load, environment: dict[str, str], found: list[RegistrationLink]
) -> None:
    assert registration_links(load(environment)) == found


def test_zoom_is_connected_where_its_three_are_given(load: Load) -> None:
    nothing = load({})
    assert credentials(nothing) is None
    assert not nothing.config().meetings
    given = load(ZOOM | {"ZOOM_API_URL": "https://api.zoomgov.com/v2"})
    held = credentials(given)
    assert held is not None
    assert (held.account, held.api_url, held.oauth_url) == (
        "account1",
        "https://api.zoomgov.com/v2",
        "https://zoom.us/oauth",
    )
    assert "s3cret" not in repr(held)
    assert given.config().meetings


@pytest.mark.process
async def test_a_process_is_ready_serves_and_says_when_it_is_not(databases: Databases) -> None:
    url = databases.fresh("sqlite")
    async with process(url) as base, ClientSession() as client:
        for path in ("/healthz", "/readyz", "/", "/gatherings.ics", "/metrics"):
            async with client.get(base + path) as response:
                assert response.status == 200, path
        taken = base.rpartition(":")[2]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HOME), "DATABASE_URL": url, "PORT": taken}
        environment |= {"HTG_SECRET_KEY": KEY, "HOST": "127.0.0.1"}
        command = [sys.executable, "-m", "htg", "web"]
        said = subprocess.run(  # noqa: ASYNC221, S603 - what it says is all that is waited for
            command, env=environment, capture_output=True, text=True, check=False, cwd=HOME / "docs", timeout=180
        )
    assert said.returncode == 1
    assert f"127.0.0.1 port {taken}" in said.stderr
    assert "Address already in use" in said.stderr
    assert "Traceback" not in said.stderr

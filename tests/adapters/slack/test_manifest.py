"""The manifest is one that Slack takes, asks for the least, and knows every command."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema_rs import Draft7Validator

import htg
from adapters.slack.manifest import EVENTS, SCOPES, app_manifest
from bot.catalogue import find, listed
from bot.request import decode
from tests.adapters.slack.fake_web_api import REQUIRED_SCOPES

SPECS = Path(__file__).parents[4] / "shared" / "specs"
DOCUMENT = Path(__file__).parents[3] / "docs" / "slack.md"
KINDS = {
    "socket": app_manifest(),
    "http": app_manifest(public_url="https://gatherings.example.org"),
    "several": app_manifest(public_url="https://gatherings.example.org/", several_workspaces=True),
    "several by socket": app_manifest(
        public_url="https://gatherings.example.org/", socket_mode=True, several_workspaces=True
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_slacks_own_schema_agrees(kind: str) -> None:
    for name in ("slack_manifest.1.0.0.json", "slack_manifest.2.0.0.json"):
        if (SPECS / name).exists():
            Draft7Validator(json.loads((SPECS / name).read_text())).validate(KINDS[kind])
    _fits(KINDS[kind])


def _fits(found: dict[str, Any]) -> None:
    """The limits that Slack documents for what we use, wherever its schema is not at hand."""
    told = found["display_information"]
    assert len(told["name"]) <= 35
    assert len(told["description"]) <= 140
    assert 174 <= len(told["long_description"]) <= 4000
    assert re.fullmatch("#[0-9a-f]{6}", told["background_color"])
    assert len(found["features"]["bot_user"]["display_name"]) <= 80
    for command in found["features"]["slash_commands"]:
        assert re.fullmatch("/[a-z-]{1,31}", command["command"])
        assert 1 <= len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000
    for shortcut in found["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["callback_id"]) <= 255
        assert len(shortcut["description"]) <= 150
    assert found.keys() == {"display_information", "features", "oauth_config", "settings"}


def test_socket_mode_nothing_public_is_named_but_where_to_come_back_to() -> None:
    assert "http" not in json.dumps(KINDS["socket"])
    assert KINDS["socket"]["settings"]["socket_mode_enabled"] is True
    several = KINDS["several by socket"]
    assert several["settings"]["socket_mode_enabled"] is True
    assert json.dumps(several).count("http") == 1
    assert several["oauth_config"]["redirect_urls"] == KINDS["several"]["oauth_config"]["redirect_urls"]


def test_by_http_everything_comes_to_one_address() -> None:
    at = "https://gatherings.example.org/slack/events"
    settings, features = KINDS["http"]["settings"], KINDS["http"]["features"]
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == at
    assert settings["interactivity"]["request_url"] == settings["interactivity"]["message_menu_options_url"] == at
    assert {each["url"] for each in features["slash_commands"]} == {at}
    assert "redirect_urls" not in KINDS["http"]["oauth_config"]
    assert KINDS["several"]["oauth_config"]["redirect_urls"] == ["https://gatherings.example.org/slack/oauth_redirect"]


def test_the_messages_tab_is_on_and_can_be_written_in() -> None:
    """Off, no reminder arrives (messages_tab_disabled); read-only, nobody could type /htg there."""
    home = KINDS["socket"]["features"]["app_home"]
    assert home == {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False}


def test_no_scope_is_without_use_and_none_is_missing() -> None:
    used = {scope for needed in REQUIRED_SCOPES.values() for scope in needed.split()}
    assert used | {"commands"} == set(SCOPES)
    assert KINDS["socket"]["oauth_config"]["scopes"] == {"bot": list(SCOPES)}
    assert KINDS["socket"]["settings"]["event_subscriptions"]["bot_events"] == EVENTS


def test_every_command_is_hinted_at_and_every_shortcut_is_one_of_ours() -> None:
    for command in KINDS["socket"]["features"]["slash_commands"]:
        for each in listed(command["command"].lstrip("/")):
            assert each.word in command["usage_hint"]
    for shortcut in KINDS["socket"]["features"]["shortcuts"]:
        assert find(decode(shortcut["callback_id"]).name) is not None


def test_the_command_line_prints_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    assert json.loads(runner.invoke(htg.main, ["slack", "manifest"]).output) == KINDS["socket"]
    monkeypatch.setenv("HTG_PUBLIC_URL", "https://gatherings.example.org")
    assert json.loads(runner.invoke(htg.main, ["slack", "manifest"]).output) == KINDS["http"]


def test_the_document_gives_a_reason_for_each_scope_and_event() -> None:
    text = DOCUMENT.read_text()
    for name in (*SCOPES, *EVENTS):
        assert f"`{name}`" in text

"""The private parts of discord.py: looked at in the pinned version, and nowhere used but in their own files."""

from __future__ import annotations

import inspect
from pathlib import Path

import discord
import pytest
from discord import backoff, client, gateway, http, state, utils

from adapters.discord import sdk_internals

EXAMINED_VERSION = "2.7.1"
FOLDER = Path(sdk_internals.__file__).parent
FILES = sorted(path for path in FOLDER.glob("*.py") if path.name != "__init__.py")
SOURCES = {
    "raw_interactions": (
        (state.ConnectionState.__init__, "self.parsers = parsers"),
        (gateway.DiscordWebSocket.from_client, "ws._discord_parsers = client._connection.parsers"),
        (gateway.DiscordWebSocket.received_message, "func = self._discord_parsers[event]"),
    ),
    "reconnect_backoff": (
        (client.Client.connect, "backoff = ExponentialBackoff()"),
        (backoff.ExponentialBackoff.delay, "min(self._exp + 1, self._max)"),
    ),
    "lone_surrogates": (
        (utils, "_from_json = orjson.loads"),
        (gateway.DiscordWebSocket.received_message, "utils._from_json(msg)"),
        (http.json_or_text, "utils._from_json(text)"),
    ),
    "rest_requests": (
        (http.Route.__init__, "self.BASE + self.path"),
        (http.HTTPClient.request, "kwargs.pop('json')"),
    ),
    "gateway_url": ((gateway.DiscordWebSocket.from_client, "gateway = gateway or cls.DEFAULT_GATEWAY"),),
    "voice_warnings": ((client.Client.__init__, "if VoiceClient.warn_dave:"),),
}


def test_the_installed_version_was_examined() -> None:
    look_at = "\n".join(f"- {path.name}, under “On a new version”" for path in FILES)
    assert discord.__version__ == EXAMINED_VERSION, f"discord.py changed. Look at what these name:\n{look_at}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_part_says_what_it_buys_and_is_still_there(path: Path) -> None:
    text = path.read_text()
    for heading in ("Private:", "Buys:", "Without it:", "On a new version:"):
        assert f"\n{heading} " in text, heading
    for owner, line in SOURCES[path.stem]:
        assert line in inspect.getsource(owner), f"{path.name} relies on this line: {line}"


def test_no_other_file_uses_them() -> None:
    private = ("discord.http", "discord.gateway", "discord.backoff", "_connection", ".http.", "utils._", "VoiceClient")
    others = list(FOLDER.parent.glob("*.py"))
    assert [(path.name, part) for path in others for part in private if part in path.read_text()] == []

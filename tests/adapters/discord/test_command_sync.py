"""The commands, published when they changed and not otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from adapters.discord import command_sync
from adapters.discord.command_sync import GLOBAL_SCOPE, MANAGE_EVENTS, command_payload, invite_url
from adapters.discord.value_store import DatabaseValueStore
from bot import catalogue
from bot.i18n import Locale
from tests.adapters.discord import api_rules
from tests.adapters.discord.conftest import Scene
from tests.adapters.discord.fake_discord import Fault

Json = dict[str, Any]


def group(name: str) -> Json:
    return next(each for each in command_payload() if each["name"] == name)


def test_every_listed_command_is_there_and_discord_takes_it() -> None:
    api_rules.commands(command_payload())
    for name in ("htg", "htg-host"):
        words = [each["name"] for each in group(name)["options"]]
        assert words == [each.word for each in catalogue.listed(name)]
        assert group(name)["contexts"] == [0, 1]
    api_rules.documented("PUT", "/applications/{application_id}/commands", command_payload())


def test_members_do_not_see_what_is_for_facilitators() -> None:
    assert group("htg-host")["default_member_permissions"] == MANAGE_EVENTS
    assert group("htg")["default_member_permissions"] is None


def test_options_are_typed_and_searched() -> None:
    options = {each["name"]: each["options"] for each in group("htg")["options"]}
    assert [(each["name"], each["autocomplete"]) for each in options["register"]] == [("gathering", True)]
    assert [(each["name"], each["autocomplete"]) for each in options["suggest"]] == [("topic", False)]
    assert options["list"] == []


def described(about: Json) -> Iterator[Json]:
    """A command, its subcommands and their options."""
    yield about
    for each in about.get("options", ()):
        yield from described(each)


def test_described_in_every_language_and_named_alike_in_all() -> None:
    """The words to type are the same on every platform, so no name has another in some language."""
    for each in (inner for name in ("htg", "htg-host") for inner in described(group(name))):
        spoken = each["description_localizations"]
        assert spoken["en-GB"] == spoken["en-US"] == each["description"]
        assert spoken["es-ES"] == spoken["es-419"] == Locale("es").t(each["description"])
        assert "name_localizations" not in each


async def test_published_once_and_again_when_they_change(scene: Scene, monkeypatch: Any) -> None:
    memory = DatabaseValueStore(scene.storage)
    assert await command_sync.sync_commands(scene.client, (), memory) == [GLOBAL_SCOPE]
    assert await command_sync.sync_commands(scene.client, (), memory) == []
    assert scene.asked("PUT", "/commands") == 1
    assert [each["name"] for each in scene.fake.state.commands[""]] == ["htg", "htg-host"]
    assert await command_sync.sync_commands(scene.client, (), memory, force=True) == [GLOBAL_SCOPE]
    changed = [command_payload()[0]]
    monkeypatch.setattr(command_sync, "command_payload", lambda *_, **__: changed)
    assert await command_sync.sync_commands(scene.client, (), memory) == [GLOBAL_SCOPE]
    assert [each["name"] for each in scene.fake.state.commands[""]] == ["htg"]


async def test_a_change_of_servers_takes_back_what_was_elsewhere(scene: Scene) -> None:
    memory = DatabaseValueStore(scene.storage)
    await command_sync.sync_commands(scene.client, (), memory)
    assert await command_sync.sync_commands(scene.client, (4001, 4002), memory) == [GLOBAL_SCOPE, "4001", "4002"]
    assert [each["contexts"] for each in scene.fake.state.commands[GLOBAL_SCOPE]] == [[1], [1]]
    assert await command_sync.sync_commands(scene.client, (4002,), memory) == ["4001"]
    assert scene.fake.state.commands["4001"] == []
    assert len(scene.fake.state.commands["4002"]) == 2
    assert await command_sync.sync_commands(scene.client, (), memory) == [GLOBAL_SCOPE, "4002"]
    assert [each["contexts"] for each in scene.fake.state.commands[GLOBAL_SCOPE]] == [[0, 1], [0, 1]]


async def test_a_home_server_shows_each_command_once_and_direct_messages_have_them_too(scene: Scene) -> None:
    """Discord shows what is published in a server beside what is published everywhere, also under the same name."""
    await command_sync.sync_commands(scene.client, (4001,), None)
    published = scene.fake.state.commands
    shown = [each["name"] for each in [*published["4001"], *(one for one in published[""] if 0 in one["contexts"])]]
    assert shown == ["htg", "htg-host"]
    assert [each["name"] for each in published[""] if 1 in each["contexts"]] == ["htg", "htg-host"]
    assert all(each["integration_types"] == [0] for each in published[""]), "nobody brings it along for themselves"


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (404, 10004)])
async def test_a_server_that_takes_none_stands_in_nobodys_way(scene: Scene, status: int, code: int) -> None:
    memory = DatabaseValueStore(scene.storage)
    refused = Fault(
        "PUT", r"/applications/\d+/guilds/4001/commands", status, times=2, body={"code": code, "message": ""}
    )
    scene.fake.faults.append(refused)
    for _ in range(2):
        with pytest.raises(discord.HTTPException):
            await command_sync.sync_commands(scene.client, (4001, 4002), memory)
    assert len(scene.fake.state.commands["4002"]) == 2
    assert scene.asked("PUT", "/guilds/4002/commands") == 1
    assert await command_sync.sync_commands(scene.client, (4001, 4002), memory) == ["4001"]


def test_the_invitation_asks_for_the_least() -> None:
    asked = parse_qs(urlsplit(invite_url(42)).query)
    assert asked["scope"] == ["bot applications.commands"]
    assert int(asked["permissions"][0]) == (1 << 10 | 1 << 11 | 1 << 16 | 1 << 33 | 1 << 44)

"""A platform whose adapter brings everything: its record, its settings, `connect` and `check`."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

import settings
from bot import platform as registry
from bot.addresses import Address
from bot.dispatcher import Dispatcher
from bot.platform import Platform
from bot.ports import CheckResult, Clock, PlatformHandle
from cli.checks.context import CheckContext
from cli.checks.platforms import adapter_check
from cli.serve import ProcessRole, Runtime, adapter_connector
from settings import SettingsError

PIGEON = Platform(
    name="pigeon",
    shown_name="Pigeon",
    account=re.compile(r"#?[a-z]{1,9}"),
    person_example="pigeon:ada",
    channel_example="pigeon:#square",
    direct_messages_per_minute=3,
    settings={"PIGEON_LOFT": "/srv/loft", "PIGEON_RING": "a7f3"},
)
SET = {"PIGEON_LOFT": "/srv/birds", "PIGEON_RING": "b812"}


@pytest.fixture(autouse=True)
def pigeons(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def connect(dispatcher: Dispatcher, clock: Clock, values: Mapping[str, str]) -> AsyncIterator[PlatformHandle]:
        assert values == SET
        yield PlatformHandle(routes=["connected"])

    async def check(values: Mapping[str, str]) -> list[CheckResult]:
        return [CheckResult.ok(f"The loft is {values['PIGEON_LOFT']}.")]

    monkeypatch.setitem(registry._PLATFORMS, "pigeon", PIGEON)
    monkeypatch.setattr(settings, "ADAPTER_EXAMPLES", PIGEON.settings)
    monkeypatch.setattr(settings, "ALL_EXAMPLES", settings.EXAMPLES | dict(PIGEON.settings))
    monkeypatch.setitem(sys.modules, "adapters.pigeon.run", SimpleNamespace(connect=connect))
    monkeypatch.setitem(sys.modules, "adapters.pigeon.checks", SimpleNamespace(check=check))


def test_its_settings_are_needed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.load().platforms() == []
    monkeypatch.setenv("PIGEON_LOFT", SET["PIGEON_LOFT"])
    missing = "PIGEON_RING: it is missing, and PIGEON_LOFT is set. For example: PIGEON_RING=a7f3"
    with pytest.raises(SettingsError, match=missing):
        settings.load()


async def test_it_is_connected_in_a_worker_and_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SET.items():
        monkeypatch.setenv(name, value)
    loaded = settings.load()
    assert loaded.platforms() == ["Pigeon"]
    assert SET["PIGEON_RING"] not in repr(loaded)
    for role, routes in ((ProcessRole.WORKER, ["connected"]), (ProcessRole.WEB, ())):
        runtime = SimpleNamespace(settings=loaded, dispatcher=None, clock=None, role=role)
        async with adapter_connector(PIGEON)(_runtime(runtime)) as handle:
            assert handle.routes == routes
    ctx = SimpleNamespace(settings=loaded)
    assert [result.line for result in await adapter_check(PIGEON)(_context(ctx))] == ["The loft is /srv/birds."]


def test_its_addresses_and_its_pace_are_its_own() -> None:
    assert Address.parse("pigeon:#square").is_channel
    assert settings.load().config().per_minute["pigeon"] == 3
    with pytest.raises(ValueError, match="or pigeon:ada; a channel"):
        Address.parse("pigeon:Ada Lovelace")


def _runtime(parts: SimpleNamespace) -> Runtime:
    return parts  # type: ignore[return-value]


def _context(parts: SimpleNamespace) -> CheckContext:
    return parts  # type: ignore[return-value]

"""A connection attempt that is cancelled, at whichever moment, leaves nothing behind and says nothing."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from asyncpg.connect_utils import TLSUpgradeProto  # type: ignore[import-untyped]
from sqlalchemy.pool import NullPool

from storage.engine import asyncpg_ssl_request, postgres
from storage.engine.urls import PostgresServer, parse_database_url

MOMENTS = 60
"""Turns of the loop after which the attempt waits for the server alone."""


@pytest.fixture
async def silent() -> AsyncIterator[PostgresServer]:
    """A server that takes every connection and never says a word."""
    writers: list[asyncio.StreamWriter] = []

    async def keep(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    listening = await asyncio.start_server(keep, "127.0.0.1", 0)
    place = parse_database_url(f"postgresql://htg@127.0.0.1:{listening.sockets[0].getsockname()[1]}/htg")
    assert isinstance(place, PostgresServer)
    yield place
    for writer in writers:
        writer.close()
    listening.close()


async def _complaints(server: PostgresServer) -> list[str]:
    """What the loop has to say when an attempt is cancelled after one of its turns, after two, and so on."""
    said: list[str] = []

    def complain(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        said.append(context["message"])

    asyncio.get_running_loop().set_exception_handler(complain)
    engine = postgres.make_engine(server, poolclass=NullPool)
    for moment in range(MOMENTS):
        connecting = asyncio.ensure_future(engine.connect())
        for _ in range(moment):
            await asyncio.sleep(0)
        connecting.cancel()
        with suppress(asyncio.CancelledError):
            await connecting
        del connecting
        await asyncio.sleep(0)
    gc.collect()
    await asyncio.sleep(0)
    return said


@pytest.mark.loopback
async def test_it_says_nothing(silent: PostgresServer) -> None:
    assert await _complaints(silent) == []


@pytest.mark.loopback
async def test_asyncpg_by_itself_does(silent: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where this fails, storage/engine/asyncpg_ssl_request.py is needed no longer."""
    monkeypatch.setattr(TLSUpgradeProto, "connection_lost", asyncpg_ssl_request.connection_lost)
    assert "Future exception was never retrieved" in await _complaints(silent)

"""A connected mail server, as /readyz sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.mail.run import connect
from bot.addresses import Address
from bot.views import Paragraph, Text, View
from tests.adapters.mail.local_smtp import SENDER, local_smtp, server_at
from tests.conversations.harness import MovableClock

pytestmark = pytest.mark.loopback
NOW = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)


async def test_it_is_ready_once_a_connection_was_had() -> None:
    async with local_smtp() as smtp, connect(server_at(smtp), SENDER, MovableClock(NOW)) as handle:
        assert handle.missing is not None
        assert await handle.missing() == ""
        assert await handle.missing() == ""
        assert smtp.connections == 1, "not at every question"
        assert handle.messenger is not None
        said = View((Paragraph((Text("It begins in 1 hour."),)),))
        await handle.messenger.send(Address("mail", "ada@example.org"), said, key="k", language="en", zone="UTC")
        assert len(smtp.letters) == 1


async def test_while_the_server_refuses_it_is_asked_once_a_minute() -> None:
    clock = MovableClock(NOW)
    async with (
        local_smtp(greeting="554 5.7.1 You are listed") as smtp,
        connect(server_at(smtp), SENDER, clock) as handle,
    ):
        assert handle.missing is not None
        for _ in range(3):
            assert "You are listed" in await handle.missing()
        assert smtp.connections == 1, "a login that fails again and again is shut out"
        clock.advance(minutes=1)
        assert "You are listed" in await handle.missing()
        assert smtp.connections == 2


async def test_nobody_listens() -> None:
    async with local_smtp() as smtp:
        gone = replace(server_at(smtp), port=9)
    async with connect(gone, SENDER, MovableClock(NOW)) as handle:
        assert handle.missing is not None
        assert "could not be reached" in await handle.missing()

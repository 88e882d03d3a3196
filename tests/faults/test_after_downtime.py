"""What waited while no worker ran, or while a platform was away, is sent only if nothing nearer is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.notifications.model import Receipt
from bot.ports import Storage, TryLater
from tests.conversations.harness import MovableClock
from tests.faults.lines import Lines
from tests.faults.test_delivery import HOUSE, START, box, receipts, register, times

TWO = replace(HOUSE, reminders=(timedelta(hours=1), timedelta(minutes=10)))


async def test_a_reminder_that_waited_for_the_nearer_one_is_missed(storage: Storage, tmp_path: Path) -> None:
    gathering, clock = await register(storage, 2), MovableClock(START - timedelta(minutes=60))
    lines = Lines(tmp_path / "lines", before=times(2, lambda: TryLater("away", timedelta(minutes=40))))
    outbox = box(storage, lines, clock, TWO)
    await outbox.tick()
    clock.move_to(START - timedelta(minutes=8))
    await outbox.tick()
    assert sorted(await receipts(storage, gathering)) == [Receipt.MISSED] * 2 + [Receipt.SENT] * 2
    assert len(lines.keys()) == 2, "each hears one of them"


async def test_it_is_sent_while_nothing_nearer_is_due(storage: Storage, tmp_path: Path) -> None:
    gathering, clock = await register(storage, 2), MovableClock(START - timedelta(minutes=60))
    lines = Lines(tmp_path / "lines", before=times(2, lambda: TryLater("away", timedelta(minutes=40))))
    outbox = box(storage, lines, clock, TWO)
    await outbox.tick()
    clock.move_to(START - timedelta(minutes=15))
    await outbox.tick()
    assert await receipts(storage, gathering) == [Receipt.SENT] * 2

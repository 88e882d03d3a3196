"""A post that is edited twice says in the end what is true, whichever edit takes longer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.notifications import enqueue
from bot.plain_text import plain
from bot.ports import SentMessage, Storage
from bot.unit_of_work import UnitOfWork
from bot.views import View
from storage.repositories.notifications import SqlNotificationRepository
from tests.conversations.harness import MovableClock
from tests.faults.lines import Lines
from tests.faults.test_delivery import START, box, register

CHANNEL = Address("sandbox", "#gatherings")


class Posts(Lines):
    """`stands`: what the post in the channel says."""

    stands = ""

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        await self.before()
        self.stands = next((name for name in ("The third", "The second") if name in plain(Locale(), view)), "")
        return SentMessage(message)


@pytest.mark.parametrize("guarded", [False, True])
async def test_an_earlier_edit_that_takes_longer_does_not_undo_a_later_one(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    if not guarded:
        monkeypatch.setattr(SqlNotificationRepository, "is_being_edited", lambda *_: False)
    gathering, clock = await register(storage, 1), MovableClock(START - timedelta(days=1))
    posts, begun, arrives = Posts(tmp_path / "lines"), asyncio.Event(), asyncio.Event()
    one, other = box(storage, posts, clock), box(storage, posts, clock)
    await storage.run(lambda uow: enqueue.announce_in(uow, gathering, CHANNEL, [gathering], clock.now()))
    await one.tick()

    async def hang_once() -> None:
        posts.before = _nothing
        begun.set()
        await arrives.wait()

    posts.before = hang_once
    await _titled(storage, gathering, "The second", clock)
    slow = asyncio.create_task(one.tick())
    await begun.wait()
    await _titled(storage, gathering, "The third", clock)
    await other.tick()
    assert posts.stands == ("" if guarded else "The third")
    arrives.set()
    await slow
    clock.advance(seconds=10)
    await one.tick()
    await other.tick()
    assert posts.stands == ("The third" if guarded else "The second")
    await one.close()
    await other.close()


async def _nothing() -> None: ...


async def _titled(storage: Storage, gathering: Gathering, title: str, clock: MovableClock) -> None:
    def work(uow: UnitOfWork) -> None:
        now = uow.gatherings.get(gathering.id)
        assert now is not None
        changed = uow.gatherings.save(replace(now, title=title))
        enqueue.update_announcements(uow, changed, clock.now())

    await storage.run(work)

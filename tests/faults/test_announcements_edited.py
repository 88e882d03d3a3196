"""A post that is edited twice says in the end what is true, whichever edit takes longer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.addresses import Address
from bot.config import Config
from bot.gatherings.change import change
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.notifications import enqueue
from bot.plain_text import plain
from bot.ports import SentMessage, Storage, TryLater
from bot.unit_of_work import UnitOfWork
from bot.views import View
from storage.repositories.notifications import SqlNotificationRepository
from tests.conversations.harness import MovableClock
from tests.databases import on_both
from tests.faults.lines import Lines
from tests.faults.test_delivery import START, box, register

pytestmark = on_both

CHANNEL = Address("sandbox", "#gatherings")


class Posts(Lines):
    """`stands`: what the post in the channel says."""

    stands = ""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.edited: list[str] = []
        """How what they say begins."""

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        await self.before()
        self.edited.append(plain(Locale(), view).partition(":")[0])
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


@pytest.mark.parametrize("arrived", [False, True])
async def test_a_reminder_under_way_while_its_gathering_moves_is_made_true(
    storage: Storage, tmp_path: Path, arrived: bool
) -> None:
    """Once it stands; where it never arrives it is not sent any more, and nothing is edited."""
    gathering, clock = await register(storage, 1), MovableClock(START - timedelta(days=1))
    posts, begun, ends = Posts(tmp_path / "lines"), asyncio.Event(), asyncio.Event()
    worker = box(storage, posts, clock, Config(reminders=(), per_minute={}))
    await storage.run(lambda uow: enqueue.announce_in(uow, gathering, CHANNEL, [gathering], clock.now()))
    await worker.tick()

    async def hang_once() -> None:
        posts.before = _nothing
        begun.set()
        await ends.wait()
        if not arrived:
            raise TryLater("503")

    clock.move_to(START - timedelta(hours=1))
    posts.before = hang_once
    slow = asyncio.create_task(worker.tick())
    await begun.wait()
    await _moved(storage, gathering, clock)
    ends.set()
    await slow
    clock.advance(seconds=30)
    await worker.tick()
    assert posts.edited.count("Grief has moved") == arrived
    sent = posts.keys()
    assert sum(key.startswith("channel-reminder") for key in sent) == arrived
    await worker.close()


async def _nothing() -> None: ...


async def _moved(storage: Storage, gathering: Gathering, clock: MovableClock) -> None:
    def work(uow: UnitOfWork) -> None:
        later = replace(gathering, starts_at=gathering.starts_at + timedelta(minutes=30))
        change(uow, Config(), gathering, later, clock.now())

    await storage.run(work)


async def _titled(storage: Storage, gathering: Gathering, title: str, clock: MovableClock) -> None:
    def work(uow: UnitOfWork) -> None:
        now = uow.gatherings.get(gathering.id)
        assert now is not None
        changed = uow.gatherings.save(replace(now, title=title))
        enqueue.update_announcements(uow, changed, clock.now())

    await storage.run(work)

"""An interaction that a platform delivers twice is answered once, also where nothing was done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import AlreadyAnswered, Dispatcher
from bot.members.model import Person
from bot.ports import Overloaded, Storage
from bot.request import Call, Request
from bot.unit_of_work import UnitOfWork
from tests.databases import on_both

pytestmark = on_both

T = TypeVar("T")
NOW = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
REFUSED = Request(Person(Address("slack", "T1/U1"), "Ada"), Call("roster"), NOW, key="slack:trigger-1")
"""Of a facilitator's command, from somebody else."""


async def test_a_refusal_is_told_once_whichever_process_hears_it_again(storage: Storage) -> None:
    first, second = Dispatcher(storage, Config()), Dispatcher(storage, Config())
    await first.respond(REFUSED)
    for process in (first, second):
        with pytest.raises(AlreadyAnswered):
            await process.respond(REFUSED)


async def test_two_processes_that_refuse_at_the_same_instant_tell_it_once(storage: Storage) -> None:
    processes = [Dispatcher(storage, Config()) for _ in range(4)]
    results = await asyncio.gather(*(each.respond(REFUSED) for each in processes), return_exceptions=True)
    assert sorted(isinstance(each, AlreadyAnswered) for each in results) == [False, True, True, True]


async def test_who_was_told_that_it_is_too_busy_is_not_told_something_else(storage: Storage) -> None:
    class BusyOnce:
        busy = True

        async def run(self, work: Callable[[UnitOfWork], T]) -> T:
            if self.busy:
                self.busy = False
                raise Overloaded
            return await storage.run(work)

    dispatcher = Dispatcher(BusyOnce(), Config())
    asked = Request(REFUSED.sender, Call("list"), NOW, key="slack:trigger-2")
    await dispatcher.respond(asked)
    with pytest.raises(AlreadyAnswered):
        await dispatcher.respond(asked)


async def test_what_has_no_id_is_answered_each_time(storage: Storage) -> None:
    dispatcher = Dispatcher(storage, Config())
    for _ in range(2):
        await dispatcher.respond(Request(REFUSED.sender, Call("roster"), NOW))

"""Notifications taken and begun as a worker's turns do, for tests of what happens before and afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.addresses import Address
from bot.notifications.model import ClaimedNotification, Receipt
from bot.notifications.recipient import recipient
from bot.unit_of_work import UnitOfWork
from storage.engine.open import open_storage
from storage.schema import notices
from tests.databases import KEY
from tests.storage.examples import MINUTE, NOW

LEASE = MINUTE * 2
NOBODY = Address("slack", "T1/U0")


def claim(
    uow: UnitOfWork,
    now: datetime = NOW,
    worker: str = "w1",
    *,
    lease: timedelta = LEASE,
    scopes: Sequence[str] = (),
    limit: int = 100,
) -> list[ClaimedNotification]:
    """What is due, and what begins to be sent: in each scope posts first, at most `limit` of either."""
    uow.deliveries.expire(now)
    begun: list[ClaimedNotification] = []
    for scope in scopes or uow.deliveries.scopes():
        for posts in (True, False):
            for due in uow.deliveries.lock_due(scope, now, limit, posts=posts):
                to = recipient(uow, due.notification) or NOBODY
                uow.deliveries.begin_sends([(due, to)], worker, now, now + lease)
                begun.append(due)
    return begun


def claim_doubt(
    uow: UnitOfWork, now: datetime = NOW, worker: str = "w1", *, lease: timedelta = LEASE, scopes: Sequence[str] = ()
) -> ClaimedNotification | None:
    """The next in doubt, which begins to be looked up: of the first scope that has one."""
    for scope in scopes or uow.deliveries.scopes():
        doubt = uow.deliveries.lock_doubt(scope, now)
        if doubt is not None:
            uow.deliveries.begin_lookup(doubt, worker, now + lease)
            return doubt
    return None


def settle(
    uow: UnitOfWork, claimed: ClaimedNotification, worker: str, receipt: Receipt, now: datetime = NOW, why: str = ""
) -> bool:
    """Whether the worker still held it, and its receipt was recorded."""
    if uow.deliveries.lock_held(claimed, worker) is None:
        return False
    uow.deliveries.settle(claimed, receipt, now, why)
    return True


def keys(claimed: Sequence[ClaimedNotification]) -> list[str]:
    return [each.notification.key for each in claimed]


def rows(uow: UnitOfWork, *columns: str) -> dict[str, Any]:
    """By key: the value of a column, or those of several."""
    found = uow.connection.execute(  # type: ignore[attr-defined]
        select(notices.c.key, *(notices.c[name] for name in columns)).order_by(notices.c.id)
    )
    return {key: values[0] if len(values) == 1 else tuple(values) for key, *values in found}


def only(claimed: Sequence[ClaimedNotification]) -> ClaimedNotification:
    (each,) = claimed
    return each


def certainly(claimed: ClaimedNotification | None) -> ClaimedNotification:
    assert claimed is not None
    return claimed


def run_beside(url: str, work: Callable[[UnitOfWork], object]) -> None:
    """From within a transaction: another worker's, which begins and ends meanwhile."""

    async def run() -> None:
        storage = await open_storage(url, [KEY])
        try:
            async with asyncio.timeout(60):
                await storage.run(work)
        finally:
            await storage.close()

    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, run()).result()

"""Circuit breakers: one a scope, and one trial at a time."""

from __future__ import annotations

from dataclasses import replace

from bot.notifications.breaker import on_trial, opened
from bot.unit_of_work import UnitOfWork
from tests.storage.examples import MINUTE, NOW
from tests.storage.transaction import in_transaction


@in_transaction
def test_one_a_scope_and_one_trial_at_a_time(uow: UnitOfWork) -> None:
    first, second = opened("slack/T1", "rate_limited", NOW), opened("discord", "flagged", NOW)
    assert uow.breakers.open(first)
    assert uow.breakers.open(second)
    assert not uow.breakers.open(replace(first, why="another"))
    assert uow.breakers.list_open() == [second, first]
    assert uow.breakers.get("slack/T1") == first
    assert uow.breakers.get("slack/T2") is None
    tried = on_trial(first, NOW + 2 * MINUTE)
    assert uow.breakers.replace(first, tried)
    assert not uow.breakers.replace(first, tried), "another worker saw it as it was before"
    assert uow.breakers.get("slack/T1") == tried
    assert uow.breakers.close("slack/T1")
    assert not uow.breakers.close("slack/T1")
    assert uow.breakers.list_open() == [second]

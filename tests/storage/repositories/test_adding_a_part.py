"""One more part for what is published: a series of it all, numbered anew, and nothing over another's change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.gatherings.model import Gathering, Plan, Status
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from storage.repositories.gatherings import StaleWrite
from tests.storage.examples import NOW

WEEK = timedelta(days=7)


def a_plan(weeks: int) -> Plan:
    return Plan("Letting go", NOW + weeks * WEEK, "Europe/Madrid", link=ZoomLink(f"https://zoom.example/j/{weeks}"))


async def test_a_gathering_becomes_a_series_part_by_part(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> list[Gathering]:
        alone = uow.gatherings.add([a_plan(1)], Status.PUBLISHED, NOW)
        second = uow.gatherings.add_part(alone, a_plan(2), NOW + WEEK / 2)
        return uow.gatherings.parts(uow.gatherings.add_part(uow.gatherings.parts(second), a_plan(3), NOW + WEEK / 2))

    parts = await storage.run(work)
    assert [(part.part, part.parts, part.series) for part in parts] == [(n, 3, parts[0].id) for n in (1, 2, 3)]
    assert [part.revision for part in parts] == [2, 1, 0], "a calendar takes what members see anew"
    assert {part.changed_at for part in parts} == {NOW + WEEK / 2}
    links = await storage.run(lambda uow: uow.gatherings.zoom_links([part.id for part in parts]))
    assert links[parts[2].id].reveal() == "https://zoom.example/j/3"


async def test_what_was_changed_since_it_was_read_gets_no_part(storage: OpenStorage) -> None:
    alone = await storage.run(lambda uow: uow.gatherings.add([a_plan(1)], Status.PUBLISHED, NOW))
    await storage.run(lambda uow: uow.gatherings.save(replace(alone[0], status=Status.CANCELLED), NOW))
    with pytest.raises(StaleWrite):
        await storage.run(lambda uow: uow.gatherings.add_part(alone, a_plan(2), NOW))
    assert len(await storage.run(lambda uow: uow.gatherings.hosted(NOW, limit=9))) == 0

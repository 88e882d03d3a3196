"""Two processes hear of one meeting at the same instant: what either heard is kept."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.config import Config
from bot.meetings.events import MeetingEvent, MeetingEventKind
from bot.meetings.hear import hear
from bot.meetings.model import Capture, Meeting, MeetingState
from bot.unit_of_work import UnitOfWork
from storage.engine.open import open_storage
from storage.repositories.meetings import SqlMeetingRepository
from tests.databases import KEY
from tests.storage.examples import NOW, published


def prepare(uow: UnitOfWork) -> None:
    uow.meetings.save(Meeting(published(uow).id, "555", MeetingState.STANDS, 0))


async def captures_heard_at_once(database_url: str) -> frozenset[Capture]:
    """Each is read and written by another connection, slowly."""
    both = [await open_storage(database_url, [KEY]) for _ in range(2)]
    await both[0].run(prepare)
    events = [MeetingEvent(MeetingEventKind.CAPTURED, "555", NOW, capture=each) for each in Capture]
    await asyncio.gather(
        *(
            both[number % 2].run(lambda uow, event=event: hear(uow, event, NOW, Config()))  # type: ignore[misc]
            for number, event in enumerate(events)
        )
    )
    kept = await both[0].run(lambda uow: uow.meetings.by_number("555"))
    for each in both:
        await each.close()
    assert kept is not None
    return kept.captures


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    read = SqlMeetingRepository.by_number

    def slowly(self: SqlMeetingRepository, number: str) -> Meeting | None:
        found = read(self, number)
        time.sleep(0.05)
        return found

    monkeypatch.setattr(SqlMeetingRepository, "by_number", slowly)


async def test_what_two_processes_hear_at_once_is_kept(database_url: str) -> None:
    assert await captures_heard_at_once(database_url) == set(Capture)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_without_the_row_locked_first_some_of_it_is_lost(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqlMeetingRepository, "heard", lambda *_: None)
    assert await captures_heard_at_once(database_url) < set(Capture)

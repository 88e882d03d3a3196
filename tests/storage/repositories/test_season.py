"""Counts of what is over, which outlive whom they count."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.notifications.model import Receipt
from bot.season.model import Attendance
from bot.unit_of_work import UnitOfWork
from storage.schema import attendance, notices
from tests.storage.examples import HOUR, NOW, greeted, notice, published
from tests.storage.transaction import in_transaction

DAY = timedelta(days=1)
YEAR = timedelta(days=365)


def two_evenings(uow: UnitOfWork) -> None:
    """Ada came to both, Bo to the second one alone, and Cleo to neither: she could not be reached."""
    first = published(uow, "Silence", -DAY * 40)
    second = published(uow, "Silence", -DAY * 3)
    published(uow, "Coming", DAY)
    ada, bo, cleo = (greeted(uow, account) for account in ("U1", "U2", "U3"))
    for member, gatherings in ((ada, [first, second]), (bo, [second]), (cleo, [second])):
        uow.registrations.add(member.id, [each.id for each in gatherings], NOW)
    for member, gathering in ((ada, first), (ada, second), (bo, second)):
        assert uow.admission.admit(member.id, gathering.id, NOW)
    uow.notifications.add([notice(second, "a", member=ada.id), notice(second, "c", member=cleo.id)])
    for key, receipt in (("a", Receipt.SENT), ("c", Receipt.BLOCKED)):
        change = notices.update().where(notices.c.key == key).values(state=receipt.value)
        uow.connection.execute(change)  # type: ignore[attr-defined]


EXPECTED = [
    Attendance(1, registered=1, came_in=1, logged_in=0, first_timers=1, came_again=0, unreached=0),
    Attendance(1, registered=3, came_in=2, logged_in=0, first_timers=1, came_again=1, unreached=1),
]


def counted(uow: UnitOfWork) -> list[Attendance]:
    return [each.attendance for each in uow.season.attended(NOW)]


@in_transaction
def test_what_is_over_is_counted_whether_it_is_stored_or_not(uow: UnitOfWork) -> None:
    two_evenings(uow)
    assert counted(uow) == EXPECTED
    uow.season.store_attendance(NOW)
    assert counted(uow) == EXPECTED
    uow.season.store_attendance(NOW + YEAR)
    assert len(uow.season.attended(NOW + YEAR)) == 3


@in_transaction
def test_counts_stay_when_people_ask_to_be_forgotten_and_after_the_retention(uow: UnitOfWork) -> None:
    two_evenings(uow)
    uow.season.store_attendance(NOW)
    uow.accounts.forget(greeted(uow, "U1").id, NOW)
    assert counted(uow) == EXPECTED
    for _ in range(3):
        uow.maintenance.prune(NOW + YEAR, retention=DAY)
    assert [len(uow.registrations.roster(number)) for number in (1, 2)] == [0, 0]
    assert counted(uow) == EXPECTED


@in_transaction
def test_an_evening_is_stored_only_once_nothing_more_is_heard_of_it(uow: UnitOfWork) -> None:
    gathering = published(uow, "Silence", -HOUR * 3)
    uow.season.store_attendance(NOW)
    ada = greeted(uow)
    uow.registrations.add(ada.id, [gathering.id], NOW)
    assert counted(uow) == [Attendance(1, 1, 0, 0, 0, 0, 0)]


@in_transaction
def test_what_is_stored_is_not_looked_through_again(uow: UnitOfWork) -> None:
    """Each turn of the outbox asks whether something is to be stored: also after years that costs nothing."""
    evenings = [published(uow, f"Evening {number}", -DAY * (10 + number // 3)) for number in range(45)]
    for stored in (20, 40, 45, 45):
        uow.season.store_attendance(NOW)
        rows = uow.connection.execute(select(attendance.c.ended_at))  # type: ignore[attr-defined]
        ends = sorted(row.ended_at for row in rows)
        assert ends == sorted(each.ends_at for each in evenings)[:stored], "those that ended first, none left out"


@in_transaction
def test_a_clock_that_was_wrong_for_a_moment_hides_no_later_evening(uow: UnitOfWork) -> None:
    published(uow, "Far off", DAY * 30)
    uow.season.store_attendance(NOW + YEAR)
    published(uow, "Soon", DAY)
    later = NOW + DAY * 4
    assert [each.title for each in uow.season.attended(later)][:1] == ["Soon"]
    assert uow.season.store_attendance(later) == 1

"""Notifications as they are added: once for good, in the batches that have run."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.notifications.model import NotificationKind, Receipt
from bot.unit_of_work import UnitOfWork
from storage.engine.open import open_storage
from tests.databases import KEY
from tests.storage.claims import LEASE, claim, keys, settle
from tests.storage.examples import HOUR, MINUTE, NOW, greeted, notice, posting, published
from tests.storage.transaction import in_transaction


@in_transaction
def test_a_key_is_posted_once_for_good(uow: UnitOfWork) -> None:
    (posted,) = posting(1)(uow)
    (held,) = claim(uow)
    assert settle(uow, held, "w1", Receipt.SENT)
    uow.notifications.add([posted, posted])
    assert claim(uow) == []


@in_transaction
def test_what_is_posted_as_missed_is_never_claimed(uow: UnitOfWork) -> None:
    posting(1, state=Receipt.MISSED)(uow)
    assert uow.deliveries.scopes() == []
    assert claim(uow, scopes=["slack"]) == []
    assert uow.notifications.next_due() is None


@in_transaction
def test_next_due_is_the_earliest_of_what_may_be_sent_and_what_is_leased(uow: UnitOfWork) -> None:
    assert uow.notifications.next_due() is None
    gathering = published(uow)
    uow.notifications.add([notice(gathering, "later", due_at=NOW + HOUR / 2)])
    assert uow.notifications.next_due() == NOW + HOUR / 2
    # May be sent from now on, and is promised for later: a batch that began ahead.
    uow.notifications.add([notice(gathering, "now", due_at=NOW + HOUR, ready_at=NOW)])
    assert uow.notifications.next_due() == NOW
    (held,) = claim(uow)
    assert uow.notifications.next_due() == NOW + LEASE
    settle(uow, held, "w1", Receipt.SENT)
    assert uow.notifications.next_due() == NOW + HOUR / 2


@in_transaction
def test_it_is_pending_until_it_has_a_receipt(uow: UnitOfWork) -> None:
    posting(1)(uow)
    assert uow.notifications.is_pending("k0")
    assert not uow.notifications.is_pending("k1")
    (held,) = claim(uow)
    assert uow.notifications.is_pending("k0"), "it is being sent"
    settle(uow, held, "w1", Receipt.FAILED)
    assert not uow.notifications.is_pending("k0")


@in_transaction
def test_the_last_id_rises_with_each_that_is_added(uow: UnitOfWork) -> None:
    gathering, member = published(uow), greeted(uow)
    before = uow.notifications.last_id()
    uow.notifications.add([notice(gathering, "a", member=member.id)])
    after = uow.notifications.last_id()
    assert after > before
    uow.notifications.add([notice(gathering, "a", member=member.id)])
    claim(uow)
    assert uow.notifications.last_id() == after


@in_transaction
def test_batches_are_marked_and_never_unmarked(uow: UnitOfWork) -> None:
    gathering, other = published(uow), published(uow)
    reminder = (gathering.id, gathering.starts_at, NotificationKind.REMINDER, HOUR)
    assert uow.notifications.batches([gathering.id]) == {}
    assert uow.notifications.batches([]) == {}
    uow.notifications.mark_batch(gathering, NotificationKind.REMINDER, HOUR, complete=False)
    assert uow.notifications.batches([gathering.id, other.id]) == {reminder: False}
    uow.notifications.mark_batch(gathering, NotificationKind.REMINDER, HOUR, complete=True)
    uow.notifications.mark_batch(gathering, NotificationKind.REMINDER, HOUR, complete=False)
    uow.notifications.mark_batch(gathering, NotificationKind.AFTERWARDS, -gathering.duration, complete=False)
    assert uow.notifications.batches([gathering.id]) == {
        reminder: True,
        (gathering.id, gathering.starts_at, NotificationKind.AFTERWARDS, -gathering.duration): False,
    }
    assert uow.notifications.batches([other.id]) == {}


async def test_two_workers_add_the_same_batch_at_once(database_url: str) -> None:
    several = [await open_storage(database_url, [KEY]) for _ in range(3)]
    gathering, member = await several[0].run(lambda uow: (published(uow), greeted(uow).id))
    round_of = [notice(gathering, f"k{number}", member=member) for number in range(40)]
    # In opposite orders: what deadlocks is run again by the storage.
    await asyncio.gather(
        several[0].run(lambda uow: uow.notifications.add(round_of)),
        several[1].run(lambda uow: uow.notifications.add(round_of[::-1])),
    )
    assert len(await several[2].run(claim)) == 40
    for storage in several:
        await storage.close()


@in_transaction
def test_what_waits_is_counted_by_platform_and_posts_are_not(uow: UnitOfWork) -> None:
    assert uow.notifications.count_waiting() == {}
    gathering, ada, bo = published(uow), greeted(uow), greeted(uow, "42", platform="discord")
    uow.notifications.add(
        [
            notice(gathering, "a", member=ada.id, scope="slack/T1"),
            notice(gathering, "b", member=ada.id, due_at=NOW + HOUR),
            notice(gathering, "c", member=bo.id, platform="discord"),
            notice(gathering, "post", channel=None),
            notice(gathering, "missed", member=ada.id, state=Receipt.MISSED),
        ]
    )
    assert uow.notifications.count_waiting() == {"slack": 2, "discord": 1}
    (held,) = claim(uow, scopes=["slack/T1"])
    assert uow.notifications.count_waiting() == {"slack": 2, "discord": 1}, "it may have to be sent again"
    settle(uow, held, "w1", Receipt.SENT)
    assert uow.notifications.count_waiting() == {"slack": 1, "discord": 1}


@in_transaction
def test_of_reminders_that_wait_one_stands_for_each_gathering_start_and_offset(uow: UnitOfWork) -> None:
    one, two = published(uow), published(uow)
    ada, bo = greeted(uow).id, greeted(uow, "U2").id

    def added(name: str, gathering: object = one, **more: object) -> None:
        more = {"member": ada, "scope": "slack/T1"} | more
        uow.notifications.add([notice(gathering, name, **more)])  # type: ignore[arg-type]

    def waiting(scope: str) -> list[str]:
        return [each.key for each in uow.notifications.waiting_reminders(scope, NOW)]

    added("one")
    added("one again", member=bo)
    added("one, later", offset=MINUTE * 10)
    added("two", two)
    added("elsewhere", scope="slack/T2", offset=timedelta(hours=2))
    added("of another kind", kind=NotificationKind.MOVED, offset=timedelta(hours=3))
    added("not yet", offset=timedelta(hours=4), due_at=NOW + MINUTE)
    added("too late", offset=timedelta(hours=5), expires_at=NOW)
    assert waiting("slack/T1") == [
        "one",
        "one, later",
        "two",
    ]
    assert waiting("slack/T2") == ["elsewhere"]
    assert uow.notifications.waiting_reminders("discord", NOW) == []
    assert keys(claim(uow, scopes=["slack/T1"], limit=1)) == ["one"]
    assert "one again" in waiting("slack/T1")


@in_transaction
def test_from_when_they_know_it_until_a_move_reaches_them(uow: UnitOfWork) -> None:
    gathering, ada, bo = published(uow), greeted(uow).id, greeted(uow, "U2").id
    for member in (ada, bo):
        uow.registrations.add(member, [gathering.id], NOW)

    def moved(name: str, member: int, at: timedelta, **more: object) -> None:
        more |= {"kind": NotificationKind.MOVED, "member": member, "moved_from": NOW + at}
        uow.notifications.add([notice(gathering, name, **more)])

    moved("0", ada, HOUR)
    assert uow.notifications.starts_last_told(gathering.id) == {ada: NOW + HOUR}
    (held,) = claim(uow)
    assert uow.notifications.starts_last_told(gathering.id) == {}  # it may have been sent
    assert settle(uow, held, "w1", Receipt.SENT)
    for name, member, at in (("1", ada, 2 * HOUR), ("2", bo, 2 * HOUR), ("3", ada, 3 * HOUR)):
        moved(name, member, at)
    assert uow.notifications.starts_last_told(gathering.id) == {ada: NOW + 2 * HOUR, bo: NOW + 2 * HOUR}
    for held in claim(uow):
        assert settle(uow, held, "w1", Receipt.BLOCKED)
    assert uow.notifications.starts_last_told(gathering.id) == {ada: NOW + 2 * HOUR, bo: NOW + 2 * HOUR}
    assert uow.notifications.starts_last_told(published(uow).id) == {}
    uow.registrations.remove(bo, [gathering.id])
    uow.registrations.add(bo, [gathering.id], NOW + MINUTE)
    assert uow.notifications.starts_last_told(gathering.id) == {ada: NOW + 2 * HOUR}  # to bo it was never another
    moved("4", bo, 4 * HOUR, due_at=NOW + MINUTE)
    assert uow.notifications.starts_last_told(gathering.id) == {ada: NOW + 2 * HOUR, bo: NOW + 4 * HOUR}

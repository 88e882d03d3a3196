"""What a worker holds: it is in doubt until it has a receipt, and whoever holds it settles it or gives it back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.addresses import Address
from bot.notifications.model import ClaimedNotification, NotificationKind, Receipt
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.storage.claims import LEASE, certainly, claim, claim_doubt, keys, only, rows, settle
from tests.storage.examples import HOUR, MINUTE, NOW, greeted, notice, person, posting, published
from tests.storage.transaction import in_transaction

SECOND = timedelta(seconds=1)
ADA = person().address
LOBBY = Address("discord", "#4000")


# ---- doubts


def in_flight(uow: UnitOfWork, scope: str, since: datetime) -> tuple[int, int]:
    state, _ = uow.deliveries.state_and_due(scope, NOW, 1, sent_since=since, doubts_since=NOW - HOUR)
    return state.in_flight, state.recent_doubts


def next_ready(uow: UnitOfWork, scope: str, now: datetime) -> datetime | None:
    state, _ = uow.deliveries.state_and_due(scope, now, 1, sent_since=NOW, doubts_since=NOW)
    return state.next_ready


@in_transaction
def test_of_doubts_the_first_to_expire_is_next_and_those_past_it_come_last(uow: UnitOfWork) -> None:
    gathering, member = published(uow), greeted(uow).id
    for name, expires in (("c", 50), ("a", 1), ("d", 30), ("b", 2), ("e", 40)):
        uow.notifications.add([notice(gathering, name, member=member, expires_at=NOW + MINUTE * expires)])
    uow.notifications.add([notice(gathering, "f", platform="discord", member=greeted(uow, "42", "discord").id)])
    for held in claim(uow, lease=MINUTE):
        later = held.notification.key == "e"
        uow.deliveries.give_back(held, NOW + (HOUR if later else MINUTE), in_doubt=True, why="reset")
    assert uow.deliveries.lock_doubt("slack/T1", NOW) is None
    looked_up = []
    now = NOW + MINUTE * 5
    while (doubt := claim_doubt(uow, now, scopes=["slack/T1"], lease=HOUR * 5)) is not None:
        looked_up.append(doubt.notification.key)
    # A and b are too late by now: only their record is at stake. E is not looked up before its time.
    assert looked_up == ["d", "c", "a", "b"]


@in_transaction
def test_a_lease_that_ran_out_comes_back_in_doubt(uow: UnitOfWork) -> None:
    posting(1)(uow)
    held = only(claim(uow))
    assert claim(uow, NOW + LEASE - SECOND, "w2") == []
    assert claim_doubt(uow, NOW + LEASE - SECOND, "w2") is None
    assert claim(uow, NOW + LEASE, "w2") == [], "it may have been sent"
    taken = certainly(claim_doubt(uow, NOW + LEASE, "w2"))
    assert (taken.id, taken.attempts, taken.in_doubt, taken.began_at) == (held.id, 2, True, NOW)
    assert uow.deliveries.lock_held(held, "w1") is None, "the first holds it no more"
    assert settle(uow, taken, "w2", Receipt.SENT)
    assert uow.deliveries.lock_held(taken, "w2") is None, "final"


@in_transaction
def test_a_worker_that_slept_does_not_settle_its_own_later_claim(uow: UnitOfWork) -> None:
    posting(1)(uow)
    slept = only(claim(uow))
    again = certainly(claim_doubt(uow, NOW + LEASE))
    assert uow.deliveries.lock_held(slept, "w1") is None
    assert settle(uow, again, "w1", Receipt.SENT)


@in_transaction
def test_a_late_receipt_still_counts_while_nobody_took_over(uow: UnitOfWork) -> None:
    posting(1)(uow)
    held = only(claim(uow))
    assert settle(uow, held, "w1", Receipt.SENT, NOW + LEASE * 3)
    assert claim(uow, NOW + LEASE * 3) == []
    assert claim_doubt(uow, NOW + LEASE * 3) is None


@in_transaction
def test_a_look_up_changes_neither_when_the_send_began_nor_where_it_went(uow: UnitOfWork) -> None:
    posting(1)(uow)
    claim(uow)
    # Meanwhile its member writes from elsewhere.
    uow.accounts.merge(greeted(uow, "42", platform="discord").id, greeted(uow).id, NOW)
    greeted(uow, "42", platform="discord")
    for number in (1, 2):
        doubt = certainly(claim_doubt(uow, NOW + LEASE * number))
        assert (doubt.began_at, doubt.notification.address, doubt.attempts) == (NOW, ADA, number + 1)
    uow.deliveries.give_back(doubt, NOW + LEASE * 2, in_doubt=False, why="it had not arrived")
    again = only(claim(uow, NOW + LEASE * 2))
    assert (again.began_at, again.in_doubt) == (None, False)
    assert certainly(claim_doubt(uow, NOW + LEASE * 3)).began_at == NOW + LEASE * 2


@in_transaction
def test_while_it_is_sent_its_scope_and_address_are_those_that_it_is_sent_to(uow: UnitOfWork) -> None:
    posting(1)(uow)
    gathering = published(uow)
    uow.notifications.add([notice(gathering, "post", channel=LOBBY, platform="discord")])
    assert keys(claim(uow)) == ["post", "k0"]
    assert rows(uow, "scope", "platform", "account") == {
        "k0": ("slack/T1", "slack", "T1/U1"),
        "post": ("discord", "discord", None),
    }
    assert uow.deliveries.lock_doubt("slack", NOW + LEASE) is None
    assert certainly(uow.deliveries.lock_doubt("slack/T1", NOW + LEASE)).notification.address == ADA


# ---- what the holder records


@in_transaction
def test_only_the_holder_has_it(uow: UnitOfWork) -> None:
    posting(1)(uow)
    held = only(claim(uow))
    assert uow.deliveries.lock_held(held, "somebody else") is None
    current = uow.deliveries.lock_held(held, "w1")
    assert current is not None
    assert (current.key, current.state, current.address) == ("k0", Receipt.CLAIMED, ADA)
    uow.deliveries.settle(held, Receipt.BLOCKED, NOW, "x" * 5000)
    assert rows(uow, "state", "why", "account", "worker", "in_doubt", "ready_at", "settled_at") == {
        "k0": ("blocked", "x" * 300, None, None, False, None, NOW)
    }


@in_transaction
def test_a_reason_with_a_nul_is_recorded_too(uow: UnitOfWork) -> None:
    posting(2)(uow)
    one, two = claim(uow)
    uow.deliveries.settle(one, Receipt.FAILED, NOW, "a\0b")
    uow.deliveries.give_back(two, NOW, in_doubt=False, why="\0c")
    assert rows(uow, "why") == {"k0": "ab", "k1": "c"}


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("in_doubt", [True, False])
async def test_given_back_it_is_due_again_then_and_remembers_its_doubt(
    storage: OpenStorage, in_doubt: bool, counted: bool
) -> None:
    at = NOW + MINUTE * 7

    def again_at(uow: UnitOfWork, now: datetime, worker: str) -> ClaimedNotification | None:
        found = claim(uow, now, worker)
        doubt = claim_doubt(uow, now, worker)
        assert not (found and doubt)
        return found[0] if found else doubt

    def work(uow: UnitOfWork) -> None:
        (posted,) = posting(1)(uow)
        held = only(claim(uow))
        uow.deliveries.give_back(held, at, in_doubt=in_doubt, why="429", counted=counted)
        assert uow.deliveries.lock_held(held, "w1") is None
        assert rows(uow, "why", "worker") == {"k0": ("429", None)}
        assert uow.notifications.next_due() == at
        assert again_at(uow, at - SECOND, "w2") is None
        again = certainly(again_at(uow, at, "w2"))
        assert (again.attempts, again.in_doubt) == (2 if counted else 1, in_doubt)
        assert again.notification.due_at == posted.due_at
        # While it is in doubt, it is known when it began and where it went; else nothing of it is left.
        assert (again.began_at, again.notification.address) == ((NOW, ADA) if in_doubt else (None, None))
        assert again.notification.scope == "slack/T1"
        assert uow.deliveries.count_begun("slack", NOW, NOW) == (1 if in_doubt else 0)

    await storage.run(work)


@in_transaction
def test_what_goes_to_one_address_alone_keeps_it_when_it_is_given_back(uow: UnitOfWork) -> None:
    member = greeted(uow).id
    uow.notifications.add(
        [notice(published(uow), member=member, address=ADA, kind=NotificationKind.ZOOM_TROUBLE, scope="slack/T1")]
    )
    held = only(claim(uow))
    uow.deliveries.give_back(held, NOW, in_doubt=False, why="503")
    again = only(uow.deliveries.lock_due("slack/T1", NOW, 1, posts=False))
    assert again.notification.address == ADA
    uow.deliveries.readdress(again, "discord", NOW)
    assert only(uow.deliveries.lock_due("discord", NOW, 1, posts=False)).notification.address == Address(
        "discord", ADA.account
    )


@in_transaction
def test_readdressed_it_waits_elsewhere_and_is_as_one_that_never_began(uow: UnitOfWork) -> None:
    posting(1)(uow)
    held = only(claim(uow))
    uow.deliveries.give_back(held, NOW, in_doubt=False, why="503")
    due = only(uow.deliveries.lock_due("slack/T1", NOW, 1, posts=False))
    uow.deliveries.readdress(due, "slack/T2", NOW + MINUTE)
    assert uow.deliveries.scopes() == ["slack/T2"]
    assert uow.deliveries.lock_due("slack/T2", NOW, 9, posts=False) == []
    there = only(uow.deliveries.lock_due("slack/T2", NOW + MINUTE, 9, posts=False))
    assert (there.attempts, there.in_doubt, there.began_at) == (2, False, None), "nothing was attempted in between"
    assert (there.notification.platform, there.notification.address) == ("slack", None)
    uow.deliveries.readdress(there, "discord", NOW)
    assert only(uow.deliveries.lock_due("discord", NOW, 9, posts=False)).notification.platform == "discord"


# ---- what is counted


@in_transaction
def test_in_flight_are_those_that_any_worker_began_lately_and_holds(uow: UnitOfWork) -> None:
    assert in_flight(uow, "slack/T1", NOW - HOUR) == (0, 0)
    posting(6, scope="slack/T1")(uow)
    gathering = published(uow)
    uow.notifications.add([notice(gathering, "post", channel=Address("slack", "T1/C1"), scope="slack/T1")])
    first = claim(uow, worker="w1", limit=1)
    assert keys(first) == ["post", "k0"]
    assert in_flight(uow, "slack/T1", NOW - SECOND) == (1, 0), "posts keep no pace"
    second = claim(uow, NOW + SECOND, "w2", limit=3)
    assert in_flight(uow, "slack/T1", NOW - SECOND) == (4, 0)
    assert in_flight(uow, "slack/T1", NOW) == (3, 0), "the first takes too long to count"
    assert in_flight(uow, "slack", NOW - SECOND) == (0, 0)
    uow.deliveries.settle(second[0], Receipt.SENT, NOW + SECOND)
    uow.deliveries.give_back(second[1], NOW + SECOND, in_doubt=True, why="reset")
    assert in_flight(uow, "slack/T1", NOW - SECOND) == (2, 1)
    claim_doubt(uow, NOW + SECOND, "w1")
    assert in_flight(uow, "slack/T1", NOW + SECOND) == (0, 0), "one that is looked up is not sent"


async def test_begun_are_direct_messages_of_anyone_in_that_time(storage: OpenStorage) -> None:
    later = NOW + HOUR

    def work(uow: UnitOfWork) -> None:
        posting(4, scope="slack/T1")(uow)
        uow.notifications.add([notice(published(uow), "channel", channel=Address("slack", "T1/C1"))])
        assert uow.deliveries.count_begun("slack", NOW - HOUR, later) == 0
        first = claim(uow, NOW, "w1", scopes=["slack/T1"], limit=2)
        assert len(claim(uow, NOW + MINUTE, "w2")) == 3
        assert uow.deliveries.count_begun("slack", NOW, later) == 4
        assert uow.deliveries.count_begun("slack", NOW + MINUTE, later) == 2
        assert uow.deliveries.count_begun("slack", NOW + MINUTE * 2, later) == 0
        assert uow.deliveries.count_begun("discord", NOW, later) == 0
        assert uow.deliveries.count_begun("slack", NOW, NOW) == 2, (
            "what a clock that was wrong began later does not count"
        )
        settle(uow, first[0], "w1", Receipt.SENT)
        settle(uow, first[1], "w1", Receipt.DROPPED, NOW, "no longer registered")
        assert uow.deliveries.count_begun("slack", NOW, later) == 3, "what was dropped was not sent"

    await storage.run(work)


@in_transaction
def test_the_next_instant_is_the_earliest_at_which_something_waits_or_a_lease_ends(uow: UnitOfWork) -> None:
    assert next_ready(uow, "slack", NOW) is None
    gathering, member = published(uow), greeted(uow).id
    uow.notifications.add(
        [
            notice(gathering, "now", member=member, scope="slack/T1"),
            notice(gathering, "soon", member=member, scope="slack/T1", due_at=NOW + MINUTE),
            notice(gathering, "later", member=member, scope="slack/T1", due_at=NOW + HOUR / 2),
            notice(gathering, "elsewhere", member=member, scope="slack/T2", due_at=NOW + SECOND),
        ]
    )
    assert next_ready(uow, "slack/T1", NOW) == NOW + MINUTE, "what may be sent now is not in the future"
    assert next_ready(uow, "slack/T1", NOW + MINUTE) == NOW + HOUR / 2
    assert next_ready(uow, "slack/T1", NOW + HOUR) is None
    held = only(claim(uow, scopes=["slack/T1"], lease=SECOND))
    assert next_ready(uow, "slack/T1", NOW) == NOW + SECOND
    settle(uow, held, "w1", Receipt.SENT)
    assert next_ready(uow, "slack/T1", NOW) == NOW + MINUTE


@in_transaction
def test_of_two_attempts_at_one_the_later_alone_is_recorded(uow: UnitOfWork) -> None:
    """By a worker that outlived its lease, and took the same one once more."""
    uow.notifications.add([notice(published(uow), member=greeted(uow).id, scope="slack/T1")])
    (first,) = claim(uow, scopes=["slack/T1"])
    uow.deliveries.give_back(first, NOW, in_doubt=False, why="")
    (second,) = claim(uow, scopes=["slack/T1"])
    assert uow.deliveries.settle_sent([first], "w1", NOW) == set()
    assert uow.deliveries.settle_sent([first, second], "w1", NOW) == {(second.id, second.attempts)}

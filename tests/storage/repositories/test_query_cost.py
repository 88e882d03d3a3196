"""The cost of a Request or a tick follows what is due, not what is stored.

On SQLite it is counted exactly, in steps of its virtual machine; on PostgreSQL the query plans are read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert

from bot.addresses import Address
from bot.gatherings.model import Status
from bot.notifications.model import ClaimedNotification, Receipt
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from storage.schema import (
    admissions,
    gatherings,
    identities,
    interactions,
    members,
    notices,
    registrations,
)
from tests.storage.claims import claim
from tests.storage.examples import HOUR, MINUTE, NOW, notice, person, plan
from tests.storage.recorded import record_statements

ME = 1
SCOPE = "slack/T1"
QUERIES: dict[str, Callable[[UnitOfWork], object]] = {
    "upcoming": lambda uow: uow.gatherings.upcoming(NOW, limit=10),
    "upcoming titled": lambda uow: uow.gatherings.upcoming(NOW, limit=10, titled="grief"),
    "hosted": lambda uow: uow.gatherings.hosted(NOW, limit=10),
    "starting between": lambda uow: uow.gatherings.starting_between(NOW, NOW + HOUR * 25),
    "duplicate": lambda uow: uow.gatherings.find_duplicate("due", NOW + HOUR),
    "get or create": lambda uow: uow.members.get_or_create(person(), NOW),
    "member": lambda uow: uow.members.get(ME),
    "claim interaction": lambda uow: uow.members.claim_interaction("new", NOW),
    "registered": lambda uow: uow.registrations.gatherings_of(ME, NOW),
    "registration": lambda uow: uow.registrations.get(ME, 1),
    "registrants": lambda uow: uow.registrations.registrants(1),
    "roster": lambda uow: uow.registrations.roster(1),
    "registrant_count": lambda uow: uow.registrations.count_by_platform(1),
    "register": lambda uow: uow.registrations.add(ME, [2], NOW),
    "unregister": lambda uow: uow.registrations.remove(ME, [1]),
    "admit": lambda uow: uow.admission.admit(ME, 1, NOW),
    "batches": lambda uow: uow.notifications.batches([1, 2]),
    "count waiting": lambda uow: uow.notifications.count_waiting(),
    "waiting reminders": lambda uow: uow.notifications.waiting_reminders(SCOPE, NOW),
    "is pending": lambda uow: uow.notifications.is_pending("due-3"),
    "scopes": lambda uow: uow.deliveries.scopes(),
    "expire": lambda uow: uow.deliveries.expire(NOW),
    "due": lambda uow: uow.deliveries.lock_due(SCOPE, NOW, 3, posts=False),
    "trial": lambda uow: uow.deliveries.lock_due(SCOPE, NOW, 2, posts=False, trial=True),
    "due posts": lambda uow: uow.deliveries.lock_due(SCOPE, NOW, 3, posts=True),
    "doubt": lambda uow: uow.deliveries.lock_doubt(SCOPE, NOW),
    "claim": lambda uow: claim(uow, scopes=[SCOPE], limit=3),
    "held": lambda uow: uow.deliveries.lock_held(_sending(uow), "w"),
    "settle": lambda uow: uow.deliveries.settle(_sending(uow), Receipt.SENT, NOW),
    "give back": lambda uow: uow.deliveries.give_back(_sending(uow), NOW, in_doubt=True, why=""),
    "readdress": lambda uow: uow.deliveries.readdress(_sending(uow), "discord", NOW),
    "settle sent": lambda uow: uow.deliveries.settle_sent([_sending(uow)], "w", NOW),
    "state and due": lambda uow: uow.deliveries.state_and_due(SCOPE, NOW, 3, sent_since=NOW, doubts_since=NOW - MINUTE),
    "begun": lambda uow: uow.deliveries.count_begun("slack", NOW - MINUTE, NOW + MINUTE),
    "limits": lambda uow: uow.send_limits.lock(SCOPE, NOW),
    "conversation": lambda uow: uow.conversations.get(person().address),
    "save conversation": lambda uow: uow.conversations.save(person().address, "D1"),
    "missing conversations": lambda uow: uow.conversations.missing("slack", NOW, 5),
    "next_due": lambda uow: uow.notifications.next_due(),
    "open_topics": lambda uow: uow.topics.count_open(ME),
    "announcements": lambda uow: uow.announcements.list_for(uow.gatherings.parts(_first(uow))[0]),
    "save": lambda uow: uow.gatherings.save(_first(uow)),
    "prune": lambda uow: uow.maintenance.prune(NOW, retention=timedelta(days=365)),
}


def _first(uow: UnitOfWork) -> Any:
    return uow.gatherings.get(1)


def _sending(uow: UnitOfWork) -> ClaimedNotification:
    return ClaimedNotification(1, notice(_first(uow)), attempts=1, in_doubt=False)


def due(uow: UnitOfWork) -> None:
    """What is due: two gatherings of tonight, twenty registrants, a few notifications."""
    one, two = (uow.gatherings.add([plan("due", HOUR)], Status.PUBLISHED)[0] for _ in range(2))
    for number in range(20):
        member = uow.members.get_or_create(person(f"U{number + 1}"), NOW)
        uow.registrations.add(member.id, [one.id], NOW)
        uow.notifications.add([notice(one, f"due-{number}", member=member.id, scope=SCOPE)])
    post = notice(one, "post", channel=Address("slack", "T1/C1"), scope=SCOPE)
    uow.notifications.add([post, notice(one, "over", member=ME, scope=SCOPE, expires_at=NOW)])
    claim(uow, NOW - MINUTE, "w", scopes=[SCOPE], limit=2)
    uow.deliveries.give_back(_sending(uow), NOW, in_doubt=True, why="reset")
    uow.announcements.add(one.id, Address("slack", "T1/C1"))
    assert (one.id, two.id) == (1, 2)


def past(uow: UnitOfWork, size: int) -> None:
    """Years of past gatherings: `ME` attended each, and was sent a reminder of each."""
    numbers = range(1000, 1000 + size)
    add = uow.connection.execute  # type: ignore[attr-defined]
    long_ago = NOW - timedelta(days=30)
    add(
        insert(members),
        [
            {
                "id": number,
                "name": "Past",
                "platform": "slack",
                "account": f"T1/P{number}",
                "since": NOW,
                "seen_at": NOW,
            }
            for number in numbers
        ],
    )
    add(insert(identities), [{"platform": "slack", "account": f"T1/P{number}", "member": number} for number in numbers])
    add(insert(interactions), [{"key": f"past-{number}", "at": NOW} for number in numbers])
    gathering = {
        "title": "grief", "folded": "grief", "duration": HOUR, "zone": "UTC", "admission_limit": 90,
        "part": 1, "parts": 1, "late_entry": MINUTE * 10, "opens_before": MINUTE * 15,
    }  # fmt: skip
    status = {number: "published" if number % 9 else "cancelled" for number in numbers}
    starts = {number: long_ago - MINUTE * number for number in numbers}
    add(
        insert(gatherings),
        [gathering | {"id": number, "status": status[number], "starts_at": starts[number]} for number in numbers],
    )
    add(
        insert(registrations),
        [{"member": who, "gathering": number, "at": long_ago} for number in numbers for who in (ME, number)],
    )
    add(insert(admissions), [{"member": ME, "gathering": number, "at": long_ago} for number in numbers])
    sent = {
        "kind": "reminder", "platform": "slack", "scope": SCOPE, "member": ME, "lead": HOUR, "starts_at": long_ago,
        "due_at": long_ago, "expires_at": long_ago, "state": Receipt.SENT.value, "begun_at": long_ago,
    }  # fmt: skip
    add(insert(notices), [sent | {"key": f"past-{number}", "gathering": number} for number in numbers])


@contextmanager
def steps(uow: UnitOfWork) -> Iterator[list[int]]:
    """Counts the steps of SQLite's virtual machine."""
    raw = uow.connection.connection.driver_connection  # type: ignore[attr-defined]
    taken = [0]

    def step() -> int:
        taken[0] += 1
        return 0

    raw.set_progress_handler(step, 1)
    yield taken
    raw.set_progress_handler(None, 1)


class Undone(Exception):
    """Raised to roll back."""


async def cost(storage: OpenStorage, name: str) -> int:
    taken = [0]

    def work(uow: UnitOfWork) -> None:
        with steps(uow) as counting:
            QUERIES[name](uow)
        taken[0] = counting[0]
        raise Undone

    with pytest.raises(Undone):
        await storage.run(work)
    return taken[0]


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_the_cost_is_the_same_with_years_of_past(storage: OpenStorage) -> None:
    await storage.run(due)
    await storage.run(lambda uow: past(uow, 20))
    little = {name: await cost(storage, name) for name in QUERIES}
    await storage.run(_forget_past)
    await storage.run(lambda uow: past(uow, 4000))
    much = {name: await cost(storage, name) for name in QUERIES}
    assert all(little.values())
    grown = {name: (little[name], much[name]) for name in QUERIES if much[name] > little[name] * 1.1 + 20}
    assert grown == {}


OF_A_TURN = ("scopes", "expire", "due", "due posts", "doubt", "claim", "held", "state and due", "begun")


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_turn_costs_the_same_however_much_waits(storage: OpenStorage) -> None:
    await storage.run(due)
    little = {name: await cost(storage, name) for name in OF_A_TURN}
    await storage.run(lambda uow: backlog(uow, 4000))
    much = {name: await cost(storage, name) for name in OF_A_TURN}
    grown = {name: (little[name], much[name]) for name in OF_A_TURN if much[name] > little[name] * 1.1 + 100}
    assert grown == {}


def backlog(uow: UnitOfWork, size: int) -> None:
    """Reminders that wait for the pace of their platform, in this scope and in others."""
    waiting = {
        "kind": "reminder", "platform": "slack", "member": ME, "gathering": 1, "lead": HOUR, "starts_at": NOW + HOUR,
        "due_at": NOW + MINUTE, "expires_at": NOW + HOUR, "state": Receipt.WAITING.value,
    }  # fmt: skip
    uow.connection.execute(  # type: ignore[attr-defined]
        insert(notices),
        [
            waiting | {"key": f"waiting-{scope}-{number}", "scope": scope, "ready_at": NOW}
            for scope in ("slack/T0", SCOPE, "slack/T2")
            for number in range(size)
        ],
    )


def _forget_past(uow: UnitOfWork) -> None:
    for table, past in {
        notices: notices.c.gathering >= 1000,
        admissions: admissions.c.gathering >= 1000,
        registrations: registrations.c.gathering >= 1000,
        interactions: interactions.c.key.like("past-%"),
        identities: identities.c.member >= 1000,
        gatherings: gatherings.c.id >= 1000,
        members: members.c.id >= 1000,
    }.items():
        uow.connection.execute(delete(table).where(past))  # type: ignore[attr-defined]


BIG_TABLES = ("members", "identities", "interactions", "gatherings", "registrations", "admissions", "notices")


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_no_plan_reads_a_whole_table_on_postgresql(storage: OpenStorage) -> None:
    await storage.run(due)
    await storage.run(lambda uow: past(uow, 20_000))

    def read_whole(uow: UnitOfWork) -> dict[str, set[str]]:
        connection = uow.connection  # type: ignore[attr-defined]
        connection.exec_driver_sql("ANALYZE")
        scanned_by_query = {}
        for name, query in QUERIES.items():
            with record_statements(uow) as executed:
                query(uow)
            scanned = {table for statement, values in executed for table in scans(connection, statement, values)}
            if scanned:
                scanned_by_query[name] = scanned
        return scanned_by_query

    assert await storage.run(read_whole) == {}


def scans(connection: Any, statement: str, values: Any) -> Iterator[str]:
    """The big tables that a statement would read from end to end."""
    (planned,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalars().all()
    for node in plan_nodes(planned):
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG_TABLES:
            yield node["Relation Name"]


def plan_nodes(explained: Any) -> Iterator[dict[str, Any]]:
    nodes = [each["Plan"] for each in (json.loads(explained) if isinstance(explained, str) else explained)]
    while nodes:
        node = nodes.pop()
        yield node
        nodes.extend(node.get("Plans", []))


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_a_claim_joins_no_more_than_it_takes_where_nothing_waited_at_the_last_analysis(
    storage: OpenStorage,
) -> None:
    """Partial indexes of what waits were empty then: the planner takes them for empty still."""
    await storage.run(due)
    await storage.run(lambda uow: past(uow, 2000))

    def joined(uow: UnitOfWork) -> int:
        connection = uow.connection  # type: ignore[attr-defined]
        backlog(uow, 500)
        connection.execute(delete(notices).where(notices.c.ready_at.is_not(None)))
        connection.exec_driver_sql("ANALYZE")
        backlog(uow, 500)
        with record_statements(uow) as executed:
            QUERIES["due"](uow)
        ((statement, values),) = executed
        return sum(rows_read(connection, statement, values, "identities"))

    assert 0 < await storage.run(joined) <= 3


def rows_read(connection: Any, statement: str, values: Any, table: str) -> Iterator[int]:
    (ran,) = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).scalars().all()
    for node in plan_nodes(ran):
        if node.get("Relation Name") == table:
            yield round(node["Actual Rows"] * node["Actual Loops"])

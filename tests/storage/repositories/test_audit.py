"""The log of acts: in order, without anybody's texts, until it is old or its author is forgotten."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

from bot.accounts import model as account_model
from bot.addresses import Address
from bot.audit import model as audit_model
from bot.audit.model import Act, ActKind, Actor
from bot.gatherings.model import Status
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from storage.repositories import maintenance
from tests.databases import stored_bytes
from tests.storage.examples import HOUR, NOW, greeted, person, plan, published
from tests.storage.transaction import in_transaction

FRANCES = Address("slack", "T1/U7")
YEAR = timedelta(days=365)


def act(kind: ActKind, at: timedelta = timedelta(0), **more: object) -> Act:
    return Act(kind, NOW + at, **{"by": FRANCES, **more})  # type: ignore[arg-type]


async def test_acts_are_read_completely_newest_first(storage: OpenStorage) -> None:
    complete = act(
        ActKind.MOVED,
        gathering=1,
        topic=2,
        about=Address("discord", "#4000"),
        count=3,
        from_at=NOW,
        to_at=NOW + HOUR,
        fields=("title", "zoom"),
    )

    def work(uow: UnitOfWork) -> None:
        uow.audit.add(act(ActKind.DRAFTED, by=Actor.OPERATOR))
        uow.audit.add(complete)
        newest, oldest = uow.audit.entries(limit=5)
        assert (newest.act, oldest.act) == (complete, act(ActKind.DRAFTED, by=Actor.OPERATOR))
        assert [entry.act for entry in uow.audit.entries(limit=1, offset=1)] == [oldest.act]
        assert [entry.act for entry in uow.audit.entries(limit=5, upto=oldest.id)] == [oldest.act], (
            "no page changes meanwhile"
        )

    await storage.run(work)


@in_transaction
def test_titles_are_current_and_a_discarded_draft_has_none(uow: UnitOfWork) -> None:
    first, second = uow.gatherings.add([plan("Letting go"), plan("Letting go", HOUR * 99)], Status.PUBLISHED)
    draft = uow.gatherings.add([plan("Never mind")], Status.DRAFT)[0]
    for gathering in (first, second, draft):
        uow.audit.add(act(ActKind.DRAFTED, gathering=gathering.id))
    uow.gatherings.discard(draft)
    assert [(entry.title, entry.part, entry.parts) for entry in uow.audit.entries()] == [
        ("", 1, 1),
        ("Letting go", 2, 2),
        ("Letting go", 1, 2),
    ]
    entries = uow.audit.entries(limit=5, gatherings=[first.id, second.id])
    assert [each.act.gathering for each in entries] == [second.id, first.id]


@in_transaction
def test_acts_go_after_the_retention_by_their_own_age(uow: UnitOfWork) -> None:
    coming = published(uow)
    uow.audit.add(act(ActKind.PUBLISHED, -YEAR - HOUR, gathering=coming.id))
    uow.audit.add(act(ActKind.ANNOUNCED, -YEAR + HOUR, gathering=coming.id))
    uow.maintenance.prune(NOW)
    assert len(uow.audit.entries()) == 2, "without a retention nothing goes"
    uow.maintenance.prune(NOW, retention=YEAR)
    assert [entry.act.kind for entry in uow.audit.entries()] == [ActKind.ANNOUNCED]


@in_transaction
def test_old_acts_go_a_bounded_number_at_a_time(uow: UnitOfWork) -> None:
    for _ in range(maintenance.ROWS_PER_PRUNE + 1):
        uow.audit.add(act(ActKind.LOG_READ, -YEAR - HOUR))
    uow.maintenance.prune(NOW, retention=YEAR)
    assert len(uow.audit.entries()) == 1
    uow.maintenance.prune(NOW, retention=YEAR)
    assert uow.audit.entries() == []


async def test_of_a_forgotten_facilitator_the_acts_stay_and_no_address(storage: OpenStorage, database_url: str) -> None:
    account = "T1/UFORGETME"
    frances, other = person("UFORGETME", "Frances").address, person("U9").address

    def work(uow: UnitOfWork) -> None:
        member = uow.members.get_or_create(person("UFORGETME", "Frances"), NOW)
        uow.audit.add(act(ActKind.TEAM_ADDED, by=other, about=frances))
        uow.audit.add(act(ActKind.DOORS_OPENED, by=frances, gathering=published(uow, "Circle").id))
        exported = json.loads(account_model.export_json(uow.accounts.export(member.id)))
        assert [(each["act"], each["gathering"]) for each in exported["log_of_acts"]] == [
            ("team added", ""),
            ("doors opened", "Circle"),
        ]
        uow.accounts.forget(member.id, NOW)
        opened, added = uow.audit.entries()
        assert (opened.act.kind, opened.act.by, opened.act.at) == (ActKind.DOORS_OPENED, Actor.GONE, NOW)
        assert (added.act.kind, added.act.by, added.act.about) == (ActKind.TEAM_ADDED, other, None)

    await storage.run(work)
    await storage.close()
    if not database_url.startswith("sqlite"):  # SQLite leaves deleted bytes in free pages
        assert account.encode() not in await stored_bytes(database_url)


async def test_the_file_runs_nothing_in_a_spreadsheet(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> str:
        member = uow.members.get_or_create(person("U7", '=HYPERLINK("x")'), NOW)
        gathering = published(uow, "+1 evening")
        uow.audit.add(act(ActKind.MOVED, gathering=gathering.id, count=2, from_at=NOW, to_at=NOW + HOUR))
        uow.audit.add(act(ActKind.LOG_READ, by=Actor.OPERATOR))
        return audit_model.to_csv(uow.audit.entries(), uow.members.names([member.address]))

    read, moved = csv.DictReader(io.StringIO(await storage.run(work)))
    assert (read["kind"], read["by"], read["gathering"]) == ("log read", "command line", "")
    assert moved == {
        "at": "2026-12-03T17:00:00+00:00",
        "kind": "moved",
        "by": "slack:T1/U7",
        "gathering": "1",
        "about": "",
        "detail": "from 2026-12-03T17:00:00+00:00; to 2026-12-03T18:00:00+00:00; count 2",
        "name": '\'=HYPERLINK("x")',
        "title": "'+1 evening",
    }


@in_transaction
def test_whoever_never_wrote_has_an_address_and_no_name(uow: UnitOfWork) -> None:
    greeted(uow)
    uow.audit.add(act(ActKind.LOG_READ))
    assert uow.members.names([FRANCES]) == {}
    assert uow.audit.entries()[0].act.by == FRANCES

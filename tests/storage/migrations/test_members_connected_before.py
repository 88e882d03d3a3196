"""Members who connected at an older version, whose tables did not record what was whose: upgraded and restored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.i18n import Locale
from bot.members.model import Person
from bot.notifications.deliver import Outbox
from bot.notifications.model import Receipt
from bot.plain_text import plain
from bot.ports import SentMessage
from bot.request import Call, Request
from bot.secrets import LinkKey
from bot.unit_of_work import UnitOfWork
from bot.views import View
from storage.backup.restore import inspect_backup, restore_backup
from storage.backup.writer import write_backup
from storage.engine.open import OpenStorage, open_storage
from storage.migrations.upgrade import migrate_to, run_exclusively, upgrade
from tests.conversations.harness import MovableClock
from tests.databases import KEY, Databases
from tests.storage.examples import HOUR, NOW

HERE, THERE = Address("slack", "T1/U1"), Address("discord", "42")
BEFORE = "0005"
STARTS = NOW + HOUR
ONE, OTHER, FORMER = LinkKey(5), LinkKey(6), 2
"""The links of either, of the id alone as they were; and the number of the one who became the other."""


def micro(at: object) -> int:
    return int(at.timestamp() * 1_000_000)  # type: ignore[attr-defined]


REMINDER = f"1:{int(STARTS.timestamp())}:3600"
HELD = f"reminder:2:{REMINDER}"
ROWS = """
INSERT INTO members (id, name, platform, account, since) VALUES (1, 'Ada', 'slack', 'T1/U1', :now);
INSERT INTO members (id, name, platform, account, since) VALUES (4, 'Bo', 'slack', 'T1/U4', :now);
INSERT INTO identities (platform, account, member) VALUES
  ('slack', 'T1/U1', 1), ('discord', '42', 1), ('slack', 'T1/U4', 4);
INSERT INTO former_members (former, member) VALUES (2, 1), (3, 1);
INSERT INTO gatherings
  (id, title, folded, starts_at, duration, zone, status, admission_limit, late_entry, opens_before, part, parts,
   admitted)
  VALUES (1, 'Coming', 'coming', :start, 5400, 'UTC', 'published', 90, 600, 900, 1, 1, 0),
         (2, 'Past', 'past', :past, 5400, 'UTC', 'published', 90, 600, 900, 1, 1, 1);
INSERT INTO registrations (id, member, gathering, at) VALUES (5, 1, 1, :now), (7, 1, 2, :now), (8, 4, 1, :now);
INSERT INTO former_registrations (former, registration) VALUES (6, 5);
INSERT INTO admissions (gathering, member, at) VALUES (2, 1, :now);
INSERT INTO topics (id, text, folded, state, at) VALUES (1, 'Silence', 'silence', 'open', :now);
INSERT INTO votes (topic, member, suggested, at) VALUES (1, 1, TRUE, :now);
INSERT INTO codes (member, digest, expires_at) VALUES (4, 'x', :start);
INSERT INTO notices
  (key, kind, gathering, platform, member, lead, starts_at, due_at, expires_at, state, ready_at, attempts, in_doubt,
   begun_at, why)
  VALUES
  (:held, 'reminder', 1, 'discord', 1, 3600, :start, :now, :start, 'waiting', :now, 1, TRUE, :now, ''),
  (:twin, 'reminder', 1, 'slack', 1, 3600, :start, :now, :start, 'dropped', NULL, 0, FALSE, NULL, 'told elsewhere')"""


def as_it_was(connection: Connection) -> None:
    """Ada on Slack and on Discord, one since; both had registered. One reminder is in doubt, on Discord."""
    migrate_to(connection, BEFORE)
    values = {
        "now": micro(NOW),
        "start": micro(STARTS),
        "past": micro(NOW - 30 * HOUR),
        "held": HELD,
        "twin": f"reminder:1:{REMINDER}",
    }
    for each in ROWS.split(";"):
        connection.execute(text(each), {name: value for name, value in values.items() if f":{name}" in each})
    if connection.dialect.name == "postgresql":
        for table in ("members", "gatherings", "registrations", "topics"):
            connection.execute(text("SELECT setval(pg_get_serial_sequence(:table, 'id'), 100)"), {"table": table})


class Line:
    def __init__(self, standing: set[str]) -> None:
        self.standing = standing
        self.told: list[tuple[Address, str]] = []
        self.looked: list[Address] = []

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        self.told.append((to, key))
        return SentMessage(key)

    async def find(
        self, to: Address, *, key: str, since: object, until: object = None, conversation: str = ""
    ) -> SentMessage | None:
        self.looked.append(to)
        return SentMessage(key) if key in self.standing else None

    async def open_conversation(self, to: Address) -> str:
        return ""

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        raise NotImplementedError("nothing is edited here")


@pytest.fixture
async def since(databases: Databases, database_kind: str, tmp_path: Path) -> AsyncIterator[OpenStorage]:
    """That database at today's schema: upgraded where it is on PostgreSQL, on SQLite its backup in another one."""

    def upgraded(url: str) -> None:
        run_exclusively(url, as_it_was)
        asyncio.run(upgrade(url))

    def restored(url: str) -> None:
        before = databases.empty(database_kind)
        run_exclusively(before, as_it_was)
        write_backup(before, tmp_path / "file", NOW)
        found = inspect_backup(tmp_path / "file", [KEY])
        assert (found.schema, found.rows["former_members"], found.rows["notices"]) == (BEFORE, 2, 2)
        restore_backup(url, tmp_path / "file")

    prepare = restored if database_kind == "sqlite" else upgraded
    storage = await open_storage(databases.prepared(database_kind, "since", prepare), [KEY])
    yield storage
    await storage.close()


async def said(storage: OpenStorage, who: Address, command: str) -> str:
    answer = await Dispatcher(storage, Config()).answer(Request(Person(who, "Ada", zone="UTC"), Call(command), NOW))
    assert isinstance(answer, View)
    return plain(Locale(), answer)


def leads_to(uow: UnitOfWork, link: LinkKey) -> int | None:
    found = uow.admission.visits([link])
    return found[link].registration.member if found else None


async def test_they_are_one_as_before_and_every_link_of_theirs_leads_in(since: OpenStorage) -> None:
    for who in (HERE, THERE):
        assert "Coming" in await said(since, who, "mine")

    def look(uow: UnitOfWork) -> None:
        assert [leads_to(uow, each) for each in (ONE, OTHER)] == [1, 1]
        owner = uow.members.calendar_owner(LinkKey(1))
        assert owner is not None
        assert owner.id == 1
        found = uow.members.get(FORMER)
        assert found is not None
        assert found.id == 1
        assert uow.members.calendar_owner(LinkKey(FORMER)) is None
        assert uow.topics.list_open(limit=5)[0].votes == 1

    await since.run(look)


@pytest.mark.parametrize("stands", [True, False])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_was_in_doubt_is_looked_for_where_it_was_sent(since: OpenStorage, stands: bool, when: str) -> None:
    """Whether they disconnect before or afterwards, Ada reads it once; it is Slack's registration."""
    line = Line({HELD} if stands else set())
    outbox = Outbox(
        since, {"slack": line, "discord": line}, MovableClock(NOW), Config(reminders=(HOUR,)), jitter=lambda: 0.0
    )

    def disconnect(uow: UnitOfWork) -> None:
        assert uow.accounts.disconnect(1, THERE) is not None

    if when == "before":
        await since.run(disconnect)
    for _ in range(3):
        await outbox.tick()
    if when == "after":
        await since.run(disconnect)
        await outbox.tick()
    mine = [each for each in line.told if each[0] != Address("slack", "T1/U4")]
    assert line.looked == [THERE]
    if stands:
        assert mine == []
    else:
        assert mine == [(HERE if when == "before" else THERE, HELD)]
    receipts = await since.run(
        lambda uow: {registration.member: registration.receipts for registration in uow.registrations.roster(1)}
    )
    assert Receipt.SENT in [receipt for _, receipt in receipts[1]]


async def test_after_disconnecting_no_link_of_one_leads_in_as_the_other(since: OpenStorage) -> None:
    """Of what rests it was not kept whose it was: it leads nowhere from then on, rather than to somebody else."""

    def work(uow: UnitOfWork) -> None:
        parted = uow.accounts.disconnect(1, THERE)
        assert parted is not None
        assert leads_to(uow, ONE) == 1
        assert leads_to(uow, OTHER) is None
        assert [gathering.id for gathering in uow.registrations.gatherings_of(1, NOW)] == [1]
        assert uow.registrations.gatherings_of(parted.id, NOW) == []
        assert uow.members.calendar_owner(LinkKey(1)) is None, "renewed for both"
        assert "Ada" not in parted.name, "what they were called here"
        assert uow.admission.is_admitted(1, 2)
        made = uow.registrations.add(parted.id, [1], NOW)[0]
        assert leads_to(uow, made.key) == parted.id
        assert leads_to(uow, LinkKey(made.id)) is None, "a new row has no such link"
        uow.accounts.merge(parted.id, 1, NOW)
        assert {leads_to(uow, link) for link in (ONE, made.key)} == {parted.id}
        back = uow.accounts.disconnect(parted.id, HERE)
        assert back is not None
        assert (leads_to(uow, ONE), leads_to(uow, made.key)) == (back.id, parted.id)

    await since.run(work)


async def test_forgetting_either_leaves_nothing_of_theirs_and_all_of_the_others(since: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        parted = uow.accounts.disconnect(1, THERE)
        assert parted is not None
        uow.accounts.forget(1, NOW)
        assert uow.accounts.addresses(parted.id) == [THERE]
        assert leads_to(uow, ONE) is None
        assert uow.members.get(FORMER) is None
        assert [registration.member for registration in uow.registrations.roster(1)] == [4]

    await since.run(work)

"""What was to be forgotten is not to be found: byte by byte in the database, its journals and a backup.

Whichever way SQLite was built: `LEAVES` opens each connection as one that leaves deleted rows lying would.
"""

from __future__ import annotations

import asyncio
import gzip
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from bot.addresses import Address
from bot.gatherings.model import Status
from bot.members.model import Person
from bot.unit_of_work import UnitOfWork
from storage.backup.writer import write_backup
from storage.encryption.keyring import Keyring
from storage.engine import sqlite
from storage.engine.open import OpenStorage, open_storage
from storage.installations import StoredInstallations
from tests.databases import KEY, Databases, stored_bytes
from tests.storage.examples import LINK, NOW, plan

NAME, ACCOUNT = "Wilhelmina Thistlewood", "4815162342108"
WORDS, TOPIC = "Bring a candle and a photograph", "Losing a friend to the sea"
TOKEN = "xoxb-1234567890-tok3n"
DAY = timedelta(days=1)
SECRETS = (LINK.reveal(), "Th1sIsS3cret", LINK.passcode(), WORDS, TOKEN)
BUILT = ["overwrites", "leaves"]


@pytest.fixture(params=BUILT)
def built(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """SQLite as it was built: with SECURE_DELETE, or, as by its own makers, without."""
    how: str = request.param
    connect, pragma = sqlite3.connect, f"PRAGMA secure_delete={'ON' if how == 'overwrites' else 'OFF'}"

    def as_built(*args: Any, **values: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **values)
        connection.execute(pragma)
        return connection

    monkeypatch.setattr(sqlite3, "connect", as_built)
    return how


@pytest.fixture
async def url(databases: Databases, built: str) -> str:
    return databases.fresh("sqlite")


def live(uow: UnitOfWork) -> int:
    """She, among so many that what is kept of them moves from page to page."""
    first, second = (
        gathering.id for gathering in uow.gatherings.add([plan(link=LINK), plan(link=LINK)], Status.PUBLISHED)
    )
    for number in range(300):
        someone = uow.members.get_or_create(Person(Address("discord", f"9{number}"), f"Somebody {number:>4}" * 3), NOW)
        uow.registrations.add(someone.id, [first, second], NOW)
        if number == 150:
            her = uow.members.get_or_create(Person(Address("discord", ACCOUNT), NAME, language="es"), NOW)
            uow.registrations.add(her.id, [first, second], NOW)
            uow.admission.admit(her.id, first, NOW)
            uow.topics.suggest(her.id, TOPIC, NOW)
    uow.messages.draft(first, WORDS, NOW)
    (registration, _) = uow.registrations.add(her.id, [first, second], NOW)
    uow.meetings.issue_passes(first, {registration.id: ("registrant-1", LINK)})
    return her.id


async def found(url: str, tmp_path: Path, *needles: str) -> set[str]:
    """Which of these can be read in the files or in a backup of them."""
    backup = tmp_path / "backup"
    await asyncio.to_thread(write_backup, url, backup, NOW)
    lying = await stored_bytes(url) + gzip.decompress(backup.read_bytes())
    assert b"Somebody" in lying or b"Grief" in lying, "this looks in the right place"
    return {each for each in needles if each.encode() in lying}


async def test_nothing_of_somebody_who_was_forgotten_is_left(url: str, tmp_path: Path) -> None:
    storage = await open_storage(url, [KEY])
    her = await storage.run(live)
    await StoredInstallations(storage, Keyring([KEY])).keep("T1", {"token": TOKEN})
    assert await found(url, tmp_path, NAME, ACCOUNT, *SECRETS) == {NAME, ACCOUNT}
    await storage.run(lambda uow: uow.accounts.forget(her, NOW))
    assert await found(url, tmp_path, NAME, ACCOUNT, *SECRETS) == set()
    await storage.close()
    assert await found(url, tmp_path, NAME, ACCOUNT, *SECRETS) == set()


async def test_nor_of_her_code_and_of_what_she_wrote_alone(url: str, tmp_path: Path) -> None:
    storage = await open_storage(url, [KEY])
    her = await storage.run(live)
    digest = "d1g3st-of-a-code-that-was-given"
    await storage.run(lambda uow: uow.accounts.save_code(her, digest, NOW + DAY))
    await storage.run(lambda uow: uow.accounts.forget(her, NOW))
    assert await found(url, tmp_path, digest, NAME) == set()
    await storage.close()


async def test_one_after_the_other_they_all_go(url: str, tmp_path: Path) -> None:
    """Rows move between pages when there are fewer of them; none leaves a copy behind."""
    storage = await open_storage(url, [KEY])
    await storage.run(live)
    people = [Address("discord", f"9{number}") for number in range(300)]

    def forget(those: list[Address]) -> Callable[[UnitOfWork], None]:
        def work(uow: UnitOfWork) -> None:
            for each in those:
                uow.accounts.forget(uow.members.get_or_create(Person(each, "again"), NOW).id, NOW)

        return work

    for start in range(0, 300, 20):
        await storage.run(forget(people[start : start + 20]))
    lying = await stored_bytes(url)
    left = [number for number in range(300) if f"Somebody {number:>4}".encode() in lying]
    assert left == []
    assert NAME.encode() in lying, "she is still there"
    await storage.close()


async def test_nor_of_what_retention_ends(url: str, tmp_path: Path) -> None:
    storage = await open_storage(url, [KEY])
    await storage.run(live)
    sealed = sqlite3_value(url, "SELECT text FROM messages")
    receipt = sqlite3_value(url, "SELECT registrant FROM passes").encode()
    assert sealed in await stored_bytes(url)
    for _ in range(3):
        await storage.run(lambda uow: uow.maintenance.prune(NOW + 400 * DAY, retention=365 * DAY))
    lying = await stored_bytes(url)
    assert sealed not in lying
    assert receipt not in lying
    await storage.close()


def sqlite3_value(url: str, query: str) -> Any:
    with closing(sqlite3.connect(make_url(url).database or "")) as raw:
        return raw.execute(query).fetchone()[0]


# ---- that it is these remedies which do it


@pytest.mark.parametrize("built", ["leaves"], indirect=True)
async def test_without_overwriting_she_would_be_found(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = await open_storage(url, [KEY])
    raw = storage._thread.raw()  # type: ignore[attr-defined]
    await storage._thread.run(lambda: raw.execute("PRAGMA secure_delete=OFF").fetchall())  # type: ignore[attr-defined]
    her = await storage.run(live)
    await storage.run(lambda uow: uow.accounts.forget(her, NOW))
    assert NAME in await found(url, tmp_path, NAME)
    await storage.close()


async def test_without_emptying_the_log_she_would_be_found(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "checkpoint", lambda _: True)
    storage = await open_storage(url, [KEY])
    her = await storage.run(live)
    await storage.run(lambda uow: uow.accounts.forget(her, NOW))
    assert NAME in await found(url, tmp_path, NAME)
    await storage.close()


async def test_while_another_process_reads_it_is_done_as_soon_as_that_ends(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "CHECKPOINT_RETRY_DELAY", 0.02)
    storage = await open_storage(url, [KEY])
    her = await storage.run(live)
    with closing(sqlite3.connect(make_url(url).database or "", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM members").fetchone() == (301,)
        await storage.run(lambda uow: uow.accounts.forget(her, NOW))  # nobody waits for the reader
        assert NAME.encode() in await stored_bytes(url)
        reader.execute("COMMIT")
    for _ in range(500):
        if NAME.encode() not in await stored_bytes(url):
            break
        await asyncio.sleep(0.02)
    assert await found(url, tmp_path, NAME) == set()
    await storage.close()


async def test_what_a_process_that_was_killed_left_in_the_log_is_gone_after_the_next_start(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "CHECKPOINT_RETRY_DELAY", 0.02)
    with monkeypatch.context() as killed:
        killed.setattr(sqlite, "checkpoint", lambda _: True)
        storage = await open_storage(url, [KEY])
        her = await storage.run(live)
        await storage.run(lambda uow: uow.accounts.forget(her, NOW))
        path, copy = Path(make_url(url).database or ""), tmp_path / "killed" / "htg.db"
        copy.parent.mkdir()
        for end in ("", "-wal"):  # as they lie there at that instant
            copy.with_name(copy.name + end).write_bytes(path.with_name(path.name + end).read_bytes())
        await storage.close()
    left = f"sqlite:///{copy}"
    assert NAME.encode() in await stored_bytes(left)
    again = await open_storage(left, [KEY])
    for _ in range(500):
        await again.run(lambda uow: uow.notifications.last_id())
        if NAME.encode() not in await stored_bytes(left):
            break
        await asyncio.sleep(0.02)
    assert NAME.encode() not in await stored_bytes(left)
    await again.close()


async def test_on_postgresql_it_is_gone_from_the_tables_and_from_a_backup(server_url: str, tmp_path: Path) -> None:
    storage: OpenStorage = await open_storage(server_url, [KEY])
    her = await storage.run(live)
    assert await found(server_url, tmp_path, NAME, ACCOUNT, *SECRETS) == {NAME, ACCOUNT}
    await storage.run(lambda uow: uow.accounts.forget(her, NOW))
    assert await found(server_url, tmp_path, NAME, ACCOUNT, *SECRETS) == set()
    await storage.close()

"""`htg db backup`, `check` and `restore`, on real databases: what is written comes back, or nothing does."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import stat
import subprocess
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, text

import htg
from bot.addresses import Address
from bot.audit.model import Act, ActKind
from bot.gatherings.model import Plan, Status
from bot.members.model import Member, Person
from bot.secrets import LinkKey, ZoomLink
from bot.unit_of_work import UnitOfWork
from storage.backup import writer
from storage.backup.reader import BackupDamaged
from storage.backup.restore import OTHER_IDS_SKIPPED as AHEAD
from storage.backup.restore import DatabaseNotEmpty, inspect_backup, restore_backup
from storage.backup.writer import write_backup
from storage.engine import snapshot
from storage.engine.errors import DatabaseUnavailable
from storage.engine.open import open_storage
from storage.migrations.upgrade import current_revision, known_revisions, migrate_to, newest_revision, run_exclusively
from tests.adapters.files.programmes import NOW
from tests.cli.conftest import KEY, Terminal
from tests.databases import KINDS, Databases

pytestmark = pytest.mark.slow

T = TypeVar("T")
ANOTHER = "YuuhaXwM--3UrvEBqN0Vbgqx8nae8fj_baRIq8mD5tk"
HOME = Path(htg.__file__).parent
SECRET = "https://zoom.us/j/1?pwd=k3pt-b3tw33n-us"
NAMES = ("Ada", "Bo 🌱", "Noor", "Zoë, \\", '"quoted"')


def in_storage(url: str, work: Callable[[UnitOfWork], T]) -> T:
    """In a thread of its own, so that it can be called from anywhere."""

    async def once() -> T:
        storage = await open_storage(url, [KEY])
        try:
            return await storage.run(work)
        finally:
            await storage.close()

    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(once())).result()


def live(uow: UnitOfWork) -> None:
    """A little of everything."""
    parts = [Plan("Grief", NOW + timedelta(days=n), "Europe/Madrid", link=ZoomLink(SECRET, "room")) for n in (1, 8, 15)]
    series = uow.gatherings.add(parts, Status.PUBLISHED)
    uow.gatherings.add([Plan("Draft", NOW + timedelta(days=2), "UTC")], Status.DRAFT)
    for number, name in enumerate(NAMES):
        member = uow.members.get_or_create(Person(Address("discord", str(number)), name, language="es"), NOW)
        uow.registrations.add(member.id, [each.id for each in series], NOW)
    uow.members.mark_unreached(1, unreached=True)
    uow.admission.admit(1, series[0].id, NOW)
    uow.topics.suggest(2, "Loss of a friend", NOW)
    uow.messages.draft(series[0].id, "Bring a candle", NOW)
    uow.announcements.add(series[0].id, Address("discord", "#4000"))
    uow.facilitators.add(Address("discord", "42"))
    uow.members.claim_interaction("interaction", NOW)
    uow.send_limits.save(replace(uow.send_limits.lock("discord", NOW), tokens=19.5, openings=0.25))
    uow.audit.add(Act(ActKind.CANCELLED, NOW, Address("discord", "42"), series[0].id, count=3))
    uow.state.set("installation", "ready")


def one_more(uow: UnitOfWork) -> None:
    """A member who registers, in one transaction."""
    count = len(uow.registrations.registrants(1))
    member = uow.members.get_or_create(Person(Address("discord", f"more-{count}"), "More"), NOW)
    uow.registrations.add(member.id, [1], NOW)


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def lived_in(database_url: str) -> str:
    in_storage(database_url, live)
    return database_url


into_the_other = pytest.mark.parametrize(
    ("database_kind", "into"), [("sqlite", "postgresql"), ("postgresql", "sqlite")], indirect=["database_kind"]
)


def as_written(file: Path) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def rows(file: Path) -> dict[str, int]:
    found: dict[str, int] = as_written(file)[0]["rows"]
    return found


def rewrite(file: Path, change: Callable[[bytes], bytes]) -> None:
    file.write_bytes(gzip.compress(change(gzip.decompress(file.read_bytes()))))


# ---- there and back


@pytest.mark.parametrize("into", KINDS)
def test_what_was_written_comes_back_in_either_database(
    lived_in: str, databases: Databases, into: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    target = databases.empty(into)
    write_backup(lived_in, first, NOW)
    restore_backup(target, first)
    write_backup(target, second, NOW)
    assert as_written(second)[1:-1] == as_written(first)[1:-1]
    assert rows(second) == rows(first)
    assert rows(first)["registrations"] == 3 * len(NAMES)
    assert [each.act.kind for each in in_storage(target, lambda uow: uow.audit.entries())] == [ActKind.CANCELLED]
    link = in_storage(target, lambda uow: uow.gatherings.zoom_link(1))
    assert link is not None
    assert link.reveal() == SECRET
    assert in_storage(target, lambda uow: [each.name for each in uow.registrations.roster(1)]) == list(NAMES)


def test_as_an_operator_does_it(lived_in: str, databases: Databases, database_kind: str, tmp_path: Path) -> None:
    file = tmp_path / "htg.backup"
    terminal = Terminal({"DATABASE_URL": lived_in, "HTG_SECRET_KEY": KEY})
    said = terminal.types("db", "backup", file)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("4 gatherings, 15 registrations, 5 members and ")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.glob("*htg.backup*")] == ["htg.backup"]
    assert in_storage(lived_in, lambda uow: uow.state.get("last backup")) == NOW.isoformat()

    said = terminal.types("db", "check", file)
    assert (said.code, said.err) == (0, "")
    assert "Taken 2026-12-03 12:00 UTC" in said.out
    assert "It holds 4 gatherings, 15 registrations, 5 members and " in said.out
    assert "HTG_SECRET_KEY opens all 4 encrypted values" in said.out

    terminal.environment["DATABASE_URL"] = databases.fresh(database_kind)
    said = terminal.types("db", "restore", file)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("4 gatherings, 15 registrations, 5 members and ")
    assert terminal.types("gatherings", "list").out.count("Grief") == 3
    remembered = in_storage(terminal.environment["DATABASE_URL"], lambda uow: uow.state.get("last backup"))
    assert remembered == NOW.isoformat(), "what was restored is a backup of it, which the doctor knows"


def test_nothing_secret_is_in_clear_in_the_file(lived_in: str, tmp_path: Path) -> None:
    write_backup(lived_in, tmp_path / "file", NOW)
    content = gzip.decompress((tmp_path / "file").read_bytes())
    assert b"Grief" in content
    for secret in (b"k3pt", b"zoom.us/j", b"candle", KEY.encode()):
        assert secret not in content


# ---- ids


@into_the_other
def test_an_id_is_not_given_twice_though_its_row_was_gone_before_the_backup(
    lived_in: str, databases: Databases, into: str, tmp_path: Path
) -> None:
    last = in_storage(lived_in, lambda uow: uow.registrations.add(5, [4], NOW)[0].id)
    in_storage(lived_in, lambda uow: uow.registrations.remove(5, [4]))
    write_backup(lived_in, tmp_path / "file", NOW)
    target = databases.empty(into)
    restore_backup(target, tmp_path / "file")
    assert in_storage(target, lambda uow: uow.registrations.add(5, [4], NOW)[0].id) == last + AHEAD + 1


def test_nor_one_that_the_replaced_database_had_given(lived_in: str, tmp_path: Path) -> None:
    write_backup(lived_in, tmp_path / "file", NOW)
    for _ in range(7):
        in_storage(lived_in, one_more)
    last = in_storage(lived_in, lambda uow: max(each.id for _, each in uow.registrations.calendar(12, NOW)))
    restore_backup(lived_in, tmp_path / "file", force=True)
    in_storage(lived_in, one_more)
    assert in_storage(lived_in, lambda uow: len(uow.registrations.registrants(1))) == len(NAMES) + 1
    with pytest.raises(ValueError, match="max"):
        in_storage(lived_in, lambda uow: max(each.id for _, each in uow.registrations.calendar(12, NOW)))
    assert in_storage(
        lived_in, lambda uow: [each.id for _, each in uow.registrations.calendar(12 + AHEAD + 1, NOW)]
    ) == [last + AHEAD + 1]


@into_the_other
def test_no_link_that_was_given_out_before_means_somebody_else(
    lived_in: str, databases: Databases, into: str, tmp_path: Path
) -> None:
    """Those who registered after the backup are lost; whoever registers next gets nothing of theirs."""
    write_backup(lived_in, tmp_path / "file", NOW)

    def given_out(uow: UnitOfWork) -> tuple[LinkKey, LinkKey]:
        one_more(uow)
        kept = max(uow.registrations.roster(1), key=lambda each: each.member)
        registration, member = uow.registrations.get(kept.member, 1), uow.members.get(kept.member)
        assert registration is not None
        assert member is not None
        return registration.key, member.calendar

    known = in_storage(lived_in, lambda uow: uow.registrations.get(1, 1))
    assert known is not None
    lost = in_storage(lived_in, given_out)
    target = databases.empty(into)
    restore_backup(target, tmp_path / "file")
    # As if ids went on from the backup's highest all the same: the nonce alone must do.
    forced = in_storage(target, lambda uow: _with_ids_of(uow, lost))
    for door, calendar in (lost, (LinkKey(lost[0].id), LinkKey(lost[1].id))):
        assert in_storage(target, partial(_names, door=door, calendar=calendar)) == ([], None)
    assert in_storage(target, lambda uow: list(uow.admission.visits([forced]))) == [forced]
    assert in_storage(target, lambda uow: list(uow.admission.visits([known.key]))) == [known.key], "what stands, stands"
    assert in_storage(target, lambda uow: uow.admission.visits([LinkKey(known.id)])) == {}, "it never had such a link"


def _names(uow: UnitOfWork, door: LinkKey, calendar: LinkKey) -> tuple[list[LinkKey], Member | None]:
    return list(uow.admission.visits([door])), uow.members.calendar_owner(calendar)


def _with_ids_of(uow: UnitOfWork, lost: tuple[LinkKey, LinkKey]) -> LinkKey:
    one_more(uow)
    new = max(uow.registrations.roster(1), key=lambda each: each.member).member
    made = uow.registrations.get(new, 1)
    assert made is not None
    assert (made.id, new) > (lost[0].id, lost[1].id), "no id is given twice"
    execute = uow.connection.exec_driver_sql  # type: ignore[attr-defined]
    if uow.connection.dialect.name == "sqlite":  # type: ignore[attr-defined]
        execute("PRAGMA defer_foreign_keys=ON")
    execute(f"UPDATE registrations SET id = {lost[0].id} WHERE id = {made.id}")  # noqa: S608
    execute(f"INSERT INTO members (id, name, platform, account, since, nonce, by_id) SELECT {lost[1].id}, name,"  # noqa: S608
            f" platform, account, since, 'theirs', by_id FROM members WHERE id = {new}")  # fmt: skip
    return LinkKey(lost[0].id, made.nonce)


@into_the_other
def test_links_of_the_id_alone_hold_for_the_rows_that_had_them(
    databases: Databases, database_kind: str, into: str, tmp_path: Path
) -> None:
    """Given out by a version whose links had no nonce; its backup is restored by this one."""
    old = databases.empty(database_kind)

    def as_it_was(connection: Connection) -> None:
        migrate_to(connection, "0005")
        for statement in (
            "INSERT INTO members (id, name, platform, account, since) VALUES (7, 'Ada', 'slack', 'U1', 0)",
            "INSERT INTO gatherings (id, title, starts_at, duration, zone, status, admission_limit, late_entry, part,"  # noqa: ISC004
            " parts, opens_before) VALUES (3, 'Grief', 2000000000000000, 5400, 'UTC', 'published', 90, 600, 1, 1, 900)",
            "INSERT INTO registrations (id, member, gathering, at) VALUES (12, 7, 3, 0)",
        ):
            connection.exec_driver_sql(statement)

    run_exclusively(old, as_it_was)
    write_backup(old, tmp_path / "file", NOW)
    target = databases.empty(into)
    restore_backup(target, tmp_path / "file")
    door, calendar = LinkKey(12), LinkKey(7)
    assert in_storage(target, lambda uow: list(uow.admission.visits([door]))) == [door]
    made = in_storage(target, lambda uow: uow.registrations.get(7, 3))
    assert made is not None
    assert len(made.nonce) == 16
    assert in_storage(target, lambda uow: list(uow.admission.visits([made.key, door]))) == [made.key, door]
    assert in_storage(target, lambda uow: uow.admission.visits([LinkKey(12, "another")])) == {}
    owner = in_storage(target, lambda uow: uow.members.calendar_owner(calendar))
    assert owner is not None
    renewed = in_storage(target, lambda uow: uow.members.renew_calendar(7))
    assert in_storage(target, lambda uow: uow.members.calendar_owner(calendar)) is None, "renewed: the old one is gone"
    assert in_storage(target, lambda uow: uow.members.calendar_owner(owner.calendar)) is None
    assert in_storage(target, lambda uow: uow.members.calendar_owner(renewed)) is not None
    in_storage(target, lambda uow: uow.registrations.remove(7, [3]))
    again = in_storage(target, lambda uow: uow.registrations.add(7, [3], NOW)[0])
    assert in_storage(target, lambda uow: uow.admission.visits([door, made.key, LinkKey(again.id)])) == {}


# ---- while the bot runs


def test_it_is_of_one_instant(lived_in: str, tmp_path: Path) -> None:
    """Somebody registers after each table that is written; none of it is in the file."""
    before = in_storage(lived_in, lambda uow: len(uow.registrations.registrants(1)))
    write_backup(lived_in, tmp_path / "file", NOW, lambda _done, _total: in_storage(lived_in, one_more))
    assert in_storage(lived_in, lambda uow: len(uow.registrations.registrants(1))) > before
    found = inspect_backup(tmp_path / "file", [KEY])
    assert (found.rows["members"], found.rows["registrations"]) == (len(NAMES), 3 * len(NAMES))


def test_and_without_what_makes_it_so_it_would_not_be(
    lived_in: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "POSTGRES_ISOLATION", "READ COMMITTED")
    monkeypatch.setattr(snapshot, "SQLITE_BEGIN", "SELECT 1")
    write_backup(lived_in, tmp_path / "file", NOW, lambda _done, _total: in_storage(lived_in, one_more))
    with pytest.raises(BackupDamaged):
        inspect_backup(tmp_path / "file", [KEY])


async def test_with_a_bot_that_never_pauses(database_url: str, tmp_path: Path) -> None:
    storage = await open_storage(database_url, [KEY])
    await storage.run(live)
    stopped, written = asyncio.Event(), 0

    async def register_on() -> None:
        nonlocal written
        while not stopped.is_set():
            await storage.run(one_more)
            written += 1

    writing = asyncio.create_task(register_on())
    for number in range(5):
        file = tmp_path / str(number)
        await asyncio.to_thread(write_backup, database_url, file, NOW)
        found = (await asyncio.to_thread(inspect_backup, file, [KEY])).rows
        more = found["members"] - len(NAMES)
        assert found["registrations"] == 3 * len(NAMES) + more, "each came with their registration"
        assert found["identities"] == found["members"]
    stopped.set()
    await writing
    assert 0 < more <= written
    await storage.close()


# ---- what is refused


def test_neither_a_file_nor_a_database_is_replaced_unasked(lived_in: str, tmp_path: Path) -> None:
    terminal = Terminal({"DATABASE_URL": lived_in, "HTG_SECRET_KEY": KEY})
    file = tmp_path / "file"
    file.write_text("precious")
    said = terminal.types("db", "backup", file)
    assert (said.code, said.sentences) == (1, [f"{file} exists already. Add --force to replace it."])
    assert file.read_text() == "precious"
    assert terminal.types("db", "backup", "--force", file).code == 0

    in_storage(lived_in, one_more)
    said = terminal.types("db", "restore", file)
    assert (said.code, said.out) == (1, "")
    assert "is not empty, and nothing was changed" in said.err
    assert in_storage(lived_in, lambda uow: len(uow.registrations.registrants(1))) == len(NAMES) + 1
    assert terminal.types("db", "restore", "--force", file).code == 0
    assert in_storage(lived_in, lambda uow: len(uow.registrations.registrants(1))) == len(NAMES)


def test_another_key_is_noticed(lived_in: str, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_backup(lived_in, file, NOW)
    wrong = Terminal({"DATABASE_URL": database_url, "HTG_SECRET_KEY": ANOTHER})
    for command in ("check", "restore"):
        said = wrong.types("db", command, file)
        assert (said.code, said.out) == (1, "")
        assert "HTG_SECRET_KEY opens 0 of the 4 encrypted values" in said.err
        assert ANOTHER not in said.err
    both = Terminal({"DATABASE_URL": database_url, "HTG_SECRET_KEY": f"{ANOTHER},{KEY}"})
    assert both.types("db", "check", file).code == 0
    none = Terminal({"DATABASE_URL": database_url})
    assert "was not tried" in none.types("db", "check", file).out


def test_a_file_that_is_no_backup(bare: Terminal, tmp_path: Path) -> None:
    for content in (b"", b"hello", gzip.compress(b""), gzip.compress(b"hello\n"), gzip.compress(b"[1]\n")):
        (tmp_path / "file").write_bytes(content)
        said = bare.types("db", "check", tmp_path / "file")
        assert (said.code, len(said.sentences), said.out) == (1, 1, ""), content
        assert "backup" in said.err


def _unpacks_to(packed: bytes, content: bytes) -> bool:
    """Some bits of a deflate stream say nothing, such as those that fill its last byte: without them all is there."""
    try:
        return gzip.decompress(packed) == content
    except (OSError, EOFError, zlib.error):
        return False


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_every_damage_is_found(lived_in: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_backup(lived_in, file, NOW)
    whole = file.read_bytes()
    inspect_backup(file, [KEY])
    for place in range(10, len(whole), 97):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x20]) + whole[place + 1 :])
        if not _unpacks_to(file.read_bytes(), gzip.decompress(whole)):
            with pytest.raises(BackupDamaged):
                inspect_backup(file, [KEY])
        file.write_bytes(whole[:place])
        with pytest.raises(BackupDamaged):
            inspect_backup(file, [KEY])
    file.write_bytes(whole + gzip.compress(b"more\n"))
    with pytest.raises(BackupDamaged):
        inspect_backup(file, [KEY])


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b"Noor", b"Nora"),
        lambda content: content.replace(b'"members":5', b'"members":6'),
        lambda content: b"".join(line for line in content.splitlines(keepends=True) if b"Noor" not in line),
        lambda content: content.rsplit(b"\n", 2)[0] + b"\n",
        lambda content: content.replace(b'"table":"votes"', b'"table":"sqlite_master"'),
        lambda content: content.replace(b'"columns":["id","name"', b'"columns":["id","nome"'),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_file_that_was_meddled_with(lived_in: str, tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    file = tmp_path / "file"
    write_backup(lived_in, file, NOW)
    rewrite(file, change)
    with pytest.raises(BackupDamaged):
        inspect_backup(file, [KEY])


def test_nothing_changes_when_a_restore_fails(lived_in: str, tmp_path: Path) -> None:
    file, before, after = tmp_path / "file", tmp_path / "before", tmp_path / "after"
    write_backup(lived_in, file, NOW)
    rewrite(file, lambda content: content.replace(b"Loss of a friend", b"Loss of a fiend!"))  # far down
    in_storage(lived_in, one_more)
    write_backup(lived_in, before, NOW)
    with pytest.raises(BackupDamaged):
        restore_backup(lived_in, file, force=True)
    with pytest.raises(DatabaseNotEmpty):
        restore_backup(lived_in, file)
    write_backup(lived_in, after, NOW)
    assert after.read_bytes() == before.read_bytes()


def test_a_backup_of_a_newer_version(lived_in: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_backup(lived_in, file, NOW)
    mark = f'"schema":"{newest_revision()}"'.encode()
    rewrite(file, lambda content: content.replace(mark, b'"schema":"9999"'))
    with pytest.raises(DatabaseUnavailable, match="9999 is not known"):
        inspect_backup(file, [KEY])
    _spoil_checksum(file)
    with pytest.raises(BackupDamaged):
        inspect_backup(file, [KEY])
    write_backup(lived_in, file, NOW)
    rewrite(file, lambda content: content.replace(b'"format":1', b'"format":2'))
    with pytest.raises(DatabaseUnavailable, match="newer version"):
        inspect_backup(file, [KEY])
    _spoil_checksum(file)
    with pytest.raises(BackupDamaged):
        inspect_backup(file, [KEY])


def _spoil_checksum(file: Path) -> None:
    """As if a byte had changed: what the file says of its version may be what changed."""
    content = file.read_bytes()
    file.write_bytes(content[:-8] + bytes([content[-8] ^ 1]) + content[-7:])


@pytest.mark.parametrize("words", [("db", "backup"), ("gatherings", "export")])
def test_what_is_no_file_is_not_replaced_by_one(lived_in: str, tmp_path: Path, words: tuple[str, ...]) -> None:
    """As root it could be a device, and the machine would miss it."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    said = Terminal({"DATABASE_URL": lived_in, "HTG_SECRET_KEY": KEY}).types(*words, pipe, "--force")
    assert (said.code, pipe.is_fifo()) == (1, True)
    assert said.err.endswith("what is there is no file that could be replaced.\n")


def test_a_file_or_folder_that_cannot_be_used(lived_in: str, tmp_path: Path) -> None:
    terminal = Terminal({"DATABASE_URL": lived_in, "HTG_SECRET_KEY": KEY})
    said = terminal.types("db", "backup", tmp_path / "nowhere" / "file")
    assert (said.code, said.sentences) == (1, [f"{tmp_path / 'nowhere' / 'file'}: No such file or directory."])
    empty = Terminal({"DATABASE_URL": f"sqlite:///{tmp_path / 'gone.db'}"})
    said = empty.types("db", "backup", tmp_path / "file")
    assert (said.code, "There is no database" in said.err) == (1, True)
    assert not (tmp_path / "gone.db").exists()
    assert not (tmp_path / "file").exists()


# ---- across versions


@pytest.mark.parametrize(
    ("database_kind", "revisions"),
    [*(("sqlite", known_revisions()[first:-1:3]) for first in range(3)), ("postgresql", known_revisions()[:-1:8])],
    indirect=["database_kind"],
)
def test_a_backup_of_an_older_version_is_brought_to_this_one(
    databases: Databases, database_kind: str, revisions: list[str], tmp_path: Path
) -> None:
    """What differs by database is how rows get into it, and that is alike for all versions."""
    old, new = databases.empty(database_kind), databases.empty(database_kind)
    for revision in revisions:
        file = tmp_path / revision
        run_exclusively(old, partial(_as_it_was, revision=revision))
        said = Terminal({"DATABASE_URL": old}).types("db", "backup", file)
        assert (said.code, said.err) == (0, ""), "taken before an upgrade"
        restore_backup(new, file, force=True)
        assert asyncio.run(current_revision(new)) == newest_revision(), revision
        found = in_storage(new, lambda uow: uow.members.get(1))
        assert found is not None, revision
        assert found.name == "Ada"


def _as_it_was(connection: Connection, revision: str) -> None:
    migrate_to(connection, revision)
    if not connection.exec_driver_sql("SELECT id FROM members").first():
        ada = "INSERT INTO members (name, platform, account, since) VALUES ('Ada', 'discord', '42', 7)"
        connection.exec_driver_sql(ada)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_tables_that_are_not_ours_stay_out_of_it(lived_in: str, tmp_path: Path) -> None:
    run_exclusively(lived_in, lambda connection: connection.execute(text("CREATE TABLE strangers (id int)")))
    run_exclusively(lived_in, lambda connection: connection.execute(text("INSERT INTO strangers VALUES (1)")))
    write_backup(lived_in, tmp_path / "file", NOW)
    assert "strangers" not in rows(tmp_path / "file")
    restore_backup(lived_in, tmp_path / "file", force=True)
    assert (
        run_exclusively(lived_in, lambda connection: connection.execute(text("SELECT id FROM strangers")).scalar()) == 1
    )


# ---- killed half-way

_SLOWLY = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from storage.backup.writer import write_backup
from storage.backup.restore import restore_backup

def slowly(done, total):
    print("under way", flush=True)
    time.sleep(60)

what, url, file = sys.argv[1:]
if what == "back_up":
    write_backup(url, Path(file), datetime(2026, 12, 3, tzinfo=UTC), slowly)
else:
    restore_backup(url, Path(file), force=True, progress=slowly)
"""


def kill_half_way(what: str, url: str, file: Path) -> None:
    command = [sys.executable, "-c", _SLOWLY, what, url, str(file)]
    with subprocess.Popen(command, cwd=HOME, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603
        assert running.stdout is not None
        assert running.stdout.readline() == "under way\n"
        running.kill()


@pytest.mark.process
def test_a_backup_that_is_killed_leaves_the_one_before(lived_in: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_backup(lived_in, file, NOW)
    before = file.read_bytes()
    kill_half_way("back_up", lived_in, file)
    assert file.read_bytes() == before
    write_backup(lived_in, file, NOW)
    assert sorted(each.name for each in tmp_path.glob("*file*")) == ["file"], "and the next removes its remains"


@pytest.mark.process
def test_a_restore_that_is_killed_leaves_what_was_there(lived_in: str, tmp_path: Path) -> None:
    file, before, after = tmp_path / "file", tmp_path / "before", tmp_path / "after"
    write_backup(lived_in, file, NOW)
    in_storage(lived_in, one_more)
    write_backup(lived_in, before, NOW)
    kill_half_way("restore", lived_in, file)
    write_backup(lived_in, after, NOW)
    assert after.read_bytes() == before.read_bytes()


def test_one_that_is_told_to_stop_leaves_nothing(
    tmp_path: Path, lived_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "last_id", lambda *_: signal.raise_signal(signal.SIGTERM))
    said = Terminal({"DATABASE_URL": lived_in}).types("db", "backup", tmp_path / "file")
    assert (said.code, said.err.strip()) == (130, "Stopped.")
    assert not list(tmp_path.glob("*file*"))

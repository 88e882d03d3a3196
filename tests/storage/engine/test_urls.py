"""DATABASE_URL as hosts write it, and what is said of one that cannot be read."""

from __future__ import annotations

import asyncio
import sqlite3
import ssl
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from storage.engine import sqlite
from storage.engine.errors import DatabaseUnavailable
from storage.engine.open import open_storage
from storage.engine.urls import PostgresServer, SqliteFile, parse_database_url
from storage.migrations.upgrade import current_revision, upgrade


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("sqlite:///data/htg.db", "data/htg.db"),
        (" sqlite:////var/lib/htg.db\n", "/var/lib/htg.db"),
        ("sqlite+aiosqlite:///x.db", "x.db"),
    ],
)
def test_a_file(written: str, path: str) -> None:
    assert parse_database_url(written) == SqliteFile(Path(path))


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg2"])
def test_a_server_whatever_its_scheme(scheme: str) -> None:
    place = parse_database_url(f"{scheme}://ada:p%40ss@db.example.org:6543/htg")
    assert isinstance(place, PostgresServer)
    assert place.url.render_as_string(hide_password=False) == "postgresql+asyncpg://ada:p%40ss@db.example.org:6543/htg"
    assert place.ssl == "prefer"


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require"])
def test_sslmode_becomes_an_argument_of_the_driver(mode: str) -> None:
    place = parse_database_url(f"postgres://h/d?sslmode={mode}&channel_binding=require&application_name=mine")
    assert isinstance(place, PostgresServer)
    assert place.ssl == mode
    assert place.settings == {"application_name": "mine"}
    assert not place.url.query


def test_a_certificate_of_ones_own() -> None:
    authorities = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    place = parse_database_url(f"postgres://h/d?sslmode=verify-ca&sslrootcert={authorities}")
    assert isinstance(place, PostgresServer)
    assert isinstance(place.ssl, ssl.SSLContext)
    assert place.ssl.verify_mode is ssl.CERT_REQUIRED
    assert not place.ssl.check_hostname


@pytest.mark.parametrize("root", ["", "&sslrootcert=system"])
def test_without_a_certificate_of_ones_own_those_of_this_machine_count(
    root: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    place = parse_database_url(f"postgres://h/d?sslmode=verify-full{root}")
    assert isinstance(place, PostgresServer)
    assert isinstance(place.ssl, ssl.SSLContext)
    assert place.ssl.check_hostname


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("postgres://h/d", False),
        ("postgres://h/d?sslmode=require", False),
        ("postgres://127.0.0.1/d", True),
        ("postgres://[::1]:5432/d", True),
        ("postgresql:///htg?host=/var/run/postgresql", True),
    ],
)
def test_what_stays_on_this_machine(written: str, near: bool) -> None:
    place = parse_database_url(written)
    assert isinstance(place, PostgresServer)
    assert place.is_near is near


@pytest.mark.loopback
async def test_a_server_that_offers_no_ssl_where_it_is_asked_for() -> None:
    """PostgreSQL's answer to an SSL request that it cannot fulfil is one N."""

    answering: list[asyncio.Task[None] | None] = []

    async def without_ssl(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.append(asyncio.current_task())
        await reader.readexactly(8)
        writer.write(b"N")
        await reader.read()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(without_ssl, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        for mode in ("require", "verify-ca", "verify-full"):
            with pytest.raises(DatabaseUnavailable, match="does not offer SSL") as told:
                await open_storage(f"postgres://ada:hunter2@127.0.0.1:{port}/d?sslmode={mode}", [])
            assert "hunter2" not in str(told.value)
        await asyncio.gather(*(each for each in answering if each is not None))


def test_a_socket_folder_as_host() -> None:
    place = parse_database_url("postgresql:///htg?host=/var/run/postgresql")
    assert isinstance(place, PostgresServer)
    assert place.url.host == "/var/run/postgresql"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "it must begin with sqlite:///"),
        ("htg.db", "it must begin with sqlite:///"),
        ("postgres://ada:hunter2@h:port/d", "its host and port cannot be read"),
        *((f"postgres://ada:{each}hunter2@h/d", "as %40") for each in ("x@", "x/", "x?", "x#", "x[", "x]", "x:", "@")),
        ("postgres://ada:hunter2/x@h/d?sslmode=require", "as %40"),
        ("postgres://ada:x@y@hunter2/d", "as %40"),
        ("postgres://ada:x@hun_ter2!/d", "its host and port cannot be read"),
        ("mysql://ada:hunter2@h/d", "it must begin with sqlite:///"),
        ("sqlite://", "it names no file"),
        ("sqlite:///:memory:", "it names no file"),
        ("sqlite:///x.db?mode=ro", "it names no file"),
        ("sqlite://ada:hunter2@host/x.db", "it names no file"),
        ("POSTGRES://ada:hunter2@h/d", "it must begin with sqlite:///"),
        ("postgres://ada:hunter2@h:65536/d", "its port"),
        ("postgres://ada:hunter2@h", "it names no database"),
        ("postgres://ada:hunter2@h/d?sslmode=maybe", "its sslmode is not one of allow"),
        ("postgres://ada:hunter2@h/d?colour=red", "not understood: colour"),
        ("postgres://ada:hunter2@h/d?sslmode=verify-full&sslrootcert=/nowhere.crt", "not a readable certificate"),
    ],
)
async def test_a_bad_one_gets_one_plain_sentence_without_the_password(written: str, says: str) -> None:
    for opening in (lambda: open_storage(written, []), lambda: upgrade(written), lambda: current_revision(written)):
        with pytest.raises(DatabaseUnavailable, match=says) as told:
            await opening()
        assert "hunter2" not in str(told.value)
        assert told.value.__cause__ is None


def test_the_password_is_not_shown() -> None:
    assert "hunter2" not in repr(parse_database_url("postgres://ada:hunter2@h/d"))


async def test_a_server_that_does_not_answer() -> None:
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1:1 does not answer") as told:
        await open_storage("postgres://ada:hunter2@127.0.0.1:1/d", [])
    assert "hunter2" not in str(told.value)


async def test_a_database_that_the_server_does_not_have(server_url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"refused.*does not exist"):
        await open_storage(f"{server_url}_nowhere", [])


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of it SQLite says the same as of a broken one."""

    def broken(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(sqlite, "_configured", broken)
    monkeypatch.setattr(sqlite, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(DatabaseUnavailable, match=r"cannot be opened: no space is left on its disk \(disk I/O error\)"):
        sqlite.connect(tmp_path / "htg.db")


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(DatabaseUnavailable, match=r"data/htg\.db cannot be opened: File exists\.$"):
        sqlite.connect(tmp_path / "data" / "htg.db")


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear Ada, " * 400)
    with pytest.raises(DatabaseUnavailable, match="cannot be opened: file is not a database"):
        await open_storage(f"sqlite:///{path}", [])
    workers = [thread for thread in threading.enumerate() if "connection_worker" in thread.name]
    for worker in workers:
        worker.join(10)
    assert not any(worker.is_alive() for worker in workers), (
        "a thread that outlives the loop reports a failure nobody understands"
    )


def is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


async def test_a_file_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/data/htg.db"
    with pytest.raises(DatabaseUnavailable, match=r"no database at .* run `htg db upgrade`"):
        await open_storage(url, [])
    assert await current_revision(url) is None
    assert is_empty(tmp_path)


async def test_upgrading_makes_the_folder_and_a_file_for_the_owner_alone(tmp_path: Path) -> None:
    await upgrade(f"sqlite:///{tmp_path}/data/deep/htg.db")
    path = tmp_path / "data/deep/htg.db"
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0

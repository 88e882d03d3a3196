"""PostgreSQL for the rounds: a server of our own where its programs are installed, and a proxy that drops connections.

A server of our own is stopped at once and started again: what was acknowledged and not on disk is lost then, as after
a crash of the server's machine. Where the programs are missing (`pg_ctl`), the rounds use the server that all tests
use, and end its connections instead.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import make_url

from bot.notifications.model import Receipt
from storage.migrations.upgrade import upgrade
from tests.databases import SERVER

STARTS_WITHIN = 90.0
CLAIMING = Receipt.CLAIMED.value.encode()
"""What a transaction of a delivery loop sends among its parameters."""
MEMORY_NEEDED = 512 * 1024 * 1024
"""Bytes."""
_USER = "postgres"
"""Who runs it where we are root."""
_SETTINGS = (
    "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=32MB -c max_connections=200"
    " -c wal_writer_delay=10s -c autovacuum=off -c max_wal_size=128MB"
)
"""`wal_writer_delay`: longer than by default, so that what a commit does not put on disk itself is surely lost."""


def programs() -> Path | None:
    """The folder of pg_ctl and initdb; None where PostgreSQL's server is not installed, or nobody may run it."""
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if os.geteuid() == 0 and _USER not in {user.pw_name for user in pwd.getpwall()}:
        return None  # it refuses to run as root
    return next((place for place in places if (place / "pg_ctl").exists() and (place / "initdb").exists()), None)


def _in_memory() -> Path | None:
    """Where files are in memory: a server that starts again syncs all its files first, which takes a disk a minute.

    What it had not written is lost all the same when it is stopped.
    """
    place = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    return place if place.is_dir() and shutil.disk_usage(place).free > MEMORY_NEEDED else None


class OwnServer:
    """A server that only the rounds of this process use. `url`: of its maintenance database."""

    can_crash = True

    def __init__(self, place: Path) -> None:
        self._place = place
        self._restarting = asyncio.Lock()
        self._user = pwd.getpwnam(_USER) if os.geteuid() == 0 else None

    async def open(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="htg-chaos-", dir=_in_memory()))
        if self._user is not None:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        await self._call(
            "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D", "data"
        )
        self._options = f"-p {port} {_SETTINGS}"
        await self._start()

    async def close(self) -> None:
        with suppress(RuntimeError):
            await self._call("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    async def crash(self) -> None:
        """Every process of it ends at once, without writing anything; it starts again and recovers from its log."""
        async with self._restarting:
            await self._call("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")
            await self._start()

    async def _start(self) -> None:
        await self._call("pg_ctl", "-D", "data", "-l", "log", "-w", "-t", "60", "-o", self._options, "start")

    async def _call(self, program: str, *arguments: str) -> None:
        as_user: dict[str, Any] = {}
        if self._user is not None:
            as_user = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        with (self._folder / "output").open("a") as output:
            process = await asyncio.create_subprocess_exec(
                self._place / program, *arguments, cwd=self._folder, stdin=asyncio.subprocess.DEVNULL,
                stdout=output, stderr=output, **as_user,
            )  # fmt: skip
            code = await asyncio.wait_for(process.wait(), STARTS_WITHIN)
        if code:
            raise RuntimeError(f"{program} ended with {code}: {(self._folder / 'output').read_text()[-1000:]}")


class SharedServer:
    """The one that HTG_TEST_POSTGRESQL names, or the one of this machine: it serves others, and is never stopped."""

    can_crash = False
    url = SERVER

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def crash(self) -> None:
        raise AssertionError("this server is not ours to stop")


class Postgres:
    """Makes a migrated database for each round."""

    def __init__(self, server: OwnServer | SharedServer | None = None) -> None:
        place = programs()
        self.server = server or (OwnServer(place) if place else SharedServer())
        self._prefix = f"htg_chaos_{os.getpid()}_{secrets.token_hex(3)}"
        self._numbers = count(1)
        self._made: list[str] = []
        self._creating = asyncio.Lock()

    async def open(self) -> None:
        await self.server.open()
        self._template = await self._create()
        await upgrade(self._template)

    async def close(self) -> None:
        for name in list(self._made):
            await self._drop(name)
        await self.server.close()

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[str]:
        """The URL of a database for one round."""
        url = await self._create(make_url(self._template).database)
        try:
            yield url
        finally:
            await self._drop(make_url(url).database or "")

    async def _drop(self, name: str) -> None:
        self._made.remove(name)
        with suppress(OSError, asyncpg.PostgresError):
            await self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def _create(self, template: str | None = "template0") -> str:
        name = f"{self._prefix}_{next(self._numbers)}"
        self._made.append(name)
        async with self._creating:  # nobody else may look at a template meanwhile
            await self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return make_url(self.server.url).set(database=name).render_as_string(hide_password=False)

    async def _execute(self, statement: str) -> None:
        async with connected(self.server.url) as connection:
            await connection.execute(statement)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url, timeout=30)
    try:
        yield connection
    finally:
        with suppress(OSError, asyncpg.PostgresError):
            await connection.close()


class Proxy:
    """Between one process and the server. `url`: a DATABASE_URL that goes through it."""

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._writers: set[asyncio.StreamWriter] = set()
        self._refusing = False
        self._commits_left = 0
        self._at_commit: Callable[[], None] = lambda: None

    async def open(self) -> None:
        self._listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._listening.sockets[0].getsockname()[1]
        self.url = self._target.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)

    async def close(self) -> None:
        self._listening.close()
        self.cut()

    def cut(self) -> None:
        """Every connection breaks, whatever is in it."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def refuse(self, seconds: float) -> None:
        """Every connection breaks, and no other is made for a while."""
        self._refusing = True
        self.cut()
        await asyncio.sleep(seconds)
        self._refusing = False

    async def when_committing(self, number: int, act: Callable[[], None], within: float) -> bool:
        """Calls `act` when the process asks for its next commit but so many in which it claims or records a delivery.

        The server then does it, and the process cannot have heard of it yet. False where there was none within so
        many seconds.
        """
        happened = asyncio.Event()

        def once() -> None:
            act()
            happened.set()

        self._commits_left, self._at_commit = number, once
        with suppress(TimeoutError):
            await asyncio.wait_for(happened.wait(), within)
        self._commits_left = 0
        return happened.is_set()

    def _watcher(self) -> Callable[[bytes], None]:
        """Follows what one connection asks for."""
        claims = False

        def sees(data: bytes) -> None:
            nonlocal claims
            claims = claims or CLAIMING in data
            if b"COMMIT" not in data and b"ROLLBACK" not in data:
                return
            if claims and self._commits_left and b"COMMIT" in data:
                self._commits_left -= 1
                if not self._commits_left:
                    self._at_commit()
            claims = False

        return sees

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self._refusing:
                return
            onward, to_server = await asyncio.open_connection(self._target.host, self._target.port or 5432)
            self._writers.add(to_server)
            try:
                both = [
                    asyncio.create_task(_pass_on(reader, to_server, self._watcher())),
                    asyncio.create_task(_pass_on(onward, writer, lambda _: None)),
                ]
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                for task in both:
                    task.cancel()
                await asyncio.gather(*both, return_exceptions=True)
            finally:
                self._writers.discard(to_server)
                to_server.transport.abort()
        except OSError:
            pass  # the server is down: so is what leads to it
        finally:
            self._writers.discard(writer)
            writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Callable[[bytes], None]) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            seen(data)
            await writer.drain()

"""The bot's processes in one round: started, killed, frozen, ended, started again; and what each left behind."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OBEYS_WITHIN = 30.0
"""Seconds in which a process ends after SIGTERM, as hosts allow; in how many it does is in the report."""
READY_WITHIN = 60.0


class ForkServer:
    """A process from which all others are forked. One for many rounds; every process of it ends with `close`.

    `hurried`: with what the product waits for shortened. `bugs`: what is planted in all of them.
    """

    def __init__(self, *bugs: str, hurried: bool = True) -> None:
        self._arguments = ("hurried" if hurried else "own", *bugs)
        self._started: asyncio.Queue[int] = asyncio.Queue()
        self._ended: dict[int, asyncio.Future[int]] = {}
        self._ordering = asyncio.Lock()

    async def open(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.forkserver", *self._arguments,
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout is not None
        first = await asyncio.wait_for(self._process.stdout.readline(), READY_WITHIN)
        self._reading = asyncio.create_task(self._read(self._process.stdout))
        assert b"ready" in first, "the fork server did not start"

    async def close(self) -> None:
        for pid, ended in self._ended.items():
            if not ended.done():
                os.kill(pid, signal.SIGKILL)
        await asyncio.gather(*self._ended.values())
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._reading

    async def start(self, **order: Any) -> tuple[int, asyncio.Future[int]]:
        """(the new process, its exit code once it has ended)."""
        assert self._process.stdin is not None
        async with self._ordering:
            self._process.stdin.write(f"{json.dumps(order)}\n".encode())
            await self._process.stdin.drain()
            pid = await asyncio.wait_for(self._started.get(), READY_WITHIN)
        return pid, self._end_of(pid)

    def _end_of(self, pid: int) -> asyncio.Future[int]:
        return self._ended.setdefault(pid, asyncio.get_running_loop().create_future())

    async def _read(self, answers: asyncio.StreamReader) -> None:
        async for line in answers:
            answer = json.loads(line)
            if "started" in answer:
                self._started.put_nowait(answer["started"])
            else:
                self._end_of(answer["ended"]).set_result(answer["code"])


@dataclass(eq=False)
class Running:
    """One process. `role`: run, web or worker."""

    name: str
    role: str
    pid: int
    ended: asyncio.Future[int]
    log: Path
    port: int = 0
    frozen: bool = False
    signalled: bool = False

    @property
    def alive(self) -> bool:
        return not self.ended.done()

    def kill(self) -> None:
        """SIGKILL, now: nothing of it runs afterwards."""
        self.signalled = True
        self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        if self.alive:
            with suppress(ProcessLookupError):  # it has ended, and nobody has said so yet
                os.kill(self.pid, number)


@dataclass
class Fleet:
    """All processes of a round. `environment` has what each role needs; `databases`: a DATABASE_URL for each name."""

    server: ForkServer
    folder: Path
    environment: Mapping[str, str]
    databases: Mapping[str, str]
    running: dict[str, Running] = field(default_factory=dict)
    logs: list[Path] = field(default_factory=list)
    disobeyed: list[str] = field(default_factory=list)
    """What ended otherwise than it was told to."""
    slowest_end: float = 0.0
    """Seconds, of those that were ended by SIGTERM."""

    async def start(self, name: str) -> Running:
        """Starts what is named for its role, as `worker2`; returns once it serves, or has been signalled."""
        role = name.rstrip("0123456789")
        log = self.folder / f"{len(self.logs):02}-{name}.log"
        self.logs.append(log)
        log.touch()
        pid, ended = await self.server.start(
            arguments=[role], folder=str(self.folder), stdout=str(log), stderr=str(log),
            environment={**self.environment, "DATABASE_URL": self.databases[name]},
            sqlite_report=str(self.folder / "sqlite.report"),
        )  # fmt: skip
        running = self.running[name] = Running(name, role, pid, ended, log)
        async with asyncio.timeout(READY_WITHIN):
            while not running.signalled:
                text = log.read_text(errors="replace")
                if found := re.search(r"listening on 127\.0\.0\.1 port (\d+)", text):
                    running.port = int(found[1])
                if "ready: " in text:
                    break
                if ended.done():
                    break
                await asyncio.sleep(0.03)
        return running

    def alive(self, *roles: str) -> list[Running]:
        return [each for each in self.running.values() if each.alive and (not roles or each.role in roles)]

    def serving(self) -> list[Running]:
        """Where a request of Slack can go."""
        return [each for each in self.alive("run", "web") if each.port]

    async def restart(self, name: str, *, after: float = 0.0) -> None:
        """Starts it again, as a supervisor does, and as often as it takes."""
        await asyncio.sleep(after)
        deadline = asyncio.get_running_loop().time() + READY_WITHIN
        while asyncio.get_running_loop().time() < deadline:
            running = await self.start(name)
            if running.alive or running.signalled:
                return
            await asyncio.sleep(0.5)  # as while the database server recovers
        raise AssertionError(f"{name} does not start: {running.log.read_text()[-2000:]}")

    async def kill(self, name: str, *, after: float = 0.0) -> None:
        running = self.running[name]
        running.kill()
        await running.ended
        await self.restart(name, after=after)

    async def freeze(self, name: str, seconds: float) -> None:
        running = self.running[name]
        if not running.alive or running.frozen:
            return
        running.frozen = True
        running.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            running.frozen = False
            running.signal(signal.SIGCONT)

    async def end(self, name: str) -> None:
        """SIGTERM: it must end with 0, and in time."""
        running = self.running[name]
        if not running.alive or running.signalled:
            return
        running.signalled = True
        loop = asyncio.get_running_loop()
        begun = loop.time()
        running.signal(signal.SIGTERM)
        try:
            code = await asyncio.wait_for(asyncio.shield(running.ended), OBEYS_WITHIN)
        except TimeoutError:
            self.disobeyed.append(f"{running.log.name} did not end within {OBEYS_WITHIN:.0f} s of SIGTERM")
            running.kill()
            await running.ended
            return
        self.slowest_end = max(self.slowest_end, loop.time() - begun)
        if code:
            self.disobeyed.append(f"{running.log.name} ended with {code} after SIGTERM")

    async def end_all(self) -> None:
        await asyncio.gather(*(self.end(name) for name in list(self.running)))

    async def run_command(self, *arguments: str) -> str:
        """What another command of `htg` prints. It must succeed."""
        name = f"{arguments[0]}-{len(self.logs)}"
        printed, log = self.folder / f"{name}.out", self.folder / f"{name}.log"
        self.logs.append(log)
        _, ended = await self.server.start(
            arguments=arguments, folder=str(self.folder), stdout=str(printed), stderr=str(log),
            environment={**self.environment, "DATABASE_URL": next(iter(self.databases.values()))},
        )  # fmt: skip
        code = await asyncio.wait_for(asyncio.shield(ended), READY_WITHIN)
        assert not code, log.read_text()
        return printed.read_text()

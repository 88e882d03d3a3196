"""What goes wrong in a random story: each `Mishap` of its plan, done to the network, the database or a worker."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cli.serve import ProcessRole
from tests.adapters.discord.fake_discord import Fault
from tests.simulation.database import DatabaseFault
from tests.simulation.ledger import Ledger
from tests.simulation.loop import PROCESS
from tests.simulation.network import NetFault
from tests.simulation.process import VirtualProcess
from tests.simulation.random_plan import Mishap
from tests.simulation.random_weather import StormyDatabase, StormyWeather, Trap
from tests.simulation.world import Worker, World

BACK_AFTER = 30.0
"""Seconds until a worker that was killed is started again."""
RECOVERED_AFTER = timedelta(seconds=170)
"""After a mishap: a claim of a worker that died is taken over, and a platform is tried again."""
SENDS = "DeliveryLoop._send"
POST, OPEN = r"/channels/\d+/messages", r"/users/@me/channels"
NET_FAULTS = {
    "reset before": NetFault.RESET_BEFORE,
    "reset after": NetFault.RESET_AFTER,
    "answer lost": NetFault.ANSWER_LOST,
    "request lost": NetFault.REQUEST_LOST,
}
DISCORD_FAULTS: dict[str, int | str] = {
    "discord 429": 429, "discord 500": 500, "discord stumbles": "stumbles", "discord lost": "lost",
    "discord reset": "reset", "discord hang": "hang",
}  # fmt: skip


class Storm:
    """Does mishaps, and takes back at the end what has not come about."""

    def __init__(self, world: World, ledger: Ledger, seed: int) -> None:
        self._world, self._ledger = world, ledger
        self._chance = random.Random(f"storm {seed}")
        self.weather = StormyWeather(world, random.Random(f"weather {seed}"))
        self.database = StormyDatabase(random.Random(f"disk {seed}"), self.weather)
        world.network.weather, world.database = self.weather, self.database
        self.under_way = 0
        """Workers that are frozen, or will be started again."""
        self.flagged = self.restricted = self.stubborn = False
        self.dark_until = world.now()
        self._begun = world.loop.create_task
        world.loop.create_task = self._create_task  # type: ignore[method-assign]
        self._ends: list[tuple[datetime, Callable[[], object]]] = []

    def do(self, mishap: Mishap) -> None:
        self._world.tell("mishap", str(mishap).strip())
        now = self._world.now()
        self._ledger.storms.append((now, now + timedelta(seconds=abs(mishap.seconds)) + RECOVERED_AFTER))
        count = mishap.number % 3 + 1
        kind = mishap.kind
        if kind in NET_FAULTS:
            self.weather.faults += [NET_FAULTS[kind]] * count
        elif kind in DISCORD_FAULTS:
            self._on_discord(kind, count)
        elif kind == "blackout":
            self._go_dark(mishap.seconds)
        elif kind == "blackout after request":
            self.weather.traps.append(Trap("request", mishap.number, lambda _: self._go_dark(mishap.seconds)))
        elif kind == "no worker":
            self._world.background(self._web_alone(mishap.seconds))
        elif kind == "database broken":
            self.database.broken_until = self._world.loop.time() + mishap.seconds
        elif kind.startswith("database"):
            self._on_database(kind, count)
        elif kind.startswith("slack "):
            self._on_slack(kind.removeprefix("slack "), mishap.number, mishap.seconds)
        elif kind.startswith(("discord", "gateway")):
            self._beyond(kind, mishap.seconds)
        else:
            self._to_worker(mishap)

    def _later(self, seconds: float, do: Callable[[], object]) -> None:
        """Not by a timer of the loop, which comes too late where time is left out."""
        self._ends.append((self._world.now() + timedelta(seconds=seconds), do))

    def next_end(self) -> datetime | None:
        """Ends what has lasted long enough; when the next of it does."""
        now = self._world.now()
        for end in sorted(self._ends, key=lambda each: each[0]):
            if end[0] > now:
                return end[0]
            self._ends.remove(end)
            end[1]()
        return None

    # ---- platforms and database

    def _on_discord(self, kind: str, count: int) -> None:
        act = DISCORD_FAULTS[kind]
        body, headers = None, None
        if act == 429:
            body, headers = {"message": "slow down", "retry_after": 4.0, "global": True}, {"Retry-After": "4"}
        self._world.discord.faults.append(Fault("POST", POST, act, count, body, headers))

    def _on_database(self, kind: str, count: int) -> None:
        choices: dict[str, list[DatabaseFault | None]] = {
            "database locked": [DatabaseFault.LOCKED],
            "database failed": [DatabaseFault.FAILED],
            "database uncertain": [DatabaseFault.UNCERTAIN_KEPT, DatabaseFault.UNCERTAIN_LOST],
        }
        for _ in range(count):
            quiet: list[DatabaseFault | None] = [None] * self._chance.randint(0, 5)
            self.database.faults += [self._chance.choice(choices[kind]), *quiet]

    def _on_slack(self, kind: str, number: int, seconds: float) -> None:
        count = number % 3 + 1
        if kind == "restricted":
            self._restrict("slack", seconds)
        elif kind == "stubborn":
            self.stubborn = True
        elif kind == "slow":
            self._world.slack.takes = float(number)
            self._later(seconds, self._world.slack.be_quick)
        elif kind == "unreadable":
            # What arrives is not answered, and whether it arrived cannot be read until it is too late to send it.
            self._world.slack.faults["chat.postMessage"].extend(["dropped"] * count)
            self._world.slack.rate_limits["conversations.history"] = 0
            self._later(seconds, lambda: self._world.slack.rate_limits.pop("conversations.history", None))
        else:
            self._world.slack.faults["chat.postMessage"].extend([kind] * count)  # type: ignore[list-item]

    def _beyond(self, kind: str, seconds: float) -> None:
        discord = self._world.discord
        match kind:
            case "discord quarantine":
                self._restrict("discord", seconds)
            case "discord too fast":
                fault = Fault("POST", OPEN, 400, 10_000, {"message": "too fast", "code": 40003})
                discord.faults.append(fault)
                self._later(seconds, lambda: discord.faults.remove(fault) if fault in discord.faults else None)
            case "discord gone":
                self.weather.gone.add(discord.port)
                self._later(seconds, lambda: self.weather.gone.discard(discord.port))
            case "gateway cut":
                self._world.background(discord.gateway.cut())
            case "gateway lost":
                self._world.background(discord.gateway.invalidate())
            case _:
                raise AssertionError(kind)

    def _restrict(self, platform: str, seconds: float) -> None:
        now = self._world.now()
        self._ledger.restricted.append((platform, now, now + timedelta(seconds=seconds)))
        name = "flagged" if platform == "discord" else "restricted"
        setattr(self, name, True)
        self._later(seconds, lambda: setattr(self, name, False))

    # ---- workers

    def _create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """Falls where a worker has claimed and rendered a notification, and is about to send it."""
        process = PROCESS.get()
        if process is not None and getattr(coro, "__qualname__", "") == SENDS:
            self.weather.spring("send", process)
        return self._begun(coro, **options)

    def _to_worker(self, mishap: Mishap) -> None:
        match mishap.kind:
            case "crash after commit" | "freeze after commit":
                self._trap("transaction", mishap)
            case "crash after request" | "freeze after request":
                self._trap("request", mishap)
            case "freeze before send" | "crash before send":
                self._trap("send", mishap)
            case _:
                running = [each for each in self._world.processes if each.is_running and not each.is_frozen]
                if running:
                    self._at_once(running[mishap.number % len(running)], mishap)

    def _trap(self, at: str, mishap: Mishap) -> None:
        def do(process: VirtualProcess) -> None:
            if process.is_dead or process.is_frozen:
                return
            if mishap.kind.startswith("crash"):
                self._crash(process)
            else:
                self._freeze(process, mishap.seconds, anywhere=at == "request")

        self.weather.traps.append(Trap(at, mishap.number, do))

    def _at_once(self, worker: Worker, mishap: Mishap) -> None:
        match mishap.kind:
            case "crash":
                self._watch(worker)
                worker.crash_at = worker.steps + 1 + mishap.number * 37
            case "stop":
                self._watch(worker)
                worker.stop()
            case "freeze":
                self._freeze(worker, mishap.seconds, anywhere=True)
            case "clock":
                worker.clock.skew = timedelta(seconds=mishap.seconds)
            case _:
                raise AssertionError(mishap.kind)

    def _crash(self, process: VirtualProcess) -> None:
        self._watch(process)
        process.kill()

    def _watch(self, process: VirtualProcess) -> None:
        """Starts another once this one has ended; one that was to die, and has not come so far, is killed at last."""

        async def replace() -> None:
            self.under_way += 1
            try:
                async with asyncio.timeout(20):
                    while process.is_running:  # noqa: ASYNC110 - nothing tells that it has ended
                        await asyncio.sleep(0.5)
            except TimeoutError:
                process.kill()
            await asyncio.sleep(BACK_AFTER)
            self._world.start_worker()
            self.under_way -= 1

        self._world.background(replace())

    def _freeze(self, process: VirtualProcess, seconds: float, *, anywhere: bool) -> None:
        self._world.tell(process.name, f"is frozen for {seconds:.1f} s")
        process.freeze()
        self.under_way += 1

        def thaw() -> None:
            self.under_way -= 1
            if not process.is_dead:
                process.thaw()
                self._world.tell(process.name, "goes on")
                if anywhere:
                    self._ledger.thawed.append(self._world.now())

        self._later(seconds, thaw)

    def _go_dark(self, seconds: float) -> None:
        self._world.background(self._black_out(seconds))

    async def _black_out(self, seconds: float) -> None:
        """No worker runs for so long."""
        number = sum(process.is_running for process in self._world.processes)
        for process in self._world.processes:
            process.kill()
        again = self._world.now() + timedelta(seconds=seconds)
        self.dark_until = again
        while self._world.now() < again:  # noqa: ASYNC110 - the time may be left out
            await asyncio.sleep(1)
        self.under_way += 1
        workers = [self._world.start_worker() for _ in range(max(number, 1))]
        await self._world.until_ready(*workers)
        self.under_way -= 1

    async def _web_alone(self, seconds: float) -> None:
        """For so long `htg web` runs, and no worker."""
        number = sum(process.is_running for process in self._world.processes)
        self.under_way += 1
        web = self._world.start_worker("web", ProcessRole.WEB)
        await self._world.until_ready(web)
        for process in self._world.processes:
            if process is not web:
                process.kill()
        await asyncio.sleep(seconds)
        await self._world.until_ready(*[self._world.start_worker() for _ in range(max(number, 1))])
        self.under_way -= 1

    # ---- the end

    def calm(self) -> None:
        """From now on nothing goes wrong any more."""
        self.weather.faults.clear()
        self.weather.traps.clear()
        self.weather.gone.clear()
        self.database.faults.clear()
        self._world.discord.faults.clear()
        self._world.slack.faults.clear()
        self._world.slack.be_quick()
        for process in self._world.processes:
            process.clock.skew = timedelta(0)

    @property
    def is_busy(self) -> bool:
        """Whether no time may be left out."""
        return self.under_way > 0 or self._world.loop.time() < self.weather.silent_until

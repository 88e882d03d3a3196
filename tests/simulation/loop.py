"""An event loop on virtual time, on which several processes of the bot run side by side in one.

Nothing here waits: where nothing is ready, the time is set to that of the next timer. There are no sockets, no threads
and no signals of the machine, so that the same calls in the same order always have the same effect.

Whatever runs knows its process from the context variable `PROCESS`, which tasks, timers and callbacks inherit. So a
process can be killed between any two steps (nothing of it runs again, no `finally` either), or be frozen.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, ContextVar, copy_context
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tests.simulation.network import Network
    from tests.simulation.process import VirtualProcess

T = TypeVar("T")

PROCESS: ContextVar[VirtualProcess | None] = ContextVar("process", default=None)
"""Whose step it is. None: a platform, a person, or the story itself."""
START = 1000.0
"""What `time()` says first. Not 0, which some libraries take for "never"."""
SHORT = 3.0
"""Seconds. Polls and renewals are that short; what is longer waits for something."""
STEPS_IN_ONE_INSTANT = 200_000
"""More than any story takes without the time going on: something runs in circles."""


BURIAL_ROUNDS, IDLE_TURNS = 40, 200


class Deadlock(Exception):
    """Nothing is ready and no timer is set, though the story is not at its end."""


class Livelock(Exception):
    """Steps follow one another without the time going on."""


class StoryTask(asyncio.Task[T]):
    """A task whose hash is its number: sets of tasks have the same order in every run."""

    # Not in its dictionary, of which Python 3.11's garbage collector does not know that it is the task's.
    __slots__ = ("number", "process")

    def __init__(
        self,
        coroutine: Generator[Any, None, T] | Coroutine[Any, Any, T],
        number: int,
        process: VirtualProcess | None,
        **options: Any,
    ) -> None:
        self.number, self.process = number, process
        super().__init__(coroutine, **options)

    def __hash__(self) -> int:
        return self.number


class VirtualLoop(asyncio.BaseEventLoop):
    """`network` is set by whoever makes one; without it nothing can be connected."""

    network: Network

    def __init__(self) -> None:
        super().__init__()
        self._now = START
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = count()
        self._steps_now = 0
        self.steps = 0
        """All steps that were taken, for figures."""
        self.graveyard: list[object] = []
        """What killed processes held. Their coroutines must not be collected: that would run their `finally` blocks."""

    def time(self) -> float:
        return self._now

    # ---- tasks and timers

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: object = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        self._check_closed()  # type: ignore[attr-defined]
        named = None if name is None else str(name)
        process = PROCESS.get() if context is None else context.get(PROCESS)
        return StoryTask(coro, next(self._count), process, loop=self, name=named, context=context)

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, next(self._count), timer))
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is passed over when its time comes."""

    # ---- the loop itself

    def _run_once(self) -> None:
        ready = self._ready  # type: ignore[attr-defined]
        if not ready and not self._stopping:  # type: ignore[attr-defined]
            self._advance()
        for _ in range(len(ready)):
            handle = ready.popleft()
            if handle._cancelled:
                continue
            process = handle._context.get(PROCESS)
            if process is not None and not process.takes(handle):
                continue
            self._steps_now += 1
            handle._run()
        if self._steps_now > STEPS_IN_ONE_INSTANT:
            raise Livelock(f"{self._steps_now} steps at {self._now}")

    def _advance(self) -> None:
        """Sets the time to that of the next timer, and makes ready whatever is due then."""
        timers = self._timers
        while timers and (timers[0][2]._cancelled or _is_dead(timers[0][2])):
            heapq.heappop(timers)
        if not timers:
            raise Deadlock(f"nothing is left to happen after {self._now}")
        self._now = max(self._now, timers[0][0])
        self.steps += self._steps_now
        self._steps_now = 0
        while timers and timers[0][0] <= self._now:
            self._ready.append(heapq.heappop(timers)[2])  # type: ignore[attr-defined]

    def leave_out(self, seconds: float) -> None:
        """Timers come nearer by so much, where they are not due before: a time without events is left out.

        Those that are due within SHORT seconds repeat themselves, and go on as if nothing had been left out.
        """
        short = self._now + SHORT
        moved = []
        for when, number, timer in self._timers:
            sooner = when if when <= short else max(short, when - seconds)
            timer._when = sooner  # type: ignore[attr-defined]
            moved.append((sooner, number, timer))
        heapq.heapify(moved)
        self._timers = moved

    def _write_to_self(self) -> None:
        """Nobody waits in another thread to be woken."""

    # ---- the machine

    async def create_connection(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        return self.network.open_connection(protocol_factory, options["sock"])

    async def create_server(self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        return self.network.listen(protocol_factory, str(host), int(port or 0))

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        raise OSError(f"{host} is not a server of this story")

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        """At the next turn, in the loop: there is one thread."""
        future: asyncio.Future[T] = self.create_future()

        def run() -> None:
            if future.cancelled():
                return
            try:
                future.set_result(func(*args))
            except Exception as failure:  # noqa: BLE001 - reported to whoever waits
                future.set_exception(failure)

        self.call_soon(run)
        return future

    def add_signal_handler(self, sig: int, callback: Callable[..., object], *args: Any) -> None:  # type: ignore[override]
        process = PROCESS.get()
        if process is not None:
            process.on_signal(sig, asyncio.Handle(callback, args, self, copy_context()))

    def remove_signal_handler(self, sig: int) -> bool:
        return True

    # ---- the end of a story

    def bury(self) -> int:
        """Ends what is still pending, killed processes included, so that nothing of this story outlives it.

        Only now may `finally` blocks run: there is no network, no database and no log that they could touch.
        Returns how many tasks would not end.
        """
        for _ in range(BURIAL_ROUNDS):
            pending = sorted(asyncio.all_tasks(self), key=lambda task: getattr(task, "number", 0))
            if not pending:
                break
            for task in pending:
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                task.cancel()
            for process in {process_of(task): None for task in pending}:
                if process is not None:
                    process.release()
            self.run_until_complete(self._until_idle())
        self.graveyard.clear()
        return len([task for task in asyncio.all_tasks(self) if not task.done()])

    async def _until_idle(self) -> None:
        for _ in range(IDLE_TURNS):
            await asyncio.sleep(0)
            if not self._ready:  # type: ignore[attr-defined]
                return


def process_of(task: asyncio.Task[Any]) -> VirtualProcess | None:
    """From Python 3.12 on, a library may start a task without asking the loop for it."""
    return task.process if isinstance(task, StoryTask) else task.get_context().get(PROCESS)  # type: ignore[attr-defined]


def _is_dead(handle: asyncio.Handle) -> bool:
    process = handle._context.get(PROCESS)  # type: ignore[attr-defined]
    return process is not None and process.is_dead

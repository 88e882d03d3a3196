"""A process of the bot within the simulation: it can be started, killed, frozen, thawed and told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from tests.simulation.loop import PROCESS, VirtualLoop, process_of

if TYPE_CHECKING:
    from tests.simulation.network import End, Listener


HOME = Path(__file__).parents[2]
TURN = 1e-6
"""Seconds between two things that one loop notices one after the other."""


class Closable(Protocol):
    """What the machine takes away from a process that was killed, such as its open files."""

    def vanish(self) -> None: ...


class VirtualProcess:
    """Everything that `main` starts belongs to it, by its context. `clock` is its own view of the time."""

    def __init__(self, loop: VirtualLoop, name: str, now: Callable[[], datetime]) -> None:
        self.loop, self.name = loop, name
        self.clock = SkewedClock(now)
        self.is_dead = self.is_frozen = False
        self.steps = 0
        """How many steps it has taken: what `crash_at` counts."""
        self.crash_at: int | None = None
        """The step before which it is killed, if it comes so far."""
        self.stood_at = ""
        """Where the step stood before which `crash_at` killed it."""
        self.died = asyncio.Event()
        """Set when it is killed, and `fell` is called then."""
        self.fell: Callable[[], None] = lambda: None
        self.is_listening = asyncio.Event()
        """Set once it has a port open."""
        self.ends: dict[End, None] = {}
        self.listeners: dict[Listener, None] = {}
        self.files: list[Closable] = []
        self.task: asyncio.Task[Any] | None = None
        self._parked: list[asyncio.Handle] = []
        self._signals: dict[int, asyncio.Handle] = {}

    def start(self, main: Callable[[], Coroutine[Any, Any, object]]) -> asyncio.Task[Any]:
        context = copy_context()
        context.run(PROCESS.set, self)
        self.task = self.loop.create_task(main(), name=self.name, context=context)
        return self.task

    @property
    def is_running(self) -> bool:
        return not self.is_dead and self.task is not None and not self.task.done()

    def takes(self, handle: asyncio.Handle) -> bool:
        """Whether the next step of this process may be taken now; called by the loop."""
        if not self.is_dead and not self.is_frozen:
            self.steps += 1
            if self.steps != self.crash_at:
                return True
            self.stood_at = _place(handle)
            self.kill()
        self._parked.append(handle)
        return False

    def kill(self, *, reset: bool = True) -> None:
        """As `kill -9` does: no step of it runs again, and its connections break. `reset`: peers see a reset."""
        if self.is_dead:
            return
        self.is_dead = True
        self.died.set()
        self.is_listening.set()  # whoever waits for that goes on
        self.fell()
        self.loop.graveyard += [task for task in asyncio.all_tasks(self.loop) if process_of(task) is self]
        for listener in list(self.listeners):
            listener.close()
        for end in list(self.ends):
            end.vanish(ConnectionResetError("the process was killed") if reset else None)
        for file in self.files:
            file.vanish()

    def freeze(self) -> None:
        """As SIGSTOP does: connections stay open, and what arrives waits."""
        self.is_frozen = True

    def thaw(self) -> None:
        """As asyncio's own loop goes on: with one event of each connection a turn, and in the first with every timer
        that is due. What a timeout cancels is not resumed before."""
        self.is_frozen = False
        parked, self._parked = self._parked, []
        turns = dict.fromkeys(map(id, self.ends), 0)
        for handle in parked:
            source = id(getattr(handle._callback, "__self__", None))  # type: ignore[attr-defined]
            turn = turns.get(source, 0)
            if source in turns:
                turns[source] += 1
            context: Context = handle._context.copy()  # type: ignore[attr-defined]
            self.loop.call_at(self.loop.time() + turn * TURN, _run, handle, context=context)

    def release(self) -> None:
        """For the end of a story: whatever was killed or frozen may end."""
        self.is_dead = False
        self.crash_at = None
        self.is_frozen = False
        parked, self._parked = self._parked, []
        self.loop._ready.extend(parked)  # type: ignore[attr-defined]

    def on_signal(self, number: int, handle: asyncio.Handle) -> None:
        self._signals[number] = handle

    def stop(self) -> None:
        """SIGTERM. A process that is not yet listening for it dies of it."""
        handle = self._signals.get(signal.SIGTERM)
        if handle is None:
            self.kill(reset=False)
        else:
            self.loop._ready.append(handle)  # type: ignore[attr-defined]


def _place(handle: asyncio.Handle) -> str:
    """The innermost line of ours at which the task of a step waits; for a step of a library's own, its name."""
    callback = handle._callback  # type: ignore[attr-defined]
    task = getattr(callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return str(getattr(callback, "__qualname__", "a callback"))
    waiting: Any = task.get_coro()
    place = str(getattr(waiting, "__qualname__", "a task"))
    while waiting is not None:
        frame: FrameType | None = getattr(waiting, "cr_frame", None) or getattr(waiting, "gi_frame", None)
        path = Path(frame.f_code.co_filename) if frame is not None else HOME.parent
        if frame is not None and path.is_relative_to(HOME) and ".venv" not in path.parts:
            place = f"{path.relative_to(HOME)}:{frame.f_lineno} {frame.f_code.co_name}"
        waiting = getattr(waiting, "cr_await", None) or getattr(waiting, "gi_yieldfrom", None)
    return place


def _run(handle: asyncio.Handle) -> None:
    if not handle.cancelled():
        handle._run()


class SkewedClock:
    """The clock of one machine: `skew` is how far it is ahead, and may change at any time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.skew = timedelta(0)

    def now(self) -> datetime:
        return self._now() + self.skew

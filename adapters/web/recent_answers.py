"""The same answer to both presses of whoever presses twice: a browser shows what the last of them was answered."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable

ANSWER_LIFE = 10.0
"""Seconds from the first press. Whoever presses the same button again after that wants it done again."""
MAX_ANSWERS = 1000

Answered = str | None
"""A page; None where the link leads nowhere."""


class RecentAnswers:
    """Of this process, and in its memory alone."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._answers: OrderedDict[Hashable, tuple[float, asyncio.Task[Answered]]] = OrderedDict()

    async def get(self, press: Hashable, act: Callable[[], Coroutine[None, None, Answered]]) -> Answered:
        """What `act` answers, or has answered a moment ago to the same press. One that failed is not kept."""
        now = self._ticks()
        self._drop_old(now)
        found = self._answers.get(press)
        if found is None:
            found = self._answers[press] = (now, asyncio.create_task(act(), name="answer a press"))
            found[1].add_done_callback(lambda task: self._drop_failed(press, task))
        return await asyncio.shield(found[1])

    def _drop_old(self, now: float) -> None:
        while self._answers:
            press, (pressed_at, task) = next(iter(self._answers.items()))
            is_old = task.done() and now - pressed_at >= ANSWER_LIFE
            if not is_old and len(self._answers) < MAX_ANSWERS:
                return
            del self._answers[press]

    def _drop_failed(self, press: Hashable, task: asyncio.Task[Answered]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._answers.pop(press, None)

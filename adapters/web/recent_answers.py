"""The same answer to both presses of whoever presses twice: a browser shows what the last of them was answered."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from datetime import datetime

ANSWER_LIFE = 10.0
"""Seconds from the first press. Whoever presses the same button again after that wants it done again."""
MAX_ANSWERS = 1000

Answered = str | None
"""A page; None where the link leads nowhere."""


@dataclass(frozen=True, slots=True)
class _Pressed:
    press: str
    at: float
    answer: asyncio.Task[Answered]


class RecentAnswers:
    """The last answer to each personal link. Of this process, and in its memory alone."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._last: OrderedDict[Hashable, _Pressed] = OrderedDict()

    async def get(self, link: Hashable, press: str, act: Callable[[], Coroutine[None, None, Answered]]) -> Answered:
        """What `act` answers, or has answered a moment ago, if it was the same press and none came in between."""
        now = self._ticks()
        self._drop_old(now)
        last = self._recent(link, now)
        if last is None or last.press != press:
            last = self._last[link] = _Pressed(press, now, asyncio.create_task(act(), name="answer a press"))
            self._last.move_to_end(link)
            last.answer.add_done_callback(lambda _: self._drop_failed(link, last))
        return await asyncio.shield(last.answer)

    def has_another(self, link: Hashable, press: str) -> bool:
        """Whether the last press of a moment ago was another one."""
        last = self._recent(link, self._ticks())
        return last is not None and last.press != press

    def _recent(self, link: Hashable, now: float) -> _Pressed | None:
        last = self._last.get(link)
        return None if last is None or _is_old(last, now) else last

    def _drop_old(self, now: float) -> None:
        while self._last:
            link, pressed = next(iter(self._last.items()))
            if not _is_old(pressed, now) and len(self._last) < MAX_ANSWERS:
                return
            del self._last[link]

    def _drop_failed(self, link: Hashable, pressed: _Pressed) -> None:
        failed = pressed.answer.cancelled() or pressed.answer.exception() is not None
        if failed and self._last.get(link) is pressed:
            del self._last[link]


def claim_keys(press: str, now: datetime) -> tuple[str, str]:
    """What to claim for a press, in this span of time and in the next: another process may receive the second of two,
    and finds the first of its own keys claimed."""
    span = int(now.timestamp() / (ANSWER_LIFE / 2))
    return f"{press}:{span}", f"{press}:{span + 1}"


def _is_old(pressed: _Pressed, now: float) -> bool:
    return pressed.answer.done() and now - pressed.at >= ANSWER_LIFE

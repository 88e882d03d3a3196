"""One interaction's answer: said at once, or promised first and said when it is there. One answer, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from adapters.discord.forms import show_form
from adapters.discord.rest import Answered, Rest, TooLate
from adapters.discord.show import PRIVATE, Shown
from adapters.discord.text import clip
from bot.views import CHOICE_LIMIT, Choice, Form

_MESSAGE, _PROMISE, _PROMISE_IN_PLACE, _IN_PLACE, _CHOICES, _WINDOW = 4, 5, 6, 7, 8, 9
_CHOICE_TEXT = 100


class Turn:
    def __init__(self, rest: Rest, interaction: Mapping[str, Any]) -> None:
        self._rest = rest
        self._id, self._token = int(interaction["id"]), str(interaction["token"])
        self._since = asyncio.get_running_loop().time()
        self._promise: asyncio.Task[None] | None = None

    @property
    def promised(self) -> bool:
        """From then on the answer is private and may take 15 minutes, and no form can come."""
        return self._promise is not None

    @contextlib.contextmanager
    def promising(self, seconds: float, *, in_place: bool) -> Iterator[None]:
        """What is done within takes as long as it takes: so many seconds after it came, the answer is promised."""
        timer = asyncio.get_running_loop().call_at(self._since + seconds, self._begin_promise, in_place)
        try:
            yield
        finally:
            timer.cancel()

    def _begin_promise(self, in_place: bool) -> None:
        if self._promise is None:
            self._promise = asyncio.create_task(self._promised(in_place))

    async def _promised(self, in_place: bool) -> None:
        with contextlib.suppress(TooLate):  # then the answer itself will find it so
            if in_place:
                await self._first(_PROMISE_IN_PLACE, None)
            else:
                await self._first(_PROMISE, {"flags": PRIVATE})

    async def say(self, shown: Shown, *, in_place: bool = False) -> None:
        """The answer, or with `in_place` what now stands in the message that was pressed in."""
        edited = shown.body | {"flags": shown.body["flags"] & ~PRIVATE}  # what stands is private already
        if self._promise is not None:
            await self._promise
        else:
            kind, body = (_IN_PLACE, edited) if in_place else (_MESSAGE, shown.body)
            try:
                await self._rest.answer(self._id, self._token, kind, body, shown.files, self._since)
            except Answered:
                pass  # promised by a worker that took it for its own: the words are still to come
            else:
                return
        await self._rest.edit_answer(self._token, edited, shown.files)

    async def open(self, form: Form) -> None:
        await self._first(_WINDOW, show_form(form))

    async def offer(self, choices: Iterable[Choice]) -> None:
        """What can be chosen for an option that is being typed."""
        offered = [{"name": clip(_named(each), _CHOICE_TEXT), "value": each.value[:_CHOICE_TEXT]} for each in choices]
        await self._first(_CHOICES, {"choices": offered[:CHOICE_LIMIT]})

    async def _first(self, kind: int, data: dict[str, Any] | None) -> None:
        with contextlib.suppress(Answered):  # what somebody else promised serves as well
            await self._rest.answer(self._id, self._token, kind, data, (), self._since)


def _named(choice: Choice) -> str:
    return f"{choice.label} – {choice.description}" if choice.description else choice.label

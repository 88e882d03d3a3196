"""Arguments of a command: declared with a type, and converted once, before the command runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from bot.request import Call
from bot.views import Choice

if TYPE_CHECKING:  # a suggestion is looked up with the Context that holds the arguments
    from bot.context import Context
    from bot.unit_of_work import UnitOfWork

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
ARGUMENT_LIMIT = 4000
"""Characters in one argument: what the largest text field of a platform takes (Discord: 4000)."""
NUMBER_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Option(Generic[T]):
    """One argument. `convert` takes the text that came, which is empty where none did, and never raises."""

    name: str
    convert: Callable[[str], T]
    summary: str = ""
    """One line for people, in English; translated where it is shown. An option without one is not typed:
    only buttons, menus and forms fill it."""
    limit: int = ARGUMENT_LIMIT
    suggest: Callable[[Context, UnitOfWork, str], tuple[Choice, ...]] | None = None
    """What a platform can offer while people type: a hint, never trusted when it comes back."""
    own_words: bool = False
    """Whoever wrote it has it back where their form came to nothing."""

    @property
    def typed(self) -> bool:
        return bool(self.summary)


class Arguments:
    """What a Call holds for the options that its command declares."""

    __slots__ = ("_given", "_values")

    def __init__(self, options: Iterable[Option[object]], call: Call) -> None:
        """Raises ValueError for an argument that the command does not take, or that is too long."""
        given = dict(call.arguments)
        self._given = frozenset(given)
        declared = {option.name: option for option in options}
        if any(name not in declared or len(value) > declared[name].limit for name, value in call.arguments):
            raise ValueError(f"{call!r} is not as its command declares")
        self._values = {name: option.convert(given.get(name, "")) for name, option in declared.items()}

    def __getitem__(self, option: Option[T]) -> T:
        return cast("T", self._values[option.name])

    def __contains__(self, option: Option[T]) -> bool:
        """Whether it was given at all, if only as an empty text: a form that was submitted gives all its fields."""
        return option.name in self._given


def number(text: str) -> int | None:
    """An id of ours; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS else None


def page_number(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() else 1


def page_of(page: int, size: int, count: int) -> tuple[int, int]:
    """The page of a list, and where it begins: the first one, where the list has become shorter."""
    first = (page - 1) * size
    return (page, first) if first < count else (1, 0)


def yes(text: str) -> bool:
    return text == "yes"


def one_of(default: E) -> Callable[[str], E]:
    """A value of the default's enumeration; the default itself for any other text."""
    values = {str(value): value for value in type(default)}
    return lambda text: values.get(text, default)


PAGE = Option("page", page_number, limit=4)

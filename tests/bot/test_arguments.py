"""What an argument may hold; what came from another version, or was forged, does no harm."""

from __future__ import annotations

from typing import Any

import pytest

from bot.arguments import PAGE, Arguments, Option, number
from bot.gatherings.arguments import GATHERING, PARTS, PartChoice
from bot.request import Call

COUNTED = [
    ("7", 7),
    ("007", 7),
    ("0", 0),
    ("9" * 9, 999_999_999),
    ("9" * 10, None),
    ("-1", None),
    ("٣", None),
    ("", None),
]


PAGED: list[Option[Any]] = [PAGE]
OF_A_SERIES: list[Option[Any]] = [GATHERING, PARTS]


@pytest.mark.parametrize(("text", "value"), COUNTED)
def test_a_number_is_one_of_ours_or_none(text: str, value: int | None) -> None:
    assert number(text) == value


@pytest.mark.parametrize(("text", "value"), [("2", 2), ("٢", 2), ("0", 1), ("-1", 1), ("²", 1), ("", 1)])
def test_a_page_is_never_below_the_first(text: str, value: int) -> None:
    assert Arguments(PAGED, Call.of("list", page=text))[PAGE] == value


@pytest.mark.parametrize(
    "given",
    [(("bogus", "1"),), (("page", "12345"),), (("page", "12345"), ("page", "1")), (("page", "1"), ("bogus", ""))],
)
def test_what_no_command_declares_is_refused(given: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(ValueError, match="not as its command declares"):
        Arguments(PAGED, Call("list", given))


def test_a_choice_of_parts_that_another_version_wrote_is_no_choice_of_this_one() -> None:
    args = Arguments(OF_A_SERIES, Call.of("register", gathering=" … ", only="new"))
    assert args[PARTS] is PartChoice.UNKNOWN
    assert (args[GATHERING].typed, args[GATHERING].number) == ("", None)

"""A test of many samples fails for each that fails, and says which."""

from __future__ import annotations

import pytest

from tests.each import SHOWN, each

NUMBERS = {f"number {number}": number for number in range(20)}


@each("number", NUMBERS)
def test_it_is_called_with_each_and_with_fixtures(number: int, request: pytest.FixtureRequest) -> None:
    request.node.stash.setdefault(_SEEN, []).append(number)
    assert request.node.stash[_SEEN] == list(range(number + 1))


_SEEN = pytest.StashKey[list[int]]()


def test_every_one_that_fails_is_named() -> None:
    def is_small(number: int) -> None:
        assert number < 15

    with pytest.raises(ExceptionGroup, match=r"5 of 20 fail: number 15, number 16, .*number 19") as raised:
        each("number", NUMBERS)(is_small)()
    notes = [failure.__notes__ for failure in raised.value.exceptions]
    assert notes == [[f"with number number {15 + n}"] for n in range(SHOWN)]


def test_what_pytest_itself_calls_a_failure_is_named_too() -> None:
    def is_refused(number: int) -> None:
        with pytest.raises(ZeroDivisionError):
            _ = 1 / number

    with pytest.raises(BaseExceptionGroup, match="19 of 20 fail: number 1, "):
        each("number", NUMBERS)(is_refused)()


def test_without_samples_nothing_is_tested() -> None:
    with pytest.raises(AssertionError, match="no number to test"):
        each("number", {})

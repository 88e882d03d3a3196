"""What every measurement shares: a row of the table, and how medians are taken."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `ratio` is to a floor measured in the same run; `aim` says what it should be."""

    what: str
    measured: str
    floor: str
    ratio: float
    aim: str
    met: bool


async def seconds(work: Callable[[], Awaitable[object]]) -> float:
    begun = perf_counter()
    await work()
    return perf_counter() - begun


def at_least(what: str, rates: Sequence[float], floors: Sequence[float], least: float, unit: str = "/s") -> Row:
    """Rates beside a floor's, taken in turns: the ratio is the median of the pairs' ratios."""
    ratio = statistics.median(rate / floor for rate, floor in zip(rates, floors, strict=True))
    return Row(
        what,
        f"{statistics.median(rates):,.0f}{unit}",
        f"{statistics.median(floors):,.0f}{unit}",
        ratio,
        f"at least {least}",
        ratio >= least,
    )


def at_most(what: str, times: Sequence[float], floors: Sequence[float], most: float) -> Row:
    """Times in seconds beside a floor's; smaller is better."""
    ratio = statistics.median(times) / statistics.median(floors)
    shown, floor = (f"{statistics.median(each) * 1000:.2f} ms" for each in (times, floors))
    return Row(what, shown, floor, ratio, f"at most {most}", ratio <= most)

"""`python -m tests.simulation --seed 7 -v`, `--seeds 1..200`: runs stories, and shows those that break a promise."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.story import Told, tell_story


def main() -> int:
    options = _options()
    began, number, failed = time.monotonic(), 0, []
    for told in _tell(options.seeds or range(options.seed, options.seed + 1), options.jobs):
        number += 1
        if options.verbose or told.problems:
            _show(told)
        if told.problems:
            failed.append(told.seed)
    seconds = time.monotonic() - began
    print(f"{number} stories in {seconds:.1f} s, {len(failed)} of them break a promise")  # noqa: T201
    for seed in failed:
        print(f"again: python -m tests.simulation --seed {seed}")  # noqa: T201
    return 1 if failed else 0


def _tell(seeds: range, jobs: int) -> Iterator[Told]:
    if jobs == 1:
        yield from map(tell_story, seeds)
        return
    with ProcessPoolExecutor(jobs) as processes:
        yield from processes.map(tell_story, seeds, chunksize=10)


def _show(told: Told) -> None:
    print(f"---- seed {told.seed}")  # noqa: T201
    print("\n".join(told.lines))  # noqa: T201
    for problem in (*told.problems, *(f"asyncio: {alarm}" for alarm in told.alarms)):
        print(f"!! {problem}")  # noqa: T201


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=_range, help="as in 1..200, both included")
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    parser.add_argument("-v", "--verbose", action="store_true", help="the whole story, also where all is well")
    return parser.parse_args()


def _range(text: str) -> range:
    first, _, last = text.partition("..")
    return range(int(first), int(last or first) + 1)


if __name__ == "__main__":
    sys.exit(main())

"""Tells random stories, and shows those that break a promise.

python -m tests.simulation --seed 7 -v           one story, with its event log
python -m tests.simulation --seed 7 --shrink     the shortest story that breaks the same promise
python -m tests.simulation --seeds 1..200        many
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.balance import check
from tests.simulation.random_story import Played, play
from tests.simulation.random_themes import make_plan
from tests.simulation.shrink import shrunk


def main() -> int:
    options = _options()
    began, number, failed = time.monotonic(), 0, []
    for played in _play(options.seeds or range(options.seed, options.seed + 1), options.jobs):
        number += 1
        if played.problems:
            failed.append(played.plan.seed)
            _show(shrunk(played) if options.shrink else played, verbose=options.verbose or options.shrink)
        elif options.verbose:
            _show(played, verbose=True)
    seconds = time.monotonic() - began
    print(f"{number} stories in {seconds:.1f} s, {len(failed)} of them break a promise")  # noqa: T201
    for seed in failed:
        print(f"again: python -m tests.simulation --seed {seed} --shrink")  # noqa: T201
    return 1 if failed else 0


def tell(seed: int) -> Played:
    return play(make_plan(seed), check)


def _play(seeds: range, jobs: int) -> Iterator[Played]:
    if jobs == 1:
        yield from map(tell, seeds)
        return
    with ProcessPoolExecutor(jobs) as processes:
        yield from processes.map(tell, seeds, chunksize=10)


def _show(played: Played, *, verbose: bool) -> None:
    print("\n".join(played.plan.lines()))  # noqa: T201
    if verbose:
        print("\n".join(played.lines))  # noqa: T201
    for problem in played.problems:
        print(f"!! {problem}")  # noqa: T201


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=_range, help="as in 1..200, both included")
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    parser.add_argument("--shrink", action="store_true", help="show the shortest story that breaks the same promise")
    parser.add_argument("-v", "--verbose", action="store_true", help="the whole story, also where all is well")
    return parser.parse_args()


def _range(text: str) -> range:
    first, _, last = text.partition("..")
    return range(int(first), int(last or first) + 1)


if __name__ == "__main__":
    sys.exit(main())

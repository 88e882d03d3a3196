# ruff: noqa: T201 - a command that reports
"""Plays rounds: `python -m tests.chaos --seed 7` one, `python -m tests.chaos --rounds 200` many."""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.chaos.environment import environment
from tests.chaos.planted import PLANTED
from tests.chaos.round import Report, play


async def run(seeds: list[int], at_once: int, bugs: list[str], *, hurried: bool) -> list[Report]:
    folder = Path(tempfile.mkdtemp(prefix="htg-chaos-"))
    reports: list[Report] = []
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # everything that was started is ended
    # A server of ours is stopped under a round, so that only one may be on it. Odd seeds are on SQLite.
    lanes = [seeds] if at_once == 1 else [[seed for seed in seeds if seed % 2 == odd] for odd in (0, 1)]

    async with environment(folder, *bugs, hurried=hurried) as at:

        async def one_after_the_other(lane: list[int]) -> None:
            for seed in lane:
                report = await play(at, seed)
                reports.append(report)
                ends = f", SIGTERM obeyed within {report.slowest_end:.1f} s"
                print(f"FAILED {report}" if report.broken else f"seed {seed}: held{ends}", flush=True)
                if not report.broken and report.folder is not None:
                    shutil.rmtree(report.folder)

        await asyncio.gather(*(one_after_the_other(lane) for lane in lanes))
    return reports


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, action="append", default=[], help="this round; may be given several times")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--at-once", type=int, choices=(1, 2), default=2)
    parser.add_argument("--planted", choices=sorted(PLANTED), action="append", default=[], help="a bug to be found")
    parser.add_argument(
        "--own-times", action="store_true", help="with the product's own leases and backoffs: minutes for each round"
    )
    given = parser.parse_args()
    # The fakes are cut off in the middle of many requests, and aiohttp tells of each.
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    seeds = given.seed or list(range(given.first, given.first + given.rounds))
    reports = asyncio.run(run(seeds, given.at_once, given.planted, hurried=not given.own_times))
    figures = sum((report.figures for report in reports), Counter[str]())
    print("\n".join(f"{number:8} {name}" for name, number in sorted(figures.items())))
    failed = sorted(report.seed for report in reports if report.broken)
    slowest = max(report.slowest_end for report in reports)
    print(f"{len(reports)} rounds, {len(failed)} failed {failed or ''}; the slowest SIGTERM took {slowest:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

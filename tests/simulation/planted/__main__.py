"""`python -m tests.simulation.planted`: plants each bug, and tells random stories until one of them finds it.

python -m tests.simulation.planted                        all, and a table of what found them
python -m tests.simulation.planted --name "no lease"      one
python -m tests.simulation.planted --found                each by the story that found it before (`found.py`)
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.simulation.planted.bug import Bug
from tests.simulation.planted.bugs import BUGS
from tests.simulation.planted.found import FIRST_STORY
from tests.simulation.planted.source import plant

LIBRARIES = ("aiohttp.web", "alembic.command", "cryptography.fernet", "discord",
             "slack_bolt.async_app", "slack_sdk.web.async_client", "sqlalchemy.dialects.sqlite")  # fmt: skip
"""Imported before the processes part, which takes longer than a story."""
NEARBY = 20
"""Stories told from the one that found a bug before: a change of the product shifts what happens in each."""


@dataclass(frozen=True)
class Found:
    """`seed`: the first that finds it; None: not one of those that were told."""

    name: str
    seed: int | None
    problem: str
    cpu: float


def main() -> int:
    options = _options()
    bugs = [each for each in BUGS if options.name is None or each.name == options.name]
    part, _, parts = options.part.partition("/")
    bugs = bugs[int(part) - 1 :: int(parts)]
    if not bugs:
        print("\n".join(each.name for each in BUGS))  # noqa: T201
        return 2
    for library in LIBRARIES:
        importlib.import_module(library)
    missed = 0
    for each in bugs:
        first = FIRST_STORY.get(each.name, 1)
        found = hunt(each, range(first, first + NEARBY) if options.found else options.seeds)
        missed += found.seed is None
        seed = "NOT FOUND" if found.seed is None else f"{found.seed}"
        print(f"{found.name:58} {seed:>9} {found.cpu:7.1f} s  {found.problem[:150]}", flush=True)  # noqa: T201
    print(f"{len(bugs) - missed} of {len(bugs)} planted bugs were found")  # noqa: T201
    return 1 if missed else 0


def hunt(bug: Bug, seeds: range) -> Found:
    """In a process of its own, so that the bug is nowhere else."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_hunt, args=(bug, seeds, sender))
    process.start()
    sender.close()
    try:
        found: Found = receiver.recv()
    except EOFError:
        found = Found(bug.name, None, "the process that looked for it broke off", 0.0)
    process.join()
    return found


def _hunt(bug: Bug, seeds: range, answer: Connection) -> None:
    plant(bug)
    balance = importlib.import_module("tests.simulation.balance")
    story, plans = (importlib.import_module(f"tests.simulation.random_{name}") for name in ("story", "themes"))
    for seed in seeds:
        problems = story.play(plans.make_plan(seed), balance.check).problems
        if problems:
            answer.send(Found(bug.name, seed, problems[0], time.process_time()))
            return
    answer.send(Found(bug.name, None, "", time.process_time()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.planted", description=__doc__)
    parser.add_argument("--name", help="of one bug; any other word lists them")
    parser.add_argument("--seeds", type=_range, default=range(1, 1001), help="as in 1..200, both included")
    parser.add_argument("--found", action="store_true", help="by the stories that found them, and a few more")
    parser.add_argument("--part", default="1/1", help="as in 2/3: every third bug, from the second on")
    return parser.parse_args()


def _range(text: str) -> range:
    first, _, last = text.partition("..")
    return range(int(first), int(last or first) + 1)


if __name__ == "__main__":
    sys.exit(main())

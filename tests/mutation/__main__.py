"""`make mutate`: how many of the small changes to the code are noticed by the tests of `make check`.

`--sample 300 --seed 1` tries a uniform random sample of all of them, and estimates the share with its 95 % interval.
What survives is listed; tests/mutation/survivors.md says of some why no behaviour differs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import random
import resource
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path

from tests.mutation import reach, trial
from tests.mutation.changes import Mutant, files, mutants
from tests.mutation.explained import explanations
from tests.mutation.prepared import Prepared

SCOPE = (
    "bot",
    "storage/repositories/admission.py",
    "storage/repositories/notifications.py",
    "storage/repositories/deliveries.py",
    "storage/repositories/send_limits.py",
    "storage/repositories/breakers.py",
    "adapters/web/admission_queue.py",
)


def interval(hits: int, tried: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z, share = 1.959964, hits / tried
    middle = share + z * z / (2 * tried)
    width = z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried))
    return (middle - width) / (1 + z * z / tried), (middle + width) / (1 + z * z / tried)


def all_mutants(scope: Sequence[str], left_out: Sequence[str] = ()) -> list[Mutant]:
    named = [file for file in files(reach.HOME, scope) if not file.startswith(tuple(left_out))]
    return [mutant for file in named for mutant in mutants(file, (reach.HOME / file).read_text("utf-8"))]


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    _measure(fresh=options.fresh)
    measured = reach.Reach()
    trial.preload(measured.libraries)
    everything = all_mutants(options.scope or SCOPE, options.leave_out)
    chosen = everything
    if options.sample and options.sample < len(everything):
        chosen = random.Random(options.seed).sample(everything, options.sample)
    print(f"{len(everything)} mutants, {len(chosen)} tried, {len(measured.seconds)} tests", flush=True)
    if measured.failed:
        print(f"left out, since they fail as it is: {measured.failed}", flush=True)
    prepared = Prepared()
    _see_that_trials_work(measured, prepared)
    results = [(mutant, _tried(mutant, measured, prepared, options.budget, options.results)) for mutant in chosen]
    prepared.close()
    return _report(results)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("scope", nargs="*", help="folders and files; without any, what `make mutate` tries")
    parser.add_argument("--sample", type=int, default=0, help="how many, chosen at random; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--budget", type=float, default=0.0, help="seconds of tests for a mutant; it survives the rest")
    parser.add_argument("--leave-out", action="append", default=[], help="a folder or file to leave out")
    parser.add_argument("--fresh", action="store_true", help="measure again which tests run what")
    parser.add_argument("--results", type=Path, default=reach.KEPT_IN / "results.jsonl")
    return parser


def _measure(*, fresh: bool) -> None:
    """Once for each state of the code: in a process of its own, since what it imports must not stay."""
    with contextlib.suppress(OSError, ValueError):
        if not fresh and reach.Reach().state == reach.state():
            return
    print("measuring which tests run what …", flush=True)
    process = trial.FORK.Process(target=reach.measure)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit("the tests could not be measured")


def _see_that_trials_work(measured: reach.Reach, prepared: Prepared) -> None:
    """The code as it is passes what a mutant is tried with."""
    some = sorted(measured.seconds, key=lambda test: (measured.seconds[test], test))[: 2 * trial.FIRST]
    for attempt in (trial.attempt, prepared.attempt):
        if (as_it_is := attempt(None, some, measured.seconds)).verdict is not trial.Verdict.SURVIVED:
            raise SystemExit(f"without a mutant there is a failure: {as_it_is.by}")


def _within(budget: float, tests: Sequence[str], measured: reach.Reach) -> list[str]:
    """The likeliest of these tests, that take no longer than this together; all, without a budget."""
    spent = accumulate(measured.seconds[test] for test in tests)
    return [test for test, until in zip(tests, spent, strict=True) if not budget or until <= budget]


def _tried(mutant: Mutant, measured: reach.Reach, prepared: Prepared, budget: float, results: Path) -> trial.Trial:
    tests = _within(budget, measured.tests(mutant), measured)
    done = _results(results).get((measured.state, str(mutant), mutant.number, len(tests)))
    if done is None:
        done = prepared.attempt(mutant, tests, measured.seconds)
        if done.verdict is trial.Verdict.SURVIVED and not measured.is_of_a_call(mutant):
            done = trial.attempt(mutant, tests, measured.seconds)
        what = {"state": measured.state, "mutant": str(mutant), "number": mutant.number, "tests": len(tests)}
        with results.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps({**what, "verdict": done.verdict, "by": done.by}) + "\n")
    if done.verdict is not trial.Verdict.KILLED:
        print(f"{done.verdict} ({done.tests} tests): {mutant}", flush=True)
    return done


@cache
def _results(kept: Path) -> dict[tuple[str, str, int, int], trial.Trial]:
    """What an earlier run found, with the same code and the same tests: a night's work can be interrupted."""
    found: dict[tuple[str, str, int, int], trial.Trial] = {}
    for line in kept.read_text("utf-8").splitlines() if kept.exists() else ():
        row = json.loads(line)
        key = row["state"], row["mutant"], row["number"], row["tests"]
        found[key] = trial.Trial(trial.Verdict(row["verdict"]), row["by"], row["tests"])
    return found


def _report(results: Sequence[tuple[Mutant, trial.Trial]]) -> int:
    counted = Counter(result.verdict for _, result in results)
    survivors = [mutant for mutant, result in results if result.verdict is trial.Verdict.SURVIVED]
    explained = [mutant for mutant in survivors if mutant.identity in explanations()]
    killed = len(results) - len(survivors)
    low, high = interval(killed, len(results))
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    minutes = sum(each.ru_utime + each.ru_stime for each in used) / 60
    print(f"tried {len(results)}: " + ", ".join(f"{count} {verdict}" for verdict, count in counted.items()))
    print(f"killed: {killed / len(results):.1%}, 95 % interval {low:.1%} to {high:.1%}; {minutes:.0f} minutes of CPU")
    print(f"of {len(survivors)} survivors {len(explained)} are explained, {len(survivors) - len(explained)} are not")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Random stories keep every promise, whatever their seed; a few are told by `make check`, more by `make test`."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.simulation.balance import check
from tests.simulation.ledger import Ledger
from tests.simulation.planted.bug import Bug
from tests.simulation.planted.bugs import BUGS
from tests.simulation.planted.found import FIRST_STORY
from tests.simulation.planted.source import HOME, changed
from tests.simulation.random_plan import START, Action, Gathered, StoryPlan
from tests.simulation.random_story import Played, play
from tests.simulation.random_themes import make_plan
from tests.simulation.shrink import shrunk
from tests.simulation.world import World

IN_CHECK, IN_TEST, CHUNK = 20, 200, 5
OF_EACH_KIND = (
    "a doubt is guessed as sent",
    "what another worker settled is recorded again",
    "a breaker that is tried every few seconds",
    "a move is not told",
    "all overdue reminders are sent",
    "tokens are not saved",
    "an interaction is acted on twice",
    "one place too few",
)
KILLED_IN_BETWEEN = pytest.mark.filterwarnings("ignore:coroutine '.*' was never awaited:RuntimeWarning")
"""A worker that is killed may have begun a task that never took its first step."""


def _told(first: int) -> None:
    for seed in range(first, first + CHUNK):
        played = play(make_plan(seed), check)
        assert not played.problems, "\n".join(
            [*played.plan.lines(), *played.problems, f"python -m tests.simulation --seed {seed} --shrink"]
        )


@KILLED_IN_BETWEEN
@pytest.mark.parametrize("first", range(1, IN_CHECK + 1, CHUNK))
def test_random_stories_keep_their_promises(first: int) -> None:
    _told(first)


@KILLED_IN_BETWEEN
@pytest.mark.slow
@pytest.mark.parametrize("first", range(IN_CHECK + 1, IN_TEST + 1, CHUNK))
def test_more_random_stories_keep_their_promises(first: int) -> None:
    _told(first)


@KILLED_IN_BETWEEN
def test_a_story_is_told_again_to_the_byte() -> None:
    assert play(make_plan(7), check).lines == play(make_plan(7), check).lines


def test_a_story_is_shrunk_to_what_breaks_the_promise() -> None:
    plan = make_plan(1)
    guilty = plan.actions[2]

    def told(shorter: StoryPlan) -> Played:
        broken = guilty in shorter.actions and len(shorter.people) > 2
        return Played(shorter, Ledger(), [], ["promise 1: something"] if broken else ["promise 9: another"])

    short = shrunk(told(plan), told).plan
    assert short.actions == (guilty,)
    assert (short.mishaps, short.workers) == ((), 1)


def test_the_balance_finds_what_a_platform_heard_twice_late_or_never() -> None:
    """Of a story in which nothing goes wrong, with its books changed afterwards."""
    found: dict[str, list[str]] = {}

    def checked(world: World, plan: StoryPlan, ledger: Ledger) -> list[str]:
        reminder = next(each for each in ledger.accepted if each.mark.startswith("reminder"))
        others = [each for each in ledger.accepted if each is not reminder]
        late = replace(reminder, at=reminder.at + timedelta(minutes=3))
        for name, accepted in {"twice": [*others, reminder, late], "late": [*others, late], "never": others}.items():
            found[name] = check(world, plan, replace(ledger, accepted=accepted))
        return check(world, plan, ledger)

    assert play(_plain(), checked).problems == []
    assert any(problem.startswith("promise 1") and "2 times" in problem for problem in found["twice"])
    assert any(problem.startswith("promise 6") for problem in found["late"])
    assert any("never came" in problem for problem in found["never"])
    assert any("recorded as sent, and never taken" in problem for problem in found["never"])


def _plain() -> StoryPlan:
    """Two people register, and nothing else happens."""
    actions = (Action(20.0, "S0", "register", 1), Action(30.0, "D0", "register", 1))
    return replace(
        make_plan(1),
        actions=actions,
        mishaps=(),
        closed=frozenset(),
        people=("S0", "D0"),
        gatherings=(Gathered(START, 2),),
    )


def test_the_record_names_planted_bugs_alone() -> None:
    assert set(FIRST_STORY) <= {bug.name for bug in BUGS}
    assert len(FIRST_STORY) >= 40


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("name", OF_EACH_KIND)
def test_a_planted_bug_is_found_again(name: str) -> None:
    """A few of them, so that the record is true still."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.simulation.planted", "--found", "--name", name]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_what_a_planted_bug_replaces_stands_in_the_product(bug: Bug) -> None:
    for file in {change.file for change in bug.changes}:
        text = (HOME / file).read_text("utf-8")
        compile(changed(text, [change for change in bug.changes if change.file == file]), file, "exec")

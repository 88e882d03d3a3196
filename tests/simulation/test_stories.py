"""Stories keep every promise, whatever their seed; and the same seed tells the same story."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.adapters.slack.fake_web_api import APP_TOKEN
from tests.simulation.books import Stay, balance_reminders, heard
from tests.simulation.story import HEAD_START, LATEST, OFFSETS, first_story, tell_story
from tests.simulation.world import World
from tests.test_house import HOME

SEEDS = range(1, 11)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_story_keeps_its_promises(seed: int) -> None:
    told = tell_story(seed)
    assert (told.problems, told.alarms) == ([], []), "\n".join(told.lines)


def test_the_same_seed_tells_the_same_story_and_another_another() -> None:
    told = tell_story(3)
    assert tell_story(3) == told
    assert tell_story(4).lines != told.lines
    assert any("is killed" in line for line in told.lines)


@pytest.mark.parametrize("seed", range(1, 4))
def test_it_does_over_sockets_too(seed: int) -> None:
    told = tell_story(seed, settings={"SLACK_APP_TOKEN": APP_TOKEN})
    assert (told.problems, told.alarms) == ([], []), "\n".join(told.lines)


@pytest.mark.process
def test_so_it_does_in_another_process() -> None:
    def printed(hash_seed: str) -> list[str]:
        command = [sys.executable, "-m", "tests.simulation", "--seed", "5", "-v"]
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        done = subprocess.run(command, cwd=HOME, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
        return done.stdout.splitlines()[:-1]

    lines = printed("1")
    assert len(lines) > 50
    assert printed("2") == lines


def test_the_balance_finds_what_is_missing_twice_late_or_not_due() -> None:
    found: dict[str, list[str]] = {}

    async def story(world: World) -> list[str]:
        stays: list[Stay] = []
        problems = await first_story(world, stays)
        told = heard(world)
        mark = next(each for each in told if "10 minutes" in each.text)
        late = replace(mark, at=mark.at + LATEST + timedelta(minutes=1))
        one = [stay for stay in stays if stay.who.address == mark.address]
        gone = [replace(one[0], until=one[0].since)]
        found["twice"] = balance_reminders(stays, OFFSETS, [*told, mark], LATEST, HEAD_START)
        found["never"] = balance_reminders(stays, OFFSETS, [each for each in told if each != mark], LATEST, HEAD_START)
        found["late"] = balance_reminders(
            stays, OFFSETS, [late if each == mark else each for each in told], LATEST, HEAD_START
        )
        found["left"] = balance_reminders(gone, OFFSETS[-1:], told, LATEST, HEAD_START)
        return problems

    assert tell_story(1, story).problems == []
    assert {name: len(problems) for name, problems in found.items()} == {"twice": 1, "never": 1, "late": 1, "left": 1}
    for name, word in {"twice": "2 times", "never": "never came", "late": "came late", "left": "had left"}.items():
        assert word in found[name][0]

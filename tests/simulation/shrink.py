"""Shrinks a random story that breaks a promise to the shortest one that still breaks it.

Whatever happens in it is left out, half of it at first and then one after the other, as long as the same promise
breaks; then people, the second gathering and workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation.balance import check
from tests.simulation.random_plan import Action, Mishap, StoryPlan
from tests.simulation.random_story import Played, play

MOST_STORIES = 300
Event = Action | Mishap


def promise_of(problem: str) -> str:
    """The name of the promise, without the evidence."""
    return problem.partition(":")[0].partition(",")[0]


def shrunk(first: Played, play_it: Callable[[StoryPlan], Played] | None = None) -> Played:
    """The shortest story found that breaks what `first` breaks; MOST_STORIES are played at most."""
    play_it = play_it or (lambda plan: play(plan, check))
    wanted = {promise_of(problem) for problem in first.problems}
    best, left = first, MOST_STORIES
    is_shorter = True
    while is_shorter:
        is_shorter = False
        for plan in _shorter(best.plan):
            left -= 1
            if left < 0:
                return best
            played = play_it(plan)
            if wanted & {promise_of(problem) for problem in played.problems}:
                best, is_shorter = played, True
                break
    return best


def _shorter(plan: StoryPlan) -> Iterator[StoryPlan]:
    events: list[Event] = [*plan.mishaps, *plan.actions]
    size = len(events) // 2
    while size:
        for first in range(0, len(events), size):
            yield _without(plan, events[first : first + size])
        size //= 2
    idle = [name for name in plan.people if all(name not in {each.who, each.detail} for each in plan.actions)]
    for name in idle:
        if sum(other[0] == name[0] for other in plan.people) > 1:
            yield replace(plan, people=tuple(other for other in plan.people if other != name))
    if len(plan.gatherings) > 1 and all(each.gathering < 2 for each in plan.actions):
        yield replace(plan, gatherings=plan.gatherings[:1])
    if plan.workers > 1:
        yield replace(plan, workers=plan.workers - 1)


def _without(plan: StoryPlan, events: list[Event]) -> StoryPlan:
    return replace(
        plan,
        actions=tuple(each for each in plan.actions if not any(each is event for event in events)),
        mishaps=tuple(each for each in plan.mishaps if not any(each is event for event in events)),
    )

"""Themes: what seldom meets by chance, told on purpose in every other story, and with chance of its own within that.

    make_plan(7)

A theme replaces what happens in a story; who there is, when it begins and how many workers run stays as it was drawn.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.simulation.random_plan import (
    DOORS_OPEN,
    HOST,
    HOUR_BEFORE,
    START,
    TEN_BEFORE,
    ZONE,
    Action,
    Gathered,
    Mishap,
    StoryPlan,
    moved_to,
    ordinary_plan,
)

Theme = Callable[[StoryPlan, random.Random], StoryPlan]
THEMED = 0.6
"""The share of stories that have a theme."""
DUE = (HOUR_BEFORE, TEN_BEFORE)
EVERYBODY = ("S0", "S1", "D0", "D1", "D2", "D3")


def make_plan(seed: int) -> StoryPlan:
    plan, chance = ordinary_plan(seed), random.Random(f"theme {seed}")
    if chance.random() >= THEMED:
        return plan
    theme: Theme = chance.choices([theme for theme, _ in THEMES], [weight for _, weight in THEMES])[0]
    return theme(plan, chance)


def _told(plan: StoryPlan, actions: Iterable[Action], mishaps: Iterable[Mishap] = ()) -> StoryPlan:
    """With these, instead of what happened in it."""
    return replace(plan, actions=tuple(sorted(actions, key=lambda each: each.at)), mishaps=tuple(mishaps))


def _registering(plan: StoryPlan, chance: random.Random) -> list[Action]:
    """All register early for all there is."""
    return [
        Action(chance.uniform(10, 120), who, "register", number)
        for who in plan.people
        for number in range(1, len(plan.gatherings) + 1)
    ]


def _announcing(chance: random.Random) -> list[Action]:
    channels = [channel for channel in ("slack", "discord") if chance.random() < 0.8]
    return [Action(chance.uniform(140, 400), HOST, "announce", 1, channel) for channel in channels]


def _refusal(chance: random.Random, at: float, seconds: float) -> Mishap:
    return Mishap(at, chance.choice(("discord quarantine", "slack restricted")), seconds=seconds)


# ---- what waits while something changes


def held_up(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """Reminders are planned and cannot be sent, and what they say becomes untrue meanwhile."""
    due, seconds = chance.choice(DUE), chance.uniform(140, 400)
    mishap = _refusal(chance, due - 5, seconds)
    if chance.random() < 0.3:
        seconds = chance.uniform(25, 60)
        mishap = Mishap(due - 1, "discord gone", seconds=seconds)
    changes = _changes(plan, chance, due + chance.uniform(3, seconds - 10))
    return _told(plan, [*_registering(plan, chance), *_announcing(chance), *changes], [mishap])


def _changes(plan: StoryPlan, chance: random.Random, at: float) -> list[Action]:
    match chance.choice(("move", "move", "cancel", "cancel", "unregister", "settings", "close", "forget")):
        case "move":
            new = moved_to(chance, plan.beginning, plan.gatherings[0])
            return [Action(at, HOST, "move", 1, f"{new:%Y-%m-%d %H:%M}")]
        case "cancel":
            return [Action(at, HOST, "cancel", 1)]
        case "close":
            return [Action(max(at, DOORS_OPEN + 5), HOST, "close", 1)]
        case "unregister":
            return [Action(at + chance.uniform(0, 5), who, "unregister", 1) for who in plan.people]
        case "settings":
            wanted = chance.choice(("3600/yes", "600/yes", "-/yes", "3600,600/no"))
            return [Action(at, who, "settings", detail=wanted) for who in plan.people if who[0] == "S"]
        case word:
            return [Action(at, plan.people[0], word)]


def moved_nearer(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """The time of a reminder is past once it is moved: of that hour they hear nothing, only of the move."""
    registering = [
        Action(chance.uniform(10, 600), who, "register", number, twice=chance.random() < 0.2)
        for who in plan.people
        for number in range(1, len(plan.gatherings) + 1)
    ]
    new = plan.beginning + timedelta(seconds=3600 + chance.uniform(60, 600))
    moves = Action(chance.uniform(610, 820), HOST, "move", 1, f"{_typed(new):%Y-%m-%d %H:%M}")
    return _told(plan, [*registering, *_announcing(chance), moves])


def _typed(at: datetime) -> datetime:
    """As a time of day in ZONE."""
    return at.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)


# ---- the pace


def slow_batch(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """A batch that takes a while, for which somebody registers while it runs."""
    plan = replace(plan, pace="slow", people=EVERYBODY, closed=frozenset(), gatherings=(Gathered(START, 3),))
    *early, late = _registering(plan, chance)
    latecomer = replace(late, at=HOUR_BEFORE - chance.uniform(4, 18))
    mishaps = [Mishap(HOUR_BEFORE - chance.uniform(0, 20), chance.choice(("crash", "stop", "clock")), 0, 5.0)]
    return _told(plan, [*early, latecomer], mishaps if chance.random() < 0.2 else ())


def handed_over(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """Workers are stopped and replaced while they send."""
    due = chance.choice(DUE)
    stops = [Mishap(due + chance.uniform(-2, 2), chance.choice(("stop", "crash")), number) for number in range(2)]
    return _told(replace(plan, workers=3), _registering(plan, chance), stops)


# ---- what is refused


def refused(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """A platform refuses the bot itself, for minutes or for almost an hour, and nothing else goes wrong."""
    seconds = chance.choice((chance.uniform(65, 240), chance.uniform(240, 900), chance.uniform(3100, 3500)))
    due = HOUR_BEFORE if seconds > 3000 else chance.choice(DUE)
    mishap = _refusal(chance, due - chance.uniform(0, 5), seconds)
    plan = replace(plan, people=EVERYBODY, closed=frozenset())
    return _told(plan, [*_registering(plan, chance), *_announcing(chance)], [mishap])


def stubborn(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """One conversation takes nothing, whatever is tried, and no word says that it never will."""
    word = Action(chance.uniform(200, 900), HOST, "message", 1, "Word 1")
    return _told(plan, [*_registering(plan, chance), word], [Mishap(100.0, "slack stubborn")])


# ---- doubts


def doubtful(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """Whether a message arrived is not known, while another arrives in the same conversation."""
    plan = replace(plan, gatherings=(Gathered(START, 3), Gathered(START, 3)), closed=frozenset())
    due = chance.choice(DUE)
    if chance.random() < 0.3:
        mishap = Mishap(TEN_BEFORE - chance.uniform(0, 2), "slack unreadable", chance.randint(0, 2), 1320.0)
    else:
        kinds = ("slack refused", "slack refused", "slack dropped", "slack hang", "discord lost", "discord reset")
        mishap = Mishap(due - 60, chance.choice(kinds), chance.randint(0, 1))
    return _told(plan, _registering(plan, chance), [mishap])


def slow_answers(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """What is sent to Slack arrives seconds later, while other workers look on."""
    mishap = Mishap(chance.choice(DUE) - 10, "slack slow", chance.randint(2, 6), 60.0)
    return _told(replace(plan, workers=3), _registering(plan, chance), [mishap])


def frozen(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """A worker stands still for longer than its lease, just before it sends."""
    mishap = Mishap(chance.choice(DUE) - 2, "freeze before send", chance.randint(0, 2), chance.uniform(130, 200))
    return _told(replace(plan, closed=frozenset()), _registering(plan, chance), [mishap])


def all_gone(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """No worker is left when something was just sent, and none for some minutes."""
    seconds = chance.choice((chance.uniform(20, 120), chance.uniform(310, 600), chance.uniform(310, 600)))
    plan = replace(plan, pace="usual", people=("S0", "D0", "D1", "D2"), closed=frozenset())
    mishap = Mishap(chance.choice(DUE) - chance.uniform(1, 5), "blackout after request", chance.randint(0, 2), seconds)
    return _told(plan, _registering(plan, chance), [mishap])


def web_alone(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """No worker runs when reminders are due, and members register meanwhile, whom `htg web` answers."""
    due, seconds = chance.choice(DUE), chance.uniform(60, 200)
    plan = replace(plan, people=("S0", "S1", "S2", "D0"), closed=frozenset())
    registering = [
        replace(each, at=due + chance.uniform(10, seconds - 10)) if each.who in {"S1", "S2"} else each
        for each in _registering(plan, chance)
    ]
    return _told(plan, registering, [Mishap(due - chance.uniform(10, 40), "no worker", seconds=seconds)])


def downtime(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """No worker runs while one reminder and then the next becomes due."""
    mishap = Mishap(HOUR_BEFORE - chance.uniform(5, 60), "blackout", seconds=chance.uniform(3080, 3400))
    return _told(plan, _registering(plan, chance), [mishap])


# ---- answers


def bad_disk(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """The database fails just when people do something, and when drafts are made: one twice is seen."""
    acts = [each for each in plan.actions if each.word in {"register", "unregister", "join", "settings", "suggest"}]
    chosen = chance.sample(acts, min(len(acts), 6))
    drafts = [Action(chance.uniform(20, 900), HOST, "create", detail=f"{number}") for number in range(4)]
    mishaps = [
        Mishap(max(9.0, each.at), "database broken", seconds=chance.uniform(0.1, 0.5)) for each in (*chosen, *drafts)
    ]
    return _told(plan, [*plan.actions, *drafts], mishaps)


def at_the_door(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """Everybody comes at once, some come again, and some when access is closed."""
    limit = chance.randint(1, len(plan.people) + 1)
    plan = replace(plan, gatherings=(Gathered(START, limit),))
    opens = DOORS_OPEN + chance.choice((0.0, 300.0, 900.0))
    joins = [Action(opens + chance.uniform(-0.5, 3), who, "join", 1, twice=chance.random() < 0.3)
             for who in plan.people if chance.random() < 0.7]  # fmt: skip
    again = [Action(opens + chance.uniform(5, 300), each.who, "join", 1) for each in joins if chance.random() < 0.4]
    late = [Action(START + 600 + chance.uniform(2, 900), who, "join", 1)
            for who in plan.people if chance.random() < 0.6]  # fmt: skip
    mishaps = [Mishap(opens + chance.uniform(0, 1), chance.choice(("crash", "database uncertain")), 1)]
    actions = [*_registering(plan, chance), *joins, *again, *late]
    return _told(plan, actions, mishaps if chance.random() < 0.3 else ())


THEMES: tuple[tuple[Theme, int], ...] = (
    (held_up, 4),
    (moved_nearer, 2),
    (slow_batch, 3),
    (handed_over, 1),
    (refused, 4),
    (stubborn, 1),
    (doubtful, 3),
    (slow_answers, 2),
    (frozen, 2),
    (all_gone, 3),
    (downtime, 1),
    (web_alone, 2),
    (bad_disk, 3),
    (at_the_door, 3),
)
"""With how often each is told, beside the others."""

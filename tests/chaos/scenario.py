"""What happens in one round, decided by its seed alone: who does what and when, and what befalls the processes."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta

from tests.chaos.people import PlannedAction

MEMBERS = {"slack": 14, "discord": 10}
DUE_AFTER = 4.5
"""Seconds from the beginning until the reminders fall due."""
ENDS_AFTER = 7.5
"""Seconds until nothing goes wrong any more."""
REMINDERS = (timedelta(minutes=2), timedelta(minutes=1))
"""The two that the gatherings are near; with HTG_REMINDERS=2m,1m."""
PLACES = 3
CIRCLE, CANCELLED, MOVED, DOOR = 1, 2, 3, 4
"""The ids of the gatherings, in the order in which they are added."""
STARTS_AFTER = {CIRCLE: 60, CANCELLED: 60, MOVED: 120, DOOR: 900}
"""Seconds after the reminders are due."""


@dataclass(frozen=True)
class Disruption:
    """Something that befalls a process, a platform or the database."""

    at: float
    what: str
    whom: str = ""
    seconds: float = 0.0


@dataclass
class Scenario:
    seed: int
    database: str
    """sqlite or postgresql."""
    roles: tuple[str, ...]
    socket_mode: bool
    """Slack's interactions come over sockets, not by HTTP."""
    faults: float
    """Of the requests to the platforms, the share that goes wrong."""
    latency: float
    """Seconds that a request takes on each way."""
    planned: dict[str, list[PlannedAction]] = field(default_factory=dict)
    """By name, of the members."""
    cancels_at: float = 0.0
    moves_at: float = 0.0
    drafts: list[tuple[float, int]] = field(default_factory=list)
    disruptions: list[Disruption] = field(default_factory=list)


def scenario(seed: int, *, frozen_for: float, can_crash: bool) -> Scenario:
    """`frozen_for`: seconds, longer than any lease. `can_crash`: whether the database server is ours to stop."""
    rng = random.Random(seed)
    database = "sqlite" if seed % 2 else "postgresql"
    roles = ("run",) if database == "sqlite" else ("web1", "web2", "worker1", "worker2")
    told = Scenario(seed, database, roles, seed % 3 == 0, rng.choice((0.0, 0.15, 0.3)), rng.choice((0.0, 0.05, 0.2)))
    for platform, count in MEMBERS.items():
        for number in range(count):
            told.planned[f"{platform.capitalize()}{number}"] = _member_actions(rng)
    told.cancels_at = DUE_AFTER + rng.uniform(-1.0, 1.5)
    told.moves_at = DUE_AFTER + rng.uniform(-1.0, 1.5)
    told.drafts = [(rng.uniform(0.3, ENDS_AFTER - 1), number) for number in range(1, 4)]
    told.disruptions = list(_disruptions(rng, told, frozen_for, can_crash=can_crash))
    return told


def _member_actions(rng: random.Random) -> list[PlannedAction]:
    """One member's: registers for some gatherings, mostly before the reminder, and may think better of it."""
    actions = []
    for gathering in rng.sample((CIRCLE, CANCELLED, MOVED), rng.randint(1, 3)):
        at = rng.uniform(0.0, DUE_AFTER - 0.7) if rng.random() < 0.85 else rng.uniform(DUE_AFTER, DUE_AFTER + 1.5)
        actions.append(_intention(rng, at, "register", gathering))
        if rng.random() < 0.4:
            at += rng.uniform(0.2, 3.0)
            actions.append(_intention(rng, at, "unregister", gathering))
            if rng.random() < 0.4:
                actions.append(_intention(rng, at + rng.uniform(0.2, 2.0), "register", gathering))
    if rng.random() < 0.4:
        at = rng.uniform(0.0, DUE_AFTER)
        actions.append(_intention(rng, at, "register", DOOR))
        actions.append(_intention(rng, at + rng.uniform(0.3, 2.0), "join", DOOR))
    return actions


def _intention(rng: random.Random, at: float, word: str, gathering: int) -> PlannedAction:
    return PlannedAction(at, word, gathering, twice=rng.random() < 0.15, then_kill=rng.random() < 0.03)


def _disruptions(rng: random.Random, told: Scenario, frozen_for: float, *, can_crash: bool) -> list[Disruption]:
    """Two to four, of which one is near the moment at which the reminders go out."""
    kinds = ["kill", "kill", "freeze", "freeze", "end", "gateway"]
    if told.database == "postgresql":
        kinds += ["cut", "refuse", "terminate", "kill at commit", "freeze at commit"]
        kinds += ["crash"] if can_crash else []
    near = rng.uniform(DUE_AFTER - 0.2, DUE_AFTER + 1.0)
    moments = [near, *(rng.uniform(0.5, ENDS_AFTER - 0.5) for _ in range(rng.randint(1, 3)))]
    disruptions = []
    for at in sorted(moments):
        what = rng.choice(kinds)
        workers = [role for role in told.roles if role.startswith(("run", "worker"))]
        whom = rng.choice(workers if at == near else list(told.roles))
        if at == near and told.database == "postgresql" and rng.random() < 0.4:
            what = "freeze at commit"  # perhaps of what claims reminders: they are rendered, and not yet sent
        away = frozen_for * rng.uniform(1.0, 1.3)
        seconds = {"freeze": away, "freeze at commit": away, "refuse": rng.uniform(0.2, 1.5)}
        disruptions.append(Disruption(at, what, whom, seconds.get(what, rng.choice((0.0, 0.5, 1.5)))))
    return disruptions

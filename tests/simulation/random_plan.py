"""What happens in a random story, as data: derived from the seed alone, and shrunk by leaving parts of it out.

Times are seconds since the story began. The reminders of the first gathering are due at HOUR_BEFORE and TEN_BEFORE.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

START = 4500.0
"""When the first gathering starts: 75 minutes after the beginning."""
HOUR_BEFORE, TEN_BEFORE = START - 3600, START - 600
DOORS_OPEN, DOORS_CLOSE = START - 900, START + 600
OFFSETS = (timedelta(hours=1), timedelta(minutes=10))
ZONE = "Europe/Madrid"
ORDINARY = datetime(2026, 12, 1, 16, 0, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 24, 21, 30, tzinfo=UTC)
"""Three and a half hours later the clocks of Madrid go back."""
SPRING = datetime(2027, 3, 27, 20, 30, tzinfo=UTC)
HOST = "Frances"
PACES = {"usual": "slack:200,discord:20", "slow": "slack:40,discord:6"}
LEAD = {"usual": timedelta(seconds=8), "slow": timedelta(seconds=50)}
"""The longest time by which a batch begins before it is due, with as many people as there are."""


@dataclass(frozen=True)
class Gathered:
    """A gathering that is there from the beginning. Their numbers are 1, 2, … in this order."""

    starts: float
    limit: int


@dataclass(frozen=True)
class Action:
    """What somebody does. `twice`: the platform delivers it twice."""

    at: float
    who: str
    word: str
    gathering: int = 0
    detail: str = ""
    twice: bool = False

    def __str__(self) -> str:
        what = (
            f"{self.word}{f' {self.gathering}' if self.gathering else ''}{f' ({self.detail})' if self.detail else ''}"
        )
        return f"{self.at:8.2f}  {self.who}: {what}{', delivered twice' if self.twice else ''}"


@dataclass(frozen=True)
class Mishap:
    """What goes wrong. `number`: which worker, or after how many; `seconds`: how long it lasts."""

    at: float
    kind: str
    number: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        lasts = f", {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.at:8.2f}  * {self.kind} [{self.number}]{lasts}"


@dataclass(frozen=True)
class StoryPlan:
    seed: int
    beginning: datetime
    workers: int
    pace: str
    gatherings: tuple[Gathered, ...]
    people: tuple[str, ...]
    """Names: S0, S1, … on Slack, D0, D1, … on Discord."""
    closed: frozenset[str]
    """Whose direct messages are closed."""
    actions: tuple[Action, ...]
    mishaps: tuple[Mishap, ...]

    @property
    def starts(self) -> float:
        return self.gatherings[0].starts

    @property
    def ends(self) -> float:
        """Once everything is over, and what waits longest has been given up."""
        starts = [each.starts for each in self.gatherings]
        starts += [(start_of(each) - self.beginning).total_seconds() for each in self.actions if each.word == "move"]
        stubborn = any(each.kind == "slack stubborn" for each in self.mishaps)
        return max(starts) + 90 * 60 + 60 + (5 * 3600 if stubborn else 0)

    @property
    def skew(self) -> timedelta:
        """How far the clock of any worker is ever wrong."""
        return timedelta(seconds=max((abs(each.seconds) for each in self.mishaps if each.kind == "clock"), default=0.0))

    def lines(self) -> list[str]:
        """For people to read."""
        gatherings = ", ".join(
            f"{number} at {each.starts:.0f} for {each.limit}" for number, each in enumerate(self.gatherings, 1)
        )
        closed = f"; closed lines: {', '.join(sorted(self.closed))}" if self.closed else ""
        events: list[Action | Mishap] = sorted([*self.actions, *self.mishaps], key=lambda each: each.at)
        heading = (
            f"seed {self.seed}, from {self.beginning:%d %B %Y %H:%M}: {self.workers} workers, pace {self.pace},"
            f" gatherings {gatherings}; people {', '.join(self.people)}{closed}"
        )
        return [heading, *(str(each) for each in events)]


STORMS = (
    "crash", "crash", "crash after commit", "crash after request", "freeze", "freeze after commit",
    "freeze after request", "freeze after request", "clock", "slack 429", "slack 500", "slack dropped", "slack hang",
    "slack refused", "slack internal_error", "slack restricted", "discord 429", "discord 500", "discord stumbles",
    "discord lost", "discord reset", "discord hang", "discord quarantine", "discord too fast", "gateway cut",
    "gateway lost", "database locked", "database failed", "database uncertain", "database uncertain",
    "reset before", "reset after", "answer lost", "request lost", "discord gone", "stop",
)  # fmt: skip


def ordinary_plan(seed: int) -> StoryPlan:
    chance = random.Random(f"plan {seed}")
    slow = chance.random() < 0.25
    beginning = chance.choice((ORDINARY, ORDINARY, ORDINARY, AUTUMN, SPRING))
    people = tuple(
        [f"S{number}" for number in range(chance.randint(1, 3))]
        + [f"D{number}" for number in range(chance.randint(2, 4) if slow else chance.randint(1, 3))]
    )
    gatherings = [Gathered(START, chance.randint(1, 3))]
    if chance.random() < 0.5:
        gatherings.append(Gathered(START + chance.choice((0, 300, 1800)), chance.randint(1, 3)))
    closed = frozenset(name for name in people if chance.random() < 0.12)
    actions = [*_of_members(chance, people, gatherings), *_of_host(chance, beginning, gatherings)]
    mishaps = () if chance.random() < 0.2 else tuple(_mishaps(chance, actions))
    plan = StoryPlan(
        seed, beginning, chance.choice((2, 2, 3)), "slow" if slow else "usual", tuple(gatherings), people, closed,
        tuple(sorted(actions, key=lambda each: each.at)), mishaps,
    )  # fmt: skip
    return _with_standstill(plan, random.Random(f"standstill {seed}"))


def _with_standstill(plan: StoryPlan, chance: random.Random) -> StoryPlan:
    """In some stories a worker stands still, or dies, just before it sends; in some, what it would say becomes untrue.

    Its chance is of its own: all other stories stay as they are.
    """
    due, rare = chance.choice((HOUR_BEFORE, TEN_BEFORE)), chance.random()
    changes = {"move", "cancel", "close"}
    if rare < 0.07 and all(each.word not in changes for each in plan.actions):
        mishap = Mishap(due - 2, "freeze before send", chance.randint(0, 2), chance.uniform(20, 28))
        cancelled = Action(due + chance.uniform(6, 12), HOST, "cancel", 1)
        return replace(plan, mishaps=(mishap,), actions=(*plan.actions, cancelled))
    if rare < 0.17:
        kind = chance.choice(("freeze before send", "freeze before send", "crash before send"))
        seconds = chance.choice((4.0, 15.0, 140.0)) if kind == "freeze before send" else 0.0
        mishap = Mishap(due - chance.uniform(0, 3), kind, chance.randint(0, 5), seconds)
        return replace(plan, mishaps=(*plan.mishaps, mishap))
    return plan


def start_of(move: Action) -> datetime:
    """The new start: a time of day in ZONE."""
    return datetime.fromisoformat(move.detail).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def near(chance: random.Random, at: float) -> float:
    """Around then: a little before or after, as races want it, or some while."""
    return at + chance.choice((chance.uniform(-0.5, 1.0), chance.uniform(-6, 8), chance.uniform(-90, 120)))


def _of_members(chance: random.Random, people: tuple[str, ...], gatherings: list[Gathered]) -> list[Action]:
    actions: list[Action] = []
    for who in people:
        for number, gathering in enumerate(gatherings, 1):
            due = gathering.starts - 3600
            when = chance.choices(("early", "lead", "just", "late", "never"), (10, 2, 1, 2, 1))[0]
            if when == "never":
                continue
            at = {
                "early": chance.uniform(10, 120),
                "lead": due - chance.uniform(4, 40),
                "just": due + chance.uniform(0, 1),
                "late": due + chance.uniform(5, 1500),
            }[when]
            actions.append(Action(at, who, "register", number, twice=chance.random() < 0.15))
            if chance.random() < 0.15:
                actions.append(
                    Action(max(at + 30, near(chance, chance.choice((due, due + 3000)))), who, "unregister", number)
                )
            for _ in range(chance.choice((0, 1, 1, 2))):
                at = chance.choice((gathering.starts - 905, gathering.starts - 890, gathering.starts + 500))
                at += chance.uniform(0, 120) if chance.random() < 0.7 else chance.uniform(0, 1)
                actions.append(Action(at, who, "join", number, twice=chance.random() < 0.2))
        actions += _of_member(chance, who)
    slack, discord = [name for name in people if name[0] == "S"], [name for name in people if name[0] == "D"]
    if chance.random() < 0.25:
        at = chance.choice((chance.uniform(150, 500), near(chance, HOUR_BEFORE), near(chance, TEN_BEFORE)))
        actions.append(Action(at, slack[0], "connect", detail=discord[0]))
    return actions


def _of_member(chance: random.Random, who: str) -> list[Action]:
    actions = []
    if who[0] == "S":
        if chance.random() < 0.2:
            wanted = chance.choice(("3600", "600", "3600,600", "-"))
            direct = chance.choice(("yes", "yes", "yes", "no"))
            at = chance.choice((chance.uniform(150, 700), near(chance, HOUR_BEFORE)))
            actions.append(Action(at, who, "settings", detail=f"{wanted}/{direct}"))
        if chance.random() < 0.05:
            actions.append(Action(near(chance, chance.choice((HOUR_BEFORE, TEN_BEFORE))), who, "forget"))
    if chance.random() < 0.15:
        actions.append(Action(chance.uniform(100, 800), who, "suggest", detail=f"Topic of {who}", twice=True))
    return actions


def _of_host(chance: random.Random, beginning: datetime, gatherings: list[Gathered]) -> list[Action]:
    actions = []
    if chance.random() < 0.25:
        actions.append(Action(chance.uniform(20, 900), HOST, "create", detail="one", twice=True))
    for number, gathering in enumerate(gatherings, 1):
        due = gathering.starts - chance.choice((3600, 600))
        channels = [channel for channel in ("slack", "discord") if chance.random() < 0.5]
        actions += [Action(chance.uniform(100, 600), HOST, "announce", number, channel) for channel in channels]
        happens = chance.choices(("nothing", "move", "cancel", "close"), (6, 4, 2, 1))[0]
        if happens == "move":
            at = chance.choice((near(chance, due), chance.uniform(200, 800), due + 60))
            actions.append(Action(at, HOST, "move", number, f"{moved_to(chance, beginning, gathering):%Y-%m-%d %H:%M}"))
        elif happens == "cancel":
            actions.append(Action(near(chance, due), HOST, "cancel", number))
        elif happens == "close":
            actions.append(Action(gathering.starts - chance.uniform(500, 880), HOST, "close", number))
        if chance.random() < 0.25:
            at = chance.choice((chance.uniform(200, 900), near(chance, due)))
            actions.append(Action(at, HOST, "message", number, f"Word {number}", twice=True))
    return actions


def moved_to(chance: random.Random, beginning: datetime, gathering: Gathered) -> datetime:
    """A time of day in ZONE; in the nights in which clocks change, beyond the change."""
    start = (beginning + timedelta(seconds=gathering.starts)).astimezone(ZoneInfo(ZONE))
    if beginning != ORDINARY and chance.random() < 0.7:
        day = start + timedelta(days=1 if start.hour > 12 else 0)
        return day.replace(tzinfo=None, hour=3 + chance.randint(1, 2), minute=30, second=0)
    return (start + timedelta(minutes=chance.choice((40, 75, 180)))).replace(tzinfo=None)


def _mishaps(chance: random.Random, actions: list[Action]) -> list[Mishap]:
    mishaps = []
    for kind in chance.sample(STORMS, chance.randint(1, 4)):
        acted = chance.choice(actions).at if actions else 60.0
        around = chance.choices((HOUR_BEFORE, TEN_BEFORE, acted), (5, 5, 2))[0]
        offset = chance.choice((chance.uniform(-1.5, 0.5), chance.uniform(-1.0, 4.0), chance.uniform(-60, 60)))
        if around == acted:
            offset = chance.uniform(-0.1, 0.1)
        mishaps.append(Mishap(max(9.0, around + offset), kind, chance.randint(0, 5), _seconds(chance, kind)))
    rare = chance.random()
    if rare < 0.04:
        mishaps.append(Mishap(100.0, "slack stubborn"))
    elif rare < 0.09:
        mishaps.append(Mishap(HOUR_BEFORE - chance.uniform(5, 60), "blackout", seconds=chance.uniform(3080, 3400)))
    elif rare < 0.12:
        mishaps.append(Mishap(TEN_BEFORE - chance.uniform(0, 2), "slack unreadable", chance.randint(0, 2), 1320.0))
    return mishaps


def _seconds(chance: random.Random, kind: str) -> float:
    match kind.split(maxsplit=1)[0], kind.rsplit(maxsplit=1)[-1]:
        case "freeze", _:
            return chance.choice((4, 20, 130, 200)) + chance.uniform(0, 4)
        case "clock", _:
            return chance.choice((-40, -5, 5, 40)) + chance.uniform(-1, 1)
        case _, ("quarantine" | "restricted"):
            return chance.uniform(20, 240)
        case "discord", "fast":
            return chance.uniform(5, 60)
        case _, "gone":
            return chance.uniform(5, 60)
        case _:
            return 0.0


def without(plan: StoryPlan, *, actions: tuple[Action, ...] = (), mishaps: tuple[Mishap, ...] = ()) -> StoryPlan:
    """The same story, in which this does not happen."""
    return replace(
        plan,
        actions=tuple(each for each in plan.actions if each not in actions),
        mishaps=tuple(each for each in plan.mishaps if each not in mishaps),
    )

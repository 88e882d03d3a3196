"""What can be said for certain about a random story from its answers: an unanswered request may be done late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.simulation.ledger import Ledger, Outcome, Try
from tests.simulation.random_plan import Action, StoryPlan, start_of

LEAVES = ("unregister", "forget")
FOR_EVER = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Change:
    """A move, cancellation or closing, that was done at some instant between these two."""

    first: datetime
    last: datetime


@dataclass(frozen=True)
class Known:
    """What is known of each person and gathering."""

    plan: StoryPlan
    ledger: Ledger

    # ---- who is registered

    def surely_registered(self, who: str, gathering: int, since: datetime, until: datetime) -> bool:
        done = [
            each
            for each in self._about(who, gathering, "register")
            if each.outcome is Outcome.DONE and each.ended <= since
        ]
        if not done:
            return False
        last = max(each.began for each in done)
        leaving = [
            each for each in self._about(who, gathering, *LEAVES) if each.may_have_worked and each.began <= until
        ]
        return not any(each.outcome is Outcome.UNKNOWN or each.ended >= last for each in leaving)

    def surely_not_registered(self, who: str, gathering: int, at: datetime) -> bool:
        coming = [each for each in self._about(who, gathering, "register") if each.may_have_worked and each.began <= at]
        if not coming:
            return True
        left = [
            each for each in self._about(who, gathering, *LEAVES) if each.outcome is Outcome.DONE and each.ended <= at
        ]
        if not left or any(each.outcome is Outcome.UNKNOWN for each in coming):
            return False
        return all(each.ended < max(leave.began for leave in left) for each in coming)

    def first_tried(self, who: str, gathering: int) -> datetime | None:
        """Before then they were certainly not registered."""
        return min(
            (each.began for each in self._about(who, gathering, "register") if each.may_have_worked), default=None
        )

    def tried(self, who: str, gathering: int, word: str) -> bool:
        return any(each.may_have_worked for each in self._about(who, gathering, word))

    def _about(self, who: str, gathering: int, *words: str) -> list[Try]:
        return [each for each in self.ledger.of(who, *words) if each.gathering in {0, gathering}]

    # ---- who they are

    def may_be_connected(self, who: str) -> bool:
        return any(
            each.word == "connect" and each.may_have_worked and who in {each.who, each.detail}
            for each in self.ledger.tries
        )

    def is_steady(self, who: str) -> bool:
        """Whether they are one person on one platform throughout, who is reached there."""
        changes = self.may_be_forgotten(who) or self.may_be_connected(who)
        return not changes and not (who == "S0" and self.is_stubborn)

    @property
    def is_stubborn(self) -> bool:
        return any(each.kind == "slack stubborn" for each in self.plan.mishaps)

    # ---- gatherings

    def starts(self, gathering: int) -> list[datetime]:
        """The first start, and where it was moved that."""
        first = self.plan.beginning + timedelta(seconds=self.plan.gatherings[gathering - 1].starts)
        return [first, *(start_of(move) for move in self._planned("move", gathering))]

    def _planned(self, word: str, gathering: int) -> list[Action]:
        return [each for each in self.plan.actions if (each.word, each.gathering) == (word, gathering)]

    def change(self, word: str, gathering: int) -> Change | None:
        """When it was done. One that may have been done, and was never answered, lasts until the end of time."""
        tries = [each for each in self.ledger.tries if (each.word, each.gathering) == (word, gathering)]
        worked = [each for each in tries if each.may_have_worked]
        if not worked:
            return None
        done = [each.ended for each in worked if each.outcome is Outcome.DONE]
        return Change(worked[0].began, min(done) if done else FOR_EVER)

    def muting(self, who: str, offset: timedelta) -> list[Try]:
        """Changes of settings after which this reminder may be unwanted."""
        seconds = str(int(offset.total_seconds()))
        return [
            each
            for each in self.ledger.of(who, "settings")
            if each.may_have_worked
            and (seconds not in each.detail.split("/")[0].split(",") or each.detail.endswith("no"))
        ]

    def may_be_forgotten(self, who: str) -> bool:
        """Then what they held is free, the place in the house too; also where another self of theirs asked for it."""
        forgetful = [each.who for each in self.ledger.tries if each.word == "forget" and each.may_have_worked]
        return who in forgetful or (self.may_be_connected(who) and any(map(self.may_be_connected, forgetful)))

    def surely_full_at(self, gathering: int) -> datetime | None:
        """When so many had been let in that the house was full."""
        limit = self.plan.gatherings[gathering - 1].limit
        ends: dict[str, datetime] = {}
        for each in self.ledger.tries:
            is_join = (each.word, each.gathering, each.outcome) == ("join", gathering, Outcome.DONE)
            is_settled = not (self.may_be_connected(each.who) or self.may_be_forgotten(each.who))
            if is_join and "Welcome" in each.answer and is_settled:
                ends.setdefault(each.who, each.ended)
        return sorted(ends.values())[limit - 1] if len(ends) >= limit else None

    @property
    def is_dark(self) -> bool:
        """Whether for most of an hour no worker ran."""
        return any(each.kind == "blackout" for each in self.plan.mishaps)

    def full_at_the_earliest(self, gathering: int) -> datetime | None:
        """When so many had tried the door that the house may have been full."""
        limit = self.plan.gatherings[gathering - 1].limit
        firsts: dict[str, datetime] = {}
        for each in self.ledger.tries:
            if (each.word, each.gathering) == ("join", gathering) and each.may_have_worked:
                firsts.setdefault(each.who, each.began)
        return sorted(firsts.values())[limit - 1] if len(firsts) >= limit else None

"""The pace of one platform in one transaction: tokens of the limits that all workers share, locked when first used."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.notifications import send_limits
from bot.notifications.send_limits import SendLimits
from bot.platform import platform_of
from bot.unit_of_work import UnitOfWork

MEASURED_OVER = timedelta(seconds=30)
MEASURED_MESSAGES = 30
"""How long a batch lasts, and how many it sends, at least, for its pace to tell something about the next one."""
KEPT_PACE = 0.95
"""A platform that reached this part of its pace has kept it."""
SLOWEST_SHARE = 4
"""A platform is never reckoned slower than this part of its pace: one bad hour must not move reminders far ahead."""
UNPROVEN_SHARE = 2
"""Nor slower than this part where no large batch has shown yet how fast it is."""


def expected_pace(per_minute: int, usual: int | None, reached: float | None) -> float:
    """Direct messages a minute, as batches are planned by them. `per_minute`: as it is set.

    `usual`: the platform's default. `reached`: in the last large batch; None: there was none yet.
    """
    if reached is None:
        return max(min(per_minute, usual or per_minute), per_minute / UNPROVEN_SHARE)
    return per_minute if reached >= per_minute * KEPT_PACE else max(reached, per_minute / SLOWEST_SHARE)


def shown_pace(per_minute: int, usual: int | None, measured: float) -> float | None:
    """What a large batch has shown of the platform, as `reached` above.

    None: that it keeps a pace no faster than its default, which is reckoned with unshown. Kept as a number it would
    make the platform look slow as soon as a faster pace is set.
    """
    unproven = per_minute <= (usual or per_minute)
    return None if unproven and measured >= per_minute * KEPT_PACE else measured


class Pace:
    def __init__(self, uow: UnitOfWork, platform: str, per_minute: int | None, now: datetime) -> None:
        """`per_minute`: direct messages, as it is set; None: no limit."""
        self._uow = uow
        self._platform = platform
        self._per_minute = per_minute
        self._now = now
        self._locked: SendLimits | None = None
        self._refused_openings = 0

    def _limits(self) -> SendLimits:
        if self._locked is None:
            self._locked = self._uow.send_limits.lock(self._platform, self._now)
        return self._locked

    def _save(self, limits: SendLimits) -> None:
        self._locked = limits
        self._uow.send_limits.save(limits)

    # ---- direct messages

    def at_most(self, wanted: int) -> int:
        """How many of `wanted` direct messages may be sent now."""
        if self._per_minute is None:
            return wanted
        self._locked = send_limits.refilled(self._limits(), self._per_minute, self._now)
        return min(wanted, int(self._locked.tokens))

    def take(self, sent: int, *, has_backlog: bool, backlog_since: datetime | None) -> datetime | None:
        """Takes the tokens of what is sent; returns when more may be sent, where the pace is what it waits for.

        `backlog_since`: since when more was due than the pace allowed, where that was so before.
        """
        if self._per_minute is None:
            return None
        limits = self._limits()
        limits = replace(limits, tokens=limits.tokens - sent)
        if backlog_since is not None and not has_backlog:
            limits = self._measured(limits, self._per_minute, backlog_since)
        if sent or has_backlog or backlog_since is not None:
            self._save(limits)
        if not has_backlog or limits.tokens >= 1:
            return None
        return self._now + send_limits.wait_for_token(limits.tokens, self._per_minute)

    def _measured(self, limits: SendLimits, per_minute: int, since: datetime) -> SendLimits:
        """A batch is over: the next one begins earlier where this one was slower than the pace that is set."""
        lasted = self._now - since
        sent = self._uow.deliveries.count_begun(self._platform, since, self._now)
        if lasted < MEASURED_OVER or sent < MEASURED_MESSAGES:
            return limits
        usual = platform_of(self._platform).direct_messages_per_minute
        reached = shown_pace(per_minute, usual, sent / (lasted.total_seconds() / 60))
        return replace(limits, reached_per_minute=reached)

    # ---- conversations that have to be opened first

    def open_conversation_at(self) -> datetime:
        """Takes a token for opening one, and returns now; or returns when one may be had, each time a later one."""
        platform = platform_of(self._platform)
        per_minute = platform.conversations_per_minute
        if per_minute is None or platform.sending_opens:
            return self._now
        limits = send_limits.openings_refilled(self._limits(), per_minute, self._now)
        paused_until = max(limits.openings_paused_until or self._now, self._now)
        if paused_until == self._now and limits.openings >= 1 and not self._refused_openings:
            self._save(replace(limits, openings=limits.openings - 1))
            return self._now
        wait = send_limits.wait_for_token(limits.openings, per_minute)
        wait += timedelta(minutes=self._refused_openings / per_minute)
        self._refused_openings += 1
        return paused_until + max(wait, timedelta.resolution)

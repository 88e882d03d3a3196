"""Bugs that are planted to show that a round finds them: each changes the product in the process that forks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any


def _blind() -> None:
    """A send in doubt is not looked for: it is taken for one that did not arrive."""
    from adapters.discord.send import DiscordMessenger
    from adapters.slack.send import SlackMessenger

    async def find(*_: Any, **__: Any) -> None:
        return None

    for messenger in (DiscordMessenger, SlackMessenger):
        messenger.find = find  # type: ignore[method-assign]


def _asynchronous() -> None:
    """PostgreSQL answers a COMMIT before it is on disk."""
    from storage.engine import postgres

    postgres._SERVER_TIMEOUTS["synchronous_commit"] = "off"


def _relaxed() -> None:
    """SQLite's COMMIT does not wait for the disk."""
    from storage.engine import sqlite

    configured = sqlite._configured

    def relaxed(connection: Any, lock_timeout: float) -> Any:
        made = configured(connection, lock_timeout)
        made.execute("PRAGMA synchronous=OFF")
        return made

    sqlite._configured = relaxed


def _deaf() -> None:
    """SIGTERM changes nothing."""
    from cli.scheduler import StopSignal

    def ignore(self: StopSignal) -> None:
        pass

    StopSignal._on_signal = ignore  # type: ignore[method-assign]


def _ageless() -> None:
    """What was rendered before a worker was frozen is sent when it goes on."""
    from bot.notifications import delivery_loop

    delivery_loop.OLDEST_WORDING = timedelta(hours=1)


def _forgetful() -> None:
    """An interaction that was acted on is acted on again."""
    from storage.repositories.members import SqlMemberRepository

    claim = SqlMemberRepository.claim_interaction

    def always(self: SqlMemberRepository, key: str, now: datetime) -> bool:
        claim(self, key, now)
        return True

    SqlMemberRepository.claim_interaction = always  # type: ignore[method-assign]


PLANTED: dict[str, Callable[[], None]] = {
    "blind": _blind,
    "asynchronous": _asynchronous,
    "relaxed": _relaxed,
    "deaf": _deaf,
    "ageless": _ageless,
    "forgetful": _forgetful,
}

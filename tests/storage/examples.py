"""Members, gatherings and notifications as test data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.addresses import Address
from bot.gatherings.model import Gathering, Plan, Status
from bot.members.model import Member, Person
from bot.notifications.model import Notification, NotificationKind
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork

NOW = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LINK = ZoomLink("https://zoom.us/j/5551234567?pwd=Th1sIsS3cret", "quiet-room-42")


def person(account: str = "U1", name: str = "Ada Lovelace", platform: str = "slack", **more: Any) -> Person:
    return Person(Address(platform, f"T1/{account}" if platform == "slack" else account), name, **more)


def greeted(uow: UnitOfWork, account: str = "U1", platform: str = "slack") -> Member:
    return uow.members.get_or_create(person(account, platform=platform), NOW)


def plan(title: str = "Grief and Gratitude", starts_in: timedelta = HOUR, **more: Any) -> Plan:
    return Plan(title, NOW + starts_in, "Europe/Madrid", **more)


def published(
    uow: UnitOfWork, title: str = "Grief and Gratitude", starts_in: timedelta = HOUR, **more: Any
) -> Gathering:
    return uow.gatherings.add([plan(title, starts_in, **more)], Status.PUBLISHED)[0]


def notice(gathering: Gathering, key: str = "k", **more: Any) -> Notification:
    values: dict[str, Any] = {
        "kind": NotificationKind.REMINDER,
        "platform": "slack",
        "due_at": NOW,
        "expires_at": NOW + HOUR,
        "offset": HOUR,
    }
    return Notification(key=key, gathering=gathering.id, starts_at=gathering.starts_at, **(values | more))


def posting(count: int, **more: Any) -> Callable[[UnitOfWork], list[Notification]]:
    """A unit of work that adds so many notifications to one member, due now."""

    def work(uow: UnitOfWork) -> list[Notification]:
        gathering, member = published(uow), greeted(uow)
        posted = [notice(gathering, f"k{number}", member=member.id, **more) for number in range(count)]
        uow.notifications.add(posted)
        return posted

    return work

"""Sample gatherings: one tonight, a series of three, and one that is nearly full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from adapters.sandbox.chat import FRANCES, GATHERINGS, SandboxChat, address
from bot.config import Config
from bot.gatherings.model import Gathering, Plan, Status
from bot.members.model import Person
from bot.notifications import enqueue, schedule
from bot.ports import Storage
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork

PLACES_LEFT = 2
"""In the nearly full one: enough for Ada and Bo; Noor finds it full."""


def tonight(now: datetime) -> Plan:
    """At 19:00 in Madrid, two hours from now at the earliest."""
    return Plan(
        title="Grief and Gratitude",
        starts_at=_evening_at(now + timedelta(hours=2), time(19, 0), "Europe/Madrid"),
        zone="Europe/Madrid",
        description="For anyone carrying a loss, old or new. You can speak, or simply be here and listen.",
        facilitators="Frances and Amara",
        link=_zoom_link(1, "481502"),
    )


def series(now: datetime) -> list[Plan]:
    """Three evenings in London, a week apart."""
    first = _evening_at(now + timedelta(hours=36), time(18, 30), "Europe/London")
    zone = ZoneInfo("Europe/London")
    return [
        Plan(
            title="Letting Go, Gently",
            # Weeks are added in local time, so that the series keeps its hour when daylight saving time begins or ends.
            starts_at=(first.astimezone(zone) + timedelta(weeks=week)).astimezone(UTC),
            zone="Europe/London",
            description="Three evenings on endings: what we keep, what we put down, and what grows afterwards.",
            facilitators="Frances",
            link=_zoom_link(2 + week, "905113"),
        )
        for week in range(3)
    ]


def nearly_full(now: datetime) -> Plan:
    """Begins in some ten minutes: its doors are open, and all but PLACES_LEFT places are taken."""
    return Plan(
        title="Listening Circle",
        starts_at=_rounded(now + timedelta(minutes=8), minutes=5),
        zone="Europe/London",
        description="An open circle. No theme, no advice: one person speaks, and everyone listens.",
        facilitators="Amara",
        link=_zoom_link(5, "337721"),
    )


async def load_sample_data(
    storage: Storage, chat: SandboxChat, config: Config, now: datetime
) -> dict[int, Sequence[Person]]:
    """Adds the gatherings, queues their announcements in #gatherings, and registers guests for the first two.

    Those of the nearly full one are admitted. Returns the guests by gathering. The next tick of the outbox posts the
    announcements. Where Zoom is connected, the series alone has links that were pasted.
    """

    def plan(uow: UnitOfWork) -> dict[int, Sequence[Person]]:
        uow.members.get_or_create(FRANCES, now)  # whom the bot has never met, it cannot tell how an evening goes
        made = [nearly_full(now), tonight(now)]
        if config.meetings:
            made = [replace(plan, link=None) for plan in made]
        full, evening = (_announced(uow, [plan], now) for plan in made)
        _announced(uow, series(now), now)
        guests = _guests(full.door_rule.limit - PLACES_LEFT)
        for guest in guests:
            member = uow.members.get_or_create(guest, now).id
            uow.registrations.add(member, [full.id, evening.id] if config.meetings else [full.id], now)
            uow.admission.admit(member, full.id, now)
        # It is announced minutes before it begins: a reminder would repeat the announcement.
        schedule.skip_past_batches(uow, config, full, now)
        return {full.id: guests, evening.id: guests}

    expected = await storage.run(plan)
    for guest in {guest for guests in expected.values() for guest in guests}:
        chat.add_guest(guest)
    return expected


def _announced(uow: UnitOfWork, plans: list[Plan], now: datetime) -> Gathering:
    parts = uow.gatherings.add(plans, Status.PUBLISHED, now)
    enqueue.announce_in(uow, parts[0], GATHERINGS, parts, now)
    return parts[0]


def _guests(number: int) -> list[Person]:
    return [Person(address(f"guest-{n}"), f"Guest {n}", zone="Europe/London") for n in range(1, number + 1)]


def _zoom_link(number: int, passcode: str) -> ZoomLink:
    """A made-up link: RFC 2606 reserves `.example`."""
    return ZoomLink(f"https://zoom.example/j/000000000{number}?pwd=sandbox", passcode)


def _evening_at(earliest: datetime, at: time, zone: str) -> datetime:
    local = earliest.astimezone(ZoneInfo(zone))
    evening = datetime.combine(local.date(), at, ZoneInfo(zone))
    if evening < local:
        evening = datetime.combine(local.date() + timedelta(days=1), at, ZoneInfo(zone))
    return evening.astimezone(UTC)


def _rounded(at: datetime, *, minutes: int) -> datetime:
    """The next multiple of `minutes`, in UTC."""
    return at + timedelta(minutes=-at.minute % minutes)

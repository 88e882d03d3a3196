"""Adds notifications to facilitators to the outbox: each hears once on every platform where they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.accounts.model import address_digest
from bot.addresses import Address
from bot.config import Config
from bot.context import Context
from bot.gatherings.model import Gathering
from bot.meetings.model import Capture
from bot.members.model import Person
from bot.notifications.model import LiveMessage, Notification, NotificationKind, key, scope_of, time_to_read, to_member
from bot.platform import platform_of
from bot.unit_of_work import UnitOfWork

RECORDING_NEWS_EXPIRE_AFTER = timedelta(hours=12)
"""What was recorded is to be deleted, so it is news after the gathering, too."""
AGAIN = ".again"
"""Ends the key of a message that stands in place of a deleted one."""


def tell_facilitators(
    uow: UnitOfWork,
    config: Config,
    kind: NotificationKind,
    gathering: Gathering | None,
    now: datetime,
    *,
    about: object,
    expires_at: datetime,
    at: datetime | None = None,
    besides: str = "",
) -> None:
    """Notifies every facilitator once on each platform where they are: at every address of theirs.

    `about` and `at` tell one such notification from the next; `at`: the start of the gathering unless given.
    `besides`: a platform that is left out.
    """
    starts_at = gathering.starts_at if gathering is not None else now
    _meet(uow, config, now)
    uow.notifications.add(
        Notification(
            key=key(kind, to=member, about=f"{about}.{address_digest(address)}", at=at or starts_at),
            kind=kind,
            gathering=gathering.id if gathering is not None else None,
            platform=address.platform,
            scope=scope_of(address),
            member=member,
            address=address,
            due_at=now + time_to_read(kind),
            ready_at=now,
            expires_at=expires_at,
            starts_at=starts_at,
        )
        for member in uow.facilitators.members(config.configured_facilitators)
        for address in uow.accounts.addresses(member)
        if address.platform != besides
    )


def _meet(uow: UnitOfWork, config: Config, now: datetime) -> None:
    """Who is on the team and never wrote is a member from now on, where they can be written to by their id."""
    for address in sorted({*uow.facilitators.addresses(), *config.configured_facilitators}):
        platform = platform_of(address.platform)
        is_whole = "/" in address.account or not platform.has_workspaces
        if platform.opens_by_id and is_whole and uow.members.at(address) is None:
            uow.members.get_or_create(Person(address), now)


def follow_doors(uow: UnitOfWork, ctx: Context, gathering: Gathering) -> bool:
    """Sends the sender the doors once, in a message that is edited in place; whether one follows, or is on its way.

    None does where the sender has deleted it, and the one in its place.
    """
    digest = address_digest(ctx.address)
    if any(digest in message.key for message in uow.notifications.live_messages([gathering.id])):
        return True
    first, again = (_doors(gathering, ctx.member.id, ctx.address, ctx.now, about) for about in ("", AGAIN))
    uow.notifications.add([first])
    return uow.notifications.is_pending(first.key) or uow.notifications.is_pending(again.key)


def follow_doors_again(uow: UnitOfWork, deleted: LiveMessage, to: Address, now: datetime) -> None:
    """Sends the doors once more in place of a message that is gone; who deletes that one, too, wants none."""
    uow.notifications.forget_message(deleted.id)
    gathering = uow.gatherings.get(deleted.gathering)
    if gathering is not None:
        uow.notifications.add([_doors(gathering, deleted.member, to, now, about=AGAIN)])


def _doors(gathering: Gathering, member: int, to: Address, now: datetime, about: str = "") -> Notification:
    about = f"{gathering.id}.{address_digest(to)}{about}"
    return replace(to_member(NotificationKind.DOORS_FOLLOWED, member, to, gathering, now, about=about), address=to)


def recording_started(
    uow: UnitOfWork, config: Config, gathering: Gathering, what: Capture, at: datetime, now: datetime
) -> None:
    """Something keeps what is said, since `at`: every facilitator is told at once, each time that it begins."""
    tell_facilitators(
        uow,
        config,
        NotificationKind.RECORDING_STARTED,
        gathering,
        now,
        about=f"{gathering.id}.{what}",
        at=at,
        expires_at=max(gathering.ends_at, now + RECORDING_NEWS_EXPIRE_AFTER),
    )

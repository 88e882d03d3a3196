"""Adds notifications to facilitators to the outbox: each hears once on every platform where they are."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.accounts.model import address_digest
from bot.config import Config
from bot.context import Context
from bot.gatherings.model import Gathering
from bot.meetings.model import Capture
from bot.notifications.model import Notification, NotificationKind, key, scope_of, time_to_read
from bot.unit_of_work import UnitOfWork

RECORDING_NEWS_EXPIRE_AFTER = timedelta(hours=12)
"""What was recorded is to be deleted, so it is news after the gathering, too."""


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


def follow_doors(uow: UnitOfWork, ctx: Context, gathering: Gathering) -> bool:
    """Sends the sender the doors once, in a message that is edited in place; False where one follows already."""
    digest = address_digest(ctx.address)
    if any(digest in message.key for message in uow.notifications.live_messages([gathering.id])):
        return False
    notification = Notification(
        key=key(
            NotificationKind.DOORS_FOLLOWED,
            to=ctx.member.id,
            about=f"{gathering.id}.{digest}",
            at=gathering.starts_at,
        ),
        kind=NotificationKind.DOORS_FOLLOWED,
        gathering=gathering.id,
        platform=ctx.address.platform,
        scope=scope_of(ctx.address),
        member=ctx.member.id,
        address=ctx.address,
        due_at=ctx.now,
        expires_at=gathering.ends_at,
        starts_at=gathering.starts_at,
    )
    uow.notifications.add([notification])
    return True


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

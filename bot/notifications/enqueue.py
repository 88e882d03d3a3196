"""Posting to the outbox what a command changes for others, in the command's own transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.accounts.model import address_digest
from bot.addresses import Address
from bot.config import Config
from bot.context import Context
from bot.gatherings.model import Gathering
from bot.meetings.model import TROUBLE, TROUBLE_PATIENCE, TROUBLE_SINCE, Meeting, MeetingState
from bot.members.model import Identity
from bot.messages.model import Message
from bot.notifications.breaker import CircuitBreaker
from bot.notifications.model import Notification, NotificationKind, key
from bot.registrations.model import Registrant
from bot.topics.model import Topic
from bot.unit_of_work import UnitOfWork

STILL_NEWS = timedelta(hours=6)
"""How long a facilitator may still be told that a platform refuses the bot's messages."""


def notify_registrants(uow: UnitOfWork, gathering: Gathering, kind: NotificationKind, now: datetime) -> set[int]:
    """Tells everyone registered that it moved or was cancelled; returns who they are."""
    everyone = uow.registrations.registrants(gathering.id)
    uow.notifications.add(
        Notification(
            # The revision, because what moved there and back may move there again, and is to be told again.
            key=key(kind, to=each.member, about=f"{gathering.id}.{gathering.revision}", at=gathering.starts_at),
            kind=kind,
            gathering=gathering.id,
            platform=each.platform,
            member=each.member,
            due_at=now,
            expires_at=max(gathering.ends_at, now),
            starts_at=gathering.starts_at,
        )
        for each in everyone
    )
    return {each.member for each in everyone}


def send_message(
    uow: UnitOfWork, gathering: Gathering, written: Message, readers: Iterable[Registrant], now: datetime
) -> None:
    """Tells these registrants what was written to them; for a day at least, before or after they meet."""
    uow.notifications.add(
        Notification(
            key=key(NotificationKind.MESSAGE, to=each.member, about=written.id, at=gathering.starts_at),
            kind=NotificationKind.MESSAGE,
            gathering=gathering.id,
            platform=each.platform,
            member=each.member,
            message=written.id,
            due_at=now,
            expires_at=max(gathering.ends_at, now + timedelta(days=1)),
            starts_at=gathering.starts_at,
        )
        for each in readers
    )


def topic_taken_up(uow: UnitOfWork, gathering: Gathering, topic: Topic, by: int, now: datetime) -> int:
    """Tells everyone who asked for the topic, but for the facilitator who took it up; returns how many."""
    told = [
        Notification(
            key=key(NotificationKind.TOPIC_TAKEN, to=member, about=topic.id, at=gathering.starts_at),
            kind=NotificationKind.TOPIC_TAKEN,
            gathering=gathering.id,
            platform=platform,
            member=member,
            due_at=now,
            expires_at=gathering.ends_at,
            starts_at=gathering.starts_at,
        )
        for member, platform in uow.topics.voters(topic.id).items()
        if member != by
    ]
    uow.notifications.add(told)
    return len(told)


def zoom_trouble(uow: UnitOfWork, config: Config, trouble: str, about: Gathering | None, now: datetime) -> None:
    """Remembers what is wrong with Zoom, in a few words or none; what lasts is told each facilitator once.

    `about`: the soonest gathering that suffers from it.
    """
    if trouble != uow.state.get(TROUBLE):
        uow.state.set(TROUBLE, trouble)
    since = uow.state.get(TROUBLE_SINCE) or ""
    if not (trouble and since):
        if bool(trouble) is not bool(since):
            uow.state.set(TROUBLE_SINCE, now.isoformat() if trouble else "")
        if since and now - datetime.fromisoformat(since) >= TROUBLE_PATIENCE:
            _zoom_mended(uow, config, datetime.fromisoformat(since), now)
        return
    began = datetime.fromisoformat(since)
    if about is None or now - began < TROUBLE_PATIENCE:
        return
    uow.notifications.add(
        Notification(
            key=key(NotificationKind.ZOOM_TROUBLE, to=member, about="zoom", at=began),
            kind=NotificationKind.ZOOM_TROUBLE,
            gathering=about.id,
            platform=address.platform,
            member=member,
            address=address,
            due_at=now,
            expires_at=about.ends_at,
            starts_at=about.starts_at,
        )
        for member, address in uow.facilitators.members(config.named).items()
    )


def notify_identities(
    uow: UnitOfWork, kind: NotificationKind, member: int, known: Iterable[Identity], ctx: Context
) -> None:
    """Tells each of a member's addresses, but for the one that asks, that it was connected or disconnected."""
    uow.notifications.add(
        Notification(
            # Not by the second alone: it may happen twice within one.
            key=key(kind, to=member, about=f"{address_digest(each.address)}.{secrets.token_hex(4)}", at=ctx.now),
            kind=kind,
            gathering=None,
            platform=each.address.platform,
            member=member,
            address=each.address,
            due_at=ctx.now,
            expires_at=ctx.now + timedelta(days=7),
            starts_at=ctx.now,
        )
        for each in known
        if each.address != ctx.address
    )


def _zoom_mended(uow: UnitOfWork, config: Config, began: datetime, now: datetime) -> None:
    """Tells whoever was told, or was about to be."""
    uow.notifications.add(
        Notification(
            key=key(NotificationKind.ZOOM_MENDED, to=member, about="zoom", at=began),
            kind=NotificationKind.ZOOM_MENDED,
            gathering=None,
            platform=address.platform,
            member=member,
            address=address,
            due_at=now,
            expires_at=now + STILL_NEWS,
            starts_at=now,
        )
        for member, address in uow.facilitators.members(config.named).items()
    )


def room_lost(uow: UnitOfWork, gathering: Gathering, meeting: Meeting, now: datetime) -> None:
    """The meeting was deleted at Zoom: another is wanted, with passes of its own.

    Whoever came in was told a link that offsets nowhere now; the others were told none.
    """
    kept = uow.meetings.get(gathering.id)
    if kept is None or kept.number != meeting.number or kept.standing is not MeetingState.STANDS:
        return  # somebody else noticed it first, or a facilitator gave another link
    uow.meetings.save(replace(kept, number="", standing=MeetingState.BEGUN))
    uow.meetings.share_common_link(gathering.id, None)
    uow.meetings.lose_passes(gathering.id)
    if gathering.cancelled:
        return
    inside = {each.member for each in uow.registrations.roster(gathering.id) if each.admitted_at is not None}
    uow.notifications.add(
        Notification(
            key=key(
                NotificationKind.ROOM_CHANGED,
                to=each.member,
                about=f"{gathering.id}.{meeting.number}",
                at=gathering.starts_at,
            ),
            kind=NotificationKind.ROOM_CHANGED,
            gathering=gathering.id,
            platform=each.platform,
            member=each.member,
            due_at=now,
            expires_at=max(gathering.ends_at, now),
            starts_at=gathering.starts_at,
        )
        for each in uow.registrations.registrants(gathering.id)
        if each.member in inside
    )


def sender_restricted(
    uow: UnitOfWork, config: Config, breaker: CircuitBreaker, met: Notification, now: datetime
) -> None:
    """Tells each facilitator who is known on another platform, once, that this one refuses the bot's messages."""
    for member in uow.facilitators.members(config.named):
        elsewhere = [each for each in uow.accounts.addresses(member) if each.platform != breaker.platform]
        uow.notifications.add(
            Notification(
                key=key(NotificationKind.SENDER_RESTRICTED, to=member, about=breaker.scope, at=breaker.opened_at),
                kind=NotificationKind.SENDER_RESTRICTED,
                gathering=met.gathering,
                platform=each.platform,
                member=member,
                address=each,
                due_at=now,
                expires_at=now + STILL_NEWS,
                starts_at=met.starts_at,
            )
            for each in elsewhere[:1]
        )


def announce_in(
    uow: UnitOfWork,
    gathering: Gathering,
    where: Address,
    parts: Iterable[Gathering],
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Posts the announcement once in a channel, now or `at` a time, as long as any part is still to come."""
    kept = uow.announcements.add(gathering.id, where)
    uow.notifications.add(
        [
            Notification(
                key=key(NotificationKind.ANNOUNCEMENT, to=where, about=gathering.id, at=gathering.starts_at),
                kind=NotificationKind.ANNOUNCEMENT,
                gathering=gathering.id,
                platform=where.platform,
                channel=where,
                announcement=kept.id,
                due_at=at or now,
                expires_at=max(each.ends_at for each in parts),
                starts_at=gathering.starts_at,
            )
        ]
    )


def update_announcements(uow: UnitOfWork, changed: Gathering, now: datetime) -> None:
    """Has every announcement of this gathering (or its series) edited in place.

    One that is still to be posted will be true by itself; of what is cancelled altogether it is not posted.
    """
    parts = uow.gatherings.parts(changed)
    later = {each.announcement.id for each in uow.announcements.scheduled([each.id for each in parts], now)}
    if all(each.cancelled for each in parts):
        for planned in later:
            uow.announcements.withdraw(planned)
    uow.notifications.add(
        Notification(
            key=f"{NotificationKind.AMENDMENT}:{each.id}:{changed.id}:{changed.revision}",
            kind=NotificationKind.AMENDMENT,
            gathering=each.gathering,
            platform=each.channel.platform,
            channel=each.channel,
            announcement=each.id,
            due_at=now,
            expires_at=max(now, *(part.ends_at for part in parts)),
            starts_at=changed.starts_at,
        )
        for each in uow.announcements.list_for(changed)
        if each.id not in later
    )


def is_announced(uow: UnitOfWork, about: Gathering) -> bool:
    """Whether an announcement of it stands somewhere."""
    return any(each.message for each in uow.announcements.list_for(about))

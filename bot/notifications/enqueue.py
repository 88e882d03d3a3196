"""Adds notifications to the outbox, in the transaction of the change that they are about."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.accounts.model import address_digest
from bot.addresses import Address
from bot.announcements.model import Announcement
from bot.config import Config
from bot.context import Context
from bot.gatherings.model import Gathering
from bot.meetings.model import REPORT_TROUBLE_AFTER, TROUBLE, TROUBLE_SINCE, Meeting, MeetingState
from bot.members.model import Identity
from bot.messages.model import Message
from bot.notifications.breaker import CircuitBreaker
from bot.notifications.model import Notification, NotificationKind, Receipt, key, scope_of, time_to_read, to_member
from bot.notifications.to_facilitators import tell_facilitators
from bot.registrations.model import Registrant
from bot.signups.model import Signup
from bot.topics.model import Topic
from bot.unit_of_work import UnitOfWork

OUTAGE_NEWS_EXPIRE_AFTER = timedelta(hours=6)
"""After that, it is no news to a facilitator that a platform refuses the bot, or that Zoom works again."""
_STILL_EDITED = timedelta(hours=12)
"""How long it is tried to edit a post about what is over."""


def told_of(uow: UnitOfWork, gatherings: Iterable[Gathering]) -> set[int]:
    """The members who hear what is told to all registrants of these."""
    return {
        each.member for gathering in gatherings for each in uow.registrations.registrants(gathering.id) if each.hears
    }


def notify_registrants(
    uow: UnitOfWork,
    gathering: Gathering,
    kind: NotificationKind,
    now: datetime,
    moved_from: datetime | None = None,
) -> set[int]:
    """Notifies every registrant that it moved or was cancelled; returns the ids of those members who hear of it.

    `moved_from`: its start before this move. Whoever has not heard of an earlier one is told from when they know.
    """
    registrants = uow.registrations.registrants(gathering.id)
    known = uow.notifications.starts_last_told(gathering.id) if moved_from is not None else {}
    # With the revision: what moved there and back may move there again, which is another notification.
    about = f"{gathering.id}.{gathering.revision}"
    uow.notifications.add(
        replace(
            to_member(kind, registrant.member, registrant.address, gathering, now, about=about),
            moved_from=known.get(registrant.member, moved_from),
        )
        for registrant in registrants
    )
    return {registrant.member for registrant in registrants if registrant.hears}


def send_message(
    uow: UnitOfWork, gathering: Gathering, message: Message, registrants: Iterable[Registrant], now: datetime
) -> None:
    """Sends these registrants a facilitator's message; it expires after the gathering, and a day from now at least."""
    until = max(gathering.ends_at, now + timedelta(days=1))
    uow.notifications.add(
        replace(
            to_member(NotificationKind.MESSAGE, each.member, each.address, gathering, now, about=message.id),
            message=message.id,
            expires_at=until,
        )
        for each in registrants
    )


def topic_taken_up(uow: UnitOfWork, gathering: Gathering, topic: Topic, by: int, now: datetime) -> int:
    """Notifies everyone who voted for the topic, but for the facilitator who took it up; returns how many."""
    notifications = [
        Notification(
            key=key(NotificationKind.TOPIC_TAKEN, to=member, about=topic.id, at=gathering.starts_at),
            kind=NotificationKind.TOPIC_TAKEN,
            gathering=gathering.id,
            platform=platform,
            member=member,
            due_at=now + time_to_read(NotificationKind.TOPIC_TAKEN),
            ready_at=now,
            expires_at=gathering.ends_at,
            starts_at=gathering.starts_at,
        )
        for member, platform in uow.topics.voters(topic.id).items()
        if member != by
    ]
    uow.notifications.add(notifications)
    return len(notifications)


def part_added(uow: UnitOfWork, added: Gathering, takers: Iterable[Registrant], now: datetime) -> None:
    """Asks these, who take the other parts, whether they want the new one: once, for as long as it can be taken."""
    uow.notifications.add(
        to_member(NotificationKind.PART_ADDED, taker.member, taker.address, added, now) for taker in takers
    )


def zoom_trouble(uow: UnitOfWork, config: Config, trouble: str, gathering: Gathering | None, now: datetime) -> None:
    """Saves what is wrong with Zoom, in a few words or none; if it lasts, each facilitator is notified once.

    `gathering`: the soonest gathering that suffers from it.
    """
    if trouble != uow.state.get(TROUBLE):
        uow.state.set(TROUBLE, trouble)
    since = uow.state.get(TROUBLE_SINCE) or ""
    if not (trouble and since):
        if bool(trouble) is not bool(since):
            uow.state.set(TROUBLE_SINCE, now.isoformat() if trouble else "")
        if since and now - datetime.fromisoformat(since) >= REPORT_TROUBLE_AFTER:
            tell_facilitators(
                uow,
                config,
                NotificationKind.ZOOM_MENDED,
                None,
                now,
                about="zoom",
                at=datetime.fromisoformat(since),
                expires_at=now + OUTAGE_NEWS_EXPIRE_AFTER,
            )
        return
    began_at = datetime.fromisoformat(since)
    if gathering is None or now - began_at < REPORT_TROUBLE_AFTER:
        return
    tell_facilitators(
        uow,
        config,
        NotificationKind.ZOOM_TROUBLE,
        gathering,
        now,
        about="zoom",
        at=began_at,
        expires_at=gathering.ends_at,
    )


def notify_identities(
    uow: UnitOfWork, kind: NotificationKind, member: int, identities: Iterable[Identity], ctx: Context
) -> None:
    """Notifies each of a member's addresses, but for the sender's, that it was connected or disconnected."""
    uow.notifications.add(
        Notification(
            # Not by the second alone: it may happen twice within one.
            key=key(kind, to=member, about=f"{address_digest(identity.address)}.{secrets.token_hex(4)}", at=ctx.now),
            kind=kind,
            gathering=None,
            platform=identity.address.platform,
            scope=scope_of(identity.address),
            member=member,
            address=identity.address,
            due_at=ctx.now,
            expires_at=ctx.now + timedelta(days=7),
            starts_at=ctx.now,
        )
        for identity in identities
        if identity.address != ctx.address
    )


def room_lost(uow: UnitOfWork, gathering: Gathering, meeting: Meeting, now: datetime) -> None:
    """The meeting was deleted at Zoom: another one is to be made, with new personal links.

    Only whoever came in has seen a link, which does not work any more: they alone are notified.
    """
    current = uow.meetings.get(gathering.id)
    if current is None or current.number != meeting.number or current.standing is not MeetingState.STANDS:
        return  # it is known already, or a facilitator gave another link
    uow.meetings.save(replace(current, number="", standing=MeetingState.BEGUN))
    uow.meetings.share_common_link(gathering.id, None)
    uow.meetings.lose_passes(gathering.id)
    if gathering.cancelled:
        return
    admitted = {line.member for line in uow.registrations.roster(gathering.id) if line.admitted_at is not None}
    about = f"{gathering.id}.{meeting.number}"
    uow.notifications.add(
        to_member(NotificationKind.ROOM_CHANGED, each.member, each.address, gathering, now, about=about)
        for each in uow.registrations.registrants(gathering.id)
        if each.member in admitted
    )


def sender_restricted(
    uow: UnitOfWork, config: Config, breaker: CircuitBreaker, gathering: int | None, now: datetime
) -> None:
    """Notifies each facilitator at their addresses on other platforms, once, that this one refuses the bot.

    `gathering`: what it was about that was refused, if anything.
    """
    tell_facilitators(
        uow,
        config,
        NotificationKind.SENDER_RESTRICTED,
        uow.gatherings.get(gathering) if gathering is not None else None,
        now,
        about=breaker.scope,
        at=breaker.opened_at,
        expires_at=now + OUTAGE_NEWS_EXPIRE_AFTER,
        besides=breaker.platform,
    )


def confirm_signup(uow: UnitOfWork, signup: Signup, gathering: Gathering, now: datetime) -> None:
    """Asks whoever reads the letters of this address whether to register them."""
    uow.notifications.add(
        [
            Notification(
                key=key(NotificationKind.CONFIRM_SIGNUP, to=signup.id, about=gathering.id, at=now),
                kind=NotificationKind.CONFIRM_SIGNUP,
                gathering=gathering.id,
                platform=signup.address.platform,
                scope=scope_of(signup.address),
                address=signup.address,
                due_at=now,
                expires_at=min(signup.ends_at, gathering.ends_at),
                starts_at=gathering.starts_at,
            )
        ]
    )


def announce_in(
    uow: UnitOfWork,
    gathering: Gathering,
    channel: Address,
    parts: Iterable[Gathering],
    now: datetime,
    at: datetime | None = None,
    *,
    again: bool = False,
) -> None:
    """Posts the announcement once in a channel, now or `at` a time, as long as any part is still to come.

    `again`: a former post was deleted there, and a platform may take one with its key for that one.
    """
    kind, starts_at = NotificationKind.ANNOUNCEMENT, gathering.starts_at
    once = key(kind, to=channel, about=gathering.id, at=now if again else starts_at)
    until = max(part.ends_at for part in parts)
    announcement = uow.announcements.add(gathering.id, channel)
    uow.notifications.add([in_channel(kind, once, announcement, starts_at, at or now, until)])


def update_announcements(uow: UnitOfWork, changed: Gathering, now: datetime, *, since: str = "") -> None:
    """Edits every announcement of this gathering (or its series) in place, once for each revision of it.

    `since`: what came of it by itself, and is no revision.
    One that is still to be posted will be true by itself; of what is cancelled altogether it is not posted.
    """
    parts = uow.gatherings.parts(changed)
    planned = uow.announcements.scheduled([part.id for part in parts], now)
    scheduled = {post.announcement.id for post in planned}
    if all(part.cancelled for part in parts):
        for announcement_id in scheduled:
            uow.announcements.withdraw(announcement_id)
    kind = NotificationKind.AMENDMENT
    until = max(now + _STILL_EDITED, *(part.ends_at for part in parts))
    about = f"{changed.id}:{changed.revision}{since}"
    uow.notifications.add(
        in_channel(kind, f"{kind}:{announcement.id}:{about}", announcement, changed.starts_at, now, until)
        for announcement in uow.announcements.list_for(changed)
        if announcement.id not in scheduled
    )
    update_channel_reminders(uow, changed, now)


def update_channel_reminders(uow: UnitOfWork, changed: Gathering, now: datetime, *, since: str = "") -> None:
    """Edits every reminder of this gathering that was posted in a channel, or is being posted, for whatever start.

    `since`: as of announcements.
    """
    uow.notifications.add(
        replace(
            reminder,
            key=f"{NotificationKind.REMINDER_AMENDMENT}:{changed.revision}{since}:{reminder.key}",
            kind=NotificationKind.REMINDER_AMENDMENT,
            due_at=now,
            ready_at=now,
            expires_at=max(now + _STILL_EDITED, changed.ends_at),
            state=Receipt.WAITING,
        )
        for reminder in uow.notifications.channel_reminders(changed.id)
    )


def in_channel(
    kind: NotificationKind, once: str, announcement: Announcement, starts_at: datetime, now: datetime, until: datetime
) -> Notification:
    """A post in the channel of an announcement, or an edit of one there: not after `until`."""
    return Notification(
        key=once,
        kind=kind,
        gathering=announcement.gathering,
        platform=announcement.channel.platform,
        scope=scope_of(announcement.channel),
        channel=announcement.channel,
        announcement=announcement.id,
        due_at=now,
        expires_at=until,
        starts_at=starts_at,
    )


def is_announced(uow: UnitOfWork, gathering: Gathering) -> bool:
    """Whether an announcement of it was posted somewhere."""
    return any(announcement.message for announcement in uow.announcements.list_for(gathering))

"""Notifications: their kinds, their unique key and their receipts. Pure.

A notification holds a kind and ids, never text or links: it is rendered at delivery, from what is true then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from bot.addresses import Address
from bot.gatherings.model import Gathering


class NotificationKind(StrEnum):
    REMINDER = "reminder"
    AFTERWARDS = "afterwards"
    REGISTERED = "registered"
    MOVED = "moved"
    CANCELLED = "cancelled"
    ANNOUNCEMENT = "announcement"
    AMENDMENT = "amendment"
    CHANNEL_REMINDER = "channel-reminder"
    REMINDER_AMENDMENT = "reminder-amendment"
    MESSAGE = "message"
    TOPIC_TAKEN = "topic-taken"
    PART_ADDED = "part-added"
    ZOOM_TROUBLE = "zoom-trouble"
    SENDER_RESTRICTED = "sender-restricted"
    ROOM_CHANGED = "room-changed"
    ZOOM_MENDED = "zoom-mended"
    MEETING_PUT_BACK = "meeting-put-back"
    MEETING_REFUSED = "meeting-refused"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    CONFIRM_SIGNUP = "confirm-signup"
    FACILITATORS_BRIEFED = "facilitators-briefed"
    NOT_BEGUN = "not-begun"
    BEGUN_AFTER_ALL = "begun-after-all"
    RECORDING_STARTED = "recording-started"
    GATHERING_COUNTED = "gathering-counted"
    PLACE_FREED = "place-freed"
    WAITING_ENDED = "waiting-ended"
    DOORS_FOLLOWED = "doors-followed"


class Audience(StrEnum):
    """Whom a kind of notification is for."""

    REGISTRANTS = "registrants"
    MEMBERS = "members"
    FACILITATORS = "facilitators"
    """Each at every address of theirs."""
    ADDRESS = "address"
    """Whoever has the one address that it is about."""
    CHANNELS = "channels"


def audience(kind: NotificationKind) -> Audience:
    match kind:
        case (
            NotificationKind.REMINDER
            | NotificationKind.AFTERWARDS
            | NotificationKind.REGISTERED
            | NotificationKind.MOVED
            | NotificationKind.CANCELLED
            | NotificationKind.ROOM_CHANGED
            | NotificationKind.MESSAGE
            | NotificationKind.PLACE_FREED
            | NotificationKind.WAITING_ENDED
        ):
            return Audience.REGISTRANTS
        case NotificationKind.TOPIC_TAKEN | NotificationKind.PART_ADDED:
            return Audience.MEMBERS
        case (
            NotificationKind.ZOOM_TROUBLE
            | NotificationKind.ZOOM_MENDED
            | NotificationKind.SENDER_RESTRICTED
            | NotificationKind.FACILITATORS_BRIEFED
            | NotificationKind.MEETING_PUT_BACK
            | NotificationKind.MEETING_REFUSED
            | NotificationKind.NOT_BEGUN
            | NotificationKind.BEGUN_AFTER_ALL
            | NotificationKind.RECORDING_STARTED
            | NotificationKind.GATHERING_COUNTED
            | NotificationKind.DOORS_FOLLOWED
        ):
            return Audience.FACILITATORS
        case NotificationKind.CONNECTED | NotificationKind.DISCONNECTED | NotificationKind.CONFIRM_SIGNUP:
            return Audience.ADDRESS
        case (
            NotificationKind.ANNOUNCEMENT
            | NotificationKind.AMENDMENT
            | NotificationKind.CHANNEL_REMINDER
            | NotificationKind.REMINDER_AMENDMENT
        ):
            return Audience.CHANNELS
        case _:
            assert_never(kind)


def is_bound_to_address(kind: NotificationKind) -> bool:
    """Whether it goes to one address of a member, and to no other."""
    return audience(kind) in {Audience.FACILITATORS, Audience.ADDRESS}


class Receipt(StrEnum):
    """What became of a notification. WAITING and CLAIMED are in progress; the others are final."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    BLOCKED = "blocked"
    FAILED = "failed"
    TOO_LATE = "too late"
    MISSED = "missed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Notification:
    """One message to one member or one channel, sent once. `key` is unique for good."""

    key: str
    kind: NotificationKind
    gathering: int | None
    platform: str
    due_at: datetime
    """By when it should be read: of what may be sent, what is due first goes first."""
    expires_at: datetime
    starts_at: datetime
    """The start that it was planned for: when a gathering moves, what was planned for the old start is dropped."""
    moved_from: datetime | None = None
    """Of a move: when it was to begin as the recipient was last told."""
    ready_at: datetime | None = None
    """From when it may be sent; None: not before it is due."""
    scope: str = ""
    """Whose limits and breaker apply, as far as is known when it is planned; empty: the platform's."""
    member: int | None = None
    address: Address | None = None
    """The one address of the member that it goes to, or where a send is in doubt; None: where they were last seen.

    Without a member it is the address of somebody who is none yet."""
    channel: Address | None = None
    announcement: int | None = None
    message: int | None = None
    offset: timedelta = timedelta(0)
    state: Receipt = Receipt.WAITING


FOLLOWING_DOORS = frozenset({NotificationKind.FACILITATORS_BRIEFED, NotificationKind.DOORS_FOLLOWED})
"""Kinds whose messages are edited in place while the doors are open."""
EDITED_LATER = FOLLOWING_DOORS | {NotificationKind.CHANNEL_REMINDER}
"""Kinds of which the platform's id is kept with the notification. That of an announcement is kept with it."""
AMENDMENTS = frozenset({NotificationKind.AMENDMENT, NotificationKind.REMINDER_AMENDMENT})
"""Kinds that edit a post in a channel: doing it twice does no harm."""


@dataclass(frozen=True, slots=True)
class LiveMessage:
    """A message to a facilitator that is edited in place. `message`: the platform's id of it."""

    id: int
    key: str
    gathering: int
    member: int
    scope: str
    message: str


@dataclass(frozen=True, slots=True)
class ClaimedNotification:
    """A notification that this worker holds: for the rest of the transaction, or until its lease ends."""

    id: int
    notification: Notification
    attempts: int
    """This one included."""
    in_doubt: bool
    """The outcome of an earlier attempt is unknown: it is looked up before it is sent again."""
    began_at: datetime | None = None
    """When that earlier attempt began."""
    why: str = ""
    """Why an earlier attempt did not send it, as far as that was kept."""


@dataclass(frozen=True, slots=True)
class ScopeState:
    """What is under way in a scope, and what may be."""

    is_open: bool = False
    """Its circuit breaker is open."""
    in_flight: int = 0
    """Direct messages that any worker began to send lately, and holds."""
    recent_doubts: int = 0
    """Direct messages in doubt that wait, and that began lately."""
    has_posts: bool = False
    """Posts in channels may be sent now."""
    has_doubts: bool = False
    """Something in doubt may be looked up now."""
    next_ready: datetime | None = None
    """The earliest instant after now at which something may be sent or looked up, or a lease runs out."""


def scope_of(to: Address) -> str:
    """Whose limits and refusals concern a message to this address: `discord`, or of several workspaces `slack/T123`."""
    workspace = to.account.rpartition("/")[0]
    return f"{to.platform}/{workspace}" if workspace else to.platform


def platform_of_scope(scope: str) -> str:
    return scope.partition("/")[0]


def time_to_read(kind: NotificationKind) -> timedelta:
    """How much later than now what is added now is due: what can wait lets reminders and changes go first."""
    match kind:
        case NotificationKind.MESSAGE | NotificationKind.PART_ADDED | NotificationKind.GATHERING_COUNTED:
            return timedelta(minutes=10)
        case NotificationKind.AFTERWARDS | NotificationKind.TOPIC_TAKEN:
            return timedelta(hours=1)
        case (
            NotificationKind.REMINDER
            | NotificationKind.REGISTERED
            | NotificationKind.MOVED
            | NotificationKind.CANCELLED
            | NotificationKind.ROOM_CHANGED
            | NotificationKind.PLACE_FREED
            | NotificationKind.WAITING_ENDED
            | NotificationKind.ANNOUNCEMENT
            | NotificationKind.AMENDMENT
            | NotificationKind.CHANNEL_REMINDER
            | NotificationKind.REMINDER_AMENDMENT
            | NotificationKind.ZOOM_TROUBLE
            | NotificationKind.ZOOM_MENDED
            | NotificationKind.MEETING_PUT_BACK
            | NotificationKind.MEETING_REFUSED
            | NotificationKind.SENDER_RESTRICTED
            | NotificationKind.CONNECTED
            | NotificationKind.DISCONNECTED
            | NotificationKind.CONFIRM_SIGNUP
            | NotificationKind.FACILITATORS_BRIEFED
            | NotificationKind.NOT_BEGUN
            | NotificationKind.BEGUN_AFTER_ALL
            | NotificationKind.RECORDING_STARTED
            | NotificationKind.DOORS_FOLLOWED
        ):
            return timedelta(0)
        case _:
            assert_never(kind)


def key(kind: NotificationKind, *, to: object, about: object, at: datetime, offset: timedelta = timedelta(0)) -> str:
    """`reminder:17:12:1764784800:3600`: kind, whom, what about, which start, how long before."""
    return f"{kind}:{to}:{about}:{int(at.timestamp())}:{int(offset.total_seconds())}"


def to_member(
    kind: NotificationKind, member: int, to: Address, gathering: Gathering, now: datetime, *, about: object = None
) -> Notification:
    """To a member, who was last seen at `to`, about a gathering: until it has ended, and once.

    `about`: what tells one such notification from the next, where that is not the gathering alone.
    """
    return Notification(
        key=key(kind, to=member, about=gathering.id if about is None else about, at=gathering.starts_at),
        kind=kind,
        gathering=gathering.id,
        platform=to.platform,
        scope=scope_of(to),
        member=member,
        due_at=now + time_to_read(kind),
        ready_at=now,
        expires_at=max(gathering.ends_at, now),
        starts_at=gathering.starts_at,
    )


def channel_reminder_key(channel: Address | None, gathering: int | None, starts_at: datetime, offset: timedelta) -> str:
    return key(NotificationKind.CHANNEL_REMINDER, to=channel, about=gathering, at=starts_at, offset=offset)

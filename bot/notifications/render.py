"""Renders a notification when it is sent, from what is true then; or says why it is no longer to be sent.

Every kind is one case of one match: a new kind is found by the type checker until it is rendered here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from bot.accounts import texts as account_texts
from bot.admission import waiting, waiting_texts
from bot.admission.model import Doors
from bot.config import Config
from bot.extending import model as extending_model
from bot.extending import texts as extending_texts
from bot.gatherings.model import Gathering, Status
from bot.i18n import Locale, locale_at, locale_of
from bot.members.model import Member
from bot.messages import texts as message_texts
from bot.notifications import by_letter, in_channels, live_meeting, texts
from bot.notifications.due import DueNotification
from bot.notifications.facilitator_news import FacilitatorKind, FacilitatorNews
from bot.notifications.model import Notification, NotificationKind, Receipt, is_bound_to_address, time_to_read
from bot.notifications.recipient import address_on
from bot.notifications.rendered import Deferred, Delivery, Dropped, Readdressed, Rendered
from bot.reader_zone import as_read_by
from bot.registrations import what_follows
from bot.registrations.model import Registration, coming_parts
from bot.signups import texts as signup_texts
from bot.topics import texts as topic_texts
from bot.unit_of_work import UnitOfWork
from bot.views import View


class _Instead(Exception):
    """It is not to be sent as it is."""

    def __init__(self, outcome: Dropped | Deferred | Readdressed) -> None:
        super().__init__("not to be sent")
        self.outcome = outcome


def render(uow: UnitOfWork, config: Config, due: DueNotification, now: datetime) -> Rendered:
    try:
        return _Renderer(uow, config, due, due.notification, now).rendered()
    except _Instead as instead:
        return instead.outcome


def _drop(why: str, receipt: Receipt = Receipt.DROPPED) -> _Instead:
    return _Instead(Dropped(receipt, why))


@dataclass(frozen=True, slots=True)
class _ToRegistrant:
    gathering: Gathering
    registration: Registration
    member: Member
    locale: Locale


@dataclass(frozen=True, slots=True)
class _Renderer:
    uow: UnitOfWork
    config: Config
    due: DueNotification
    notification: Notification
    now: datetime

    def rendered(self) -> Delivery:  # noqa: C901 - one case a kind
        match self.notification.kind:
            case NotificationKind.REMINDER:
                return self._to_registrant(self._reminder)
            case NotificationKind.AFTERWARDS:
                return self._to_registrant(self._afterwards)
            case NotificationKind.REGISTERED:
                return self._to_registrant(self._registered)
            case NotificationKind.MOVED:
                return self._to_registrant(self._moved)
            case NotificationKind.CANCELLED:
                return self._to_registrant(self._cancelled)
            case NotificationKind.ROOM_CHANGED:
                return self._to_registrant(self._room_changed)
            case NotificationKind.PLACE_FREED:
                return self._to_registrant(self._place_freed)
            case NotificationKind.WAITING_ENDED:
                return self._to_registrant(self._waiting_ended)
            case NotificationKind.MESSAGE:
                return self._to_registrant(self._message)
            case NotificationKind.TOPIC_TAKEN:
                return self._topic_taken()
            case NotificationKind.PART_ADDED:
                return self._part_added()
            case (
                NotificationKind.ZOOM_TROUBLE
                | NotificationKind.ZOOM_MENDED
                | NotificationKind.SENDER_RESTRICTED
                | NotificationKind.MEETING_PUT_BACK
                | NotificationKind.MEETING_REFUSED
                | NotificationKind.FACILITATORS_BRIEFED
                | NotificationKind.NOT_BEGUN
                | NotificationKind.BEGUN_AFTER_ALL
                | NotificationKind.RECORDING_STARTED
                | NotificationKind.GATHERING_COUNTED
                | NotificationKind.DOORS_FOLLOWED
            ) as kind:
                return self._to_facilitator(kind)
            case NotificationKind.CONNECTED | NotificationKind.DISCONNECTED:
                return self._identities()
            case NotificationKind.CONFIRM_SIGNUP:
                return self._confirm_signup()
            case NotificationKind.ANNOUNCEMENT | NotificationKind.AMENDMENT:
                return self._in_channel(in_channels.announcement, self._gathering())
            case NotificationKind.CHANNEL_REMINDER:
                return self._in_channel(in_channels.reminder, self._standing())
            case NotificationKind.REMINDER_AMENDMENT:
                return self._in_channel(in_channels.amended_reminder, self._gathering())
            case kind:
                assert_never(kind)

    # ---- what it is about, as it stands now

    def _gathering(self) -> Gathering:
        gathering = self.due.gathering
        if gathering is None or gathering.status is Status.DRAFT:
            raise _drop("the gathering is gone")
        return gathering

    def _standing(self, *, whatever_the_start: bool = False) -> Gathering:
        """The gathering, where it was not cancelled since, nor moved if the notification is about its start."""
        gathering = self._gathering()
        if gathering.starts_at != self.notification.starts_at and not whatever_the_start:
            raise _drop("the gathering has moved")
        if gathering.cancelled is not (self.notification.kind is NotificationKind.CANCELLED):
            raise _drop("the gathering was cancelled")
        return gathering

    def _member(self) -> Member:
        """The recipient, with the address that it goes to."""
        number = self.notification.member
        member = self.due.member or (self.uow.members.get(number) if number is not None else None)
        if member is None:
            raise _drop("the member is gone")
        if member.id != number and not self.uow.notifications.is_pending(self.notification.key):
            raise _drop("they became one member, and are told as their other self")
        address = self.notification.address
        if address is not None and address not in self.uow.accounts.addresses(member.id):
            if is_bound_to_address(self.notification.kind):
                raise _drop("that address is another member now")
            raise _Instead(Readdressed(member.address))
        planned = address_on(self.uow, member, self.notification.platform)
        reachable = address or by_letter.reachable(self.uow, self.config, member, planned, self.notification.kind)
        if reachable is None:
            raise _drop("no letters are wanted")
        return replace(member, address=reachable)

    def _deliver(self, member: Member, view: View, locale: Locale) -> Delivery:
        if by_letter.goes_by_letter(member.address):
            return by_letter.delivery(self.uow, self.config, member, locale, view)
        return Delivery(member.address, as_read_by(member, locale, view), locale)

    # ---- to registrants

    def _to_registrant(self, view: Callable[[_ToRegistrant], View]) -> Delivery:
        gathering = self._standing(whatever_the_start=self.notification.kind is NotificationKind.MESSAGE)
        member = self._member()
        is_read = self.due.is_of(member)
        registration = self.due.registration if is_read else self.uow.registrations.get(member.id, gathering.id)
        if registration is None:
            raise _drop("no longer registered")
        locale = locale_of(member, self.config, self.now)
        to = _ToRegistrant(gathering, registration, member, locale)
        return self._deliver(member, view(to), locale)

    def _is_admitted(self, member: Member, gathering: Gathering) -> bool:
        is_read = self.due.is_of(member)
        return self.due.is_admitted if is_read else self.uow.admission.is_admitted(member.id, gathering.id)

    def _reminder(self, to: _ToRegistrant) -> View:
        gathering, member = to.gathering, to.member
        if self._is_admitted(member, gathering):
            raise _drop("came in already")
        if self.notification.offset in member.settings.muted or not member.settings.by_direct_message:
            raise _drop("not wanted")
        if gathering.doors(self.now) not in {Doors.EARLY, Doors.OPEN}:
            raise _drop("the doors have closed", Receipt.TOO_LATE)
        # It waited so long (no worker ran, or the platform was away) that they hear the next one now.
        wanted = set(self.config.reminders) - member.settings.muted
        if any(self.now >= gathering.starts_at - offset for offset in wanted if offset < self.notification.offset):
            raise _drop("a nearer reminder is due", Receipt.MISSED)
        return texts.reminder(to.locale, self.config, gathering, to.registration, self.now)

    def _afterwards(self, to: _ToRegistrant) -> View:
        wanted = to.member.settings.afterwards and to.member.settings.by_direct_message
        if not (wanted and self._is_admitted(to.member, to.gathering)):
            raise _drop("not wanted")
        missed = to.gathering if live_meeting.never_began(self.uow, to.gathering) else None
        following = what_follows.afterwards(self.uow, self.now, to.member.id, to.gathering)
        return texts.afterwards(to.locale, self.config, following, missed)

    def _registered(self, to: _ToRegistrant) -> View:
        view = by_letter.confirmation(
            self.uow, self.config, to.locale, to.member, to.gathering, to.registration, self.now
        )
        if view is None:
            raise _drop("the doors have closed", Receipt.TOO_LATE)
        return view

    def _moved(self, to: _ToRegistrant) -> View:
        view = texts.moved(to.locale, self.config, to.gathering, to.registration, self.notification.moved_from)
        return by_letter.with_calendar(self.uow, self.config, to.locale, to.member, [to.gathering], view)

    def _cancelled(self, to: _ToRegistrant) -> View:
        following = what_follows.instead(self.uow, self.now, to.member.id, to.gathering)
        rest = what_follows.has_other_parts(self.uow, self.now, to.member.id, to.gathering)
        view = texts.cancelled(to.locale, to.gathering, following, rest=rest)
        return by_letter.with_calendar(self.uow, self.config, to.locale, to.member, [to.gathering], view)

    def _room_changed(self, to: _ToRegistrant) -> View:
        return texts.room_changed(to.locale, self.config, to.gathering, to.registration)

    def _place_freed(self, to: _ToRegistrant) -> View:
        if not self._is_admitted(to.member, to.gathering):
            raise _drop("the place went on")
        until = waiting.kept_until(self.uow, to.gathering, self.notification.due_at, self.config.unused_places)
        return waiting_texts.place_freed(to.locale, to.gathering, until, returns=bool(self.config.unused_places))

    def _waiting_ended(self, to: _ToRegistrant) -> View:
        following = what_follows.instead(self.uow, self.now, to.member.id, to.gathering)
        return waiting_texts.ended(to.locale, to.gathering, following)

    def _message(self, to: _ToRegistrant) -> View:
        number = self.notification.message
        message = self.uow.messages.get(number) if number is not None else None
        if message is None or not to.member.settings.by_direct_message:
            raise _drop("it is gone" if message is None else "not wanted")
        return message_texts.as_received(to.locale, to.gathering, message)

    # ---- to other members, and to facilitators

    def _topic_taken(self) -> Delivery:
        gathering, member = self._standing(whatever_the_start=True), self._member()
        if self.uow.registrations.get(member.id, gathering.id) or not member.settings.by_direct_message:
            raise _drop("registered already, or not wanted")
        coming = coming_parts(self.uow.gatherings.parts(gathering), self.now)
        if not coming:
            raise _drop("the doors have closed", Receipt.TOO_LATE)
        locale = locale_of(member, self.config, self.now)
        return self._deliver(member, topic_texts.taken_up(locale, coming[0], coming), locale)

    def _part_added(self) -> Delivery:
        gathering, member = self._standing(whatever_the_start=True), self._member()
        before = [part for part in self.uow.gatherings.parts(gathering) if part.part < gathering.part]
        asked_of = extending_model.asked_of(before, self.notification.due_at - time_to_read(self.notification.kind))
        if self.uow.registrations.get(member.id, gathering.id) or not member.settings.by_direct_message:
            raise _drop("registered already, or not wanted")
        if len(self.uow.registrations.among(member.id, [part.id for part in asked_of])) < len(asked_of):
            raise _drop("they do not take all parts of it any more")
        if not gathering.open_to_registration(self.now):
            raise _drop("the doors have closed", Receipt.TOO_LATE)
        locale = locale_of(member, self.config, self.now)
        return self._deliver(member, extending_texts.question(locale, gathering), locale)

    def _to_facilitator(self, kind: FacilitatorKind) -> Delivery:
        about = self._gathering() if self.notification.gathering is not None else None
        member = self._member()
        if by_letter.goes_by_letter(member.address) and not member.settings.letters:
            raise _drop("no letters are wanted")
        locale = locale_of(member, self.config, self.now)
        view = FacilitatorNews(self.uow, self.config, self.notification, about, member, locale, self.now).view(kind)
        if isinstance(view, Dropped):
            raise _Instead(view)
        return self._deliver(member, view, locale)

    def _identities(self) -> Delivery:
        """To the address that it concerns, whatever the member's settings: somebody else may have done it."""
        member, address = self._member(), self.notification.address
        known = self.uow.accounts.identities(member.id)
        if address is None:
            raise _drop("that address is another member now")
        locale = locale_of(member, self.config, self.now)
        if self.notification.kind is NotificationKind.DISCONNECTED:
            return self._deliver(member, account_texts.was_disconnected(locale, known, address), locale)
        if len(known) < 2:
            raise _drop("undone meanwhile")
        return self._deliver(member, account_texts.was_connected(locale, known, address), locale)

    # ---- to somebody who is no member yet

    def _confirm_signup(self) -> Delivery:
        gathering, address = self._standing(whatever_the_start=True), self.notification.address
        signup = self.uow.signups.by_address(address, gathering.id, self.now) if address is not None else None
        if address is None or signup is None or self.config.links is None:
            raise _drop("the signup is gone")
        coming = waiting.registrable(self.uow, gathering, self.config.unused_places, self.now)
        if not coming:
            raise _drop("the doors have closed", Receipt.TOO_LATE)
        locale = locale_at(signup.language or self.config.language, signup.zone or gathering.zone, self.now)
        link = self.config.links.confirm(signup.key)
        view = signup_texts.letter(locale, self.config, gathering, link, coming, now=self.now)
        return Delivery(address, view, locale)

    # ---- to channels

    def _in_channel(self, post: in_channels.Post, gathering: Gathering) -> Delivery:
        outcome = post(self.uow, self.config, self.notification, gathering, self.now)
        if not isinstance(outcome, Delivery):
            raise _Instead(outcome)
        return outcome

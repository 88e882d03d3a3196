"""Words a notice at delivery, from what is true then; or says why it is no longer to be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.accounts import texts as account_texts
from bot.addresses import Address
from bot.admission import host_texts
from bot.admission import model as admission_model
from bot.admission.model import Doors
from bot.announcements.texts import announcement
from bot.config import Config
from bot.gatherings.model import Gathering, Status
from bot.i18n import Locale, locale_of
from bot.meetings.model import TROUBLE
from bot.members.model import Member
from bot.messages import texts as message_texts
from bot.notifications import texts
from bot.notifications.model import TO_ONE_ADDRESS, Notification, NotificationKind, Receipt
from bot.reader_zone import in_own_zone
from bot.registrations.model import coming_parts
from bot.topics import texts as topic_texts
from bot.unit_of_work import UnitOfWork
from bot.views import View


@dataclass(frozen=True, slots=True)
class Delivery:
    """What to tell, where, in whose language. `amends`: the platform's id of a message to edit instead."""

    to: Address
    view: View
    reader: Locale
    amends: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """It is no longer to be told; `why` is for the record."""

    receipt: Receipt
    why: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """It depends on something that is under way."""

    why: str


WHATEVER_THE_START = {
    NotificationKind.MESSAGE,
    NotificationKind.TOPIC_TAKEN,
    NotificationKind.ZOOM_TROUBLE,
    NotificationKind.SENDER_RESTRICTED,
}
"""True of a gathering whenever it begins."""


@dataclass(frozen=True, slots=True)
class Readdressed:
    """It was planned for an address that is not its member's any more; `to` is."""

    to: Address


Rendered = Delivery | Dropped | Deferred | Readdressed


def recipient(books: UnitOfWork, notice: Notification) -> Address | None:
    """Where a notice goes, whether or not it is still true; None when there is nobody any more."""
    if notice.channel is not None:
        return notice.channel
    member = books.member(notice.member) if notice.member is not None else None
    return None if member is None else notice.address or _line(books, member, notice.platform)


def render(books: UnitOfWork, house: Config, notice: Notification, now: datetime) -> Rendered:
    if notice.gathering is None:
        return _apart(books, house, notice)
    gathering = books.gathering(notice.gathering)
    if gathering is None or gathering.status is Status.DRAFT:
        return Dropped(Receipt.DROPPED, "the gathering is gone")
    if notice.kind in {NotificationKind.ANNOUNCEMENT, NotificationKind.AMENDMENT}:
        return _announcement(books, house, notice, gathering, now)
    if notice.starts_at != gathering.starts_at and notice.kind not in WHATEVER_THE_START:
        return Dropped(Receipt.DROPPED, "the gathering has moved")
    if (
        gathering.cancelled is not (notice.kind is NotificationKind.CANCELLED)
        and notice.kind is not NotificationKind.SENDER_RESTRICTED
    ):
        return Dropped(Receipt.DROPPED, "the gathering was cancelled")
    if notice.kind is NotificationKind.CHANNEL_REMINDER:
        return _channel_reminder(books, house, notice, gathering, now)
    return _private(books, house, notice, gathering, now)


def _private(books: UnitOfWork, house: Config, notice: Notification, gathering: Gathering, now: datetime) -> Rendered:
    """What goes to one person's private line."""
    member = books.member(notice.member) if notice.member is not None else None
    if member is None:
        return Dropped(Receipt.DROPPED, "the member is gone")
    if member.id != notice.member and not books.still_to_tell(notice.key):
        return Dropped(Receipt.DROPPED, "they became one member, and are told as their other self")
    if notice.address is not None and notice.address not in books.addresses(member.id):
        if notice.kind in TO_ONE_ADDRESS:
            return Dropped(Receipt.DROPPED, "that address is another member now")
        return Readdressed(member.address)
    member = replace(member, address=notice.address or _line(books, member, notice.platform))
    told = _personal(books, house, notice, gathering, member, now)
    if isinstance(told, Delivery) and member.shows_another_zone:
        return replace(told, view=in_own_zone(told.reader, told.view))
    return told


def _personal(
    books: UnitOfWork, house: Config, notice: Notification, gathering: Gathering, member: Member, now: datetime
) -> Rendered:
    if notice.kind is NotificationKind.TOPIC_TAKEN:
        return _topic_taken(books, house, gathering, member, now)
    if notice.kind is NotificationKind.ZOOM_TROUBLE:
        return _zoom_trouble(books, house, gathering, member, now)
    if notice.kind is NotificationKind.SENDER_RESTRICTED:
        return _sender_restricted(books, house, member, notice.platform)
    return _to_member(books, house, notice, gathering, member, now)


def _line(books: UnitOfWork, member: Member, platform: str) -> Address:
    """Where a notice goes: on the platform that it was planned for, so that a send in doubt is looked for there."""
    if member.address.platform == platform:
        return member.address
    return next((each for each in books.addresses(member.id) if each.platform == platform), member.address)


def _apart(books: UnitOfWork, house: Config, notice: Notification) -> Rendered:
    """What concerns no gathering."""
    if notice.kind not in {NotificationKind.SENDER_RESTRICTED, NotificationKind.ZOOM_MENDED}:
        return _identities(books, house, notice)
    member = books.member(notice.member) if notice.member is not None else None
    if member is None:
        return Dropped(Receipt.DROPPED, "the member is gone")
    if notice.address is not None and notice.address not in books.addresses(member.id):
        return Dropped(Receipt.DROPPED, "that address is another member now")
    if notice.kind is NotificationKind.ZOOM_MENDED:
        if not member.settings.by_direct_message or books.remembered(TROUBLE):
            return Dropped(Receipt.DROPPED, "not wanted, or in trouble again")
        to = locale_of(member, house)
        return Delivery(notice.address or _line(books, member, notice.platform), host_texts.zoom_mended(to), to)
    return _sender_restricted(
        books,
        house,
        replace(member, address=notice.address or _line(books, member, notice.platform)),
        notice.platform,
    )


def _identities(books: UnitOfWork, house: Config, notice: Notification) -> Rendered:
    """Told to the one address that it concerns, whatever its member wants to hear: somebody else may have done it."""
    member = books.member(notice.member) if notice.member is not None else None
    known = [] if member is None else books.identities(member.id)
    if member is None or notice.address is None or notice.address not in [each.address for each in known]:
        return Dropped(Receipt.DROPPED, "that address is another member now")
    to = locale_of(member, house)
    if notice.kind is NotificationKind.DISCONNECTED:
        return Delivery(notice.address, account_texts.was_disconnected(to, known, notice.address), to)
    if len(known) < 2:
        return Dropped(Receipt.DROPPED, "undone meanwhile")
    return Delivery(notice.address, account_texts.was_connected(to, known, notice.address), to)


def _topic_taken(books: UnitOfWork, house: Config, gathering: Gathering, member: Member, now: datetime) -> Rendered:
    if books.registration(member.id, gathering.id) is not None or not member.settings.by_direct_message:
        return Dropped(Receipt.DROPPED, "registered already, or not wanted")
    parts = books.parts(gathering)
    coming = coming_parts(parts, now)
    if not coming:
        return Dropped(Receipt.TOO_LATE, "the doors have closed")
    to = locale_of(member, house)
    return Delivery(member.address, topic_texts.taken(to, coming[0], coming), to)


def _zoom_trouble(books: UnitOfWork, house: Config, gathering: Gathering, member: Member, now: datetime) -> Rendered:
    trouble = books.remembered(TROUBLE)
    if not trouble or not member.settings.by_direct_message:
        return Dropped(Receipt.DROPPED, "not wanted" if trouble else "mended meanwhile")
    to = locale_of(member, house)
    registered = sum(books.registrant_count(gathering.id).values())
    view = host_texts.doors_live(to, gathering, now, registered=registered, unreached=0, trouble=trouble)
    return Delivery(member.address, view, to)


def _sender_restricted(books: UnitOfWork, house: Config, member: Member, platform: str) -> Rendered:
    held = [each.platform for each in books.breakers() if each.platform != platform]
    if not held:
        return Dropped(Receipt.DROPPED, "over meanwhile")
    to = locale_of(member, house)
    return Delivery(member.address, texts.sender_restricted(to, held), to)


def _to_member(
    books: UnitOfWork, house: Config, notice: Notification, gathering: Gathering, member: Member, now: datetime
) -> Rendered:
    to = locale_of(member, house)
    registration = books.registration(member.id, gathering.id)
    if registration is None:
        return Dropped(Receipt.DROPPED, "no longer registered")
    if notice.kind is NotificationKind.CANCELLED:
        following = _following(books, gathering, now)
        view = texts.cancelled(to, gathering, following, _coming(books, following, now))
        return Delivery(member.address, view, to)
    if notice.kind is NotificationKind.MOVED:
        return Delivery(member.address, texts.moved(to, house, gathering, registration), to)
    if notice.kind is NotificationKind.ROOM_CHANGED:
        return Delivery(member.address, texts.room_changed(to, house, gathering, registration), to)
    if notice.kind is NotificationKind.MESSAGE:
        return _message(books, notice, gathering, member, to)
    inside = books.admitted(member.id, gathering.id)
    if notice.kind is NotificationKind.AFTERWARDS:
        if not (inside and member.settings.afterwards and member.settings.by_direct_message):
            return Dropped(Receipt.DROPPED, "not wanted")
        following = _next_part(books, gathering, now) or _following(books, gathering, now)
        known = following is not None and books.registration(member.id, following.id) is not None
        view = texts.afterwards(to, following, _coming(books, following, now), registered=known)
        return Delivery(member.address, view, to)
    unwanted = notice.lead in member.settings.muted or not member.settings.by_direct_message
    if inside or unwanted:
        return Dropped(Receipt.DROPPED, "came in already" if inside else "not wanted")
    if gathering.doors(now) not in {Doors.EARLY, Doors.OPEN}:
        return Dropped(Receipt.TOO_LATE, "the doors have closed")
    return Delivery(member.address, texts.reminder(to, house, gathering, registration, now), to)


def _message(books: UnitOfWork, notice: Notification, gathering: Gathering, member: Member, to: Locale) -> Rendered:
    written = books.message(notice.message) if notice.message is not None else None
    if written is None or not member.settings.by_direct_message:
        return Dropped(Receipt.DROPPED, "it is gone" if written is None else "not wanted")
    return Delivery(member.address, message_texts.letter(to, gathering, written), to)


def _announcement(
    books: UnitOfWork, house: Config, notice: Notification, gathering: Gathering, now: datetime
) -> Rendered:
    kept = books.announcement(notice.announcement) if notice.announcement is not None else None
    if kept is None:
        return Dropped(Receipt.DROPPED, "the announcement is gone")
    if notice.kind is NotificationKind.AMENDMENT and not kept.message:
        return Deferred("the announcement does not stand yet")
    parts = books.parts(gathering)
    if notice.kind is NotificationKind.ANNOUNCEMENT and all(now >= each.ends_at for each in parts):
        return Dropped(Receipt.TOO_LATE, "it is over")
    to = Locale(house.language, gathering.zone)
    view = announcement(to, house, gathering, parts, coming_parts(parts, now))
    return Delivery(kept.channel, view, to, amends=kept.message if notice.kind is NotificationKind.AMENDMENT else "")


def _channel_reminder(
    books: UnitOfWork, house: Config, notice: Notification, gathering: Gathering, now: datetime
) -> Rendered:
    if gathering.doors(now) not in {Doors.EARLY, Doors.OPEN} or now >= admission_model.closes_at(gathering):
        return Dropped(Receipt.TOO_LATE, "the doors have closed")
    kept = books.announcement(notice.announcement) if notice.announcement is not None else None
    if kept is None or not kept.message:
        return Dropped(Receipt.DROPPED, "it was never announced there")
    to = Locale(house.language, gathering.zone)
    return Delivery(kept.channel, texts.channel_reminder(to, gathering, now, _coming(books, gathering, now)), to)


def _coming(books: UnitOfWork, gathering: Gathering | None, now: datetime) -> list[Gathering]:
    """The parts of its series that a press of Register takes; none where it is no series."""
    return coming_parts(books.parts(gathering), now) if gathering is not None and gathering.is_part else []


def _next_part(books: UnitOfWork, gathering: Gathering, now: datetime) -> Gathering | None:
    coming = [each for each in books.parts(gathering) if each.open_to_registration(now)]
    return next((each for each in coming if each.part > gathering.part), None)


def _following(books: UnitOfWork, gathering: Gathering, now: datetime) -> Gathering | None:
    others = books.upcoming(now, limit=10)
    return next((each for each in others if each.id != gathering.id and each.open_to_registration(now)), None)

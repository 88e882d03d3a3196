"""Words a notice at delivery, from what is true then; or says why it is no longer to be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot import doors
from bot.addresses import Address
from bot.doors import Doors
from bot.gatherings import Gathering, Status
from bot.house import House
from bot.meetings import TROUBLE
from bot.members import Member
from bot.notices import TO_ONE_ADDRESS, Kind, Notice, Receipt
from bot.ports import Books
from bot.registrations import coming_parts
from bot.views import View
from bot.words import day, delivery, membership, messages, topics
from bot.words import notices as words
from bot.words.gatherings import announcement
from bot.words.reader import Reader, reader_of
from bot.words.zones import in_own_zone


@dataclass(frozen=True, slots=True)
class Letter:
    """What to tell, where, in whose language. `amends`: the platform's id of a message to edit instead."""

    to: Address
    view: View
    reader: Reader
    amends: str = ""


@dataclass(frozen=True, slots=True)
class Untold:
    """It is no longer to be told; `why` is for the record."""

    receipt: Receipt
    why: str


@dataclass(frozen=True, slots=True)
class NotYet:
    """It depends on something that is under way."""

    why: str


WHATEVER_THE_START = {Kind.MESSAGE, Kind.TOPIC_TAKEN, Kind.ZOOM_TROUBLE, Kind.SENDER_RESTRICTED}
"""True of a gathering whenever it begins."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """It was planned for an address that is not its member's any more; `to` is."""

    to: Address


Composed = Letter | Untold | NotYet | Elsewhere


def recipient(books: Books, notice: Notice) -> Address | None:
    """Where a notice goes, whether or not it is still true; None when there is nobody any more."""
    if notice.channel is not None:
        return notice.channel
    member = books.member(notice.member) if notice.member is not None else None
    return None if member is None else notice.address or _line(books, member, notice.platform)


def compose(books: Books, house: House, notice: Notice, now: datetime) -> Composed:
    if notice.gathering is None:
        return _apart(books, house, notice)
    gathering = books.gathering(notice.gathering)
    if gathering is None or gathering.status is Status.DRAFT:
        return Untold(Receipt.DROPPED, "the gathering is gone")
    if notice.kind in {Kind.ANNOUNCEMENT, Kind.AMENDMENT}:
        return _announcement(books, house, notice, gathering, now)
    if notice.starts_at != gathering.starts_at and notice.kind not in WHATEVER_THE_START:
        return Untold(Receipt.DROPPED, "the gathering has moved")
    if gathering.cancelled is not (notice.kind is Kind.CANCELLED) and notice.kind is not Kind.SENDER_RESTRICTED:
        return Untold(Receipt.DROPPED, "the gathering was cancelled")
    if notice.kind is Kind.CHANNEL_REMINDER:
        return _channel_reminder(books, house, notice, gathering, now)
    return _private(books, house, notice, gathering, now)


def _private(books: Books, house: House, notice: Notice, gathering: Gathering, now: datetime) -> Composed:
    """What goes to one person's private line."""
    member = books.member(notice.member) if notice.member is not None else None
    if member is None:
        return Untold(Receipt.DROPPED, "the member is gone")
    if member.id != notice.member and not books.still_to_tell(notice.key):
        return Untold(Receipt.DROPPED, "they became one member, and are told as their other self")
    if notice.address is not None and notice.address not in books.addresses(member.id):
        if notice.kind in TO_ONE_ADDRESS:
            return Untold(Receipt.DROPPED, "that address is another member now")
        return Elsewhere(member.address)
    member = replace(member, address=notice.address or _line(books, member, notice.platform))
    told = _personal(books, house, notice, gathering, member, now)
    if isinstance(told, Letter) and member.shows_another_zone:
        return replace(told, view=in_own_zone(told.reader, told.view))
    return told


def _personal(
    books: Books, house: House, notice: Notice, gathering: Gathering, member: Member, now: datetime
) -> Composed:
    if notice.kind is Kind.TOPIC_TAKEN:
        return _topic_taken(books, house, gathering, member, now)
    if notice.kind is Kind.ZOOM_TROUBLE:
        return _zoom_trouble(books, house, gathering, member, now)
    if notice.kind is Kind.SENDER_RESTRICTED:
        return _sender_restricted(books, house, member, notice.platform)
    return _to_member(books, house, notice, gathering, member, now)


def _line(books: Books, member: Member, platform: str) -> Address:
    """Where a notice goes: on the platform that it was planned for, so that a send in doubt is looked for there."""
    if member.address.platform == platform:
        return member.address
    return next((each for each in books.addresses(member.id) if each.platform == platform), member.address)


def _apart(books: Books, house: House, notice: Notice) -> Composed:
    """What concerns no gathering."""
    if notice.kind not in {Kind.SENDER_RESTRICTED, Kind.ZOOM_MENDED}:
        return _identities(books, house, notice)
    member = books.member(notice.member) if notice.member is not None else None
    if member is None:
        return Untold(Receipt.DROPPED, "the member is gone")
    if notice.address is not None and notice.address not in books.addresses(member.id):
        return Untold(Receipt.DROPPED, "that address is another member now")
    if notice.kind is Kind.ZOOM_MENDED:
        if not member.settings.by_direct_message or books.remembered(TROUBLE):
            return Untold(Receipt.DROPPED, "not wanted, or in trouble again")
        to = reader_of(member, house)
        return Letter(notice.address or _line(books, member, notice.platform), day.zoom_mended(to), to)
    return _sender_restricted(
        books,
        house,
        replace(member, address=notice.address or _line(books, member, notice.platform)),
        notice.platform,
    )


def _identities(books: Books, house: House, notice: Notice) -> Composed:
    """Told to the one address that it concerns, whatever its member wants to hear: somebody else may have done it."""
    member = books.member(notice.member) if notice.member is not None else None
    known = [] if member is None else books.identities(member.id)
    if member is None or notice.address is None or notice.address not in [each.address for each in known]:
        return Untold(Receipt.DROPPED, "that address is another member now")
    to = reader_of(member, house)
    if notice.kind is Kind.DISCONNECTED:
        return Letter(notice.address, membership.was_disconnected(to, known, notice.address), to)
    if len(known) < 2:
        return Untold(Receipt.DROPPED, "undone meanwhile")
    return Letter(notice.address, membership.was_connected(to, known, notice.address), to)


def _topic_taken(books: Books, house: House, gathering: Gathering, member: Member, now: datetime) -> Composed:
    if books.registration(member.id, gathering.id) is not None or not member.settings.by_direct_message:
        return Untold(Receipt.DROPPED, "registered already, or not wanted")
    parts = books.parts(gathering)
    coming = coming_parts(parts, now)
    if not coming:
        return Untold(Receipt.TOO_LATE, "the doors have closed")
    to = reader_of(member, house)
    return Letter(member.address, topics.taken(to, coming[0], coming), to)


def _zoom_trouble(books: Books, house: House, gathering: Gathering, member: Member, now: datetime) -> Composed:
    trouble = books.remembered(TROUBLE)
    if not trouble or not member.settings.by_direct_message:
        return Untold(Receipt.DROPPED, "not wanted" if trouble else "mended meanwhile")
    to = reader_of(member, house)
    registered = sum(books.registrant_count(gathering.id).values())
    view = day.doors_live(to, gathering, now, registered=registered, unreached=0, trouble=trouble)
    return Letter(member.address, view, to)


def _sender_restricted(books: Books, house: House, member: Member, platform: str) -> Composed:
    held = [each.platform for each in books.breakers() if each.platform != platform]
    if not held:
        return Untold(Receipt.DROPPED, "over meanwhile")
    to = reader_of(member, house)
    return Letter(member.address, delivery.sender_restricted(to, held), to)


def _to_member(
    books: Books, house: House, notice: Notice, gathering: Gathering, member: Member, now: datetime
) -> Composed:
    to = reader_of(member, house)
    registration = books.registration(member.id, gathering.id)
    if registration is None:
        return Untold(Receipt.DROPPED, "no longer registered")
    if notice.kind is Kind.CANCELLED:
        following = _following(books, gathering, now)
        view = words.cancelled(to, gathering, following, _coming(books, following, now))
        return Letter(member.address, view, to)
    if notice.kind is Kind.MOVED:
        return Letter(member.address, words.moved(to, house, gathering, registration), to)
    if notice.kind is Kind.ROOM_CHANGED:
        return Letter(member.address, words.room_changed(to, house, gathering, registration), to)
    if notice.kind is Kind.MESSAGE:
        return _message(books, notice, gathering, member, to)
    inside = books.admitted(member.id, gathering.id)
    if notice.kind is Kind.AFTERWARDS:
        if not (inside and member.settings.afterwards and member.settings.by_direct_message):
            return Untold(Receipt.DROPPED, "not wanted")
        following = _next_part(books, gathering, now) or _following(books, gathering, now)
        known = following is not None and books.registration(member.id, following.id) is not None
        view = words.afterwards(to, following, _coming(books, following, now), registered=known)
        return Letter(member.address, view, to)
    unwanted = notice.lead in member.settings.muted or not member.settings.by_direct_message
    if inside or unwanted:
        return Untold(Receipt.DROPPED, "came in already" if inside else "not wanted")
    if gathering.doors(now) not in {Doors.EARLY, Doors.OPEN}:
        return Untold(Receipt.TOO_LATE, "the doors have closed")
    return Letter(member.address, words.reminder(to, house, gathering, registration, now), to)


def _message(books: Books, notice: Notice, gathering: Gathering, member: Member, to: Reader) -> Composed:
    written = books.message(notice.message) if notice.message is not None else None
    if written is None or not member.settings.by_direct_message:
        return Untold(Receipt.DROPPED, "it is gone" if written is None else "not wanted")
    return Letter(member.address, messages.letter(to, gathering, written), to)


def _announcement(books: Books, house: House, notice: Notice, gathering: Gathering, now: datetime) -> Composed:
    kept = books.announcement(notice.announcement) if notice.announcement is not None else None
    if kept is None:
        return Untold(Receipt.DROPPED, "the announcement is gone")
    if notice.kind is Kind.AMENDMENT and not kept.message:
        return NotYet("the announcement does not stand yet")
    parts = books.parts(gathering)
    if notice.kind is Kind.ANNOUNCEMENT and all(now >= each.ends_at for each in parts):
        return Untold(Receipt.TOO_LATE, "it is over")
    to = Reader(house.language, gathering.zone)
    view = announcement(to, house, gathering, parts, coming_parts(parts, now))
    return Letter(kept.channel, view, to, amends=kept.message if notice.kind is Kind.AMENDMENT else "")


def _channel_reminder(books: Books, house: House, notice: Notice, gathering: Gathering, now: datetime) -> Composed:
    if gathering.doors(now) not in {Doors.EARLY, Doors.OPEN} or now >= doors.closes_at(gathering):
        return Untold(Receipt.TOO_LATE, "the doors have closed")
    kept = books.announcement(notice.announcement) if notice.announcement is not None else None
    if kept is None or not kept.message:
        return Untold(Receipt.DROPPED, "it was never announced there")
    to = Reader(house.language, gathering.zone)
    return Letter(kept.channel, words.channel_reminder(to, gathering, now, _coming(books, gathering, now)), to)


def _coming(books: Books, gathering: Gathering | None, now: datetime) -> list[Gathering]:
    """The parts of its series that a press of Register takes; none where it is no series."""
    return coming_parts(books.parts(gathering), now) if gathering is not None and gathering.is_part else []


def _next_part(books: Books, gathering: Gathering, now: datetime) -> Gathering | None:
    coming = [each for each in books.parts(gathering) if each.open_to_registration(now)]
    return next((each for each in coming if each.part > gathering.part), None)


def _following(books: Books, gathering: Gathering, now: datetime) -> Gathering | None:
    others = books.upcoming(now, limit=10)
    return next((each for each in others if each.id != gathering.id and each.open_to_registration(now)), None)

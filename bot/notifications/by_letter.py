"""Who hears by letter, and what a letter holds besides the words that others hear."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.addresses import Address
from bot.admission import waiting, waiting_texts
from bot.admission.model import Doors
from bot.config import Config
from bot.gatherings.model import Gathering
from bot.i18n import Locale, written_locale
from bot.members.model import Member
from bot.notifications import letter_texts
from bot.notifications.model import Notification, NotificationKind, is_bound_to_address, to_member
from bot.notifications.rendered import Delivery
from bot.platform import platform_of
from bot.registrations import calendar_file
from bot.registrations import texts as registration_texts
from bot.registrations.model import Registration
from bot.request import Call, encode
from bot.secrets import UnsubscribeLink
from bot.signups.letters import as_letter
from bot.unit_of_work import UnitOfWork
from bot.views import View


def goes_by_letter(address: Address) -> bool:
    return platform_of(address.platform).by_letter


def is_letter(notification: Notification) -> bool:
    return platform_of(notification.platform).by_letter


def mailbox(uow: UnitOfWork, config: Config, member: Member) -> Address | None:
    """Where letters to this member go; None where none are sent, or wanted."""
    if not config.letters or not member.settings.letters:
        return None
    return next(filter(goes_by_letter, [member.address, *uow.accounts.addresses(member.id)]), None)


def instead(uow: UnitOfWork, config: Config, notification: Notification) -> Address | None:
    """The mailbox of a member whom a notification could not reach, where it may go there, and did not come from it.

    It is the same notification, sent elsewhere: nobody hears it twice.
    """
    if notification.member is None or is_bound_to_address(notification.kind):
        return None
    member = uow.members.get(notification.member)
    to = mailbox(uow, config, member) if member is not None else None
    return to if to is not None and to.platform != notification.platform else None


def reachable(
    uow: UnitOfWork, config: Config, member: Member, planned: Address, kind: NotificationKind
) -> Address | None:
    """Where a notification goes that was planned for this address; None where nothing is left that is wanted.

    A private line that is known to be closed is not tried again before its member writes there.
    """
    if goes_by_letter(planned):
        if member.settings.letters:
            return planned
        return next((address for address in uow.accounts.addresses(member.id) if not goes_by_letter(address)), None)
    if not member.unreached or is_bound_to_address(kind):
        return planned
    return mailbox(uow, config, member) or planned


def confirm(
    uow: UnitOfWork, config: Config, member: Member, registration: Registration, gathering: Gathering, now: datetime
) -> None:
    """Where an answer is gone with its page, it is also written: with the time, the way in, and a calendar file."""
    if not (config.letters and goes_by_letter(member.address)):
        return
    # With when it was: the id of a registration that was given up may be another's later.
    about = f"{registration.id}.{int(registration.at.timestamp())}"
    kind = NotificationKind.REGISTERED
    uow.notifications.add([to_member(kind, member.id, member.address, gathering, now, about=about)])


def confirmation(
    uow: UnitOfWork,
    config: Config,
    locale: Locale,
    member: Member,
    gathering: Gathering,
    registration: Registration,
    now: datetime,
) -> View | None:
    """What the answer said: of a series every part that they are registered for. None where the doors have closed."""
    ahead = waiting.registrable(uow, gathering, config.unused_places, now)
    registered = uow.registrations.among(member.id, [part.id for part in ahead])
    coming = [part for part in ahead if part.id in registered]
    if gathering.id not in registered:
        return None
    full_house = None
    if gathering.doors(now) is Doors.FULL and not uow.admission.is_admitted(member.id, gathering.id):
        position = waiting.position(uow, member.id, gathering.id)
        full_house = waiting_texts.at_full_house(locale, gathering, position)
    view = registration_texts.registered(
        locale,
        config,
        gathering,
        coming,
        registration,
        calendar=member.calendar,
        settings=member.settings,
        full_house=full_house,
        now=now,
    )
    return with_calendar(uow, config, locale, member, coming, view)


def with_calendar(
    uow: UnitOfWork, config: Config, locale: Locale, member: Member, gatherings: Iterable[Gathering], view: View
) -> View:
    """Of a letter: with these gatherings as a file."""
    if not goes_by_letter(member.address):
        return view
    return view.with_parts(*calendar_file.of(uow, config, locale, member, gatherings))


def delivery(uow: UnitOfWork, config: Config, member: Member, locale: Locale, view: View) -> Delivery:
    """A letter to the member's address: every button leads to their page, and one ends the letters."""
    to = member.address
    page = uow.signups.page(to)
    written = as_letter(config, page, locale, view)
    if config.links is not None:
        link = config.links.page(page, encode(Call("quiet")))
        written = written.with_parts(*letter_texts.foot(locale, config, UnsubscribeLink(link.reveal())))
    return Delivery(to, written, written_locale(member, locale))

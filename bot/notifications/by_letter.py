"""Who hears by letter, and what a letter holds besides the words that others hear."""

from __future__ import annotations

from bot.addresses import Address
from bot.config import Config
from bot.i18n import Locale
from bot.members.model import Member
from bot.notifications import letter_texts
from bot.notifications.model import Notification, is_bound_to_address
from bot.notifications.rendered import Delivery
from bot.platform import platform_of
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


def delivery(uow: UnitOfWork, config: Config, member: Member, locale: Locale, view: View) -> Delivery:
    """A letter to the member's address: every button leads to their page, and one ends the letters."""
    to = member.address
    written = as_letter(uow, config, to, locale, view)
    if config.links is not None:
        link = config.links.page(uow.signups.page(to), encode(Call("quiet")))
        written = written.with_parts(*letter_texts.foot(locale, config, UnsubscribeLink(link.reveal())))
    return Delivery(to, written, locale)

"""Where a notification goes."""

from __future__ import annotations

from bot.addresses import Address
from bot.members.model import Member
from bot.notifications.model import Notification
from bot.unit_of_work import UnitOfWork


def recipient(uow: UnitOfWork, notification: Notification) -> Address | None:
    """Where a notification goes, whether or not it is still true; None when there is nobody any more."""
    if notification.channel is not None:
        return notification.channel
    if notification.member is None:
        return notification.address
    member = uow.members.get(notification.member)
    return None if member is None else notification.address or address_on(uow, member, notification.platform)


def address_on(uow: UnitOfWork, member: Member, platform: str) -> Address:
    """On the platform that it was planned for, so that a send in doubt is looked up there."""
    if member.address.platform == platform:
        return member.address
    addresses = uow.accounts.addresses(member.id)
    return next((address for address in addresses if address.platform == platform), member.address)

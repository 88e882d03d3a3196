"""What becomes of a notification when it is rendered."""

from __future__ import annotations

from dataclasses import dataclass

from bot.addresses import Address
from bot.i18n import Locale
from bot.notifications.model import Receipt
from bot.views import View


@dataclass(frozen=True, slots=True)
class Delivery:
    """What to send, where, in whose language. `amends`: the platform's id of a message to edit instead."""

    to: Address
    view: View
    locale: Locale
    amends: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """It is no longer to be sent; `why` is for the record."""

    receipt: Receipt
    why: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """It depends on something that is under way."""

    why: str


@dataclass(frozen=True, slots=True)
class Readdressed:
    """It was planned for an address that is not its member's any more; `to` is."""

    to: Address


Rendered = Delivery | Dropped | Deferred | Readdressed

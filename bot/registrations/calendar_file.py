"""What a member is registered for, as a file that calendars take."""

from __future__ import annotations

from collections.abc import Iterable

from bot.config import Config
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.members.model import Member
from bot.unit_of_work import UnitOfWork
from bot.views import Attachment


def of(
    uow: UnitOfWork, config: Config, locale: Locale, member: Member, gatherings: Iterable[Gathering]
) -> list[Attachment]:
    """Those of these gatherings that they registered for, with their links to the doors where there are pages.

    Nothing where there are none, or nobody to write the file.
    """
    if config.calendar is None:
        return []
    found = [(gathering, uow.registrations.get(member.id, gathering.id)) for gathering in gatherings]
    registered = [
        (each, known.at, config.links.join(known.key) if config.links is not None else None)
        for each, known in found
        if known is not None
    ]
    return [config.calendar.file(locale.language, registered)] if registered else []

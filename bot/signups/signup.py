"""From the form on a gathering's page to the member who registers: the steps that no member takes yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.addresses import Address
from bot.admission import waiting
from bot.gatherings.model import Gathering
from bot.members.model import Person
from bot.notifications import enqueue
from bot.secrets import LinkKey
from bot.signups import model
from bot.signups.model import Signup
from bot.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Whoever holds the letter has its address: this person, and the link of their page."""

    person: Person
    gathering: int
    page: LinkKey


def ask(
    uow: UnitOfWork,
    address: Address,
    name: str,
    gathering: Gathering,
    now: datetime,
    *,
    language: str | None = None,
    zone: str | None = None,
) -> None:
    """Writes one letter. Whether a member has this address is not looked up, so that nothing can tell it."""
    signup = uow.signups.add(address, model.clean_name(name), gathering.id, now, language=language, zone=zone)
    if model.is_letter_due(signup, uow.signups.count_letters(address, now - model.SIGNUP_LIFE), now):
        uow.signups.record_letter(signup.id, now)
        enqueue.confirm_signup(uow, signup, gathering, now)


def find(
    uow: UnitOfWork, link: LinkKey, unused_after: timedelta, now: datetime
) -> tuple[Signup, Gathering, list[Gathering]] | None:
    """With the parts of its series that confirming registers for."""
    signup = uow.signups.get(link, now)
    gathering = uow.gatherings.get(signup.gathering) if signup is not None else None
    if signup is None or gathering is None:
        return None
    return signup, gathering, waiting.registrable(uow, gathering, unused_after, now)


def is_registered(uow: UnitOfWork, signup: Signup, coming: Sequence[Gathering]) -> bool:
    """For all that confirming would register for. Told to nobody but who holds the letter."""
    member, wanted = uow.members.at(signup.address), [part.id for part in coming]
    return member is not None and bool(wanted) and uow.registrations.among(member.id, wanted) == set(wanted)


def confirm(uow: UnitOfWork, link: LinkKey, now: datetime) -> Confirmed | None:
    """As often as the button is pressed. What a member's address is called already stays as it is."""
    found = uow.signups.with_page(link, now)
    if found is None:
        return None
    signup, page, is_known = found
    person = Person(signup.address) if is_known else Person(signup.address, signup.name, signup.language, signup.zone)
    return Confirmed(person, signup.gathering, page)

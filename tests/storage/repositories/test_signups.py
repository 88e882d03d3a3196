"""Signups wait for a day; a personal page belongs to an address, whichever member that is."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.addresses import Address
from bot.config import Config
from bot.members.model import Person
from bot.notifications.model import NotificationKind
from bot.notifications.render import render
from bot.notifications.rendered import Delivery, Dropped
from bot.secrets import LinkKey
from bot.signups import signup as signups
from bot.signups.model import LETTER_EVERY, LETTERS_PER_DAY, SIGNUP_LIFE
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.storage.examples import HOUR, NOW, published
from tests.storage.transaction import in_transaction

ADA = Address("mail", "ada@example.org")


class Links:
    """Addresses that show what they name."""

    def join(self, registration: LinkKey) -> object:
        raise NotImplementedError

    calendar = join

    def confirm(self, signup: LinkKey) -> object:
        return signup

    def page(self, page: LinkKey, call: str = "") -> object:
        return (page, call)


def letters(uow: UnitOfWork) -> int:
    return uow.signups.count_letters(ADA, NOW - timedelta(days=9))


@in_transaction
def test_asked_twice_it_is_one_signup_with_one_letter(uow: UnitOfWork) -> None:
    gathering = published(uow, starts_in=48 * HOUR)
    signups.ask(uow, ADA, " Ada\n", gathering, NOW, language="es", zone="Europe/Madrid")
    first = uow.signups.by_address(ADA, gathering.id, NOW)
    assert first is not None
    assert (first.name, first.language, first.zone) == ("Ada", "es", "Europe/Madrid")
    signups.ask(uow, ADA, "Ada L", gathering, NOW + LETTER_EVERY / 2)
    again = uow.signups.get(first.key, NOW)
    assert again is not None
    assert (again.id, again.name) == (first.id, "Ada L")
    assert letters(uow) == 1
    signups.ask(uow, ADA, "Ada", gathering, NOW + LETTER_EVERY)
    assert letters(uow) == 2


@in_transaction
def test_one_address_gets_few_letters_a_day_whoever_asks(uow: UnitOfWork) -> None:
    for _ in range(LETTERS_PER_DAY + 3):
        signups.ask(uow, ADA, "Ada", published(uow, starts_in=48 * HOUR), NOW)
    assert letters(uow) == LETTERS_PER_DAY
    tomorrow = NOW + timedelta(days=1, seconds=1)
    signups.ask(uow, ADA, "Ada", published(uow, starts_in=72 * HOUR), tomorrow)
    assert letters(uow) == LETTERS_PER_DAY + 1


@in_transaction
def test_nothing_but_a_letter_comes_of_asking(uow: UnitOfWork) -> None:
    gathering = published(uow, starts_in=48 * HOUR)
    signups.ask(uow, ADA, "Ada", gathering, NOW)
    assert uow.members.names([ADA]) == {}
    assert uow.registrations.roster(gathering.id) == []


@in_transaction
def test_confirmed_as_often_as_pressed_and_called_as_they_were(uow: UnitOfWork) -> None:
    gathering = published(uow, starts_in=48 * HOUR)
    signups.ask(uow, ADA, "Ada", gathering, NOW, zone="Europe/Madrid")
    waiting = uow.signups.by_address(ADA, gathering.id, NOW)
    assert waiting is not None
    first = signups.confirm(uow, waiting.key, NOW)
    assert first is not None
    assert first.person == Person(ADA, "Ada", None, "Europe/Madrid")
    uow.members.get_or_create(first.person, NOW)
    signups.ask(uow, ADA, "Somebody else", gathering, NOW)
    again = signups.confirm(uow, waiting.key, NOW)
    assert again is not None
    assert again.person == Person(ADA)
    assert again.page == first.page
    assert uow.signups.page_owner(first.page) == ADA


@pytest.mark.parametrize("which", ["nonce", "id", "none"])
@in_transaction
def test_a_link_that_was_not_given_names_nothing(uow: UnitOfWork, which: str) -> None:
    gathering = published(uow, starts_in=48 * HOUR)
    signups.ask(uow, ADA, "Ada", gathering, NOW)
    waiting, page = uow.signups.by_address(ADA, gathering.id, NOW), uow.signups.page(ADA)
    assert waiting is not None
    for right, find in ((waiting.key, lambda key: uow.signups.get(key, NOW)), (page, uow.signups.page_owner)):
        wrong = {
            "nonce": LinkKey(right.id, "another"),
            "id": LinkKey(right.id + 1, right.nonce),
            "none": LinkKey(right.id),
        }
        assert find(right) is not None
        assert find(wrong[which]) is None


async def test_a_day_later_nothing_of_it_is_left(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> None:
        gathering = published(uow, starts_in=72 * HOUR)
        signups.ask(uow, ADA, "Ada", gathering, NOW)
        waiting = uow.signups.by_address(ADA, gathering.id, NOW)
        assert waiting is not None
        before, after = NOW + SIGNUP_LIFE - timedelta(seconds=1), NOW + SIGNUP_LIFE
        uow.maintenance.prune(before)
        assert uow.signups.get(waiting.key, before) == waiting_now(uow, gathering.id)
        assert uow.signups.get(waiting.key, after) is None, "its time is over, whether or not it was deleted"
        assert signups.confirm(uow, waiting.key, after) is None
        uow.maintenance.prune(after)
        assert waiting_now(uow, gathering.id) is None

    def waiting_now(uow: UnitOfWork, gathering: int) -> object:
        return uow.signups.by_address(ADA, gathering, NOW)

    await storage.run(work)


@in_transaction
def test_who_is_forgotten_has_neither_page_nor_signup(uow: UnitOfWork) -> None:
    gathering = published(uow, starts_in=48 * HOUR)
    signups.ask(uow, ADA, "Ada", gathering, NOW)
    waiting = uow.signups.by_address(ADA, gathering.id, NOW)
    confirmed = signups.confirm(uow, waiting.key, NOW) if waiting else None
    assert confirmed is not None
    uow.accounts.forget(uow.members.get_or_create(Person(ADA), NOW).id, NOW)
    assert uow.signups.page_owner(confirmed.page) is None
    assert uow.signups.by_address(ADA, gathering.id, NOW) is None


@in_transaction
def test_who_was_not_seen_for_long_has_no_page(uow: UnitOfWork) -> None:
    uow.members.get_or_create(Person(ADA, "Ada"), NOW)
    page = uow.signups.page(ADA)
    uow.maintenance.prune(NOW + timedelta(days=40), retention=timedelta(days=30))
    assert uow.members.names([ADA]) == {}
    assert uow.signups.page_owner(page) is None


@in_transaction
def test_a_new_link_ends_the_one_before(uow: UnitOfWork) -> None:
    before = uow.signups.page(ADA)
    assert uow.signups.page(ADA) == before
    after = uow.signups.renew_page(ADA)
    assert uow.signups.page_owner(before) is None
    assert uow.signups.page_owner(after) == ADA


async def test_many_who_ask_at_once_get_one_page_and_one_signup(storage: OpenStorage) -> None:
    gathering = await storage.run(lambda uow: published(uow, starts_in=48 * HOUR))

    def work(uow: UnitOfWork) -> tuple[LinkKey, int]:
        return uow.signups.page(ADA), uow.signups.add(ADA, "Ada", gathering.id, NOW, language=None, zone=None).id

    assert len(set(await asyncio.gather(*(storage.run(work) for _ in range(8))))) == 1


async def test_the_letter_is_rendered_from_what_is_true_when_it_is_sent(storage: OpenStorage) -> None:
    config = Config(organisation="Healing Together", links=Links())  # type: ignore[arg-type]

    def work(uow: UnitOfWork) -> None:
        gathering = published(uow, starts_in=48 * HOUR)
        signups.ask(uow, ADA, "<b>Free money</b>", gathering, NOW, language="en")
        (claimed,) = uow.deliveries.lock_due("mail", NOW, 5, posts=True)
        assert claimed.notification.kind is NotificationKind.CONFIRM_SIGNUP
        rendered = render(uow, config, claimed, NOW)
        assert isinstance(rendered, Delivery)
        assert rendered.to == ADA
        assert "Free money" not in repr(rendered.view), "what a stranger typed is written to nobody"
        later = render(uow, config, claimed, NOW + SIGNUP_LIFE)
        assert isinstance(later, Dropped)
        uow.maintenance.prune(NOW + SIGNUP_LIFE)
        assert isinstance(render(uow, config, claimed, NOW), Dropped)

    await storage.run(work)

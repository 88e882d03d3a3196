"""What is told to facilitators reaches each of them once, on every platform where they are."""

from __future__ import annotations

from datetime import timedelta

from bot.addresses import Address
from bot.config import Config
from bot.notifications.breaker import opened
from bot.notifications.enqueue import sender_restricted
from bot.notifications.model import NotificationKind
from bot.notifications.to_facilitators import tell_facilitators
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.storage.examples import HOUR, MINUTE, NOW, person, published
from tests.storage.transaction import in_transaction

FRANCES = Address("slack", "T1/U9")
CONFIG = Config(facilitators=frozenset({FRANCES}))


def _team(uow: UnitOfWork) -> None:
    """Frances facilitates on Slack and is connected on Discord; Gabriel was added; Ada is a member."""
    uow.members.get_or_create(person("U1"), NOW)
    frances = uow.members.get_or_create(person("U9", "Frances"), NOW)
    on_discord = uow.members.get_or_create(person("9", "Frances", platform="discord"), NOW)
    uow.accounts.merge(frances.id, on_discord.id, NOW)
    uow.members.get_or_create(person("U7", "Gabriel"), NOW)
    uow.facilitators.add(Address("slack", "T1/U7"))


def _addressed(uow: UnitOfWork) -> list[str]:
    held = []
    for scope in uow.deliveries.scopes():
        for claimed in uow.deliveries.lock_due(scope, NOW + MINUTE, 100, posts=False):
            address = claimed.notification.address
            assert address is not None
            held.append(str(address))
    return sorted(held)


async def test_every_facilitator_hears_at_each_of_their_addresses_once(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> list[str]:
        _team(uow)
        gathering = published(uow)
        for _ in range(2):
            tell_facilitators(
                uow,
                CONFIG,
                NotificationKind.ZOOM_TROUBLE,
                gathering,
                NOW,
                about="zoom",
                expires_at=NOW + HOUR,
            )
        return _addressed(uow)

    assert await storage.run(work) == ["discord:9", "slack:T1/U7", "slack:T1/U9"]


async def test_another_occasion_is_told_again(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> list[str]:
        _team(uow)
        for minutes in (0, 1):
            tell_facilitators(
                uow,
                CONFIG,
                NotificationKind.ZOOM_MENDED,
                None,
                NOW,
                about="zoom",
                at=NOW + timedelta(minutes=minutes),
                expires_at=NOW + HOUR,
            )
        return _addressed(uow)

    assert len(await storage.run(work)) == 6


async def test_what_a_platform_refuses_is_told_on_the_others_alone(storage: OpenStorage) -> None:
    def work(uow: UnitOfWork) -> list[str]:
        _team(uow)
        sender_restricted(uow, CONFIG, opened("slack/T1", "rate_limited", NOW), None, NOW)
        return _addressed(uow)

    assert await storage.run(work) == ["discord:9"]


@in_transaction
def test_the_right_belongs_to_the_address_from_which_somebody_registered(uow: UnitOfWork) -> None:
    gatherings = [published(uow), published(uow, "Silence")]
    uow.members.get_or_create(person("U9", "Frances"), NOW)
    frances = uow.members.get_or_create(person("9", "Frances", platform="discord"), NOW)
    (there,) = uow.registrations.add(frances.id, [gatherings[0].id], NOW)
    here = uow.members.get_or_create(person("U9", "Frances"), NOW)
    uow.accounts.merge(frances.id, here.id, NOW)
    uow.members.get_or_create(person("U9", "Frances"), NOW + MINUTE)
    (own,) = uow.registrations.add(frances.id, [gatherings[1].id], NOW + MINUTE)
    named = [FRANCES]
    assert uow.facilitators.host_address(own.id, named, NOW) == FRANCES
    assert uow.facilitators.host_address(there.id, named, NOW) is None, "facilitating is never inherited"
    assert uow.facilitators.host_address(own.id, [], NOW) is None
    assert uow.facilitators.host_address(own.id + 99, named, NOW) is None


async def test_who_is_on_the_team_and_never_wrote_is_told_where_an_id_is_enough(storage: OpenStorage) -> None:
    """Without a workspace an id of Slack's is nobody's, and a mailbox is not written to before its owner asked."""
    known, named = Address("discord", "42"), Address("slack", "T1/U8")
    config = Config(facilitators=frozenset({named, Address("slack", "U9"), Address("mail", "f@example.org")}))

    def work(uow: UnitOfWork) -> None:
        uow.facilitators.add(known)
        for _ in range(2):
            tell_facilitators(
                uow, config, NotificationKind.ZOOM_TROUBLE, None, NOW, about="t", at=NOW, expires_at=NOW + HOUR
            )
        scopes = ("discord", "slack/T1", "slack", "mail")
        told = [due for scope in scopes for due in uow.deliveries.lock_due(scope, NOW, 9, posts=False)]
        assert [due.notification.address for due in told] == [known, named]

    await storage.run(work)

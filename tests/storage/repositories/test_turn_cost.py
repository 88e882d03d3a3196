"""How many statements a turn of a delivery loop makes: on a server each is a round trip, while limits are locked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.addresses import Address
from bot.config import Config
from bot.members.model import Person
from bot.notifications.results import Accepted, Attempt
from bot.notifications.turn import LEASE, Held, Send, Turn, TurnTaker
from bot.ports import SentMessage
from bot.unit_of_work import UnitOfWork
from storage.engine.open import OpenStorage
from tests.storage.examples import HOUR, MINUTE, NOW, notice, person, published
from tests.storage.recorded import record_statements
from tests.storage.transaction import in_transaction

SCOPE = "slack/T1"
OF_THE_SCOPE = ["its limits", "its state and what is due"]
OF_ALL_THAT_ENDED = ["their receipts"]
OF_ALL_TO_SEND = ["begun"]
OF_THE_PACE = ["the platform's limits", "its tokens"]


def waiting(uow: UnitOfWork, people: int = 9) -> None:
    gathering = published(uow)
    for number in range(people):
        member = uow.members.get_or_create(person(f"U{number}"), NOW - HOUR)
        uow.registrations.add(member.id, [gathering.id], NOW - HOUR)
        uow.conversations.save(person(f"U{number}").address, f"D{number}")
        uow.notifications.add([notice(gathering, f"k{number}", member=member.id, scope=SCOPE)])


def turn(uow: UnitOfWork, ended: Sequence[Send] = (), in_flight: int = 0, config: Config | None = None) -> Turn:
    config = config or Config(per_minute={})
    taker = TurnTaker(uow, config, SCOPE, "w", NOW, lambda: 0.0)
    attempts = [
        Attempt(send.claimed, send.delivery.to, Accepted(SentMessage("m", send.conversation)), send.conversation, False)
        for send in ended
    ]
    return taker.take(attempts, Held(in_flight))


@pytest.mark.parametrize("config", [Config(per_minute={}), Config(per_minute={"slack": 600})])
async def test_a_turn_makes_four_statements_however_many_it_records_and_sends(
    storage: OpenStorage, config: Config
) -> None:
    await storage.run(waiting)
    paced = OF_THE_PACE if config.per_minute else []

    def work(uow: UnitOfWork) -> None:
        uow.send_limits.lock(SCOPE, NOW)  # their rows are there from the first turn on
        uow.send_limits.lock("slack", NOW)
        with record_statements(uow) as first:
            begun = turn(uow, config=config).sends
        assert (len(begun), len(first)) == (2, len(OF_THE_SCOPE + paced + OF_ALL_TO_SEND)), first
        with record_statements(uow) as second:
            next_ones = turn(uow, begun[:1], 1, config).sends
        of_all = OF_THE_SCOPE + paced + OF_ALL_THAT_ENDED + OF_ALL_TO_SEND
        assert (len(next_ones), len(second)) == (1, len(of_all)), second
        with record_statements(uow) as third:
            sends = turn(uow, [begun[1], *next_ones], config=config).sends
        assert (len(sends), len(third)) == (2, len(of_all)), third

    await storage.run(work)


@in_transaction
def test_a_letter_asks_for_its_page_and_nothing_else(uow: UnitOfWork) -> None:
    gathering = published(uow)
    for number in range(2):
        ada = Person(Address("mail", f"ada{number}@example.org"), "Ada", "en", "UTC")
        member = uow.members.get_or_create(ada, NOW - HOUR)
        uow.registrations.add(member.id, [gathering.id], NOW - HOUR)
        uow.signups.page(ada.address)
        uow.notifications.add([notice(gathering, f"k{number}", member=member.id, platform="mail", scope="mail")])
    uow.send_limits.lock("mail", NOW)
    taker = TurnTaker(uow, Config(per_minute={}, letters=True), "mail", "w", NOW, lambda: 0.0)
    with record_statements(uow) as made:
        sends = taker.take([], Held()).sends
    assert len(sends) == 2
    assert len(made) == len(OF_THE_SCOPE + OF_ALL_TO_SEND) + 2, made


async def test_when_something_is_next_is_known_without_asking_again(storage: OpenStorage) -> None:
    """What a turn claims or gives back adds its own instant to what was read before."""
    await storage.run(lambda uow: waiting(uow, people=2))
    lease = NOW + LEASE

    def next_ready(uow: UnitOfWork) -> object:
        state, _ = uow.deliveries.state_and_due(SCOPE, NOW, 1, sent_since=NOW, doubts_since=NOW)
        return state.next_ready

    def work(uow: UnitOfWork) -> None:
        assert next_ready(uow) is None, "all of them are due"
        begun = turn(uow)
        assert begun.next_at == next_ready(uow) == lease
        uow.notifications.add([notice(published(uow), "soon", member=1, scope=SCOPE, due_at=NOW + MINUTE)])
        after = turn(uow, begun.sends[:1], 1)
        assert after.next_at == next_ready(uow) == NOW + MINUTE
        assert turn(uow, begun.sends[1:]).next_at == NOW + MINUTE

    await storage.run(work)

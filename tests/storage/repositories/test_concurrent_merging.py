"""Two members press at the same instant, in two processes: one thing happens, and each gets an answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.accounts import model as account_model
from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.i18n import Locale
from bot.members.model import Person
from bot.plain_text import plain
from bot.request import Call, Request
from bot.unit_of_work import UnitOfWork
from bot.views import View
from storage.engine.open import open_storage
from tests.databases import KEY
from tests.storage.examples import NOW, person, published

HERE, THERE = Person(person("U1").address, "Ada"), Person(Address("discord", "42"), "Countess")
LIFE = timedelta(minutes=10)


def prepare(uow: UnitOfWork) -> None:
    """Each has typed the other's code and has an open connection request; both are registered."""
    gathering = published(uow)
    one, two = (uow.members.get_or_create(each, NOW).id for each in (HERE, THERE))
    for member in (one, two):
        uow.registrations.add(member, [gathering.id], NOW)
    uow.accounts.request_connection(one, two, account_model.token_digest("t1"), NOW + LIFE)
    uow.accounts.request_connection(two, one, account_model.token_digest("t2"), NOW + LIFE)


CONFIRMS = ((HERE, Call.of("connect-confirm", token="t1")), (THERE, Call.of("connect-confirm", token="t2")))
PRESSES = {
    "both confirm": (*CONFIRMS, *CONFIRMS),
    "one confirms, the other forgets": (CONFIRMS[0], (THERE, Call.of("forget", sure=int(NOW.timestamp())))),
    "one confirms and forgets": (CONFIRMS[0], (HERE, Call.of("forget", sure=int(NOW.timestamp())))),
    "one confirms, the other takes a new code": (CONFIRMS[0], (THERE, Call("connect"))),
    "one confirms, both register": (
        CONFIRMS[0],
        (HERE, Call.of("register", gathering=1)),
        (THERE, Call.of("unregister", gathering=1)),
    ),
}


@pytest.mark.parametrize("presses", PRESSES)
async def test_merging_at_the_same_instant(database_url: str, presses: str) -> None:
    both = [await open_storage(database_url, [KEY]) for _ in range(2)]
    await both[0].run(prepare)
    answers = await asyncio.gather(
        *(
            Dispatcher(both[number % 2], Config()).answer(Request(who, call, NOW, key=f"k{number}"))
            for number, (who, call) in enumerate(PRESSES[presses])
        )
    )
    read = [plain(Locale(), text) for text in answers if isinstance(text, View)]
    assert len(read) == len(answers)
    assert not [text for text in read if "should not have happened" in text or "reference" in text]
    if presses == "both confirm":
        assert len([text for text in read if "You are one member now" in text]) == 1
        assert len([text for text in read if "no longer open" in text or "answered already" in text]) == len(read) - 1

    def check(uow: UnitOfWork) -> None:
        people = {uow.members.get_or_create(each, NOW).id for each in (HERE, THERE)}
        assert len(uow.registrations.roster(1)) <= len(people)
        assert {registration.member for registration in uow.registrations.roster(1)} <= people
        for member in people:
            assert len(uow.accounts.addresses(member)) == (2 if len(people) == 1 else 1)

    await both[0].run(check)
    for storage in both:
        await storage.close()

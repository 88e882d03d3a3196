"""What was typed into a form is kept for its owner, for a while, and no more of it than there is room for."""

from __future__ import annotations

from datetime import timedelta

from adapters.discord.keeping import KEPT, LIMIT, KeptForms
from bot.addresses import Address
from bot.asks import Call
from bot.views import Form
from tests.adapters.discord.conftest import NOON

ADA = Address("discord", "42")


def form(number: int = 0) -> Form:
    return Form(f"Form {number}", Call("suggest"), (), "Send")


def test_it_is_kept_for_a_quarter_of_an_hour() -> None:
    kept = KeptForms()
    mark = kept.keep(ADA, form(), NOON)
    assert kept.find(mark, ADA, NOON + KEPT - timedelta(seconds=1)) == form()
    assert kept.find(mark, ADA, NOON + KEPT) is None


def test_the_oldest_make_room() -> None:
    kept = KeptForms()
    marks = [kept.keep(ADA, form(number), NOON) for number in range(LIMIT + 3)]
    found = [kept.find(each, ADA, NOON) for each in marks]
    assert found[:4] == [None] * 4
    assert found[-1] == form(LIMIT + 2)
    assert sum(each is not None for each in found) == LIMIT - 1

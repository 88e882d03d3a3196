"""What was typed into a form is cache for its owner, for a while, and no more of it than there is room for."""

from __future__ import annotations

from datetime import timedelta

from adapters.discord.form_cache import CACHE_LIFETIME, CACHE_SIZE, FormCache
from bot.addresses import Address
from bot.request import Call
from bot.views import Form
from tests.adapters.discord.conftest import NOON

ADA = Address("discord", "42")


def form(number: int = 0) -> Form:
    return Form(f"Form {number}", Call("suggest"), (), "Send")


def test_it_is_kept_for_a_quarter_of_an_hour() -> None:
    cache = FormCache()
    tag = cache.put(ADA, form(), NOON)
    assert cache.get(tag, ADA, NOON + CACHE_LIFETIME - timedelta(seconds=1)) == form()
    assert cache.get(tag, ADA, NOON + CACHE_LIFETIME) is None


def test_the_oldest_make_room() -> None:
    cache = FormCache()
    tags = [cache.put(ADA, form(number), NOON) for number in range(CACHE_SIZE + 3)]
    forms = [cache.get(tag, ADA, NOON) for tag in tags]
    assert forms[:4] == [None] * 4
    assert forms[-1] == form(CACHE_SIZE + 2)
    assert sum(cached is not None for cached in forms) == CACHE_SIZE - 1

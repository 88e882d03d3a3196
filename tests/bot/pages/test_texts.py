"""What the page of a gathering says of how to come."""

from __future__ import annotations

import pytest

from bot.i18n import Locale
from bot.pages import public_texts
from bot.plain_text import spans
from tests.samples.values import a_gathering


@pytest.mark.parametrize(
    ("platforms", "said"),
    [
        ([], "Registering opens soon."),
        (["Slack"], "To register, type /htg register 12 in Slack. Only you see the answer."),
        (["Discord", "Slack"], "To register, type /htg register 12 in Discord or Slack. Only you see the answer."),
    ],
)
def test_where_to_register(platforms: list[str], said: str) -> None:
    locale = Locale()
    assert [spans(locale, line) for line in public_texts.how_to_register(locale, a_gathering(), platforms)] == [said]


def test_who_is_in_chat_already_can_register_there_too() -> None:
    locale = Locale()
    (said,) = public_texts.how_to_register(locale, a_gathering(), ["Discord", "Slack"], by_mail=True)
    shown = "Already in Discord or Slack? Type /htg register 12 there. Only you see the answer."
    assert spans(locale, said) == shown
    assert public_texts.how_to_register(locale, a_gathering(), [], by_mail=True) == []

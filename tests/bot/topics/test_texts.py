"""What a facilitator is asked before two topics become one."""

from __future__ import annotations

import pytest

from bot.i18n import Locale
from bot.plain_text import plain
from bot.topics import texts
from bot.topics.model import Topic
from tests.samples.values import NOW

TOPIC, OTHER = Topic(1, "Grief at work", NOW), Topic(2, "Letting go", NOW)
NO_OTHER = "There is no other topic to merge it with."


def question(others: list[Topic], page: int = 1, *, more: bool = False) -> str:
    return plain(Locale(), texts.merge_question(Locale(), TOPIC, others, page, more=more))


def test_alone_there_is_nothing_to_merge_with() -> None:
    assert question([]).startswith(NO_OTHER)


@pytest.mark.parametrize(("others", "page", "more"), [([OTHER], 1, False), ([], 2, False), ([], 1, True)])
def test_where_there_is_another_on_any_page_it_is_asked(others: list[Topic], page: int, more: bool) -> None:
    asked = question(others, page, more=more)
    assert NO_OTHER not in asked
    assert "only the other’s words stay: Grief at work" in asked

"""Where a member is sent with the code that makes two accounts one."""

from __future__ import annotations

import pytest

from bot.accounts import texts
from bot.addresses import Address
from bot.i18n import Locale
from bot.plain_text import plain


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("slack", "Type this on Discord, or wherever else"),
        ("discord", "Type this on Slack, or wherever else"),
        ("sandbox", "Type this in your other app, or wherever else"),  # it stands for any platform
    ],
)
def test_the_code_is_typed_where_the_other_account_is(here: str, there: str) -> None:
    address = Address(here, "1")
    page = plain(Locale(), texts.code(Locale(), address, "AB12-CD34", []))
    assert there in page
    assert "/htg connect AB12-CD34" in page

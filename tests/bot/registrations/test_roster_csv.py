"""What a roster says was told: what reached somebody, and `missed` only where nothing did."""

from __future__ import annotations

import pytest

from bot.i18n import Locale
from bot.notifications.model import Receipt
from bot.plain_text import plain
from bot.registrations import roster_csv, roster_texts
from bot.registrations.model import RosterLine
from bot.text import inert, without_inert
from tests.samples.values import NOW, a_gathering

SENT, MISSED, BLOCKED, FAILED = Receipt.SENT, Receipt.MISSED, Receipt.BLOCKED, Receipt.FAILED
LATE, DROPPED, WAITING, CLAIMED = Receipt.TOO_LATE, Receipt.DROPPED, Receipt.WAITING, Receipt.CLAIMED


@pytest.mark.parametrize(
    ("receipts", "says"),
    [
        ([SENT, MISSED], "reminded"),
        ([MISSED, SENT], "reminded"),
        ([SENT, MISSED, MISSED], "reminded"),
        ([SENT, DROPPED], "reminded"),
        ([MISSED], "last message: missed"),
        ([MISSED, MISSED], "last message: missed"),
        ([DROPPED], "last message: not needed"),
        ([BLOCKED, MISSED], "last message: blocked"),
        ([SENT, BLOCKED, MISSED], "last message: blocked"),
        ([FAILED, MISSED], "last message: failed"),
        ([LATE, MISSED], "last message: too late"),
        ([WAITING, MISSED], "last message: on its way"),
        ([CLAIMED, MISSED], "last message: on its way"),
    ],
)
def test_missed_is_who_got_nothing(receipts: list[Receipt], says: str) -> None:
    told = tuple(("reminder", each) for each in receipts)
    line = RosterLine(1, "Ada", "slack", NOW, None, told)
    shown = plain(Locale(), roster_texts.roster(Locale(), a_gathering(), [line], b""))
    assert f"Ada · slack · {says}" in shown
    assert ("missed" in roster_csv.table([line])) == (says == "last message: missed")


def test_another_kind_of_message_is_no_reminder() -> None:
    line = RosterLine(1, "Ada", "slack", NOW, None, (("message", SENT), ("reminder", MISSED), ("reminder", MISSED)))
    assert "last message: missed" in plain(Locale(), roster_texts.roster(Locale(), a_gathering(), [line], b""))
    line = RosterLine(1, "Ada", "slack", NOW, None, (("reminder", SENT), ("reminder", MISSED), ("moved", SENT)))
    assert "last message: sent" in plain(Locale(), roster_texts.roster(Locale(), a_gathering(), [line], b""))
    assert "reminder: sent; moved: sent" in roster_csv.table([line])


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        (" @SUM(1)", "' @SUM(1)"),
        ("Ada;=cmd|' /C calc'!A0", "Ada;'=cmd|' /C calc'!A0"),
        ("Ada; -1", "Ada;' -1"),
        ("Ada\t+1", "Ada\t'+1"),
        ("'\n0", "''\n0"),
        ("Ada;'=1", "Ada;''=1"),
        ("'Ada'", "'Ada'"),
        ("Ada", "Ada"),
        ("Ada Lovelace; London", "Ada Lovelace; London"),
        ("Grief and Gratitude - for all", "Grief and Gratitude - for all"),
    ],
)
def test_no_name_becomes_a_formula_wherever_a_spreadsheet_splits(name: str, written: str) -> None:
    """Where a comma divides decimals, it splits at semicolons, and no quotation mark holds what follows one."""
    assert inert(name) == written
    assert without_inert(written) == name

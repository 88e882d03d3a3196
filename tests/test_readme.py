"""The README's table of commands is the catalogue's own."""

from __future__ import annotations

from bot.catalogue import listed
from bot.config import LANGUAGES
from bot.i18n import Locale
from tests.readme_table import README, with_table


def test_the_table_of_commands_is_the_catalogues() -> None:
    text = README.read_text("utf-8")
    assert text == with_table(text), "make messages"


def test_every_summary_is_one_short_line() -> None:
    for group in ("htg", "htg-host"):
        for command in listed(group):
            for language in LANGUAGES:
                assert 0 < len(Locale(language).t(command.summary)) <= 100, command.name

"""The README's table of commands is the catalogue's own."""

from __future__ import annotations

from pathlib import Path

from bot.catalogue import listed
from bot.config import LANGUAGES
from bot.i18n import Locale

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- commands -->\n", "<!-- /commands -->"


def table() -> str:
    rows = ["| command | does |", "| --- | --- |"]
    rows += [f"| `{each.usage}` | {each.summary} |" for group in ("htg", "htg-host") for each in listed(group)]
    return "\n".join(rows) + "\n"


def test_the_table_of_commands_is_the_catalogues() -> None:
    text = README.read_text()
    shown = text.partition(BEGIN)[2].partition(END)[0]
    assert shown == table(), f"put this between the marks in README.md:\n{table()}"


def test_every_summary_is_one_short_line() -> None:
    for group in ("htg", "htg-host"):
        for each in listed(group):
            for language in LANGUAGES:
                assert 0 < len(Locale(language).t(each.summary)) <= 100, each.name

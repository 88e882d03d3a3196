"""Writes the README's table of commands from the catalogue; `make messages` runs it, `test_readme.py` checks it."""

from __future__ import annotations

from pathlib import Path

from bot.catalogue import listed

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- commands -->\n", "<!-- /commands -->"


def table() -> str:
    rows = ["| command | does |", "| --- | --- |"]
    rows += [f"| `{command.usage}` | {command.summary} |" for group in ("htg", "htg-host") for command in listed(group)]
    return "\n".join(rows) + "\n"


def with_table(text: str) -> str:
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


def write() -> None:
    README.write_text(with_table(README.read_text("utf-8")), "utf-8")

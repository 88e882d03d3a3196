"""`make bench`: every measurement, or those named; `--write` keeps the table in bench/README.md."""

from __future__ import annotations

import importlib
import os
import platform
import sqlite3
import sys
from pathlib import Path

from bench.measure import Row
from cli import event_loop

MEASUREMENTS = (
    *("registrations", "internals", "size", "slack", "discord", "door", "fanout", "delivery"),
    *("signups", "letters"),
)
"""Modules of this folder, each with `async def measure() -> list[Row]`."""
README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- table -->", "<!-- /table -->"


HEAD = "| what | measured | floor, same run | ratio | aim | |\n| --- | --- | --- | --- | --- | --- |"


def line(row: Row) -> str:
    verdict = "met" if row.met else "NOT met"
    return f"| {row.what} | {row.measured} | {row.floor} | {row.ratio:.2f} | {row.aim} | {verdict} |"


def keep(rows: list[Row], *, whole: bool) -> None:
    """Each in its line's place; what was not measured now stays, unless this is the `whole` of it."""
    text = README.read_text()
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    before, kept, after = text.partition(BEGIN)[0], text.partition(HEAD)[2].partition(END)[0], text.partition(END)[2]
    lines = {} if whole else {each.split("|")[1].strip(): each for each in kept.strip().splitlines()}
    lines |= {row.what: line(row) for row in rows}
    README.write_text("\n".join((f"{before}{BEGIN}", f"{machine}.\n", HEAD, *lines.values(), f"{END}{after}")))


def main(arguments: list[str]) -> int:
    names = [each for each in arguments if not each.startswith("--")] or list(MEASUREMENTS)
    rows: list[Row] = []
    print(HEAD)
    for name in names:
        measured = event_loop.run(importlib.import_module(f"bench.{name}").measure())  # on the product's own loop
        print("\n".join(map(line, measured)), flush=True)
        rows += measured
    if "--write" in arguments:
        keep(rows, whole=names == list(MEASUREMENTS))
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

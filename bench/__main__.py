"""`make bench`: every measurement, or those named; `--write` keeps the table in bench/README.md."""

from __future__ import annotations

import asyncio
import importlib
import os
import platform
import sqlite3
import sys
from pathlib import Path

from bench.measure import Row

MEASUREMENTS = ("registrations", "size", "slack", "discord", "door")
"""Modules of this folder, each with `async def measure() -> list[Row]`."""
README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- table -->", "<!-- /table -->"


def table(rows: list[Row]) -> str:
    lines = ["| what | measured | floor, same run | ratio | aim | |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        verdict = "met" if row.met else "NOT met"
        lines.append(f"| {row.what} | {row.measured} | {row.floor} | {row.ratio:.2f} | {row.aim} | {verdict} |")
    return "\n".join(lines)


def keep(shown: str) -> None:
    text = README.read_text()
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n{machine}.\n\n{shown}\n{END}{after}")


def main(arguments: list[str]) -> int:
    names = [each for each in arguments if not each.startswith("--")] or list(MEASUREMENTS)
    rows: list[Row] = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += asyncio.run(importlib.import_module(f"bench.{name}").measure())
    shown = table(rows)
    print(shown)
    if "--write" in arguments:
        keep(shown)
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

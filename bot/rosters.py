"""A roster as a file: CSV that opens in a spreadsheet, and runs nothing there."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from bot.registrations import RosterLine

COLUMNS = ("name", "platform", "registered_at", "admitted_at", "logged_in_at", "told")


def table(found: Sequence[RosterLine]) -> str:
    """One row per registrant, instants in ISO 8601 UTC; `told` lists kind and receipt of each notice."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for each in found:
        rows.writerow(
            (
                inert(each.name),
                each.platform,
                each.registered_at.isoformat(),
                each.admitted_at.isoformat() if each.admitted_at else "",
                each.logged_in_at.isoformat() if each.logged_in_at else "",
                "; ".join(f"{kind}: {receipt}" for kind, receipt in each.receipts),
            )
        )
    return written.getvalue()


def inert(text: str) -> str:
    """A cell that begins like a formula is shown, not run (OWASP: CSV injection)."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text

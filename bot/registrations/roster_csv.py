"""A roster as a file: CSV that opens in a spreadsheet, and runs nothing there."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from bot.notifications.model import Receipt
from bot.registrations.model import RosterLine
from bot.text import inert

COLUMNS = ("name", "platform", "registered_at", "admitted_at", "logged_in_at", "told")


def table(roster: Sequence[RosterLine]) -> str:
    """One row per registrant, instants in ISO 8601 UTC; column `told` lists kind and receipt of each notification."""
    output = io.StringIO()
    rows = csv.writer(output, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for line in roster:
        rows.writerow(
            (
                inert(line.name),
                line.platform,
                line.registered_at.isoformat(),
                line.admitted_at.isoformat() if line.admitted_at else "",
                line.logged_in_at.isoformat() if line.logged_in_at else "",
                "; ".join(f"{kind}: {receipt}" for kind, receipt in told(line.receipts)),
            )
        )
    return output.getvalue()


def told(receipts: Sequence[tuple[str, Receipt]]) -> list[tuple[str, Receipt]]:
    """The receipts that are shown, oldest first.

    After downtime the nearest reminder goes out, and the earlier ones are recorded as missed: nothing was missed by
    whoever got one. So a notification that was not sent counts only where no other of its kind was.
    """
    reached = {kind for kind, receipt in receipts if receipt not in _NOTHING}
    return [(kind, receipt) for kind, receipt in receipts if receipt not in _NOTHING or kind not in reached]


_NOTHING = frozenset({Receipt.MISSED, Receipt.DROPPED})

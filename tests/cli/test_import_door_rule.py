"""What a file says of the door rule, imported, changed by a later version, exported; and rows without a link."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.admission.model import DoorRule
from bot.audit.model import ActKind
from tests.adapters.files.test_csv_import import ruled, sheet
from tests.cli.conftest import Terminal
from tests.cli.test_gatherings import LOCATION, entry, imports, look, only

ZOOM = {"ZOOM_ACCOUNT_ID": "account", "ZOOM_CLIENT_ID": "client", "ZOOM_CLIENT_SECRET": "not-a-real-one"}
OWN = DoorRule(12, timedelta(minutes=5), timedelta(hours=1))


@pytest.mark.parametrize("name", ["out.csv", "out.ics"])
def test_a_door_rule_goes_in_and_out(terminal: Terminal, name: str) -> None:
    Path("in.csv").write_text(ruled("2h", "12", "5m", "1h"), encoding="utf-8")
    assert terminal.types("gatherings", "import", "in.csv").code == 0
    assert (only(terminal).door_rule, only(terminal).duration) == (OWN, timedelta(hours=2))
    assert terminal.types("gatherings", "export", name).code == 0
    written = Path(name).read_text(encoding="utf-8-sig")
    assert "12" in written
    assert "5m" in written
    assert terminal.types("gatherings", "import", name).out == "0 added, 1 already there.\n"


def test_a_later_version_of_an_entry_changes_the_door_rule_that_it_gives(terminal: Terminal) -> None:
    imports(terminal, entry())
    before = only(terminal)
    assert before.door_rule == DoorRule()
    later = imports(terminal, entry("X-HTG-LIMIT:12", "X-HTG-LATE-ENTRY:5m", "X-HTG-DOORS-OPEN:1h", sequence=1))
    assert later.out == "0 added, 1 changed, 0 already there.\n"
    assert only(terminal) == replace(
        before, door_rule=OWN, revision=before.revision + 1, changed_at=only(terminal).changed_at
    )
    (act, *_) = look(terminal, lambda uow: uow.audit.entries())
    assert (act.act.kind, act.act.fields) == (ActKind.EDITED, ("limit", "doors_open", "late_entry"))
    again = imports(terminal, entry("X-HTG-LIMIT:12", "X-HTG-LATE-ENTRY:5m", "X-HTG-DOORS-OPEN:1h", sequence=2))
    assert again.out == "0 added, 1 already there.\n"


def test_a_later_version_that_says_nothing_of_it_leaves_the_door_rule(terminal: Terminal) -> None:
    imports(terminal, entry())
    kept = only(terminal)
    look(terminal, lambda uow: uow.gatherings.save(replace(kept, door_rule=OWN)))
    assert imports(terminal, entry(title="Rest", sequence=1)).out == "0 added, 1 changed, 0 already there.\n"
    assert (only(terminal).title, only(terminal).door_rule) == ("Rest", OWN)


def test_a_door_rule_that_was_changed_here_since_is_not_undone(terminal: Terminal) -> None:
    imports(terminal, entry("X-HTG-LIMIT:12"))
    kept = only(terminal)
    look(terminal, lambda uow: uow.gatherings.save(replace(kept, door_rule=replace(kept.door_rule, limit=30))))
    said = imports(terminal, entry("X-HTG-LIMIT:14", sequence=1))
    assert "it was changed here since; left as it is" in said.err
    assert only(terminal).door_rule.limit == 30


def test_rows_without_a_link_are_taken_where_zoom_makes_their_meetings(terminal: Terminal) -> None:
    Path("in.csv").write_text(sheet("Circle,2027-03-04T18:00,UTC", header="title,starts_at,timezone"), encoding="utf-8")
    refused = terminal.types("gatherings", "import", "in.csv")
    assert "line 1: the column zoom_link must be there" in refused.err
    terminal.environment.update(ZOOM)
    assert terminal.types("gatherings", "import", "in.csv").out == "1 added, 0 already there.\n"
    number = only(terminal).id
    assert look(terminal, lambda uow: uow.gatherings.zoom_link(number)) is None
    alone = entry(uid="7@x", title="Other").replace(f"{LOCATION}\r\n", "")
    assert imports(terminal, alone).out == "1 added, 0 already there.\n"

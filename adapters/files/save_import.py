"""Rows into the books: all of them, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from adapters.files.import_file import ParsedProgramme
from adapters.files.rows import UNREADABLE_START, CalendarEntry, Diagnostic, ImportRejected, Row, flaws
from bot.acts import Act, Actor, Kind
from bot.commands import changing
from bot.gatherings import Gathering, Status
from bot.house import House
from bot.imports import Import, content_of
from bot.ports import Books

_FIELDS = ("title", "description", "zone", "duration", "facilitators")
"""What a calendar may change besides the start, as the log of acts calls it; the way in is `zoom` there."""


@dataclass(slots=True)
class ImportResult:
    """Gatherings, each part counted; and what the operator may want to know of them."""

    added: int = 0
    there: int = 0
    changed: int = 0
    remarks: list[Diagnostic] = field(default_factory=list)


def save_programme(programme: ParsedProgramme, books: Books, house: House, now: datetime) -> ImportResult:
    """Publishes what is not there yet, and changes what a calendar has a later version of.

    Raises ImportRejected with all that is wrong with the file, and then nothing is to be kept.
    """
    return _Importer(books, house, now).take(programme)


@dataclass(frozen=True, slots=True)
class _Existing:
    """A row that is there already: known by its calendar entry, else by its title and start."""

    gathering: Gathering
    kept: Import | None


class _Importer:
    def __init__(self, books: Books, house: House, now: datetime) -> None:
        self._books, self._house, self._now = books, house, now
        self._tally = ImportResult()
        self._problems: list[Diagnostic] = []

    def take(self, programme: ParsedProgramme) -> ImportResult:
        self._problems += programme.problems
        for row in programme.loose:
            if self._known(row) is None:
                self._problems += self._against(row)
        for group in programme.groups:
            self._take(group)
        for entry in programme.cancelled:
            self._tally.remarks += self._still_standing(entry)
        if self._problems:
            raise ImportRejected(self._problems)
        return self._tally

    def _take(self, group: Sequence[Row]) -> None:
        known = [self._known(row) for row in group]
        missing = [row for row, found in zip(group, known, strict=True) if found is None]
        if missing and len(missing) < len(group):
            self._problems += [
                Diagnostic(row.line, f"part {row.part} is new, and other parts of its series are there already")
                for row in missing
            ]
        for row in missing:
            self._problems += self._against(row, past=len(missing) == len(group))
        if not missing:
            for row, found in zip(group, known, strict=True):
                if found is not None:
                    self._meet(row, found)
            self._in_order(group, known)
        elif not self._problems:
            added = self._books.add([row.plan for row in group], Status.PUBLISHED, self._now)
            for row, gathering in zip(group, added, strict=True):
                self._remember(row, gathering)
            self._tally.added += len(group)

    def _known(self, row: Row) -> _Existing | None:
        if row.entry is not None and (imported := self._books.imported(row.entry.source)) is not None:
            return _Existing(*imported)
        if row.plan.starts_at == UNREADABLE_START:
            return None
        twin = self._books.twin(row.plan.title, row.plan.starts_at)
        return None if twin is None else _Existing(twin, None)

    def _against(self, row: Row, *, past: bool = True) -> Iterator[Diagnostic]:
        """Why a row cannot be added."""
        if past and UNREADABLE_START < row.plan.starts_at <= self._now:
            yield Diagnostic(row.line, "it is past")
        if row.plan.link is None and not row.unread_link:
            where = "zoom_link; in a calendar URL, LOCATION, CONFERENCE, X-ZOOM-LINK or the description"
            yield Diagnostic(row.line, f"it has no Zoom link ({where})")

    def _remember(self, row: Row, gathering: Gathering) -> None:
        if row.entry is not None:
            content = content_of(row.plan)
            self._books.keep_import(Import(row.entry.source, gathering.id, row.entry.sequence, content))

    # ---- a later version of what is there

    def _meet(self, row: Row, found: _Existing) -> None:
        kept, gathering, entry = found.kept, found.gathering, row.entry
        if kept is None or entry is None:
            self._remember(row, gathering)  # it was added by hand, or before calendars' entries were remembered
            self._tally.there += 1
            return
        same = content_of(row.plan) == kept.content
        other_link = row.plan.link is not None and row.plan.link != self._books.zoom_link(gathering.id)
        if entry.sequence <= kept.sequence or (same and not other_link):
            if not same and entry.sequence <= kept.sequence:
                older = "is not higher" if entry.sequence == kept.sequence else "is lower"
                self._left(row, gathering, f"it differs from what was imported before, and its SEQUENCE {older}")
            elif same and entry.sequence > kept.sequence:
                self._remember(row, gathering)
            self._tally.there += 1
            return
        if (why := self._untouchable(gathering, kept)) is not None:
            self._left(row, gathering, why)
            self._tally.there += 1
            return
        self._change(row, gathering)

    def _untouchable(self, gathering: Gathering, kept: Import) -> str | None:
        if gathering.cancelled:
            return "it was cancelled here since"
        if self._now >= gathering.ends_at:
            return "it is over"
        return "it was changed here since" if content_of(gathering) != kept.content else None

    def _left(self, row: Row, gathering: Gathering, why: str) -> None:
        hint = f"left as it is (number {gathering.id}; /htg-host edit changes it)"
        self._tally.remarks.append(Diagnostic(row.line, f"{why}; {hint}"))

    def _change(self, row: Row, before: Gathering) -> None:
        plan = row.plan
        if plan.starts_at != before.starts_at and plan.starts_at <= self._now:
            self._problems.append(Diagnostic(row.line, "it is moved to a time that is past"))
            return
        after = replace(
            before,
            title=plan.title,
            starts_at=plan.starts_at,
            zone=plan.zone,
            duration=plan.duration,
            description=plan.description,
            facilitators=plan.facilitators,
        )
        link = plan.link or self._books.zoom_link(before.id)
        if flawed := [*flaws(replace(plan, link=link))]:
            self._problems.append(Diagnostic(row.line, "; ".join(flawed)))
            return
        told = set[int]()
        relinked = plan.link is not None and plan.link != self._books.zoom_link(before.id)
        if relinked and plan.link is not None:
            changing.use_link(self._books, before, plan.link)
        if after != before:
            told = changing.change(self._books, self._house, before, after, self._now)
        self._record(before, after, len(told), relinked=relinked)
        self._remember(row, before)
        self._tally.changed += 1
        self._tally.remarks.append(Diagnostic(row.line, _told(before, after, len(told))))

    def _record(self, before: Gathering, after: Gathering, told: int, *, relinked: bool) -> None:
        by = Actor.OPERATOR
        if after.starts_at != before.starts_at:
            moved = Act(Kind.MOVED, self._now, by, before.id, count=told)
            self._books.record(replace(moved, from_at=before.starts_at, to_at=after.starts_at))
        fields = [name for name in _FIELDS if getattr(after, name) != getattr(before, name)]
        if relinked:
            fields.append("zoom")
        if fields:
            self._books.record(Act(Kind.EDITED, self._now, by, before.id, fields=tuple(fields)))

    def _in_order(self, group: Sequence[Row], known: Sequence[_Existing | None]) -> None:
        """Whether the parts of a series still follow one another, also those that the file does not name."""
        changed = [found.gathering for found in known if found is not None and found.gathering.is_part]
        if not changed or not self._tally.changed:
            return
        parts = [each for each in self._books.parts(changed[0]) if not each.cancelled]
        for earlier, later in pairwise(parts):
            if later.starts_at < earlier.ends_at:
                why = f"part {later.part} of its series would begin before part {earlier.part} has ended"
                self._problems.append(Diagnostic(group[0].line, why))

    def _still_standing(self, entry: CalendarEntry) -> Iterator[Diagnostic]:
        imported = self._books.imported(entry.source)
        if imported is not None and not imported[0].cancelled and self._now < imported[0].ends_at:
            number = imported[0].id
            yield Diagnostic(
                entry.line, f"here it still stands, as number {number}: /htg-host cancel {number} cancels it"
            )


def _told(before: Gathering, after: Gathering, told: int) -> str:
    if after.starts_at == before.starts_at:
        return f"number {before.id} is changed to this version"
    old, new = (each.starts_at.astimezone(ZoneInfo(each.zone)) for each in (before, after))
    moved = f"{old:%Y-%m-%d %H:%M} {before.zone} to {new:%Y-%m-%d %H:%M} {after.zone}"
    return f"number {before.id} is moved from {moved}; registrants told: {told}"

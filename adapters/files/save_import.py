"""Saves a parsed programme: adds new gatherings and applies later versions of known ones, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

from adapters.files.import_file import ParsedProgramme
from adapters.files.rows import UNREADABLE_START, CalendarEntry, Diagnostic, ImportRejected, Row, plan_problems
from bot import time_texts
from bot.audit.model import Act, ActKind, Actor
from bot.config import Config
from bot.gatherings import change
from bot.gatherings.imports import Import, content_of
from bot.gatherings.model import Gathering, Status
from bot.unit_of_work import UnitOfWork

LAST_IMPORT = "last import"
_DRAFT = "a draft (/htg-host drafts publishes it)"
_OTHER_LINK = "its link or passcode is another than here"
_FIELDS = ("title", "description", "zone", "facilitators")
"""Texts and the like that a calendar may change, as the log of acts names them; a new link is `zoom` there."""


@dataclass(slots=True)
class ImportResult:
    """Counts of gatherings, each part of a series by itself, and remarks for the operator."""

    added: int = 0
    unchanged: int = 0
    changed: int = 0
    remarks: list[Diagnostic] = field(default_factory=list)


def save_programme(programme: ParsedProgramme, uow: UnitOfWork, config: Config, now: datetime) -> ImportResult:
    """Publishes gatherings that are new, and changes those of which a calendar has a later version.

    Raises ImportRejected with every problem of the file; the transaction is then to be rolled back.
    """
    return _Importer(uow, config, now).save(programme)


@dataclass(frozen=True, slots=True)
class _Existing:
    """The gathering that a row already is: found by its calendar entry, else by its title and start."""

    gathering: Gathering
    last_import: Import | None


class _Importer:
    def __init__(self, uow: UnitOfWork, config: Config, now: datetime) -> None:
        self._uow, self._config, self._now = uow, config, now
        self._result = ImportResult()
        self._problems: list[Diagnostic] = []

    def save(self, programme: ParsedProgramme) -> ImportResult:
        # One import at a time: the row is locked until the end, so that each finds what the other has added.
        self._uow.state.set(LAST_IMPORT, self._now.isoformat())
        self._problems += programme.problems
        for row in programme.loose:
            if self._find_existing(row) is None:
                self._problems += self._problems_of_new(row)
        for group in programme.groups:
            self._save_group(group)
        for entry in programme.cancelled:
            self._result.remarks += self._uncancelled(entry)
        if self._problems:
            raise ImportRejected(self._problems)
        return self._result

    def _save_group(self, group: Sequence[Row]) -> None:
        existing = [self._find_existing(row) for row in group]
        missing = [row for row, match in zip(group, existing, strict=True) if match is None]
        if missing and len(missing) < len(group):
            self._problems += [
                Diagnostic(row.line, f"part {row.part} is new, and other parts of its series are there already")
                for row in missing
            ]
        for row in missing:
            self._problems += self._problems_of_new(row, past=len(missing) == len(group))
        if not missing:
            for row, match in zip(group, existing, strict=True):
                if match is not None:
                    self._update(row, match)
            self._check_order(group, existing)
        elif not self._problems:
            tentative = any(row.tentative for row in group)
            status = Status.DRAFT if tentative else Status.PUBLISHED
            added = self._uow.gatherings.add([row.plan for row in group], status, self._now)
            for row, gathering in zip(group, added, strict=True):
                self._record_import(row, gathering)
            if tentative:
                self._result.remarks.append(Diagnostic(group[0].line, f"it is tentative, and kept as {_DRAFT}"))
            self._result.added += len(group)

    def _find_existing(self, row: Row) -> _Existing | None:
        if row.entry is not None and (imported := self._uow.gatherings.find_imported(row.entry.source)) is not None:
            return _Existing(*imported)
        if row.plan.starts_at == UNREADABLE_START:
            return None
        duplicate = self._uow.gatherings.find_duplicate(row.plan.title, row.plan.starts_at)
        return None if duplicate is None else _Existing(duplicate, None)

    def _problems_of_new(self, row: Row, *, past: bool = True) -> Iterator[Diagnostic]:
        """Why a new row cannot be added."""
        if past and row.plan.starts_at <= self._now and row.plan.starts_at != UNREADABLE_START:
            yield Diagnostic(row.line, "it is past")
        if row.plan.link is None and not row.unread_link and not self._config.meetings:
            where = "zoom_link; in a calendar URL, LOCATION, CONFERENCE, X-ZOOM-LINK or the description"
            yield Diagnostic(row.line, f"it has no Zoom link ({where})")

    def _record_import(self, row: Row, gathering: Gathering) -> None:
        if row.entry is not None:
            content = content_of(row.plan, ruled=row.ruled)
            self._uow.gatherings.save_import(Import(row.entry.source, gathering.id, row.entry.sequence, content))

    # ---- a later version of a known gathering

    def _update(self, row: Row, existing: _Existing) -> None:
        last_import, gathering, entry = existing.last_import, existing.gathering, row.entry
        new_link = row.plan.link is not None and row.plan.link != self._uow.gatherings.zoom_link(gathering.id)
        standing = gathering.is_still_on(self._now)
        if gathering.status is Status.DRAFT and standing and entry is not None and not row.tentative:
            self._result.remarks.append(Diagnostic(row.line, f"here it is still {_DRAFT}"))
        if last_import is None or entry is None:
            if new_link and standing:
                self._leave(row, gathering, _OTHER_LINK)
            self._record_import(row, gathering)  # added by hand, or before imports were recorded
            self._result.unchanged += 1
            return
        same_content = content_of(row.plan, ruled=row.ruled) == last_import.content
        if entry.sequence <= last_import.sequence or (same_content and not new_link):
            if entry.sequence > last_import.sequence:
                self._record_import(row, gathering)
            elif not same_content or (new_link and standing):
                differs = _OTHER_LINK if same_content else "it differs from what was imported before"
                older = "is not higher" if entry.sequence == last_import.sequence else "is lower"
                self._leave(row, gathering, f"{differs}, and its SEQUENCE {older}")
            self._result.unchanged += 1
            return
        if (why := self._why_left(gathering, last_import)) is not None:
            self._leave(row, gathering, why)
            self._result.unchanged += 1
            return
        self._change(row, gathering)

    def _why_left(self, gathering: Gathering, last_import: Import) -> str | None:
        if gathering.cancelled:
            return "it was cancelled here since"
        if self._now >= gathering.ends_at:
            return "it is over"
        unchanged = {content_of(gathering), content_of(gathering, ruled=True)}
        return None if last_import.content in unchanged else "it was changed here since"

    def _leave(self, row: Row, gathering: Gathering, why: str) -> None:
        hint = f"left as it is (number {gathering.id}; /htg-host edit changes it)"
        self._result.remarks.append(Diagnostic(row.line, f"{why}; {hint}"))

    def _change(self, row: Row, before: Gathering) -> None:
        plan = row.plan
        if plan.starts_at != before.starts_at and plan.starts_at <= self._now:
            self._problems.append(Diagnostic(row.line, "it is moved to a time that is past"))
            return
        link = plan.link or self._uow.gatherings.zoom_link(before.id)
        if problems := [*plan_problems(replace(plan, link=link))]:
            self._problems.append(Diagnostic(row.line, "; ".join(problems)))
            return
        relinked = plan.link is not None and plan.link != self._uow.gatherings.zoom_link(before.id)
        if relinked and plan.link is not None:
            before = change.use_link(self._uow, before, plan.link, self._now)
        after = replace(
            before,
            title=plan.title,
            starts_at=plan.starts_at,
            zone=plan.zone,
            duration=plan.duration,
            description=plan.description,
            facilitators=plan.facilitators,
            door_rule=plan.door_rule if row.ruled else before.door_rule,
        )
        told = set[int]()
        if after != before:
            told = change.change(self._uow, self._config, before, after, self._now)
        self._record(before, after, len(told), relinked=relinked)
        self._record_import(row, before)
        self._result.changed += 1
        self._result.remarks.append(Diagnostic(row.line, _change_remark(before, after, len(told))))

    def _record(self, before: Gathering, after: Gathering, told: int, *, relinked: bool) -> None:
        by = Actor.OPERATOR
        if after.starts_at != before.starts_at:
            moved = Act(ActKind.MOVED, self._now, by, before.id, count=told)
            self._uow.audit.add(replace(moved, from_at=before.starts_at, to_at=after.starts_at))
        fields = [name for name in _FIELDS if getattr(after, name) != getattr(before, name)]
        fields += change.changed_rule(before, after)
        if relinked:
            fields.append("zoom")
        if fields:
            self._uow.audit.add(Act(ActKind.EDITED, self._now, by, before.id, fields=tuple(fields)))

    def _check_order(self, group: Sequence[Row], existing: Sequence[_Existing | None]) -> None:
        """Checks that the parts of a series still follow one another, also those that the file does not name."""
        parts_in_file = [match.gathering for match in existing if match is not None and match.gathering.is_part]
        if not parts_in_file or not self._result.changed:
            return
        parts = [part for part in self._uow.gatherings.parts(parts_in_file[0]) if not part.cancelled]
        for earlier, later in pairwise(parts):
            if later.starts_at < earlier.ends_at:
                why = f"part {later.part} of its series would begin before part {earlier.part} has ended"
                self._problems.append(Diagnostic(group[0].line, why))

    def _uncancelled(self, entry: CalendarEntry) -> Iterator[Diagnostic]:
        imported = self._uow.gatherings.find_imported(entry.source)
        if imported is not None and imported[0].is_still_on(self._now):
            number = imported[0].id
            yield Diagnostic(
                entry.line, f"here it still stands, as number {number}: /htg-host cancel {number} cancels it"
            )


def _change_remark(before: Gathering, after: Gathering, told: int) -> str:
    if after.starts_at == before.starts_at:
        return f"number {before.id} is changed to this version"
    old, new = (time_texts.stamp(version.starts_at, version.zone) for version in (before, after))
    moved = f"{old} to {new}"
    return f"number {before.id} is moved from {moved}; registrants told: {told}"

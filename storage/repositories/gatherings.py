"""Gatherings and their series, imports, and Zoom links."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, delete, func, or_, select, type_coerce, update

from bot.admission.model import DoorRule
from bot.gatherings.imports import Import
from bot.gatherings.model import LISTED, Gathering, Plan, Status
from bot.gatherings.naming import containing, sought, words
from bot.secrets import ZoomLink
from bot.text import folded
from storage.encryption.columns import Plaintext
from storage.engine.statements import insert, insert_or_replace
from storage.repositories.gathering_rows import COLUMNS, open_link, read_gathering, read_gatherings
from storage.repositories.repository import Repository
from storage.schema import gatherings, imports
from storage.types import MICROSECONDS_PER_SECOND, Instant

SEARCH_LIMIT = 200
"""Characters of a search text that are used; no title is longer."""


class StaleWrite(Exception):
    """Another transaction changed a gathering since this one read it: run the work again."""


_g = gatherings.c
_BY_ID = select(*COLUMNS).where(_g.id == bindparam("gathering_id"))
_PARTS = select(*COLUMNS).where(_g.series == bindparam("series_id")).order_by(_g.part)
_DUPLICATE = (
    select(*COLUMNS)
    .where(
        _g.status.in_([status.value for status in Status]),  # all of them: the index begins with this column
        _g.starts_at == bindparam("starts_at"),
        _g.folded == bindparam("folded_title"),
    )
    .order_by(_g.id)
)

_late_entry_ends_at = (
    type_coerce(_g.starts_at, BigInteger) + type_coerce(_g.late_entry, BigInteger) * MICROSECONDS_PER_SECOND
)
HAS_TITLE: ColumnElement[bool] = func.replace(_g.folded, "'", "", type_=_g.folded.type).like(
    bindparam("title_like"), escape="\\"
)
_SOONEST_FIRST = (_g.starts_at, _g.id)
_is_upcoming = and_(
    _g.status == Status.PUBLISHED.value,
    # Late entry never outlasts the gathering (`closes_at`), so the index on its end narrows this first.
    _g.ends_at > bindparam("now"),
    _late_entry_ends_at > type_coerce(bindparam("now", type_=Instant), BigInteger),
)
_COUNT_UPCOMING = select(func.count()).select_from(gatherings).where(_is_upcoming)
_UPCOMING = (
    select(*COLUMNS).where(_is_upcoming).order_by(*_SOONEST_FIRST).limit(bindparam("limit")).offset(bindparam("offset"))
)
_HOSTED = (
    select(*COLUMNS)
    .where(_g.status.in_([Status.DRAFT.value, Status.PUBLISHED.value]), _g.ends_at > bindparam("now"))
    .order_by(*_SOONEST_FIRST)
    .limit(bindparam("limit"))
)
_UPCOMING_BY_TITLE = _UPCOMING.where(HAS_TITLE)
_HOSTED_BY_TITLE = _HOSTED.where(HAS_TITLE)
_DRAFTS = (
    select(*COLUMNS)
    .where(_g.status == Status.DRAFT.value, _g.part == 1)
    .order_by(*_SOONEST_FIRST)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_STARTING_BETWEEN = (
    select(*COLUMNS)
    .where(_g.status == Status.PUBLISHED.value, _g.starts_at.between(bindparam("since"), bindparam("until")))
    .order_by(*_SOONEST_FIRST)
)
_PUBLIC = (
    select(*COLUMNS)
    .where(_g.status.in_([Status.PUBLISHED.value, Status.CANCELLED.value]), _g.ends_at > bindparam("since"))
    .order_by(*_SOONEST_FIRST)
    .limit(bindparam("limit"))
)

_IMPORTED = (
    select(*COLUMNS, imports.c.sequence, imports.c.content)
    .select_from(imports.join(gatherings, _g.id == imports.c.gathering))
    .where(imports.c.source == bindparam("source"))
)
_SAVE_IMPORT = insert_or_replace(imports)

_public = _PUBLIC.subquery().c
# Ids only grow and every change raises a revision, so no two states of the list agree in all of these.
_PUBLIC_VERSION = select(
    func.count(), func.sum(_public.id), func.max(_public.id), func.sum(_public.revision), func.min(_public.starts_at)
)

_ADD = insert(gatherings).returning(_g.id)
_START_SERIES = update(gatherings).where(_g.id == bindparam("gathering_id")).values(series=_g.id)
_LENGTHEN_SERIES = (
    update(gatherings)
    .where(_g.id == bindparam("gathering_id"), _g.revision == bindparam("read_revision"))
    .values(
        series=bindparam("series_id"),
        parts=bindparam("how_many"),
        revision=_g.revision + 1,
        changed_at=bindparam("now", type_=Instant),
    )
)
# Sets the columns of its other parameters, too.
_SAVE = (
    update(gatherings)
    .where(_g.id == bindparam("gathering_id"), _g.revision == bindparam("read_revision"))
    .values(revision=_g.revision + 1)
    .returning(*COLUMNS)
)
_REVISIONS = (
    select(_g.id, _g.revision)
    .where(_g.id.in_(bindparam("gathering_ids", expanding=True)))
    .order_by(_g.id)
    .with_for_update(read=True)
)
_DISCARD = delete(gatherings).where(
    or_(_g.id == bindparam("gathering_id"), _g.series == bindparam("series_id")), _g.status == Status.DRAFT.value
)
_LINKS = select(_g.id, _g.zoom_link).where(
    _g.id.in_(bindparam("gathering_ids", expanding=True)), _g.zoom_link.is_not(None)
)
_LINK = select(_g.zoom_link).where(_g.id == bindparam("gathering_id"))
_SET_LINK = update(gatherings).where(_g.id == bindparam("gathering_id"))


class SqlGatheringRepository(Repository):
    def add(self, plans: Sequence[Plan], status: Status, now: datetime | None = None) -> list[Gathering]:
        ids: list[int] = []
        series: int | None = None
        for part, plan in enumerate(plans, start=1):
            ids.append(self._add(plan, status, series, part, len(plans), now))
            if part == 1 and len(plans) > 1:
                series = ids[0]  # the id of a series is that of its first part
                self._do(_START_SERIES, gathering_id=series)
        return [self._require(gathering) for gathering in ids]

    def _add(self, plan: Plan, status: Status, series: int | None, part: int, parts: int, now: datetime | None) -> int:
        values = _new_values(plan, status, series, part, parts) | {"changed_at": now}
        added: int = self._value(_ADD, **values)
        if plan.link is not None:
            self.set_zoom_link(added, plan.link)
        return added

    def add_part(self, parts: Sequence[Gathering], plan: Plan, now: datetime) -> Gathering:
        series, how_many = parts[0].id, len(parts) + 1
        for part in parts:
            stored = {"gathering_id": part.id, "read_revision": part.revision}
            if not self._changed(_LENGTHEN_SERIES, series_id=series, how_many=how_many, now=now, **stored):
                raise StaleWrite(f"gathering {part.id} was changed since it was read at revision {part.revision}")
        return self._require(self._add(plan, Status.PUBLISHED, series, how_many, how_many, now))

    def _require(self, gathering: int) -> Gathering:
        stored = self.get(gathering)
        if stored is None:
            raise LookupError(f"gathering {gathering} does not exist")
        return stored

    def find_duplicate(self, title: str, starts_at: datetime) -> Gathering | None:
        row = self._one(_DUPLICATE, folded_title=folded(title), starts_at=starts_at)
        return None if row is None else read_gathering(row)

    def find_imported(self, source: str) -> tuple[Gathering, Import] | None:
        row = self._one(_IMPORTED, source=source)
        return None if row is None else (read_gathering(row), Import(source, row.id, row.sequence, row.content))

    def save_import(self, imported: Import) -> None:
        self._do(_SAVE_IMPORT, **asdict(imported))

    def get(self, gathering: int) -> Gathering | None:
        row = self._one(_BY_ID, gathering_id=gathering)
        return None if row is None else read_gathering(row)

    def parts(self, gathering: Gathering) -> list[Gathering]:
        if gathering.series is None:
            return [self._require(gathering.id)]
        return read_gatherings(self._all(_PARTS, series_id=gathering.series))

    def upcoming(self, now: datetime, *, limit: int, offset: int = 0, titled: str = "") -> list[Gathering]:
        if titled:
            rows = self._all(_UPCOMING_BY_TITLE, now=now, limit=LISTED, offset=0, title_like=words_pattern(titled))
            return named(titled, read_gatherings(rows))[offset : offset + limit]
        return read_gatherings(self._all(_UPCOMING, now=now, limit=limit, offset=offset))

    def count_upcoming(self, now: datetime) -> int:
        return int(self._value(_COUNT_UPCOMING, now=now))

    def hosted(self, now: datetime, *, limit: int, titled: str = "") -> list[Gathering]:
        if titled:
            rows = self._all(_HOSTED_BY_TITLE, now=now, limit=LISTED, title_like=words_pattern(titled))
            return named(titled, read_gatherings(rows))[:limit]
        return read_gatherings(self._all(_HOSTED, now=now, limit=limit))

    def drafts(self, *, limit: int, offset: int = 0) -> list[Gathering]:
        return read_gatherings(self._all(_DRAFTS, limit=limit, offset=offset))

    def starting_between(self, since: datetime, until: datetime) -> list[Gathering]:
        return read_gatherings(self._all(_STARTING_BETWEEN, since=since, until=until))

    def public_since(self, since: datetime, *, limit: int) -> list[Gathering]:
        return read_gatherings(self._all(_PUBLIC, since=since, limit=limit))

    def public_version(self, since: datetime, *, limit: int) -> str:
        return " ".join(str(value) for value in self._only(_PUBLIC_VERSION, since=since, limit=limit))

    def save(self, gathering: Gathering, now: datetime | None = None) -> Gathering:
        return self._overwrite(gathering, _changed_values(gathering) | {"changed_at": now or gathering.changed_at})

    def _overwrite(self, read: Gathering, values: Mapping[str, object]) -> Gathering:
        row = self._one(_SAVE, gathering_id=read.id, read_revision=read.revision, **values)
        if row is None:
            # Two facilitators at once: writing these fields would undo the other's change, even a cancellation.
            raise StaleWrite(f"gathering {read.id} was changed since it was read at revision {read.revision}")
        return read_gathering(row)

    def redraft(self, parts: Sequence[Gathering], plans: Sequence[Plan], now: datetime) -> list[Gathering]:
        series = parts[0].id if len(plans) > 1 else None
        for number, (part, plan) in enumerate(zip(parts, plans, strict=False), start=1):
            values = _new_values(plan, Status.DRAFT, series, number, len(plans))
            self._overwrite(part, values | {"series_name": part.series_name, "changed_at": now})
            if plan.link is not None:
                self.set_zoom_link(part.id, plan.link)
        for part in parts[len(plans) :]:
            self._do(_DISCARD, gathering_id=part.id, series_id=None)
        for number, plan in enumerate(plans[len(parts) :], start=len(parts) + 1):
            self._add(plan, Status.DRAFT, series, number, len(plans), now)
        return self.parts(self._require(parts[0].id))

    def lock_unchanged(self, gatherings: Sequence[Gathering]) -> None:
        if self._connection.dialect.name == "sqlite":
            return  # one transaction at a time: nothing changes meanwhile
        revisions = {
            row.id: row.revision
            for row in self._all(_REVISIONS, gathering_ids=[gathering.id for gathering in gatherings])
        }
        if revisions != {gathering.id: gathering.revision for gathering in gatherings}:
            raise StaleWrite("a gathering was changed since it was read")

    def discard(self, gathering: Gathering) -> None:
        if not self._changed(_DISCARD, gathering_id=gathering.id, series_id=gathering.series):
            raise StaleWrite(f"gathering {gathering.id} was published or discarded since it was read")

    def zoom_link(self, gathering: int) -> ZoomLink | None:
        return open_link(self._value(_LINK, gathering_id=gathering), gathering)

    def zoom_links(self, gatherings: Collection[int]) -> dict[int, ZoomLink]:
        rows = self._all(_LINKS, gathering_ids=list(gatherings)) if gatherings else ()
        links = ((row.id, open_link(row.zoom_link, row.id)) for row in rows)
        return {gathering: link for gathering, link in links if link is not None}

    def set_zoom_link(self, gathering: int, link: ZoomLink) -> None:
        self._do(_SET_LINK, gathering_id=gathering, zoom_link=Plaintext(link, gathering))


def _changed_values(gathering: Gathering) -> dict[str, object]:
    return _shared_values(gathering.title, gathering.starts_at, gathering.duration, gathering.door_rule) | {
        "zone": gathering.zone,
        "description": gathering.description,
        "facilitators": gathering.facilitators,
        "status": gathering.status.value,
        "opened_at": gathering.opened_at,
        "closed_at": gathering.closed_at,
        "moved_from": gathering.moved_from,
        "note": gathering.note,
    }


def _new_values(plan: Plan, status: Status, series: int | None, part: int, parts: int) -> dict[str, object]:
    return _shared_values(plan.title, plan.starts_at, plan.duration, plan.door_rule) | {
        "zone": plan.zone,
        "description": plan.description,
        "facilitators": plan.facilitators,
        "status": status.value,
        "series": series,
        "part": part,
        "parts": parts,
        "series_name": plan.series_name,
    }


def _shared_values(title: str, starts_at: datetime, duration: timedelta, rule: DoorRule) -> dict[str, object]:
    return {
        "title": title,
        "folded": folded(title),
        "starts_at": starts_at,
        "duration": duration,
        "admission_limit": rule.limit,
        "late_entry": rule.late_entry,
        "opens_before": rule.opens_before,
    }


def title_pattern(titled: str) -> str:
    """For LIKE: texts that contain this one."""
    pattern = folded(titled[:SEARCH_LIMIT])
    for character in ("\\", "%", "_"):
        pattern = pattern.replace(character, "\\" + character)
    return f"%{pattern}%"


def words_pattern(titled: str) -> str:
    """For LIKE, for `named` to choose from: titles with these words in them. Signs alone are taken as they are."""
    wanted = titled[:SEARCH_LIMIT]
    return f"%{'%'.join(sought(wanted))}%" if words(wanted) else title_pattern(titled)


def named(titled: str, found: list[Gathering]) -> list[Gathering]:
    """Of what `words_pattern` found, what is meant."""
    wanted = titled[:SEARCH_LIMIT]
    return containing(wanted, found) if words(wanted) else found

"""Gatherings as stored, alone and in series, and the link that only an admission reads."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, bindparam, delete, func, insert, or_, select, type_coerce, update

from bot.admission.model import DoorRule
from bot.gatherings.imports import Import
from bot.gatherings.model import Gathering, Plan, Status
from bot.redaction.published import safe
from bot.secrets import ZOOM, ZoomLink
from bot.text import folded
from storage.encryption.columns import EncryptedValue, Plaintext
from storage.encryption.keyring import NoEncryptionKey, SecretUnreadable
from storage.engine.statements import insert as insert_or
from storage.repositories.repository import Repository
from storage.schema import gatherings, imports
from storage.types import MICROSECONDS_PER_SECOND, Instant

log = logging.getLogger(__name__)

SEARCH_LIMIT = 200
"""Characters of a title that are looked for; more than a title has find nothing anyway."""


class StaleWrite(Exception):
    """A gathering was changed by another transaction since this one read it; the work is to be run again."""


_g = gatherings.c
COLUMNS = [column for column in _g if column.name not in {"folded", "ends_at", "forgotten_at"}]
_BY_ID = select(*COLUMNS).where(_g.id == bindparam("which"))
_PARTS = select(*COLUMNS).where(_g.series == bindparam("series")).order_by(_g.part)
_TWIN = (
    select(*COLUMNS)
    .where(
        _g.status.in_([each.value for each in Status]),  # all of them: the index begins with it
        _g.starts_at == bindparam("starts_at"),
        _g.folded == bindparam("titled"),
    )
    .order_by(_g.id)
)

_late_until = type_coerce(_g.starts_at, BigInteger) + type_coerce(_g.late_entry, BigInteger) * MICROSECONDS_PER_SECOND
TITLED: ColumnElement[bool] = _g.folded.like(bindparam("titled"), escape="\\")
_soonest = (_g.starts_at, _g.id)
_UPCOMING = (
    select(*COLUMNS)
    .where(
        _g.status == Status.PUBLISHED.value,
        # Late entry never outlasts the gathering (`doors.closes_at`), so the index on its end narrows this first.
        _g.ends_at > bindparam("now"),
        _late_until > type_coerce(bindparam("now", type_=Instant), BigInteger),
    )
    .order_by(*_soonest)
    .limit(bindparam("most"))
    .offset(bindparam("past"))
)
_HOSTED = (
    select(*COLUMNS)
    .where(_g.status.in_([Status.DRAFT.value, Status.PUBLISHED.value]), _g.ends_at > bindparam("now"))
    .order_by(*_soonest)
    .limit(bindparam("most"))
)
_UPCOMING_TITLED = _UPCOMING.where(TITLED)
_HOSTED_TITLED = _HOSTED.where(TITLED)
_NEAR = (
    select(*COLUMNS)
    .where(_g.status == Status.PUBLISHED.value, _g.starts_at.between(bindparam("since"), bindparam("until")))
    .order_by(*_soonest)
)
_SHOWN = (
    select(*COLUMNS)
    .where(_g.status.in_([Status.PUBLISHED.value, Status.CANCELLED.value]), _g.ends_at > bindparam("since"))
    .order_by(*_soonest)
    .limit(bindparam("most"))
)

_i = imports.c
_IMPORTED = (
    select(*COLUMNS, _i.sequence, _i.content)
    .select_from(imports.join(gatherings, _g.id == _i.gathering))
    .where(_i.source == bindparam("source"))
)
_keep = insert_or(imports)
_KEEP_IMPORT = _keep.on_conflict_do_update(
    index_elements=["source"],
    set_={name: _keep.excluded[name] for name in ("gathering", "sequence", "content")},
)

_shown = _SHOWN.subquery().c
# Ids only grow, and each change raises a revision: no two states of the list have all of these in common.
_SHOWN_VERSION = select(
    func.count(), func.sum(_shown.id), func.max(_shown.id), func.sum(_shown.revision), func.min(_shown.starts_at)
)

_ADD = insert(gatherings).returning(_g.id)
_START_SERIES = update(gatherings).where(_g.id == bindparam("which")).values(series=_g.id)
# Sets, besides the revision, the columns of `_written`.
_CHANGE = (
    update(gatherings)
    .where(_g.id == bindparam("which"), _g.revision == bindparam("read_at"))
    .values(revision=_g.revision + 1)
    .returning(*COLUMNS)
)
_REVISIONS = (
    select(_g.id, _g.revision)
    .where(_g.id.in_(bindparam("which", expanding=True)))
    .order_by(_g.id)
    .with_for_update(read=True)
)
_DISCARD = delete(gatherings).where(
    or_(_g.id == bindparam("which"), _g.series == bindparam("series")), _g.status == Status.DRAFT.value
)
_LINKS = select(_g.id, _g.zoom_link).where(_g.id.in_(bindparam("which", expanding=True)), _g.zoom_link.is_not(None))
_LINK = select(_g.zoom_link).where(_g.id == bindparam("which"))
_SET_LINK = update(gatherings).where(_g.id == bindparam("which"))


class SqlGatheringRepository(Repository):
    __slots__ = ()

    def add(self, plans: Sequence[Plan], status: Status, now: datetime | None = None) -> list[Gathering]:
        ids: list[int] = []
        series: int | None = None
        for part, plan in enumerate(plans, start=1):
            planned = _planned(plan, status, series, part, len(plans)) | {"changed_at": now}
            ids.append(self._do(_ADD, **planned).scalar_one())
            if plan.link is not None:
                self.set_zoom_link(ids[-1], plan.link)
            if part == 1 and len(plans) > 1:
                series = ids[0]  # a series bears the number of its first part
                self._do(_START_SERIES, which=series)
        return [self._kept(each) for each in ids]

    def _kept(self, gathering: int) -> Gathering:
        found = self.get(gathering)
        if found is None:
            raise LookupError(f"gathering {gathering} is not there")
        return found

    def find_duplicate(self, title: str, starts_at: datetime) -> Gathering | None:
        row = self._one(_TWIN, titled=folded(title), starts_at=starts_at)
        return None if row is None else read_gathering(row)

    def find_imported(self, source: str) -> tuple[Gathering, Import] | None:
        row = self._one(_IMPORTED, source=source)
        return None if row is None else (read_gathering(row), Import(source, row.id, row.sequence, row.content))

    def save_import(self, kept: Import) -> None:
        self._do(
            _KEEP_IMPORT, source=kept.source, gathering=kept.gathering, sequence=kept.sequence, content=kept.content
        )

    def get(self, gathering: int) -> Gathering | None:
        row = self._one(_BY_ID, which=gathering)
        return None if row is None else read_gathering(row)

    def parts(self, gathering: Gathering) -> list[Gathering]:
        if gathering.series is None:
            return [self._kept(gathering.id)]
        return _read(self._all(_PARTS, series=gathering.series))

    def upcoming(self, now: datetime, *, limit: int, offset: int = 0, titled: str = "") -> list[Gathering]:
        if titled:
            return _read(self._all(_UPCOMING_TITLED, now=now, most=limit, past=offset, titled=title_pattern(titled)))
        return _read(self._all(_UPCOMING, now=now, most=limit, past=offset))

    def hosted(self, now: datetime, *, limit: int, titled: str = "") -> list[Gathering]:
        if titled:
            return _read(self._all(_HOSTED_TITLED, now=now, most=limit, titled=title_pattern(titled)))
        return _read(self._all(_HOSTED, now=now, most=limit))

    def starting_between(self, since: datetime, until: datetime) -> list[Gathering]:
        return _read(self._all(_NEAR, since=since, until=until))

    def public_since(self, since: datetime, *, limit: int) -> list[Gathering]:
        return _read(self._all(_SHOWN, since=since, most=limit))

    def public_version(self, since: datetime, *, limit: int) -> str:
        return " ".join(str(each) for each in self._do(_SHOWN_VERSION, since=since, most=limit).one())

    def save(self, gathering: Gathering, now: datetime | None = None) -> Gathering:
        written = _written(gathering) | {"changed_at": now or gathering.changed_at}
        row = self._one(_CHANGE, which=gathering.id, read_at=gathering.revision, **written)
        if row is None:
            # Two facilitators at once: writing this one's fields would undo the other's, a cancellation even.
            raise StaleWrite(f"gathering {gathering.id} was changed since it was read at revision {gathering.revision}")
        return read_gathering(row)

    def lock_unchanged(self, gatherings: Sequence[Gathering]) -> None:
        if self._connection.dialect.name == "sqlite":
            return  # one transaction at a time: nothing moves meanwhile
        kept = {row.id: row.revision for row in self._all(_REVISIONS, which=[each.id for each in gatherings])}
        if kept != {each.id: each.revision for each in gatherings}:
            raise StaleWrite("a gathering was changed since it was read")

    def discard(self, gathering: Gathering) -> None:
        if not self._changed(_DISCARD, which=gathering.id, series=gathering.series):
            raise StaleWrite(f"gathering {gathering.id} was published or discarded since it was read")

    def zoom_link(self, gathering: int) -> ZoomLink | None:
        return opened(self._do(_LINK, which=gathering).scalar(), gathering)

    def zoom_links(self, gatherings: Collection[int]) -> dict[int, ZoomLink]:
        rows = self._all(_LINKS, which=list(gatherings)) if gatherings else ()
        found = ((row.id, opened(row.zoom_link, row.id)) for row in rows)
        return {gathering: link for gathering, link in found if link is not None}

    def set_zoom_link(self, gathering: int, link: ZoomLink) -> None:
        self._do(_SET_LINK, which=gathering, zoom_link=Plaintext(link, gathering))


def opened(kept: EncryptedValue[ZoomLink] | None, gathering: int, row: int | None = None) -> ZoomLink | None:
    """None also where no key opens it: everything else about the gathering goes on, and the link is entered anew.

    `row`: where it rests, when that is not the gathering's own row.
    """
    if kept is None:
        return None
    try:
        return kept.open(gathering if row is None else row)
    except NoEncryptionKey:
        return None  # said at the start by whatever needs one
    except SecretUnreadable as problem:
        _complain(gathering, str(problem))
        return None


@lru_cache(maxsize=1024)
def _complain(gathering: int, why: str) -> None:
    """Once in each process, and not for every reader of a page."""
    log.error("a link of gathering %d cannot be read: %s", gathering, why)


@lru_cache(maxsize=4096)
def _safe(texts: tuple[str, ...], kept: EncryptedValue[ZoomLink] | None, gathering: int) -> tuple[tuple[str, ...], str]:
    """The texts without any way in, and where it meets. By the sealed link: it is opened once and not in each list."""
    link = opened(kept, gathering)
    place = link.place if link is not None else "" if kept is not None else ZOOM
    return safe(texts, link), place


@lru_cache(maxsize=4096)
def safe_title(title: str) -> str:
    """Of a gathering of which no more than the title is read."""
    return safe([title], None)[0]


@lru_cache(maxsize=2048)
def read_gathering(row: Row[Any]) -> Gathering:
    """A row of `COLUMNS` as the core knows it. A rush reads the same one over and over."""
    texts = (row.title, row.description, row.facilitators, row.note, row.series_name)
    shown, place = _safe(texts, row.zoom_link, row.id)
    title, description, facilitators, note, series_name = shown
    return Gathering(
        id=row.id,
        title=title,
        starts_at=row.starts_at,
        zone=row.zone,
        duration=row.duration,
        description=description,
        facilitators=facilitators,
        status=Status(row.status),
        door_rule=DoorRule(row.admission_limit, row.late_entry, row.opens_before),
        admitted=row.admitted,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        series=row.series,
        part=row.part,
        parts=row.parts,
        revision=row.revision,
        changed_at=row.changed_at,
        note=note,
        series_name=series_name,
        former_registrants=row.former_registrants,
        place=place,
        withheld=shown[:3] != texts[:3],
    )


def _read(rows: Sequence[Row[Any]]) -> list[Gathering]:
    return [read_gathering(row) for row in rows]


def _written(gathering: Gathering) -> dict[str, object]:
    return _common(gathering.title, gathering.starts_at, gathering.duration, gathering.door_rule) | {
        "zone": gathering.zone,
        "description": gathering.description,
        "facilitators": gathering.facilitators,
        "status": gathering.status.value,
        "opened_at": gathering.opened_at,
        "closed_at": gathering.closed_at,
        "note": gathering.note,
    }


def _planned(plan: Plan, status: Status, series: int | None, part: int, parts: int) -> dict[str, object]:
    return _common(plan.title, plan.starts_at, plan.duration, plan.door_rule) | {
        "zone": plan.zone,
        "description": plan.description,
        "facilitators": plan.facilitators,
        "status": status.value,
        "series": series,
        "part": part,
        "parts": parts,
        "series_name": plan.series_name,
    }


def _common(title: str, starts_at: datetime, duration: timedelta, rule: DoorRule) -> dict[str, object]:
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
    wanted = folded(titled[:SEARCH_LIMIT])
    for special in ("\\", "%", "_"):
        wanted = wanted.replace(special, "\\" + special)
    return f"%{wanted}%"

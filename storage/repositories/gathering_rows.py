"""Rows of the table of gatherings as the Gatherings that they are: links opened, texts made safe."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from bot.admission.model import DoorRule
from bot.gatherings.model import Gathering, Status
from bot.redaction.published import safe
from bot.secrets import ZOOM, ZoomLink
from storage.encryption.columns import EncryptedValue
from storage.encryption.keyring import NoEncryptionKey, SecretUnreadable
from storage.schema import gatherings

log = logging.getLogger(__name__)

COLUMNS = [column for column in gatherings.c if column.name not in {"folded", "ends_at", "forgotten_at"}]


def open_link(encrypted: EncryptedValue[ZoomLink] | None, gathering: int, row: int | None = None) -> ZoomLink | None:
    """None also where no key decrypts it: the gathering still works, and its link can be entered again.

    `row`: the row it is encrypted for, when that is not the gathering's own.
    """
    if encrypted is None:
        return None
    try:
        return encrypted.open(gathering if row is None else row)
    except NoEncryptionKey:
        return None  # reported when the process starts
    except SecretUnreadable as failure:
        _log_unreadable(gathering, str(failure))
        return None


@lru_cache(maxsize=1024)
def _log_unreadable(gathering: int, why: str) -> None:
    """Once in each process, not for every request of a page."""
    log.error("a link of gathering %d cannot be read: %s", gathering, why)


@lru_cache(maxsize=4096)
def _redact(
    texts: tuple[str, ...], encrypted: EncryptedValue[ZoomLink] | None, gathering: int
) -> tuple[tuple[str, ...], str]:
    """The texts without anything that leads in, and the place. Cached by the encrypted link, to decrypt it once."""
    link = open_link(encrypted, gathering)
    place = link.place if link is not None else "" if encrypted is not None else ZOOM
    return safe(texts, link), place


@lru_cache(maxsize=4096)
def safe_title(title: str) -> str:
    """The title without anything that leads in, for queries that read the title alone."""
    return safe([title], None)[0]


@lru_cache(maxsize=2048)
def read_gathering(row: Row[Any]) -> Gathering:
    """The gathering in a row of `COLUMNS`. Cached: concurrent Requests read the same gathering over and over."""
    texts = (row.title, row.description, row.facilitators, row.note, row.series_name)
    redacted, place = _redact(texts, row.zoom_link, row.id)
    title, description, facilitators, note, series_name = redacted
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
        moved_from=row.moved_from,
        series=row.series,
        part=row.part,
        parts=row.parts,
        revision=row.revision,
        changed_at=row.changed_at,
        note=note,
        series_name=series_name,
        former_registrants=row.former_registrants,
        place=place,
        withheld=redacted[:3] != texts[:3],
    )


def read_gatherings(rows: Sequence[Row[Any]]) -> list[Gathering]:
    return [read_gathering(row) for row in rows]

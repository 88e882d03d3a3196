"""Posting to the outbox what a command changes for others, in the command's own transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.addresses import Address
from bot.gatherings import Gathering
from bot.notices import Kind, Notice, key
from bot.ports import Books


def registrants(books: Books, gathering: Gathering, kind: Kind, now: datetime) -> int:
    """Tells everyone registered that it moved or was cancelled; returns how many."""
    told = [
        Notice(
            key=key(kind, to=each.member, about=gathering.id, at=gathering.starts_at),
            kind=kind,
            gathering=gathering.id,
            platform=each.platform,
            member=each.member,
            due_at=now,
            expires_at=max(gathering.ends_at, now),
            starts_at=gathering.starts_at,
        )
        for each in books.registrants(gathering.id)
    ]
    books.post(told)
    return len(told)


def channel(books: Books, gathering: Gathering, where: Address, parts: Iterable[Gathering], now: datetime) -> None:
    """Posts the announcement once in a channel, as long as any part is still to come."""
    kept = books.announce(gathering.id, where)
    books.post(
        [
            Notice(
                key=key(Kind.ANNOUNCEMENT, to=where, about=gathering.id, at=gathering.starts_at),
                kind=Kind.ANNOUNCEMENT,
                gathering=gathering.id,
                platform=where.platform,
                channel=where,
                announcement=kept.id,
                due_at=now,
                expires_at=max(each.ends_at for each in parts),
                starts_at=gathering.starts_at,
            )
        ]
    )


def keep_in_step(books: Books, changed: Gathering, now: datetime) -> None:
    """Has every announcement of this gathering (or its series) edited in place."""
    parts = books.parts(changed)
    books.post(
        Notice(
            key=f"{Kind.AMENDMENT}:{each.id}:{changed.id}:{changed.revision}",
            kind=Kind.AMENDMENT,
            gathering=each.gathering,
            platform=each.channel.platform,
            channel=each.channel,
            announcement=each.id,
            due_at=now,
            expires_at=max(now, *(part.ends_at for part in parts)),
            starts_at=changed.starts_at,
        )
        for each in books.announcements(changed)
    )

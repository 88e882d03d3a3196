"""Keeping a change to a gathering, with everything that follows from it for others: one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot import doors, planning
from bot.commands import telling
from bot.gatherings import Gathering
from bot.house import House
from bot.meetings import Standing
from bot.notices import Kind
from bot.ports import Books
from bot.secrets import ZoomLink


def change(books: Books, house: House, before: Gathering, after: Gathering, now: datetime) -> set[int]:
    """Keeps `after` in place of `before`, and has the posts edited; returns the registrants told that it moved."""
    moved = after.starts_at != before.starts_at
    if moved:
        after = replace(after, opened_at=None, closed_at=None)
    kept = books.change(after, now)
    if kept.admitted and now < doors.opens_at(kept):
        books.empty(kept.id)  # whoever was in was in at a time that is no more
    told = set[int]()
    if moved and not before.cancelled:
        told = telling.registrants(books, kept, Kind.MOVED, now)
        planning.skip_past_waves(books, house, kept, now)
    telling.keep_in_step(books, kept, now)
    return told


def use_link(books: Books, gathering: Gathering, link: ZoomLink) -> None:
    """From now on everybody is led there, also those who have a link of their own to a meeting the bot made."""
    books.set_zoom_link(gathering.id, link)
    made = books.meeting(gathering.id)
    if made is not None:
        books.keep_meeting(replace(made, standing=Standing.GONE))

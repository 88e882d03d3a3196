"""Times in the zone that a reader chose, where their platform would show them in another, or twice alike."""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

from bot import time_texts
from bot.i18n import Locale
from bot.members.model import Member
from bot.platform import platform_of
from bot.view_lines import lines_of, with_lines
from bot.views import Line, Moment, Style, Text, View


def as_read_by(member: Member, locale: Locale, view: View) -> View:
    """The view in its member's own zone, where the platform would show another one, or the same time twice."""
    known = member.settings.zone or (member.zone if platform_of(member.address.platform).tells_zone else None)
    doubled = known is not None and any(
        isinstance(span, Moment) and time_texts.comes_twice(span.at.astimezone(ZoneInfo(known)))
        for line in lines_of(view)
        for span in line
    )
    shown = in_own_zone(locale, view) if doubled or member.shows_another_zone else view
    if shown is not view or not time_texts.has_articles(locale):
        return shown
    return with_lines(view, partial(_with_article, locale))


def shows_times(view: View) -> bool:
    return any(isinstance(span, Moment) for line in lines_of(view) for span in line)


def asks_zone(member: Member, view: View) -> bool:
    """Once, where times are shown that somebody whose zone is not known may take for their own."""
    return member.zone_is_unknown and not member.zone_asked and shows_times(view)


def in_own_zone(locale: Locale, view: View) -> View:
    """The view with its times written out and their zone named, instead of left to the platform.

    A full date names the zone, and the clock times beside it are then plain; where there is none, a line of
    clock times names it at its end.
    """
    dated = any(isinstance(span, Moment) and span.style is Style.LONG for line in lines_of(view) for span in line)
    return with_lines(view, partial(_line, locale, name_zone=not dated))


def _with_article(locale: Locale, line: Line) -> Line:
    """The line with what its language says before each of its clock times."""
    following = (*line[1:], None)
    return tuple(
        Text(time_texts.before(locale, span.text, after.at))
        if isinstance(span, Text) and isinstance(after, Moment) and after.style is Style.TIME
        else span
        for span, after in zip(line, following, strict=True)
    )


def _line(locale: Locale, line: Line, *, name_zone: bool) -> Line:
    if not any(isinstance(span, Moment) for span in line):
        return line
    line = _with_article(locale, line)
    spans = tuple(Text(_written(locale, span)) if isinstance(span, Moment) else span for span in line)
    return (*spans, Text(f" ({time_texts.zone(locale)})")) if name_zone else spans


def _written(locale: Locale, moment: Moment) -> str:
    return time_texts.long(locale, moment.at) if moment.style is Style.LONG else time_texts.time(locale, moment.at)

"""A facilitator's own way in, as the host."""

from __future__ import annotations

from bot.audit.model import ActKind
from bot.audit.record import record
from bot.catalogue import command
from bot.context import Context
from bot.editing import texts as editing_texts
from bot.gatherings import resolve
from bot.gatherings.arguments import PUBLISHED
from bot.gatherings.model import Gathering, Status
from bot.i18n import N_
from bot.meetings import texts
from bot.meetings.model import MeetingState
from bot.meetings.ports import NoStartLink
from bot.secrets import StartLink
from bot.unit_of_work import UnitOfWork
from bot.views import Refusal, View


@command(
    "start",
    PUBLISHED,
    summary=N_("my own way in, to host"),
    position=6,
    for_facilitators=True,
    also="begin, host, join, link, zoom, empezar, comenzar, iniciar, enlace",
)
def start(ctx: Context, uow: UnitOfWork) -> View:
    """Works for every facilitator alike, and takes none of the places."""
    gathering = resolve.to_start(ctx, uow)
    if gathering.status is Status.DRAFT:
        raise Refusal(editing_texts.still_a_draft(ctx.locale, gathering))
    if not gathering.is_still_on(ctx.now):
        raise Refusal(texts.nothing_to_start(ctx.locale, gathering))
    meeting = uow.meetings.get(gathering.id)
    if meeting is None or meeting.standing is not MeetingState.STANDS:
        return _pasted(
            ctx, uow, gathering, is_being_made=meeting is not None and meeting.standing is MeetingState.BEGUN
        )
    link = ctx.start_links.get(meeting.number)
    if link is None:
        raise NoStartLink(texts.no_start_link(ctx.locale, gathering), meeting.number)
    record(ctx, uow, ActKind.START_LINK_GIVEN, gathering.id)
    return texts.start(ctx.locale, gathering, link, ctx.now, running=meeting.running)


def _pasted(ctx: Context, uow: UnitOfWork, gathering: Gathering, *, is_being_made: bool) -> View:
    """The link that a facilitator or a file gave: who hosts there is settled where it leads."""
    pasted = uow.gatherings.zoom_link(gathering.id) if not is_being_made else None
    if pasted is None:
        raise Refusal(texts.no_room(ctx.locale, gathering, is_being_made=is_being_made or ctx.config.meetings))
    record(ctx, uow, ActKind.START_LINK_GIVEN, gathering.id)
    return texts.start_pasted(ctx.locale, gathering, pasted, StartLink(pasted.reveal()), ctx.now)

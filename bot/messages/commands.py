"""Messages to every registrant of a gathering: drafted, previewed, and sent or discarded."""

from __future__ import annotations

from functools import partial

from bot.arguments import Option, number
from bot.audit.model import ActKind
from bot.audit.record import record
from bot.catalogue import command
from bot.context import Context
from bot.editing import cancel_texts
from bot.editing import texts as editing_texts
from bot.gatherings import resolve
from bot.gatherings.arguments import PUBLISHED
from bot.gatherings.model import Gathering, Status
from bot.i18n import N_
from bot.messages import texts
from bot.messages.model import MESSAGE_LIMIT
from bot.notifications import enqueue
from bot.redaction.detect import gives_away
from bot.registrations.model import Registrant
from bot.unit_of_work import UnitOfWork
from bot.views import Answer, Refusal, View

MESSAGE = Option("message", number, limit=12)
TEXT = Option("text", str.strip, own_words=True)
DRAFT = Option("draft", number, limit=12)


@command(
    "message",
    PUBLISHED,
    TEXT,
    DRAFT,
    summary=N_("write to everyone who registered"),
    position=9,
    for_facilitators=True,
    opens_form=True,
    also=("write, tell, mensaje, escribir"),
)
def message(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    gathering = resolve.published(ctx, uow)
    recipients, opted_out = _recipients(ctx, uow, gathering)
    draft = uow.messages.get(ctx.args[DRAFT] or 0)
    if draft is not None and (draft.gathering != gathering.id or draft.sent_at):
        draft = None
    show_form = partial(texts.form, locale, gathering, len(recipients), draft=str(draft.id) if draft else "")
    if TEXT not in ctx.args:
        return show_form(typed=draft.text if draft else "")
    typed = ctx.args[TEXT]
    error = _error(ctx, uow, gathering, typed)
    if error:
        return show_form(typed=typed, error=error)
    if draft is not None:
        uow.messages.discard(draft.id)
    draft = uow.messages.draft(gathering.id, typed, ctx.now)
    record(ctx, uow, ActKind.MESSAGE_WRITTEN, gathering.id)
    return texts.preview(locale, gathering, draft, recipients=len(recipients), opted_out=len(opted_out))


def _recipients(ctx: Context, uow: UnitOfWork, gathering: Gathering) -> tuple[list[Registrant], list[Registrant]]:
    """Registrants with direct messages, and those without. Refuses where there is nobody to write to."""
    locale = ctx.locale
    if gathering.status is Status.DRAFT:
        raise Refusal(editing_texts.still_a_draft(locale, gathering))
    if gathering.cancelled:
        raise Refusal(cancel_texts.cancelled_or_over(locale, gathering))
    registrants = uow.registrations.registrants(gathering.id)
    recipients = [registrant for registrant in registrants if registrant.by_direct_message]
    if not recipients:
        raise Refusal(texts.no_recipients(locale, gathering))
    return recipients, [registrant for registrant in registrants if not registrant.by_direct_message]


def _error(ctx: Context, uow: UnitOfWork, gathering: Gathering, typed: str) -> str:
    """What is to be changed in a message; empty when it may be sent."""
    locale = ctx.locale
    if not typed:
        return texts.nothing_written(locale)
    if len(typed) > MESSAGE_LIMIT:
        return editing_texts.too_long(locale, MESSAGE_LIMIT)
    # A personal join link is refused like the link to the room.
    leaks = gives_away(typed, uow.gatherings.zoom_link(gathering.id), public_url=ctx.config.public_url)
    return editing_texts.holds_room(locale) if leaks else ""


@command("send", MESSAGE, for_facilitators=True)
def send(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    draft = uow.messages.get(ctx.args[MESSAGE] or 0)
    gathering = uow.gatherings.get(draft.gathering) if draft else None
    if draft is None or gathering is None:
        raise Refusal(texts.draft_gone(locale))
    recipients, _ = _recipients(ctx, uow, gathering)
    if _error(ctx, uow, gathering, draft.text):  # the link was another when it was drafted
        error = editing_texts.holds_room(locale)
        return texts.form(locale, gathering, len(recipients), typed=draft.text, error=error, draft=str(draft.id))
    if not uow.messages.mark_sent(draft.id, ctx.now):
        raise Refusal(texts.already_sent(locale, draft.gathering))
    enqueue.send_message(uow, gathering, draft, recipients, ctx.now)
    record(ctx, uow, ActKind.MESSAGE_SENT, gathering.id, count=len(recipients))
    return texts.sent(locale, gathering, len(recipients))


@command("unsend", MESSAGE, for_facilitators=True)
def unsend(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    draft = uow.messages.get(ctx.args[MESSAGE] or 0)
    if draft is None:
        raise Refusal(texts.draft_gone(locale))
    if not uow.messages.discard(draft.id):
        raise Refusal(texts.already_sent(locale, draft.gathering))
    record(ctx, uow, ActKind.MESSAGE_DISCARDED, draft.gathering)
    return texts.discarded(locale)

"""A private word to every registrant: written, looked at once more, and then sent."""

from __future__ import annotations

from bot.arguments import Option, number
from bot.audit import record
from bot.audit.model import ActKind
from bot.catalogue import command
from bot.context import Context
from bot.editing import cancel_texts
from bot.editing import texts as editing_texts
from bot.gatherings import resolve
from bot.gatherings.arguments import HOSTED
from bot.gatherings.model import Gathering, Status
from bot.i18n import N_
from bot.messages import texts
from bot.messages.model import MESSAGE_LIMIT, Message
from bot.notifications import enqueue
from bot.redaction.detect import gives_away
from bot.registrations.model import Registrant
from bot.unit_of_work import UnitOfWork
from bot.views import Answer, Refusal, View

MESSAGE = Option("message", number, limit=12)
TEXT = Option("text", str.strip)
DRAFT = Option("draft", number, limit=12)


@command(
    "message",
    HOSTED,
    TEXT,
    DRAFT,
    summary=N_("write to everyone who registered"),
    position=8,
    for_facilitators=True,
    opens_form=True,
)
def message(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    found = resolve.hosted(ctx, uow)
    readers, quiet = _readers(ctx, uow, found)
    kept = _message(uow, ctx.args[DRAFT])
    if kept is not None and (kept.gathering != found.id or kept.sent_at):
        kept = None
    draft = str(kept.id) if kept else ""
    if TEXT not in ctx.args:
        return texts.form(locale, found, len(readers), typed=kept.text if kept else "", draft=draft)
    typed = ctx.args[TEXT]
    error = _wrong(ctx, uow, found, typed)
    if error:
        return texts.form(locale, found, len(readers), typed=typed, error=error, draft=draft)
    if kept is not None:
        uow.messages.discard(kept.id)
    written = uow.messages.draft(found.id, typed, ctx.now)
    record.record(ctx, uow, ActKind.MESSAGE_WRITTEN, found.id)
    return texts.preview(locale, found, written, readers=len(readers), quiet=len(quiet))


def _readers(ctx: Context, uow: UnitOfWork, found: Gathering) -> tuple[list[Registrant], list[Registrant]]:
    """Who will read it, and who does not wish for direct messages. Refuses where there is nobody to write to."""
    locale = ctx.locale
    if found.status is Status.DRAFT:
        raise Refusal(editing_texts.still_a_draft(locale, found))
    if found.cancelled:
        raise Refusal(cancel_texts.cannot_be_cancelled(locale, found))
    everyone = uow.registrations.registrants(found.id)
    readers = [each for each in everyone if each.by_direct_message]
    if not readers:
        raise Refusal(texts.nobody(locale, found))
    return readers, [each for each in everyone if not each.by_direct_message]


def _wrong(ctx: Context, uow: UnitOfWork, found: Gathering, typed: str) -> str:
    """What is to be changed in a message; empty when it may be sent."""
    locale = ctx.locale
    if not typed:
        return texts.nothing_written(locale)
    if len(typed) > MESSAGE_LIMIT:
        return editing_texts.too_long(locale, MESSAGE_LIMIT)
    # Somebody's own way to the door is no more for others than the room itself.
    leaks = gives_away(typed, uow.gatherings.zoom_link(found.id), public_url=ctx.config.public_url or "")
    return editing_texts.holds_room(locale) if leaks else ""


@command("send", MESSAGE, for_facilitators=True)
def send(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    kept = _message(uow, ctx.args[MESSAGE])
    found = uow.gatherings.get(kept.gathering) if kept else None
    if kept is None or found is None:
        raise Refusal(texts.gone(locale))
    readers, _ = _readers(ctx, uow, found)
    if _wrong(ctx, uow, found, kept.text):  # it was written when the link was another
        return texts.form(
            locale, found, len(readers), typed=kept.text, error=editing_texts.holds_room(locale), draft=str(kept.id)
        )
    if not uow.messages.mark_sent(kept.id, ctx.now):
        raise Refusal(texts.sent_before(locale))
    enqueue.send_message(uow, found, kept, readers, ctx.now)
    record.record(ctx, uow, ActKind.MESSAGE_SENT, found.id, count=len(readers))
    return texts.sent(locale, found, len(readers))


@command("unsend", MESSAGE, for_facilitators=True)
def unsend(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    kept = _message(uow, ctx.args[MESSAGE])
    if kept is None:
        raise Refusal(texts.gone(locale))
    if not uow.messages.discard(kept.id):
        raise Refusal(texts.sent_before(locale))
    record.record(ctx, uow, ActKind.MESSAGE_DISCARDED, kept.gathering)
    return texts.discarded(locale)


def _message(uow: UnitOfWork, number: int | None) -> Message | None:
    return None if number is None else uow.messages.get(number)

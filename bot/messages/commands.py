"""A private word to every registrant: written, looked at once more, and then sent."""

from __future__ import annotations

from bot import i18n
from bot.audit import record
from bot.audit.model import ActKind
from bot.catalogue import Option, command
from bot.context import Context
from bot.editing import cancel_texts
from bot.editing import texts as editing_texts
from bot.editing.commands import HOSTED
from bot.gatherings import resolve
from bot.gatherings.model import Gathering, Status
from bot.i18n import N_
from bot.messages import texts
from bot.messages.model import MESSAGE_LIMIT, Message
from bot.notifications import enqueue
from bot.redaction.detect import gives_away
from bot.registrations.model import Registrant
from bot.unit_of_work import UnitOfWork
from bot.views import Answer, Refusal, View

MESSAGE = Option("message", limit=12)


@command(
    "message",
    HOSTED,
    Option("text"),
    Option("draft", limit=12),
    summary=N_("write to everyone who registered"),
    for_facilitators=True,
    opens_form=True,
)
def message(ask: Context, books: UnitOfWork) -> Answer:
    to = i18n.locale_for(ask)
    found = resolve.hosted(ask, books)
    if isinstance(found, View):
        return found
    readers, quiet = _readers(ask, books, found)
    kept = _numbered(books, ask.call["draft"])
    if kept is not None and (kept.gathering != found.id or kept.sent_at):
        kept = None
    draft = str(kept.id) if kept else ""
    if "text" not in ask.call:
        return texts.form(to, found, len(readers), typed=kept.text if kept else "", draft=draft)
    typed = ask.call["text"].strip()
    error = _wrong(ask, books, found, typed)
    if error:
        return texts.form(to, found, len(readers), typed=typed, error=error, draft=draft)
    if kept is not None:
        books.discard_message(kept.id)
    written = books.draft_message(found.id, typed, ask.now)
    record.record(ask, books, ActKind.MESSAGE_WRITTEN, found.id)
    return texts.preview(to, found, written, readers=len(readers), quiet=len(quiet))


def _readers(ask: Context, books: UnitOfWork, found: Gathering) -> tuple[list[Registrant], list[Registrant]]:
    """Who will read it, and who does not wish for direct messages. Refuses where there is nobody to write to."""
    to = i18n.locale_for(ask)
    if found.status is Status.DRAFT:
        raise Refusal(editing_texts.still_a_draft(to, found))
    if found.cancelled:
        raise Refusal(cancel_texts.cannot_be_cancelled(to, found))
    everyone = books.registrants(found.id)
    readers = [each for each in everyone if each.by_direct_message]
    if not readers:
        raise Refusal(texts.nobody(to, found))
    return readers, [each for each in everyone if not each.by_direct_message]


def _wrong(ask: Context, books: UnitOfWork, found: Gathering, typed: str) -> str:
    """What is to be changed in a message; empty when it may be sent."""
    to = i18n.locale_for(ask)
    if not typed:
        return texts.nothing_written(to)
    if len(typed) > MESSAGE_LIMIT:
        return editing_texts.too_long(to, MESSAGE_LIMIT)
    # Somebody's own way to the door is no more for others than the room itself.
    leaks = gives_away(typed, books.zoom_link(found.id), public_url=ask.house.public_url or "")
    return editing_texts.holds_room(to) if leaks else ""


@command("send", MESSAGE, for_facilitators=True)
def send(ask: Context, books: UnitOfWork) -> Answer:
    to = i18n.locale_for(ask)
    kept = _numbered(books, ask.call["message"])
    found = books.gathering(kept.gathering) if kept else None
    if kept is None or found is None:
        raise Refusal(texts.gone(to))
    readers, _ = _readers(ask, books, found)
    if _wrong(ask, books, found, kept.text):  # it was written when the link was another
        return texts.form(
            to, found, len(readers), typed=kept.text, error=editing_texts.holds_room(to), draft=str(kept.id)
        )
    if not books.send_message(kept.id, ask.now):
        raise Refusal(texts.sent_before(to))
    enqueue.send_message(books, found, kept, readers, ask.now)
    record.record(ask, books, ActKind.MESSAGE_SENT, found.id, count=len(readers))
    return texts.sent(to, found, len(readers))


@command("unsend", MESSAGE, for_facilitators=True)
def unsend(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    kept = _numbered(books, ask.call["message"])
    if kept is None:
        raise Refusal(texts.gone(to))
    if not books.discard_message(kept.id):
        raise Refusal(texts.sent_before(to))
    record.record(ask, books, ActKind.MESSAGE_DISCARDED, kept.gathering)
    return texts.discarded(to)


def _numbered(books: UnitOfWork, typed: str) -> Message | None:
    return books.message(int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None

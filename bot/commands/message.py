"""A private word to every registrant: written, looked at once more, and then sent."""

from __future__ import annotations

from bot import words
from bot.acts import Kind as ActKind
from bot.asks import Ask
from bot.commands import acting, finding, telling
from bot.commands.catalogue import Option, command
from bot.commands.drafts import HOSTED
from bot.gatherings import Gathering, Status
from bot.messages import MESSAGE_LIMIT, Message
from bot.ports import Books
from bot.registrations import Registrant
from bot.views import Answer, Refusal, View
from bot.way_in import gives_away
from bot.words import messages as said
from bot.words.reader import N_

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
def message(ask: Ask, books: Books) -> Answer:
    to = words.reader(ask)
    found = finding.hosted(ask, books)
    if isinstance(found, View):
        return found
    readers, quiet = _readers(ask, books, found)
    kept = _numbered(books, ask.call["draft"])
    if kept is not None and (kept.gathering != found.id or kept.sent_at):
        kept = None
    draft = str(kept.id) if kept else ""
    if "text" not in ask.call:
        return said.form(to, found, len(readers), typed=kept.text if kept else "", draft=draft)
    typed = ask.call["text"].strip()
    error = _wrong(ask, books, found, typed)
    if error:
        return said.form(to, found, len(readers), typed=typed, error=error, draft=draft)
    if kept is not None:
        books.discard_message(kept.id)
    written = books.draft_message(found.id, typed, ask.now)
    acting.record(ask, books, ActKind.MESSAGE_WRITTEN, found.id)
    return said.preview(to, found, written, readers=len(readers), quiet=len(quiet))


def _readers(ask: Ask, books: Books, found: Gathering) -> tuple[list[Registrant], list[Registrant]]:
    """Who will read it, and who does not wish for direct messages. Refuses where there is nobody to write to."""
    to = words.reader(ask)
    if found.status is Status.DRAFT:
        raise Refusal(words.still_a_draft(to, found))
    if found.cancelled:
        raise Refusal(words.cannot_be_cancelled(to, found))
    everyone = books.registrants(found.id)
    readers = [each for each in everyone if each.by_direct_message]
    if not readers:
        raise Refusal(said.nobody(to, found))
    return readers, [each for each in everyone if not each.by_direct_message]


def _wrong(ask: Ask, books: Books, found: Gathering, typed: str) -> str:
    """What is to be changed in a message; empty when it may be sent."""
    to = words.reader(ask)
    if not typed:
        return said.nothing_written(to)
    if len(typed) > MESSAGE_LIMIT:
        return words.too_long(to, MESSAGE_LIMIT)
    # Somebody's own way to the door is no more for others than the room itself.
    leaks = gives_away(typed, books.zoom_link(found.id), public_url=ask.house.public_url or "")
    return words.holds_room(to) if leaks else ""


@command("send", MESSAGE, for_facilitators=True)
def send(ask: Ask, books: Books) -> Answer:
    to = words.reader(ask)
    kept = _numbered(books, ask.call["message"])
    found = books.gathering(kept.gathering) if kept else None
    if kept is None or found is None:
        raise Refusal(said.gone(to))
    readers, _ = _readers(ask, books, found)
    if _wrong(ask, books, found, kept.text):  # it was written when the link was another
        return said.form(to, found, len(readers), typed=kept.text, error=words.holds_room(to), draft=str(kept.id))
    if not books.send_message(kept.id, ask.now):
        raise Refusal(said.sent_before(to))
    telling.message(books, found, kept, readers, ask.now)
    acting.record(ask, books, ActKind.MESSAGE_SENT, found.id, count=len(readers))
    return said.sent(to, found, len(readers))


@command("unsend", MESSAGE, for_facilitators=True)
def unsend(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    kept = _numbered(books, ask.call["message"])
    if kept is None:
        raise Refusal(said.gone(to))
    if not books.discard_message(kept.id):
        raise Refusal(said.sent_before(to))
    acting.record(ask, books, ActKind.MESSAGE_DISCARDED, kept.gathering)
    return said.discarded(to)


def _numbered(books: Books, typed: str) -> Message | None:
    return books.message(int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None

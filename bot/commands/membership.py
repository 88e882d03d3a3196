"""What a member can ask about being a member: one person on several platforms, and what is kept about them."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta

from bot import selves, words
from bot.asks import Ask
from bot.commands import telling
from bot.commands.catalogue import Kind as Takes
from bot.commands.catalogue import Option, command
from bot.notices import Kind
from bot.ports import Books
from bot.views import Refusal, View
from bot.words import membership as said
from bot.words.reader import N_

log = logging.getLogger(__name__)

SURE_FOR = timedelta(minutes=10)
"""How long the button that forgets for good may be pressed; after that it asks again."""


@command(
    "connect",
    Option("code", Takes.TEXT, N_("the code from your other self"), limit=80),
    summary=N_("be one member on Slack and Discord"),
    changes_reader=True,
)
def connect(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    typed = ask.call["code"].strip()
    if not typed:
        code = selves.new_code()
        books.keep_code(ask.member.id, selves.digest(code), ask.now + selves.CODE_LIFE)
        return said.code(to, ask.who.address, code, books.identities(ask.member.id))
    if books.wrong_codes(ask.member.id, ask.now - selves.CODE_LIFE) >= selves.WRONG_CODES:
        raise Refusal(said.too_many_codes(to))
    owner = books.code_owner(selves.digest(typed), ask.now)
    if owner == ask.member.id:
        raise Refusal(said.own_code(to, ask.who.address.platform))
    if owner is None:
        books.wrong_code(ask.member.id, ask.now)
        log.warning("a connect code that nobody has was typed by %s", ask.who.address)
        return said.code_unknown(to)  # returned, not raised: a refusal would undo the count
    token = secrets.token_urlsafe(12)
    books.request_connection(ask.member.id, owner, selves.digest_of(token), ask.now + selves.ASKED_FOR)
    return said.question(to, books.identities(owner), token)


@command("connect-confirm", Option("token", limit=40), changes_reader=True)
def connect_confirm(ask: Ask, books: Books) -> View:
    other = books.take_connection_request(ask.member.id, selves.digest_of(ask.call["token"]), ask.now)
    if other is None or other == ask.member.id:
        raise Refusal(said.question_gone(words.reader(ask)))
    books.become_one(other, ask.member.id)
    log.info("two members became one")
    everywhere = books.identities(other)
    telling.identities(books, Kind.CONNECTED, other, everywhere, ask)
    now_they_are = books.member(other) or ask.member
    to = words.reader_of(now_they_are, ask.house, facilitates=ask.facilitates)
    return said.connected(to, ask.house, everywhere, ask.who.address, now_they_are.calendar)


@command("connect-cancel")
def connect_cancel(ask: Ask, books: Books) -> View:
    books.drop_connection_request(ask.member.id)
    return said.not_connected(words.reader(ask))


@command("disconnect", Option("which", limit=40), changes_reader=True)
def disconnect(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    known = {selves.mark(each.address): each for each in books.identities(ask.member.id)}
    wanted = known.get(ask.call["which"])
    parted = None if wanted is None else books.disconnect(ask.member.id, wanted.address)
    if wanted is None or parted is None:
        return said.disconnected_before(to)
    log.info("a member became two")
    for who in (parted.id, ask.member.id):
        telling.identities(books, Kind.DISCONNECTED, who, books.identities(who), ask)
    mine = parted if wanted.address == ask.who.address else books.member(ask.member.id)
    return said.disconnected(to, ask.house, wanted, ask.who.address, (mine or parted).calendar)


@command("privacy", summary=N_("what is kept about me"))
def privacy(ask: Ask, books: Books) -> View:
    return said.privacy(words.reader(ask), ask.house, books.addresses(ask.member.id))


@command("new-calendar")
def new_calendar(ask: Ask, books: Books) -> View:
    return said.new_calendar(words.reader(ask), ask.house, books.renew_calendar(ask.member.id))


@command("export")
def export(ask: Ask, books: Books) -> View:
    return said.export(words.reader(ask), selves.exported(books.dossier(ask.member.id)))


@command("forget", Option("sure", limit=12), changes_reader=True)
def forget(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    # Facilitating is the address's own: nobody who became one with somebody takes it from their other address.
    known = set(books.addresses(ask.member.id)) - {ask.who.address}
    staying = [each for each in books.facilitators() if each in known]
    if not _sure(ask):
        coming = len(books.registered(ask.member.id, ask.now))
        return said.forget_me(to, str(int(ask.now.timestamp())), coming=coming, staying=staying)
    books.forget(ask.member.id, ask.now)
    for each in staying:
        books.add_facilitator(each)
    log.info("a member was forgotten, as they asked")
    return said.forgotten(to)


def _sure(ask: Ask) -> bool:
    """Whether the button that was pressed asked only lately."""
    asked = ask.call["sure"]
    if not (asked.isascii() and asked.isdigit()):
        return False
    return 0 <= ask.now.timestamp() - int(asked) + 1 <= SURE_FOR.total_seconds()

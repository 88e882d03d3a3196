"""What a member can ask about being a member: one person on several platforms, and what is kept about them."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta

from bot import i18n
from bot.accounts import model, texts
from bot.catalogue import Option, command
from bot.catalogue import OptionKind as Takes
from bot.context import Context
from bot.i18n import N_
from bot.notifications import enqueue
from bot.notifications.model import NotificationKind
from bot.unit_of_work import UnitOfWork
from bot.views import Refusal, View

log = logging.getLogger(__name__)
SURE_FOR = timedelta(minutes=10)
"""How long the button that forgets for good may be pressed; after that it asks again."""


@command(
    "connect",
    Option("code", Takes.TEXT, N_("the code from your other self"), limit=80),
    summary=N_("be one member on Slack and Discord"),
    changes_reader=True,
)
def connect(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    typed = ask.call["code"].strip()
    if not typed:
        code = model.new_code()
        books.keep_code(ask.member.id, model.digest(code), ask.now + model.CODE_LIFE)
        return texts.code(to, ask.who.address, code, books.identities(ask.member.id))
    if books.wrong_codes(ask.member.id, ask.now - model.CODE_LIFE) >= model.WRONG_CODES:
        raise Refusal(texts.too_many_codes(to))
    owner = books.code_owner(model.digest(typed), ask.now)
    if owner == ask.member.id:
        raise Refusal(texts.own_code(to, ask.who.address.platform))
    if owner is None:
        books.wrong_code(ask.member.id, ask.now)
        log.warning("a connect code that nobody has was typed by %s", ask.who.address)
        return texts.code_unknown(to)  # returned, not raised: a refusal would undo the count
    token = secrets.token_urlsafe(12)
    books.request_connection(ask.member.id, owner, model.digest_of(token), ask.now + model.ASKED_FOR)
    return texts.question(to, books.identities(owner), token)


@command("connect-confirm", Option("token", limit=40), changes_reader=True)
def connect_confirm(ask: Context, books: UnitOfWork) -> View:
    other = books.take_connection_request(ask.member.id, model.digest_of(ask.call["token"]), ask.now)
    if other is None or other == ask.member.id:
        raise Refusal(texts.question_gone(i18n.locale_for(ask)))
    books.become_one(other, ask.member.id)
    log.info("two members became one")
    everywhere = books.identities(other)
    enqueue.notify_identities(books, NotificationKind.CONNECTED, other, everywhere, ask)
    now_they_are = books.member(other) or ask.member
    to = i18n.locale_of(now_they_are, ask.house, facilitates=ask.facilitates)
    return texts.connected(to, ask.house, everywhere, ask.who.address, now_they_are.calendar)


@command("connect-cancel")
def connect_cancel(ask: Context, books: UnitOfWork) -> View:
    books.drop_connection_request(ask.member.id)
    return texts.not_connected(i18n.locale_for(ask))


@command("disconnect", Option("which", limit=40), changes_reader=True)
def disconnect(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    known = {model.mark(each.address): each for each in books.identities(ask.member.id)}
    wanted = known.get(ask.call["which"])
    parted = None if wanted is None else books.disconnect(ask.member.id, wanted.address)
    if wanted is None or parted is None:
        return texts.disconnected_before(to)
    log.info("a member became two")
    for who in (parted.id, ask.member.id):
        enqueue.notify_identities(books, NotificationKind.DISCONNECTED, who, books.identities(who), ask)
    mine = parted if wanted.address == ask.who.address else books.member(ask.member.id)
    return texts.disconnected(to, ask.house, wanted, ask.who.address, (mine or parted).calendar)


@command("privacy", summary=N_("what is kept about me"))
def privacy(ask: Context, books: UnitOfWork) -> View:
    return texts.privacy(i18n.locale_for(ask), ask.house, books.addresses(ask.member.id))


@command("new-calendar")
def new_calendar(ask: Context, books: UnitOfWork) -> View:
    return texts.new_calendar(i18n.locale_for(ask), ask.house, books.renew_calendar(ask.member.id))


@command("export")
def export(ask: Context, books: UnitOfWork) -> View:
    return texts.export(i18n.locale_for(ask), model.export_json(books.dossier(ask.member.id)))


@command("forget", Option("sure", limit=12), changes_reader=True)
def forget(ask: Context, books: UnitOfWork) -> View:
    to = i18n.locale_for(ask)
    # Facilitating is the address's own: nobody who became one with somebody takes it from their other address.
    known = set(books.addresses(ask.member.id)) - {ask.who.address}
    staying = [each for each in books.facilitators() if each in known]
    if not _sure(ask):
        coming = len(books.registered(ask.member.id, ask.now))
        return texts.forget_me(to, str(int(ask.now.timestamp())), coming=coming, staying=staying)
    books.forget(ask.member.id, ask.now)
    for each in staying:
        books.add_facilitator(each)
    log.info("a member was forgotten, as they asked")
    return texts.forgotten(to)


def _sure(ask: Context) -> bool:
    """Whether the button that was pressed asked only lately."""
    asked = ask.call["sure"]
    if not (asked.isascii() and asked.isdigit()):
        return False
    return 0 <= ask.now.timestamp() - int(asked) + 1 <= SURE_FOR.total_seconds()

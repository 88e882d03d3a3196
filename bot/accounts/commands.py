"""What a member can ask about being a member: one person on several platforms, and what is kept about them."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta

from bot import i18n
from bot.accounts import model, texts
from bot.arguments import Option
from bot.catalogue import command
from bot.context import Context
from bot.i18n import N_
from bot.notifications import enqueue
from bot.notifications.model import NotificationKind
from bot.unit_of_work import UnitOfWork
from bot.views import Refusal, View

log = logging.getLogger(__name__)
SURE_FOR = timedelta(minutes=10)
"""How long the button that forgets for good may be pressed; after that it asks again."""


def _instant(text: str) -> int | None:
    """Seconds since 1970."""
    return int(text) if text.isascii() and text.isdigit() else None


CODE = Option("code", str.strip, N_("the code from your other self"), limit=80)
TOKEN = Option("token", str, limit=40)
WHICH = Option("which", str, limit=40)
SURE = Option("sure", _instant, limit=12)


@command(
    "connect",
    CODE,
    summary=N_("be one member on Slack and Discord"),
    position=8,
    changes_reader=True,
)
def connect(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    typed = ctx.args[CODE]
    if not typed:
        code = model.new_code()
        uow.accounts.save_code(ctx.member.id, model.digest(code), ctx.now + model.CODE_LIFE)
        return texts.code(locale, ctx.address, code, uow.accounts.identities(ctx.member.id))
    if uow.accounts.count_wrong_codes(ctx.member.id, ctx.now - model.CODE_LIFE) >= model.WRONG_CODES:
        raise Refusal(texts.too_many_codes(locale))
    owner = uow.accounts.code_owner(model.digest(typed), ctx.now)
    if owner == ctx.member.id:
        raise Refusal(texts.own_code(locale, ctx.address.platform))
    if owner is None:
        uow.accounts.record_wrong_code(ctx.member.id, ctx.now)
        log.warning("a connect code that nobody has was typed by %s", ctx.address)
        return texts.code_unknown(locale)  # returned, not raised: a refusal would undo the count
    token = secrets.token_urlsafe(12)
    uow.accounts.request_connection(ctx.member.id, owner, model.digest_of(token), ctx.now + model.ASKED_FOR)
    return texts.question(locale, uow.accounts.identities(owner), token)


@command("connect-confirm", TOKEN, changes_reader=True)
def connect_confirm(ctx: Context, uow: UnitOfWork) -> View:
    other = uow.accounts.take_connection_request(ctx.member.id, model.digest_of(ctx.args[TOKEN]), ctx.now)
    if other is None or other == ctx.member.id:
        raise Refusal(texts.question_gone(ctx.locale))
    uow.accounts.merge(other, ctx.member.id)
    log.info("two members became one")
    everywhere = uow.accounts.identities(other)
    enqueue.notify_identities(uow, NotificationKind.CONNECTED, other, everywhere, ctx)
    now_they_are = uow.members.get(other) or ctx.member
    locale = i18n.locale_of(now_they_are, ctx.config, facilitates=ctx.facilitates)
    return texts.connected(locale, ctx.config, everywhere, ctx.address, now_they_are.calendar)


@command("connect-cancel")
def connect_cancel(ctx: Context, uow: UnitOfWork) -> View:
    uow.accounts.drop_connection_request(ctx.member.id)
    return texts.not_connected(ctx.locale)


@command("disconnect", WHICH, changes_reader=True)
def disconnect(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    known = {model.mark(each.address): each for each in uow.accounts.identities(ctx.member.id)}
    wanted = known.get(ctx.args[WHICH])
    parted = None if wanted is None else uow.accounts.disconnect(ctx.member.id, wanted.address)
    if wanted is None or parted is None:
        return texts.disconnected_before(locale)
    log.info("a member became two")
    for who in (parted.id, ctx.member.id):
        enqueue.notify_identities(uow, NotificationKind.DISCONNECTED, who, uow.accounts.identities(who), ctx)
    mine = parted if wanted.address == ctx.address else uow.members.get(ctx.member.id)
    return texts.disconnected(locale, ctx.config, wanted, ctx.address, (mine or parted).calendar)


@command("privacy", summary=N_("what is kept about me"), position=9)
def privacy(ctx: Context, uow: UnitOfWork) -> View:
    return texts.privacy(ctx.locale, ctx.config, uow.accounts.addresses(ctx.member.id))


@command("new-calendar")
def new_calendar(ctx: Context, uow: UnitOfWork) -> View:
    return texts.new_calendar(ctx.locale, ctx.config, uow.members.renew_calendar(ctx.member.id))


@command("export")
def export(ctx: Context, uow: UnitOfWork) -> View:
    return texts.export(ctx.locale, model.export_json(uow.accounts.export(ctx.member.id)))


@command("forget", SURE, changes_reader=True)
def forget(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    # Facilitating is the address's own: nobody who became one with somebody takes it from their other address.
    known = set(uow.accounts.addresses(ctx.member.id)) - {ctx.address}
    staying = [each for each in uow.facilitators.addresses() if each in known]
    if not _sure(ctx):
        coming = len(uow.registrations.gatherings_of(ctx.member.id, ctx.now))
        return texts.forget_me(locale, str(int(ctx.now.timestamp())), coming=coming, staying=staying)
    uow.accounts.forget(ctx.member.id, ctx.now)
    for each in staying:
        uow.facilitators.add(each)
    log.info("a member was forgotten, as they asked")
    return texts.forgotten(locale)


def _sure(ctx: Context) -> bool:
    """Whether the button that was pressed asked only lately."""
    asked = ctx.args[SURE]
    return asked is not None and 0 <= ctx.now.timestamp() - asked + 1 <= SURE_FOR.total_seconds()

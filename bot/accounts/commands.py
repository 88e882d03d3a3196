"""Commands of a member's account: connecting platforms, exporting what is stored, being forgotten."""

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
from bot.platform import platform_of
from bot.unit_of_work import UnitOfWork
from bot.views import Refusal, View

log = logging.getLogger(__name__)
CONFIRMATION_LIFE = timedelta(minutes=10)
"""How long the button that erases a member may be pressed; after that it asks again."""


def _instant(text: str) -> int | None:
    """Seconds since 1970."""
    return int(text) if text.isascii() and text.isdigit() else None


CODE = Option("code", str.strip, N_("the code from your other self"), limit=80)
TOKEN = Option("token", str, limit=40)
ADDRESS_DIGEST = Option("which", str, limit=40)
ASKED_AT = Option("sure", _instant, limit=12)
"""When the question was asked that this button confirms."""


@command(
    "connect",
    CODE,
    summary=N_("be one member on Slack and Discord"),
    position=8,
    changes_reader=True,
    also=("merge, code, conectar, vincular, unir, codigo"),
)
def connect(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    typed = ctx.args[CODE]
    if not typed:
        code = model.new_code()
        uow.accounts.save_code(ctx.member.id, model.code_digest(code), ctx.now + model.CODE_LIFE)
        return texts.code(locale, ctx.address, code, uow.accounts.identities(ctx.member.id))
    if uow.accounts.count_wrong_codes(ctx.member.id, ctx.now - model.CODE_LIFE) >= model.WRONG_CODE_LIMIT:
        raise Refusal(texts.too_many_codes(locale))
    owner = uow.accounts.code_owner(model.code_digest(typed), ctx.now)
    if owner == ctx.member.id:
        raise Refusal(texts.own_code(locale, ctx.address.platform))
    if owner is None:
        uow.accounts.record_wrong_code(ctx.member.id, ctx.now)
        log.warning("a connect code that nobody has was typed by %s", ctx.address)
        return texts.code_unknown(locale)  # not a Refusal, which would roll the count back
    token = secrets.token_urlsafe(12)
    expires_at = ctx.now + model.CONNECTION_REQUEST_LIFE
    uow.accounts.request_connection(ctx.member.id, owner, model.token_digest(token), expires_at)
    return texts.connect_question(locale, uow.accounts.identities(owner), token)


@command("connect-confirm", TOKEN, changes_reader=True)
def connect_confirm(ctx: Context, uow: UnitOfWork) -> View:
    other = uow.accounts.take_connection_request(ctx.member.id, model.token_digest(ctx.args[TOKEN]), ctx.now)
    if other is None or other == ctx.member.id:
        raise Refusal(texts.connect_question_gone(ctx.locale, uow.accounts.identities(ctx.member.id)))
    uow.accounts.merge(other, ctx.member.id, ctx.now)
    log.info("two members became one")
    identities = uow.accounts.identities(other)
    enqueue.notify_identities(uow, NotificationKind.CONNECTED, other, identities, ctx)
    member = uow.members.get(other) or ctx.member
    locale = i18n.locale_of(member, ctx.config, ctx.now, facilitates=ctx.facilitates)
    return texts.connected(locale, ctx.config, identities, ctx.address, member.calendar)


@command("connect-cancel")
def connect_cancel(ctx: Context, uow: UnitOfWork) -> View:
    uow.accounts.drop_connection_request(ctx.member.id)
    return texts.not_connected(ctx.locale)


@command("disconnect", ADDRESS_DIGEST, changes_reader=True)
def disconnect(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    identities = uow.accounts.identities(ctx.member.id)
    by_digest = {model.address_digest(identity.address): identity for identity in identities}
    identity = by_digest.get(ctx.args[ADDRESS_DIGEST])
    new_member = None if identity is None else uow.accounts.disconnect(ctx.member.id, identity.address)
    if identity is None or new_member is None:
        return texts.already_disconnected(locale)
    log.info("a member became two")
    for member_id in (new_member.id, ctx.member.id):
        remaining = uow.accounts.identities(member_id)
        enqueue.notify_identities(uow, NotificationKind.DISCONNECTED, member_id, remaining, ctx)
    sender = new_member if identity.address == ctx.address else uow.members.get(ctx.member.id)
    return texts.disconnected(locale, ctx.config, identity, ctx.address, (sender or new_member).calendar)


@command(
    "privacy",
    summary=N_("what is kept about me"),
    position=9,
    also=(
        "data, my data, export, forget, forget me, delete, delete me, privacidad, datos, mis datos, "
        "exportar, olvidar, olvidame, borrar, borrarme, eliminar, erase me, gdpr, rgpd, my privacy, "
        "remove my data, borra mis datos, borrame, eliminarme"
    ),
)
def privacy(ctx: Context, uow: UnitOfWork) -> View:
    by_letter = platform_of(ctx.address.platform).by_letter
    return texts.privacy(ctx.locale, ctx.config, uow.accounts.addresses(ctx.member.id), by_letter=by_letter)


@command("new-calendar")
def new_calendar(ctx: Context, uow: UnitOfWork) -> View:
    return texts.new_calendar(ctx.locale, ctx.config, uow.members.renew_calendar(ctx.member.id))


@command("export")
def export(ctx: Context, uow: UnitOfWork) -> View:
    return texts.export(ctx.locale, model.export_json(uow.accounts.export(ctx.member.id)))


@command("forget", ASKED_AT, changes_reader=True)
def forget(ctx: Context, uow: UnitOfWork) -> View:
    locale = ctx.locale
    # The right to facilitate belongs to an address: forgetting a member from one does not take it from their others.
    other_addresses = set(uow.accounts.addresses(ctx.member.id)) - {ctx.address}
    staying = [address for address in uow.facilitators.addresses() if address in other_addresses]
    if not _is_confirmed(ctx):
        upcoming = len(uow.registrations.gatherings_of(ctx.member.id, ctx.now))
        return texts.forget_question(locale, str(int(ctx.now.timestamp())), upcoming=upcoming, staying=staying)
    uow.accounts.forget(ctx.member.id, ctx.now)
    for address in staying:
        uow.facilitators.add(address)
    log.info("a member was forgotten, as they asked")
    return texts.forgotten(locale)


def _is_confirmed(ctx: Context) -> bool:
    """Whether a button was pressed whose question was asked within CONFIRMATION_LIFE."""
    asked_at = ctx.args[ASKED_AT]
    return asked_at is not None and 0 <= ctx.now.timestamp() - asked_at + 1 <= CONFIRMATION_LIFE.total_seconds()

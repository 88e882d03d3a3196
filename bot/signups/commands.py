"""A new address for the personal page, where the one before got into other hands."""

from __future__ import annotations

from bot import dispatcher_texts
from bot.catalogue import command
from bot.context import Context
from bot.platform import platform_of
from bot.signups import texts
from bot.unit_of_work import UnitOfWork
from bot.views import Refusal, View


@command("new-page")
def new_page(ctx: Context, uow: UnitOfWork) -> View:
    if not platform_of(ctx.address.platform).by_letter:
        raise Refusal(dispatcher_texts.stale(ctx.locale))
    uow.signups.renew_page(ctx.address)
    return texts.new_page(ctx.locale)

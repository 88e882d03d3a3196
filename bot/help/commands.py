"""The help, which lists the commands."""

from __future__ import annotations

from bot.arguments import Option
from bot.catalogue import command, usages
from bot.context import Context
from bot.help import texts
from bot.i18n import N_
from bot.unit_of_work import UnitOfWork
from bot.views import View

UNKNOWN = Option("unknown", str, limit=60)
NEAREST = Option("nearest", str, limit=60)


@command(
    "help",
    UNKNOWN,
    NEAREST,
    summary=N_("what you can do"),
    for_facilitators=True,
)
def host_help(ctx: Context, uow: UnitOfWork) -> View:
    del uow
    return _help(ctx, "htg-host")


@command("help", UNKNOWN, NEAREST, summary=N_("what I can do"))
def help_(ctx: Context, uow: UnitOfWork) -> View:
    del uow
    return _help(ctx, "htg")


def _help(ctx: Context, group: str) -> View:
    unknown, nearest = ctx.args[UNKNOWN], ctx.args[NEAREST]
    return texts.help_page(ctx.locale, ctx.config, group, usages(group), unknown=unknown, nearest=nearest)

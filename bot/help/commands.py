"""The help, which lists the commands."""

from __future__ import annotations

from bot.arguments import Option
from bot.catalogue import command, find, usages
from bot.context import Context
from bot.help import texts
from bot.i18n import N_
from bot.request import WRITTEN, Call
from bot.unit_of_work import UnitOfWork
from bot.views import View

UNKNOWN = Option("unknown", str, limit=60)
NEAREST = Option("nearest", str, limit=60)


@command("help", UNKNOWN, NEAREST, summary=N_("what you can do"), for_facilitators=True, also="ayuda, h, commands")
def host_help(ctx: Context, uow: UnitOfWork) -> View:
    return _help(ctx, uow, "htg-host")


@command("help", UNKNOWN, NEAREST, summary=N_("what I can do"), also="ayuda, h, commands, comandos, menu, info")
def help_(ctx: Context, uow: UnitOfWork) -> View:
    return _help(ctx, uow, "htg")


def _help(ctx: Context, uow: UnitOfWork, group: str) -> View:
    if unknown := ctx.args[UNKNOWN]:
        nearest = find(ctx.args[NEAREST])
        usable = nearest is not None and nearest.listed and (ctx.facilitates or not nearest.for_facilitators)
        first = Call("host-help" if group == "htg-host" else "help")
        return texts.unknown_word(ctx.locale, ctx.config, unknown, nearest if usable else None, first)
    coming = uow.gatherings.upcoming(ctx.now, limit=1)
    return texts.help_page(ctx.locale, ctx.config, group, usages(group), coming[0].title if coming else "")


@command(WRITTEN.name)
def written(ctx: Context, uow: UnitOfWork) -> View:
    return texts.nobody_reads(
        ctx.locale, ctx.config, comes=bool(uow.registrations.gatherings_of(ctx.member.id, ctx.now))
    )

"""The help, which lists the commands."""

from __future__ import annotations

from bot import page_words
from bot.arguments import Option
from bot.catalogue import command, find, usages
from bot.context import Context
from bot.gatherings import resolve
from bot.gatherings import texts as gathering_texts
from bot.help import texts
from bot.i18n import N_, Locale
from bot.platform import platform_of
from bot.request import WRITTEN, Call
from bot.unit_of_work import UnitOfWork
from bot.views import Button, View

UNKNOWN = Option("unknown", str, limit=60)
NEAREST = Option("nearest", str, limit=60)


_WORDS = (
    "ayuda, ayudame, h, commands, comandos, menu, info, information, informacion, how, "
    "free, cost, price, donate, gratis, precio, coste, costo, donar"
)


@command(
    "help", UNKNOWN, NEAREST, summary=N_("what you can do"), for_facilitators=True, also="ayuda, h, commands, comandos"
)
def host_help(ctx: Context, uow: UnitOfWork) -> View:
    return _help(ctx, uow, "htg-host")


@command("help", UNKNOWN, NEAREST, summary=N_("what I can do"), also=_WORDS)
def help_(ctx: Context, uow: UnitOfWork) -> View:
    return _help(ctx, uow, "htg")


def _help(ctx: Context, uow: UnitOfWork, group: str) -> View:
    if unknown := ctx.args[UNKNOWN]:
        nearest = find(ctx.args[NEAREST])
        usable = nearest is not None and nearest.listed and (ctx.facilitates or not nearest.for_facilitators)
        first = Call("host-help" if group == "htg-host" else "help")
        way_in = _way_in(ctx, uow) if group == "htg" else None
        return texts.unknown_word(ctx.locale, unknown, nearest if usable else None, first, way_in)
    if group == "htg" and platform_of(ctx.address.platform).by_letter:
        return texts.help_page(ctx.locale, ctx.config, group, _ways(ctx.locale), typed=False)
    coming = uow.gatherings.upcoming(ctx.now, limit=1)
    return texts.help_page(ctx.locale, ctx.config, group, usages(group), coming[0].title if coming else "")


def _ways(locale: Locale) -> list[tuple[str, str]]:
    """On a page nothing is typed: what its buttons are called."""
    found = ((label, find(name)) for name, label in page_words.ways(locale).items())
    return [(label, command.summary) for label, command in found if command is not None]


@command(WRITTEN.name, NEAREST)
def written(ctx: Context, uow: UnitOfWork) -> View:
    comes = bool(uow.registrations.gatherings_of(ctx.member.id, ctx.now))
    way_in, asked_for = _way_in(ctx, uow), find(ctx.args[NEAREST])
    if asked_for is not None and (not asked_for.listed or asked_for.for_facilitators or way_in is not None):
        asked_for = None
    return texts.nobody_reads(ctx.locale, ctx.config, comes=comes, way_in=way_in, asked_for=asked_for)


def _way_in(ctx: Context, uow: UnitOfWork) -> Button | None:
    """Whatever they wrote: who stands at a door that is open for them most likely looks for it."""
    found = resolve.at_door(ctx, uow)
    return None if found is None else gathering_texts.join_button(ctx.locale, found[0], inside=found[1])

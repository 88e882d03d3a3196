"""What facilitators do with what is planned: announce, watch the doors, cancel. The desk has made sure of who asks."""

from __future__ import annotations

from bot import i18n
from bot.catalogue import Option, command, usages
from bot.context import Context
from bot.help import texts
from bot.i18n import N_
from bot.unit_of_work import UnitOfWork
from bot.views import View


@command(
    "help",
    Option("unknown", limit=60),
    Option("nearest", limit=60),
    summary=N_("what you can do"),
    for_facilitators=True,
)
def host_help(ask: Context, books: UnitOfWork) -> View:
    del books
    unknown, nearest = ask.call["unknown"], ask.call["nearest"]
    return texts.help_page(
        i18n.locale_for(ask), ask.house, "htg-host", usages("htg-host"), unknown=unknown, nearest=nearest
    )


@command("help", Option("unknown", limit=60), Option("nearest", limit=60), summary=N_("what I can do"))
def help_(ask: Context, books: UnitOfWork) -> View:
    del books
    to = i18n.locale_for(ask)
    unknown, nearest = ask.call["unknown"], ask.call["nearest"]
    return texts.help_page(to, ask.house, "htg", usages("htg"), unknown=unknown, nearest=nearest)

"""What everybody can ask: one function per command. Each answers with exactly one View or Form, or refuses."""

from __future__ import annotations

from dataclasses import replace

from bot import i18n, times
from bot.catalogue import Option, command
from bot.config import LANGUAGES
from bot.context import Context
from bot.i18n import N_
from bot.members import texts
from bot.members.model import Settings
from bot.unit_of_work import UnitOfWork
from bot.views import Answer


@command(
    "settings",
    Option("zone", limit=80),
    Option("language", limit=8),
    Option("reminders", limit=200),
    Option("direct", limit=3),
    summary=N_("time zone, language and reminders"),
    opens_form=True,
    changes_reader=True,
)
def settings(ask: Context, books: UnitOfWork) -> Answer:
    to = i18n.locale_for(ask)
    if "language" not in ask.call:
        return texts.settings_form(to, ask.house, ask.member)
    typed = ask.call["zone"].strip()
    try:
        zone = times.zone(typed).key if typed else None
    except times.UnreadableTime as problem:
        chosen = replace(ask.member, settings=_chosen(ask, None))
        error = texts.unknown_zone(to, problem)
        return texts.settings_form(to, ask.house, chosen, typed_zone=typed, error=error)
    chosen = replace(ask.member, settings=_chosen(ask, zone))
    books.choose(ask.member.id, chosen.settings)
    return texts.settings_kept(i18n.locale_of(chosen, ask.house), ask.house, chosen, ask.now)


def _chosen(ask: Context, zone: str | None) -> Settings:
    heard = set(ask.call["reminders"].split(","))
    muted = {lead for lead in ask.house.reminders if str(int(lead.total_seconds())) not in heard}
    language = ask.call["language"]
    return Settings(
        language=language if language in LANGUAGES else None,
        zone=zone,
        muted=frozenset(muted),
        by_direct_message=ask.call["direct"] != "no",
        afterwards=texts.AFTERWARDS in heard,
    )

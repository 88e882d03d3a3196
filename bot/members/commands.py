"""What everybody can ask: one function per command. Each answers with exactly one View or Form, or refuses."""

from __future__ import annotations

from dataclasses import replace

from bot import i18n, times
from bot.arguments import Option
from bot.catalogue import command
from bot.config import LANGUAGES
from bot.context import Context
from bot.i18n import N_
from bot.members import texts
from bot.members.model import MemberSettings
from bot.unit_of_work import UnitOfWork
from bot.views import Answer


def _language(text: str) -> str | None:
    return text if text in LANGUAGES else None


def _chosen_values(text: str) -> frozenset[str]:
    return frozenset(text.split(","))


def _unless_no(text: str) -> bool:
    return text != "no"


ZONE = Option("zone", str.strip, limit=80)
LANGUAGE = Option("language", _language, limit=8)
REMINDERS = Option("reminders", _chosen_values, limit=200)
DIRECT = Option("direct", _unless_no, limit=3)


@command(
    "settings",
    ZONE,
    LANGUAGE,
    REMINDERS,
    DIRECT,
    summary=N_("time zone, language and reminders"),
    position=6,
    opens_form=True,
    changes_reader=True,
)
def settings(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    if LANGUAGE not in ctx.args:
        return texts.settings_form(locale, ctx.config, ctx.member)
    typed = ctx.args[ZONE]
    try:
        zone = times.zone(typed).key if typed else None
    except times.UnreadableTime as problem:
        chosen = replace(ctx.member, settings=_chosen(ctx, None))
        error = texts.unknown_zone(locale, problem)
        return texts.settings_form(locale, ctx.config, chosen, typed_zone=typed, error=error)
    chosen = replace(ctx.member, settings=_chosen(ctx, zone))
    uow.members.save_settings(ctx.member.id, chosen.settings)
    return texts.settings_kept(i18n.locale_of(chosen, ctx.config), ctx.config, chosen, ctx.now)


def _chosen(ctx: Context, zone: str | None) -> MemberSettings:
    heard = ctx.args[REMINDERS]
    muted = {lead for lead in ctx.config.reminders if str(int(lead.total_seconds())) not in heard}
    return MemberSettings(
        language=ctx.args[LANGUAGE],
        zone=zone,
        muted=frozenset(muted),
        by_direct_message=ctx.args[DIRECT],
        afterwards=texts.AFTERWARDS in heard,
    )

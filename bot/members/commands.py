"""A member's settings."""

from __future__ import annotations

from dataclasses import replace

from bot import i18n, times
from bot.arguments import Option, one_of
from bot.catalogue import command
from bot.config import LANGUAGES
from bot.context import Context
from bot.i18n import N_
from bot.members import texts
from bot.members.model import LetterUse, MemberSettings
from bot.unit_of_work import UnitOfWork
from bot.views import Answer, View


def _language(text: str) -> str | None:
    return text if text in LANGUAGES else None


def _chosen_values(text: str) -> frozenset[str]:
    return frozenset(text.split(","))


ZONE = Option("zone", str.strip, limit=80)
LANGUAGE = Option("language", _language, limit=8)
REMINDERS = Option("reminders", _chosen_values, limit=200)
WRITE = Option("direct", one_of(texts.Write.YES), limit=5)


@command(
    "settings",
    ZONE,
    LANGUAGE,
    REMINDERS,
    WRITE,
    summary=N_("time zone, language and reminders"),
    position=6,
    opens_form=True,
    changes_reader=True,
    also=(
        "my settings, preferences, options, timezone, time zone, language, reminders, notifications, mute, stop, "
        "ajustes, mis ajustes, configuracion, preferencias, opciones, zona, zona horaria, hora, idioma, "
        "recordatorios, avisos, silenciar, parar, prefs, config, english, spanish, ingles, espanol, castellano, "
        "no reminders, huso horario, notificaciones, tz"
    ),
)
def settings(ctx: Context, uow: UnitOfWork) -> Answer:
    locale = ctx.locale
    letters = LetterUse.of(uow.accounts.addresses(ctx.member.id))
    if LANGUAGE not in ctx.args:
        return texts.settings_form(locale, ctx.config, ctx.member, letters)
    typed = ctx.args[ZONE]
    try:
        zone = times.zone(typed).key if typed else None
    except times.UnreadableTime as problem:
        member = replace(ctx.member, settings=_submitted_settings(ctx, None))
        error = texts.unknown_zone(locale, problem)
        return texts.settings_form(locale, ctx.config, member, letters, typed_zone=typed, error=error)
    if zone == ctx.member.zone and ctx.member.settings.zone is None:
        zone = None  # as the platform says, which was shown: it is followed from now on, too
    member = replace(ctx.member, settings=_submitted_settings(ctx, zone))
    uow.members.save_settings(member.id, member.settings)
    return texts.settings_saved(i18n.locale_of(member, ctx.config, ctx.now), ctx.config, member, ctx.now, letters)


def _submitted_settings(ctx: Context, zone: str | None) -> MemberSettings:
    wanted = ctx.args[REMINDERS]
    muted = {offset for offset in ctx.config.reminders if str(int(offset.total_seconds())) not in wanted}
    return MemberSettings(
        language=ctx.args[LANGUAGE],
        zone=zone,
        muted=frozenset(muted),
        by_direct_message=ctx.args[WRITE] in {texts.Write.YES, texts.Write.CHAT},
        afterwards=texts.AFTERWARDS in wanted,
        letters=ctx.args[WRITE] in {texts.Write.YES, texts.Write.NO},
    )


@command("quiet")
def quiet(ctx: Context, uow: UnitOfWork) -> View:
    """One press in a letter, also that of a mail program.

    Who is in a chat, too, hears everything there and nothing more by letter; others only what moves or is cancelled.
    """
    in_chat = LetterUse.of(uow.accounts.addresses(ctx.member.id)) is not LetterUse.ALONE
    before = ctx.member.settings
    after = replace(before, letters=False) if in_chat else replace(before, by_direct_message=False)
    uow.members.save_settings(ctx.member.id, after)
    return texts.quiet(ctx.locale, in_chat=in_chat)

"""Shows the agreement to who has not agreed to it as it is now."""

from __future__ import annotations

from bot.agreement import model, texts
from bot.arguments import Option
from bot.context import Context
from bot.request import Call
from bot.unit_of_work import UnitOfWork
from bot.views import View

AGREED = Option("agreed", str, limit=12)
"""The version that whoever presses has read."""


def unless_agreed(ctx: Context, uow: UnitOfWork, call: Call) -> View | None:
    """The agreement, whose button is `call`; None for who agreed to it before, or just now."""
    version = model.version(ctx.config.agreement)
    if not version or ctx.member.agreed == version:
        return None
    if ctx.args[AGREED] == version:
        uow.members.save_agreement(ctx.member.id, version, ctx.now)
        return None
    text = ctx.config.agreement_in(ctx.locale.language)
    return texts.agreement(ctx.locale, text, call.filled({AGREED.name: version}))

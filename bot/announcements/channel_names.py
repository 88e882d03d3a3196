"""What channels are called: what the operator calls them, and without that what their platform does."""

from __future__ import annotations

from collections.abc import Iterable

from bot.addresses import Address
from bot.config import Config
from bot.i18n import Locale
from bot.platform import platform_of
from bot.views import Channel, Choice, Span, Text


def choice(locale: Locale, config: Config, where: Address, here: Address | None) -> Choice:
    """A label is plain text, where no platform shows what it calls a channel."""
    return Choice(
        str(where),
        locale.t("This channel") if where == here else _called(config, where) or _spoken(locale, config, where),
    )


def place(locale: Locale, config: Config, where: Address, here: Address | None) -> Span:
    """The same within a sentence."""
    if where == here:
        return Text(locale.t("this channel"))
    called = _called(config, where)
    return Text(called) if called else Channel(where, _spoken(locale, config, where))


def listed(places: Iterable[Span]) -> tuple[Span, ...]:
    spans = [each for place in places for each in (Text(", "), place)]
    return tuple(spans[1:])


def _spoken(locale: Locale, config: Config, where: Address) -> str:
    """What its platform calls it, where that is known; else what can be said aloud and told apart, not an address."""
    known = next((name for each, name in config.channel_names.items() if each.meets(where)), "")
    if known:
        return known
    platform = platform_of(where.platform).shown_name
    if not platform:
        return where.account
    return locale.t("{platform} channel ending in {end}").format(platform=platform, end=where.account[-4:])


def _called(config: Config, where: Address) -> str:
    return next((called for each, called in config.announcement_channels.items() if each.meets(where)), "")

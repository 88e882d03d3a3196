"""Names of channels: the operator's, or without one the platform's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.addresses import Address
from bot.config import Config
from bot.i18n import Locale
from bot.platform import platform_of
from bot.views import Channel, Choice, Line, Span, Text


def choice(locale: Locale, config: Config, channel: Address, here: Address | None) -> Choice:
    """A channel in a menu, whose labels are plain text on every platform."""
    if channel == here:
        return Choice(str(channel), locale.t("This channel"))
    name = _name_in(config.announcement_channels, channel) or _platform_name(locale, config, channel)
    return Choice(str(channel), name)


def span(locale: Locale, config: Config, channel: Address, here: Address | None) -> Span:
    """A channel within a sentence."""
    if channel == here:
        return Text(locale.t("this channel"))
    name = _name_in(config.announcement_channels, channel)
    return Text(name) if name else Channel(channel, _platform_name(locale, config, channel))


def joined(channels: Iterable[Span]) -> Line:
    spans = [span for channel in channels for span in (Text(", "), channel)]
    return tuple(spans[1:])


def _platform_name(locale: Locale, config: Config, channel: Address) -> str:
    """What its platform calls it, where that is known; else a description that people can tell apart."""
    name = _name_in(config.channel_names, channel)
    platform = platform_of(channel.platform).shown_name
    if name or not platform:
        return name or channel.account
    return locale.t("{platform} channel ending in {end}").format(platform=platform, end=channel.account[-4:])


def _name_in(names: Mapping[Address, str], channel: Address) -> str:
    return next((name for address, name in names.items() if address.meets(channel)), "")

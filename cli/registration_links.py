"""Where the events page sends people to register: the channels where gatherings are announced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from settings import Settings

if TYPE_CHECKING:
    from adapters.web.render import RegistrationLink


def doorways(settings: Settings) -> list[RegistrationLink]:
    """One for each platform that is configured, with an address where the settings are enough to make one."""
    from adapters.web.render import RegistrationLink

    links = {"Slack": next(_slack(settings), ""), "Discord": next(_discord(settings), "")}
    return [RegistrationLink(name, links[name]) for name in settings.platforms() if name in links]


def _slack(settings: Settings) -> Iterator[str]:
    for each in settings.announcement_channels:
        team, mark, channel = each.account.partition("/")
        if each.platform == "slack" and mark:
            yield "https://slack.com/app_redirect?" + urlencode({"team": team, "channel": channel})


def _discord(settings: Settings) -> Iterator[str]:
    """A channel's address names its server too, which is known where there is one."""
    for each in settings.announcement_channels:
        if each.platform == "discord" and len(settings.discord_guild_ids) == 1:
            yield f"https://discord.com/channels/{settings.discord_guild_ids[0]}/{each.account.lstrip('#')}"

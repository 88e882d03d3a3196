"""Links from the events page to the channels where gatherings are announced, and where people register."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bot.addresses import Address
from bot.platform import platform_of
from settings import Settings

if TYPE_CHECKING:
    from adapters.web.render import RegistrationLink


LETTERS = "mail"
"""The platform on which letters are sent."""


def registration_links(settings: Settings) -> list[RegistrationLink]:
    """One for each configured platform; its URL is empty where the settings are not enough to build one."""
    from adapters.web.render import RegistrationLink

    links = {"Slack": next(_slack(settings), ""), "Discord": next(_discord(settings), "")}
    invites = {"Slack": settings.slack_invite or "", "Discord": settings.discord_invite or ""}
    return [RegistrationLink(name, links[name], invites[name]) for name in settings.platforms() if name in links]


def address_reader(settings: Settings) -> Callable[[str], Address] | None:
    """Reads what somebody typed as their e-mail address; None where no letters are sent, and none is asked for."""
    if platform_of(LETTERS).shown_name not in settings.platforms():
        return None
    return lambda typed: Address.parse(f"{LETTERS}:{typed}")


def _slack(settings: Settings) -> Iterator[str]:
    for address in settings.announcement_channels:
        team, mark, channel = address.account.partition("/")
        if address.platform == "slack" and mark:
            yield "https://slack.com/app_redirect?" + urlencode({"team": team, "channel": channel})


def _discord(settings: Settings) -> Iterator[str]:
    """A URL needs the guild as well, which is known only where there is one."""
    for address in settings.announcement_channels:
        if address.platform == "discord" and len(settings.discord_guild_ids) == 1:
            yield f"https://discord.com/channels/{settings.discord_guild_ids[0]}/{address.account.lstrip('#')}"

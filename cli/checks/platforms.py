"""The checks of each platform, done by its own adapter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module

from bot.home import first_place_state_name
from bot.meetings.model import LEFT_OUT
from bot.platform import Platform
from bot.ports import CheckResult
from cli.checks.context import CheckContext
from cli.setting_types import revealed


async def slack(ctx: CheckContext) -> list[CheckResult]:
    from adapters.slack.checks import check
    from cli.slack import credentials

    results = await check(credentials(ctx.settings))
    health = await ctx.health()
    refused = [] if health is None else [each.why for each in health.breakers if each.platform == "slack"]
    latest = None if health is None else health.latest.get("slack")
    return [*results, _messages_tab(latest, refused)]


def _messages_tab(latest: str | None, refused: Sequence[str]) -> CheckResult:
    """Slack's API does not say whether the tab is on, and refuses messages where it is not.

    `latest`: the receipt of the latest direct message, empty where it was sent; `refused`: why Slack refuses the bot.
    """
    where = "App Home, Show Tabs (docs/slack.md)"
    if any(why.startswith("messages_tab_disabled") for why in (latest or "", *refused)):
        return CheckResult.fault(f"Reminders are refused, because the Messages tab is off: switch it on under {where}.")
    if latest is None:
        return CheckResult.advice(f"No reminder was sent yet, to show that the Messages tab is on: look at {where}.")
    return CheckResult.ok(
        "The Messages tab is on: it took the latest reminder." if not latest else "The Messages tab is on."
    )


async def discord(ctx: CheckContext) -> list[CheckResult]:
    from adapters.discord.checks import DiscordCheckInput, check

    settings = ctx.settings
    check_input = DiscordCheckInput(
        settings.discord_guild_ids,
        await ctx.remembered(first_place_state_name("discord")),
        [address for address in settings.announcement_channels if address.platform == "discord"],
        sorted(address for address in await ctx.team() if address.platform == "discord"),
        events=bool(settings.public_url),
    )
    return await check(revealed(settings.discord_token), settings.discord_api_url, check_input)


async def mail(ctx: CheckContext) -> list[CheckResult]:
    from adapters.mail.checks import check
    from cli.mail import mail_server

    return await check(*mail_server(ctx.settings))


async def zoom(ctx: CheckContext) -> list[CheckResult]:
    from adapters.zoom.checks import MeetingNeeds, check
    from cli.zoom import credentials

    zoom_credentials, config = credentials(ctx.settings), ctx.settings.config()
    results = []
    if zoom_credentials is None:
        sentence = "No log-in is counted without links of people's own: set ZOOM_ACCOUNT_ID, too (docs/zoom.md)."
        results.append(CheckResult.advice(sentence))
    else:
        health = await ctx.health()
        limit = max(config.door_rule.limit, health.largest_limit if health else 0)
        duration = max(config.duration, health.longest) if health else config.duration
        results += await check(zoom_credentials, ctx.clock, MeetingNeeds(limit, duration))
        if left_out := await ctx.remembered(LEFT_OUT):
            sentence = f"Meetings are made without settings that this account of Zoom does not take: {left_out}."
            results.append(CheckResult.advice(f"{sentence} See that the account itself has them off (docs/zoom.md)."))
        if ctx.settings.unused_places and not ctx.settings.zoom_webhook_secret:
            sentence = (
                "Places that nobody uses stay taken, since nobody tells who logs in: set ZOOM_WEBHOOK_SECRET"
                " (docs/zoom.md), or HTG_UNUSED_PLACES=0 where that is meant."
            )
            results.append(CheckResult.advice(sentence))
    if ctx.settings.zoom_webhook_secret and not ctx.settings.public_url:
        sentence = "Zoom cannot tell of log-ins without HTG_PUBLIC_URL: set it, or take ZOOM_WEBHOOK_SECRET away."
        results.append(CheckResult.fault(sentence))
    return results


def adapter_check(platform: Platform) -> Callable[[CheckContext], Awaitable[list[CheckResult]]]:
    """For a platform that needs its own settings alone: `check` in its `checks.py`."""

    async def check(ctx: CheckContext) -> list[CheckResult]:
        checks = import_module(f"adapters.{platform.name}.checks")
        results: list[CheckResult] = await checks.check(ctx.settings.values_of(platform))
        return results

    return check

"""The platforms, each asked by its own adapter."""

from __future__ import annotations

from bot.home import first_place_as
from cli.checks.context import Finding, Level, Patient, advice, fault, ok


async def slack(patient: Patient) -> list[Finding]:
    from adapters.slack.checks import check
    from cli.slack import credentials

    found = [
        Finding(Level.OK if each.good else Level.FAULT, each.line)
        for each in await check(credentials(patient.settings))
    ]
    health = await patient.health()
    return [*found, _messages_tab(None if health is None else health.latest.get("slack"))]


def _messages_tab(latest: str | None) -> Finding:
    """Slack says whether it is on only by refusing what is sent there: so this goes by the latest that was."""
    where = "App Home, Show Tabs (docs/slack.md)"
    if latest is None:
        return advice(f"No reminder was sent yet, to show that the Messages tab is on: look at {where}.")
    if latest.startswith("messages_tab_disabled"):
        return fault(f"Reminders are refused, because the Messages tab is off: switch it on under {where}.")
    return ok("The Messages tab is on: it took the latest reminder." if not latest else "The Messages tab is on.")


async def discord(patient: Patient) -> list[Finding]:
    from adapters.discord.checks import DiscordCheckInput, check

    settings = patient.settings
    given = DiscordCheckInput(
        settings.discord_guild_ids,
        await patient.remembered(first_place_as("discord")),
        [each for each in settings.announcement_channels if each.platform == "discord"],
        sorted(each for each in await patient.team() if each.platform == "discord"),
        events=bool(settings.public_url),
    )
    token = settings.discord_token.get_secret_value() if settings.discord_token else ""
    found = await check(token, settings.discord_api_url, given)
    not_good = {True: Level.FAULT, False: Level.ADVICE}
    return [Finding(Level.OK if each.good else not_good[each.urgent], each.line) for each in found]


async def zoom(patient: Patient) -> list[Finding]:
    from adapters.zoom.checks import Wanted, check
    from cli.zoom import credentials

    held, house = credentials(patient.settings), patient.settings.house()
    wanted = Wanted(house.door_rule.limit, house.duration)
    looked = [] if held is None else await check(held, patient.clock, wanted)
    found = [Finding(Level.OK if each.good else Level.FAULT, each.line) for each in looked]
    if held is None:
        found.append(
            advice("No log-in is counted without links of people's own: set ZOOM_ACCOUNT_ID, too (docs/zoom.md).")
        )
    if patient.settings.zoom_webhook_secret and not patient.settings.public_url:
        found.append(
            fault("Zoom cannot tell of log-ins without HTG_PUBLIC_URL: set it, or take ZOOM_WEBHOOK_SECRET away.")
        )
    return found

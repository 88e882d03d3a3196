"""The house itself: settings, database, team, backups."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.breaker import Breaker
from bot.outbox import AT_WORK
from bot.ports import CheckResult
from cli.checks.context import LAST_BACKUP, CheckContext
from settings import SettingsError
from storage.engine.errors import DatabaseUnavailable
from storage.engine.health import DatabaseHealth
from storage.engine.urls import SqliteFile, parse_database_url

FRESH = timedelta(days=7)
QUIET = timedelta(minutes=5)


async def chosen(ctx: CheckContext) -> list[CheckResult]:
    """What the settings lack together, each of them being right."""
    settings = ctx.settings
    wrong = []
    try:
        settings.keys()
    except SettingsError as no:
        wrong += [CheckResult.fault(f"{each}.") for each in no.problems]
    if not {"Slack", "Discord"} & set(settings.platforms()):
        wrong.append(
            CheckResult.fault(
                "Neither Slack nor Discord is configured: set SLACK_BOT_TOKEN or DISCORD_TOKEN (docs/settings.md)."
            )
        )
    if settings.dyno and ctx.url.startswith("sqlite"):
        wrong.append(CheckResult.advice("HTG_ALLOW_EPHEMERAL is set: this host forgets the database at each restart."))
    return wrong or [CheckResult.ok(f"They can all be read. Configured: {', '.join(settings.platforms())}.")]


async def database(ctx: CheckContext) -> list[CheckResult]:
    return [*await _examined(ctx), *_on_the_way(ctx.url)]


def _on_the_way(url: str) -> list[CheckResult]:
    """Whether somebody between here and the server could read along."""
    try:
        place = parse_database_url(url)
    except DatabaseUnavailable:
        return []
    if isinstance(place, SqliteFile) or place.is_near or place.ssl not in {"disable", "allow", "prefer"}:
        return []
    return [
        CheckResult.advice(
            "It is on another machine, and whoever is in between may read along: add ?sslmode=verify-full to"
            " DATABASE_URL, or sslmode=require where its certificate cannot be verified (docs/settings.md)."
        )
    ]


async def _examined(ctx: CheckContext) -> list[CheckResult]:
    try:
        health = await ctx.require_health()
    except DatabaseUnavailable as no:
        return [CheckResult.fault(str(no))]
    found = [CheckResult.ok(f"It answers, and is at schema {health.schema}, as this version needs it.")]
    if not health.sealed or not ctx.settings.secret_keys:
        return found
    if health.opened == health.sealed:
        return [
            *found,
            CheckResult.ok(f"HTG_SECRET_KEY opens all {health.sealed:,} encrypted values in it."),
            *_under_old_keys(health, len(ctx.settings.secret_keys)),
        ]
    lost = f"{health.sealed - health.opened:,} of the {health.sealed:,}"
    sentence = f"HTG_SECRET_KEY does not open {lost} encrypted values in it:"
    return [*found, CheckResult.fault(f"{sentence} add the former key after the present one, separated by a comma.")]


def _under_old_keys(health: DatabaseHealth, keys: int) -> list[CheckResult]:
    """What is still to be encrypted anew, and when an old key may go."""
    if outdated := health.sealed - health.current:
        rest = "rests" if outdated == 1 else "rest"
        return [
            CheckResult.advice(
                f"{outdated:,} of the {health.sealed:,} encrypted values in it {rest} under an old key, or in an old"
                " format: once every process runs with the first key, run htg db reseal."
            )
        ]
    if keys > 1:
        return [
            CheckResult.advice(
                "Nothing in it needs the old key any more. It may go once the personal links given out under it need"
                " work no longer (docs/hosting.md): members then find new ones under /htg mine."
            )
        ]
    return []


async def team(ctx: CheckContext) -> list[CheckResult]:
    known = await ctx.team()
    if len(known) > 1:
        return [CheckResult.ok(f"{len(known)} facilitators are named.")]
    who = "One facilitator alone is named" if known else "No facilitator is named"
    how = "HTG_FACILITATORS, or htg facilitators add ADDRESS"
    return [CheckResult.advice(f"{who}: with a second, the doors open also when the first is ill ({how}).")]


async def worker(ctx: CheckContext) -> list[CheckResult]:
    health = await ctx.health()
    if health is None:
        return [CheckResult.advice("Not known: the database did not say.")]
    return [_at_work(health.remembered[AT_WORK], ctx.clock.now()), *(_restricted(each) for each in health.breakers)]


def _at_work(said: str, now: datetime) -> CheckResult:
    if not said:
        return CheckResult.advice("None was at work yet: htg run, or htg worker, reminds people.")
    at = datetime.fromisoformat(said)
    if now - at <= QUIET:
        return CheckResult.ok("One is at work.")
    return CheckResult.advice(f"None was at work since {at:%Y-%m-%d %H:%M} UTC, and nobody is reminded: start htg run.")


def _restricted(breaker: Breaker) -> CheckResult:
    return CheckResult.fault(
        f"{breaker.scope} refuses the bot itself since {breaker.opened_at:%Y-%m-%d %H:%M} UTC ({breaker.why}): nobody"
        f" is told anything there unasked. It is tried again by itself, next at {breaker.next_trial_at:%H:%M} UTC;"
        f" docs/{breaker.platform}.md says what to look at."
    )


async def backups(ctx: CheckContext) -> list[CheckResult]:
    health = await ctx.health()
    if health is None:
        return [CheckResult.advice("Not known: the database did not say.")]
    if not (taken := health.remembered[LAST_BACKUP]):
        return [CheckResult.advice("None was taken yet: htg db backup FILE (docs/backups.md).")]
    age = ctx.clock.now() - datetime.fromisoformat(taken)
    if age > FRESH:
        return [CheckResult.advice(f"The last was taken {age.days} days ago: htg db backup FILE (docs/backups.md).")]
    return [CheckResult.ok(f"The last was taken on {taken[:10]}.")]

"""Checks of the installation: settings, database, team, worker, backups."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.notifications.breaker import CircuitBreaker
from bot.notifications.deliver import LAST_TICK
from bot.platform import registered
from bot.ports import CheckResult
from cli.checks.context import LAST_BACKUP, CheckContext
from settings import Settings, SettingsError
from storage.engine.errors import DatabaseUnavailable
from storage.engine.health import DatabaseHealth
from storage.engine.urls import SqliteFile, parse_database_url

BACKUP_MAX_AGE = timedelta(days=7)
WORKER_MAX_SILENCE = timedelta(minutes=5)
"""A worker records that it is at work more often than this."""


async def settings_together(ctx: CheckContext) -> list[CheckResult]:
    """What is missing or risky in the settings as a whole; each by itself is valid."""
    settings = ctx.settings
    problems: list[CheckResult] = []
    try:
        settings.keys()
    except SettingsError as no:
        problems += [CheckResult.fault(f"{sentence}.") for sentence in no.problems]
    if not settings.is_reachable:
        problems.append(
            CheckResult.fault(
                "Neither Slack nor Discord nor e-mail is configured: set SLACK_BOT_TOKEN, or DISCORD_TOKEN, or"
                " HTG_SMTP_URL with HTG_MAIL_FROM (docs/settings.md)."
            )
        )
    if settings.dyno and ctx.url.startswith("sqlite"):
        problems.append(
            CheckResult.advice("HTG_ALLOW_EPHEMERAL is set: this host forgets the database at each restart.")
        )
    well = [] if problems else [CheckResult.ok(f"They can all be read. Configured: {', '.join(settings.platforms())}.")]
    return [*problems, *well, *_nobody_named(settings)]


def _nobody_named(settings: Settings) -> list[CheckResult]:
    """Whom people can turn to, where a text sends them away."""
    advice = []
    if settings.contact is None:
        advice.append("Nobody is named to write to, where a text sends somebody away: set HTG_CONTACT.")
    if not settings.support:
        advice.append("No line of help is named to somebody who needs it now: set HTG_SUPPORT (docs/settings.md).")
    return [CheckResult.advice(sentence) for sentence in advice]


async def database(ctx: CheckContext) -> list[CheckResult]:
    return [*await _schema_and_encryption(ctx), *_connection_encryption(ctx.url)]


def _connection_encryption(url: str) -> list[CheckResult]:
    """Whether the connection to PostgreSQL is encrypted, where it leaves this machine."""
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


async def _schema_and_encryption(ctx: CheckContext) -> list[CheckResult]:
    try:
        health = await ctx.require_health()
    except DatabaseUnavailable as no:
        return [CheckResult.fault(str(no))]
    results = [CheckResult.ok(f"It answers, and is at schema {health.schema}, as this version needs it.")]
    if not health.secrets.encrypted or not ctx.settings.secret_keys:
        return results
    if health.secrets.readable == health.secrets.encrypted:
        return [
            *results,
            CheckResult.ok(f"HTG_SECRET_KEY opens all {health.secrets.encrypted:,} encrypted values in it."),
            *_key_rotation(health, len(ctx.settings.secret_keys)),
        ]
    lost = f"{health.secrets.encrypted - health.secrets.readable:,} of the {health.secrets.encrypted:,}"
    sentence = f"HTG_SECRET_KEY does not open {lost} encrypted values in it:"
    return [*results, CheckResult.fault(f"{sentence} add the former key after the present one, separated by a comma.")]


def _key_rotation(health: DatabaseHealth, keys: int) -> list[CheckResult]:
    """What is still encrypted with an old key, and when that key may be removed."""
    if outdated := health.secrets.encrypted - health.secrets.current:
        rest = "rests" if outdated == 1 else "rest"
        return [
            CheckResult.advice(
                f"{outdated:,} of the {health.secrets.encrypted:,} encrypted values in it {rest} under an old key,"
                " or in an old format: once every process runs with the first key, run htg db reseal."
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
    facilitators = await ctx.team()
    if len(facilitators) > 1:
        return [CheckResult.ok(f"{len(facilitators)} facilitators are named.")]
    configured = ctx.settings.platforms()
    granting = [each.shown_name for each in registered() if each.organisers and each.shown_name in configured]
    if not facilitators and not granting:
        return [CheckResult.advice("Nobody can plan a gathering yet: name somebody in HTG_FACILITATORS.")]
    who = "One facilitator alone is named" if facilitators else "No facilitator is named"
    how = "HTG_FACILITATORS, or htg facilitators add ADDRESS"
    return [CheckResult.advice(f"{who}: with a second, the doors open also when the first is ill ({how}).")]


async def worker(ctx: CheckContext) -> list[CheckResult]:
    health = await ctx.health()
    if health is None:
        return [CheckResult.advice("Not known: the database did not say.")]
    return [
        _last_seen(health.remembered[LAST_TICK], ctx.clock.now()),
        *(_open_breaker(breaker) for breaker in health.breakers),
    ]


def _last_seen(recorded: str, now: datetime) -> CheckResult:
    if not recorded:
        return CheckResult.advice("None was at work yet: htg run, or htg worker, reminds people.")
    at = datetime.fromisoformat(recorded)
    if now - at <= WORKER_MAX_SILENCE:
        return CheckResult.ok("One is at work.")
    return CheckResult.advice(f"None was at work since {at:%Y-%m-%d %H:%M} UTC, and nobody is reminded: start htg run.")


def _open_breaker(breaker: CircuitBreaker) -> CheckResult:
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
    if age > BACKUP_MAX_AGE:
        return [CheckResult.advice(f"The last was taken {age.days} days ago: htg db backup FILE (docs/backups.md).")]
    return [CheckResult.ok(f"The last was taken on {taken[:10]}.")]

"""All settings, from environment variables or `.env` (the environment wins), validated together.

`load()` returns Settings, or raises SettingsError with one sentence for each problem. No sentence quotes a secret.
docs/settings.md says what each setting is for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv.parser import parse_stream
from pydantic import Field, PrivateAttr, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

import adapters.platforms  # noqa: F401 - registers them, before any address is read
from bot import times
from bot.admission.model import DoorRule
from bot.config import Config
from bot.platform import Platform, registered
from cli import parameters
from cli.key_strength import MAKE_KEY, is_quoted
from cli.setting_types import (
    Agreement,
    AppToken,
    BotToken,
    Channels,
    Contact,
    Database,
    Days,
    Duration,
    Enabled,
    Guilds,
    Host,
    HostUrl,
    Id,
    Keys,
    Language,
    Lengths,
    Line,
    LogFormat,
    MailFrom,
    Paces,
    Page,
    People,
    Places,
    Port,
    Secret,
    SmtpUrl,
    Support,
    Teams,
    UpToADay,
    Url,
    Zone,
    ZoomUser,
)

EMPTY_MEANS_NONE = {"HTG_REMINDERS", "HTG_CHANNEL_REMINDERS"}
"""For all others an empty value counts as not set, so that a copied `.env.example` changes nothing."""
PREFIXES = ("HTG_", "SLACK_", "DISCORD_", "ZOOM_")
_NO_KEY = f"HTG_SECRET_KEY: it is missing, and Zoom links are kept encrypted with it; make one with: {MAKE_KEY}"


class SettingsError(Exception):
    """The settings cannot be used. `problems`: one sentence each."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def _setting(name: str, example: str, default: str | None = None) -> Any:
    """A setting. Its default is text, as in the environment, and is parsed and validated like any other value."""
    return Field(default, alias=name, examples=[example])


def _choice(name: str, default: str) -> Any:
    """A setting whose default serves as its example."""
    return _setting(name, default, default)


class Settings(BaseSettings):
    """The operator's configuration. `config()` is the part of it that the core needs."""

    model_config = SettingsConfigDict(
        case_sensitive=True,
        enable_decoding=False,
        env_file_encoding="utf-8-sig",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    dyno: str | None = _setting("DYNO", "web.1")
    allow_ephemeral: Enabled = _setting("HTG_ALLOW_EPHEMERAL", "1", "0")
    database_url: Database = _setting("DATABASE_URL", "postgresql://127.0.0.1/htg", "sqlite:///data/htg.db")
    secret_keys: Keys = _setting("HTG_SECRET_KEY", "kT2vX…", "")
    public_url: HostUrl = _setting("HTG_PUBLIC_URL", "https://gatherings.example.org")
    slack_invite: Page = _setting("HTG_SLACK_INVITE", "https://join.slack.com/t/healing/shared_invite/zt-1")
    discord_invite: Page = _setting("HTG_DISCORD_INVITE", "https://discord.gg/healing")
    organisation: Line = _choice("HTG_ORGANISATION", "our community")
    website: Page = _setting("HTG_WEBSITE", "https://example.org")
    contact: Contact = _setting("HTG_CONTACT", "hello@example.org")
    agreement: Agreement = _setting("HTG_AGREEMENT", "agreement.{language}.md", "")
    support: Support = _setting("HTG_SUPPORT", "en=Samaritans, 116 123;es=Teléfono de la Esperanza, 717 003 717", "")
    zone: Zone = _setting("HTG_TIMEZONE", "Europe/Madrid", "UTC")
    language: Language = _choice("HTG_LANGUAGE", "en")
    reminders: Lengths = _choice("HTG_REMINDERS", "24h,1h,10m")
    channel_reminders: Lengths = _choice("HTG_CHANNEL_REMINDERS", "1h")
    duration: Duration = _choice("HTG_DURATION", "90m")
    admission_limit: Places = _choice("HTG_ADMISSION_LIMIT", "90")
    late_entry: UpToADay = _setting("HTG_LATE_ENTRY", "3m", "10m")
    doors_open: UpToADay = _choice("HTG_DOORS_OPEN", "15m")
    unused_places: UpToADay = _choice("HTG_UNUSED_PLACES", "3m")
    facilitators: People = _setting("HTG_FACILITATORS", "slack:T123/U456,discord:42", "")
    announcement_channels: Channels = _setting(
        "HTG_ANNOUNCEMENT_CHANNELS", "slack:T123/C789=Gatherings,discord:#4000", ""
    )
    retention: Days = _choice("HTG_RETENTION", "365d")
    dm_per_minute: Paces = _setting("HTG_DM_PER_MINUTE", "slack:200,discord:20,mail:60", "")
    log_format: LogFormat = _setting("HTG_LOG_FORMAT", "json")
    host: Host = _setting("HOST", "127.0.0.1")
    port: Port = _choice("PORT", "8080")
    smtp_url: SmtpUrl = _setting("HTG_SMTP_URL", "smtps://user:password@smtp.example.org")
    mail_from: MailFrom = _setting("HTG_MAIL_FROM", "Healing Together <gatherings@example.org>")
    slack_bot_token: BotToken = _setting("SLACK_BOT_TOKEN", "xoxb-…")
    slack_app_token: AppToken = _setting("SLACK_APP_TOKEN", "xapp-…")
    slack_signing_secret: Secret = _setting("SLACK_SIGNING_SECRET", "8f74…")
    slack_client_id: Id = _setting("SLACK_CLIENT_ID", "1234567890.1234567890")
    slack_client_secret: Secret = _setting("SLACK_CLIENT_SECRET", "33fe…")
    slack_team_ids: Teams = _setting("SLACK_TEAM_IDS", "T0123ABCD", "")
    slack_api_url: Url = _setting("SLACK_API_URL", "https://slack-gov.com/api")
    discord_token: Secret = _setting("DISCORD_TOKEN", "MTk4…")
    discord_guild_ids: Guilds = _setting("DISCORD_GUILD_IDS", "4001,4002", "")
    discord_api_url: Url = _setting("DISCORD_API_URL", "https://discord.example.org/api/v10")
    zoom_account_id: Id = _setting("ZOOM_ACCOUNT_ID", "aBcDeFgHiJkLmNoPqRsTuV")
    zoom_client_id: Id = _setting("ZOOM_CLIENT_ID", "aBcDeFgHiJkLmNoPqRsTuV")
    zoom_client_secret: Secret = _setting("ZOOM_CLIENT_SECRET", "k7Hq…")
    zoom_host: ZoomUser = _setting("ZOOM_HOST", "circles@example.org")
    zoom_webhook_secret: Secret = _setting("ZOOM_WEBHOOK_SECRET", "pV9s…")
    zoom_api_url: Url = _setting("ZOOM_API_URL", "https://api.zoom.us/v2")
    zoom_oauth_url: Url = _setting("ZOOM_OAUTH_URL", "https://zoom.us/oauth")
    _of_adapters: dict[str, str] = PrivateAttr(default_factory=dict)
    """The settings that adapters bring, by name; no printed form of this object shows them."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty_values(cls, values: Mapping[str, str | None]) -> dict[str, str]:
        stripped = {name: (value or "").strip() for name, value in values.items()}
        return {name: value for name, value in stripped.items() if value or name in EMPTY_MEANS_NONE}

    @field_validator("database_url")
    @classmethod
    def _is_persistent(cls, url: SecretStr, others: ValidationInfo) -> SecretStr:
        is_erased = others.data.get("dyno") and not others.data.get("allow_ephemeral", True)
        if is_erased and url.get_secret_value().startswith("sqlite"):
            raise ValueError(
                "this platform erases its disk at each restart, and SQLite's file with it;"
                " add a PostgreSQL database, or set HTG_ALLOW_EPHEMERAL=1 to lose everything on purpose"
            )
        return url

    @field_validator("late_entry")
    @classmethod
    def _late_entry_within_duration(cls, late_entry: timedelta, others: ValidationInfo) -> timedelta:
        duration = others.data.get("duration")
        if duration is not None and late_entry >= duration:
            raise ValueError(
                f"{times.brief(late_entry)} is not shorter than a gathering (HTG_DURATION is {times.brief(duration)})"
            )
        return late_entry

    @field_validator("doors_open")
    @classmethod
    def _doors_open_at_all(cls, doors_open: timedelta, others: ValidationInfo) -> timedelta:
        if not doors_open and not others.data.get("late_entry", True):
            raise ValueError("with HTG_LATE_ENTRY at nothing too, the doors would never be open")
        return doors_open

    @property
    def several_workspaces(self) -> bool:
        """Workspaces are added by OAuth on the install page, and not by one bot token."""
        return self.slack_client_id is not None and self.slack_bot_token is None

    def config(self) -> Config:
        return Config(
            organisation=self.organisation,
            website=self.website,
            contact=self.contact,
            support=self.support,
            agreement=self.agreement,
            zone=self.zone,
            language=self.language,
            reminders=self.reminders,
            channel_reminders=self.channel_reminders,
            door_rule=DoorRule(self.admission_limit, self.late_entry, self.doors_open),
            duration=self.duration,
            unused_places=self.unused_places if self.zoom_webhook_secret else timedelta(0),
            facilitators=frozenset(self.facilitators),
            announcement_channels=self.announcement_channels,
            per_minute=self.dm_per_minute,
            retention=self.retention,
            public_url=self.public_url or "",
            meetings=self.zoom_account_id is not None,
            letters=self.smtp_url is not None,
        )

    def platforms(self) -> list[str]:
        """Names of the platforms whose credentials are set."""
        configured = {
            "Slack": self.slack_bot_token or self.slack_client_id,
            "Discord": self.discord_token,
            "E-mail": self.smtp_url,
            "Zoom": self.zoom_account_id or self.zoom_webhook_secret,
        }
        of_adapters = [p.shown_name for p in registered() if p.settings and self._of_adapters.keys() >= set(p.settings)]
        return [*(name for name, given in configured.items() if given), *of_adapters]

    @property
    def is_reachable(self) -> bool:
        """Whether there is a platform on which people write to the bot; Zoom is none."""
        return not {platform.shown_name for platform in registered()}.isdisjoint(self.platforms())

    def values_of(self, platform: Platform) -> dict[str, str]:
        """What is set of the settings that its adapter brings."""
        return {name: self._of_adapters[name] for name in platform.settings if name in self._of_adapters}

    def address(self) -> tuple[str, int]:
        """Host and port to listen on. A host that sets PORT connects from outside the machine."""
        everywhere = "0.0.0.0"  # noqa: S104
        return self.host or (everywhere if os.environ.get("PORT", "").strip() else "127.0.0.1"), self.port

    def keys(self) -> list[str]:
        """Encryption keys, the newest first. Raises SettingsError when there is none."""
        if not self.secret_keys:
            raise SettingsError(_NO_KEY)
        return [key.get_secret_value() for key in self.secret_keys]


EXAMPLES = {field.alias or "": (field.examples or [""])[0] for field in Settings.model_fields.values()}
"""An example value of each setting, by its name."""
ADAPTER_EXAMPLES = {name: example for platform in registered() for name, example in platform.settings.items()}
"""The same for those that a platform's adapter brings."""
ALL_EXAMPLES = EXAMPLES | ADAPTER_EXAMPLES


# ---- loading


def load(dotenv: Path = Path(".env")) -> Settings:
    """The settings of this process; raises SettingsError with all problems."""
    from_file = dotenv_values(dotenv)
    given = {name: value.strip() for name, value in (from_file | os.environ).items() if value.strip()}
    quoted = {name for name, value in given.items() if name in ALL_EXAMPLES and is_quoted(value)}
    problems = [*_unknown(from_file), *_incomplete(given), *_without_workspace(given)]
    problems += [_sentence(name, "it has quotes around it: take the quotes away") for name in sorted(quoted)]
    try:
        settings = Settings(_env_file=dotenv)  # type: ignore[call-arg]  # a parameter of BaseSettings
    except ValidationError as invalid:
        problems += [
            _sentence(_name(error["loc"][0]), error["ctx"]["error"])
            for error in invalid.errors(include_input=False)
            if _name(error["loc"][0]) not in quoted
        ]
    if problems:
        raise SettingsError(*problems, *([] if given.get("HTG_SECRET_KEY") else [_NO_KEY]))
    settings._of_adapters.update({name: given[name] for name in ADAPTER_EXAMPLES if name in given})  # noqa: SLF001
    return settings


def _name(location: int | str) -> str:
    """The name of a setting: pydantic reports a set one by its alias, and one left at its default by its field."""
    field = Settings.model_fields.get(str(location))
    return str(field.alias if field else location)


def _sentence(name: str, wrong: object) -> str:
    return f"{name}: {wrong}. For example: {name}={ALL_EXAMPLES[name]}"


def dotenv_values(dotenv: Path) -> dict[str, str]:
    """The values in .env, for checks that go beyond single values."""
    try:
        bindings = list(parse_stream(StringIO(dotenv.read_text("utf-8-sig"))))
    except FileNotFoundError:
        return {}
    except OSError as problem:
        raise SettingsError(f"{dotenv}: it is no file that can be read ({problem.strerror})") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{dotenv}: it could not be read as UTF-8 text. Write one NAME=value a line") from None
    broken = [f"{dotenv}: line {binding.original.line} is not NAME=value" for binding in bindings if binding.error]
    if broken:
        raise SettingsError(*broken)
    return {binding.key: binding.value or "" for binding in bindings if binding.key}


def _unknown(from_file: Mapping[str, str]) -> Iterator[str]:
    """Misspelt names: with HTG_ anywhere, and with a platform's prefix in .env."""
    names = [
        *filter(lambda name: name.startswith(PREFIXES), from_file),
        *filter(lambda name: name[:4] == "HTG_", os.environ),
    ]
    for name in sorted(set(names) - ALL_EXAMPLES.keys()):
        near = get_close_matches(name, ALL_EXAMPLES, 1, 0.4)
        yield f"{name}: there is no such setting" + (f". Is it {near[0]}?" if near else "")


_REQUIRED_TOGETHER = (
    ("HTG_SMTP_URL", "HTG_MAIL_FROM"),
    ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"),
    ("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"),
)
_REQUIRES_ONE_OF = (
    ("SLACK_BOT_TOKEN", ("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")),
    ("SLACK_CLIENT_ID", ("SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN")),
    ("HTG_SMTP_URL", ("HTG_PUBLIC_URL",)),
    ("SLACK_CLIENT_ID", ("HTG_PUBLIC_URL",)),
    ("SLACK_CLIENT_ID", ("SLACK_TEAM_IDS",)),
    ("SLACK_APP_TOKEN", ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID")),
    ("SLACK_SIGNING_SECRET", ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID")),
)
"""Each name requires one of those after it. HTG_PUBLIC_URL is where Slack redirects those who install the app,
and where the links in letters lead."""


def _incomplete(given: Collection[str]) -> Iterator[str]:
    for names in (*_REQUIRED_TOGETHER, *(tuple(platform.settings) for platform in registered())):
        present = [name for name in names if name in given]
        missing = [name for name in names if name not in given]
        yield from (_sentence(name, f"it is missing, and {present[0]} is set") for name in missing if present)
    for name, others in _REQUIRES_ONE_OF:
        if name in given and not any(other in given for other in others):
            yield f"{name}: it also needs {' or '.join(others)}. For example: {others[0]}={EXAMPLES[others[0]]}"


def _without_workspace(given: Mapping[str, str]) -> Iterator[str]:
    """Facilitators on Slack without a workspace where several may be connected: the id alone is ambiguous."""
    if "SLACK_CLIENT_ID" not in given or "SLACK_BOT_TOKEN" in given:
        return
    for address in parameters.listed(given.get("HTG_FACILITATORS", "")):
        if re.fullmatch(r"slack:[UW][A-Z0-9]*", address):
            wrong = f"several workspaces may be connected, and {address} does not say in which one this person is"
            yield _sentence("HTG_FACILITATORS", wrong)

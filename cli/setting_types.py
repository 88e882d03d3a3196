"""Types of settings: each is parsed from its text by a function of `cli.parameters` or `cli.url_parameters`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import PlainValidator, SecretStr

from bot.addresses import Address
from bot.config import LANGUAGES
from bot.gatherings.model import LONGEST, PLACES_LIMIT, SHORTEST
from bot.views import Channel, Link
from cli import parameters, url_parameters


def _parsed_by(parser: Callable[[str], object]) -> PlainValidator:
    return PlainValidator(lambda value: None if value is None else parser(value))


Enabled = Annotated[bool, _parsed_by(parameters.flag)]
Database = Annotated[SecretStr, _parsed_by(parameters.database)]
Keys = Annotated[tuple[SecretStr, ...], _parsed_by(parameters.keys)]
Url = Annotated[str | None, _parsed_by(url_parameters.url)]
HostUrl = Annotated[str | None, _parsed_by(url_parameters.host_url)]
Page = Annotated[str | None, _parsed_by(url_parameters.page)]
Line = Annotated[str, _parsed_by(parameters.line)]
Contact = Annotated[Link | Channel | None, _parsed_by(parameters.contact)]
Support = Annotated[Mapping[str, tuple[str, ...]], _parsed_by(parameters.support)]
Agreement = Annotated[Mapping[str, str], _parsed_by(parameters.agreement)]
Zone = Annotated[str, _parsed_by(parameters.zone)]
Language = Annotated[str, _parsed_by(parameters.one_of(*LANGUAGES))]
Lengths = Annotated[tuple[timedelta, ...], _parsed_by(parameters.lengths)]
Duration = Annotated[timedelta, _parsed_by(parameters.length(SHORTEST, LONGEST))]
UpToADay = Annotated[timedelta, _parsed_by(parameters.length(timedelta(0), LONGEST))]
Days = Annotated[timedelta, _parsed_by(parameters.length(timedelta(days=1), timedelta(days=3650)))]
Places = Annotated[int, _parsed_by(parameters.number(1, PLACES_LIMIT))]
People = Annotated[tuple[Address, ...], _parsed_by(parameters.people)]
Channels = Annotated[Mapping[Address, str], _parsed_by(parameters.channels)]
Paces = Annotated[Mapping[str, int], _parsed_by(parameters.paces)]
LogFormat = Annotated[str | None, _parsed_by(parameters.one_of("console", "json"))]
Host = Annotated[str | None, _parsed_by(parameters.host)]
Port = Annotated[int, _parsed_by(parameters.number(0, 65535))]
Secret = Annotated[SecretStr | None, _parsed_by(parameters.secret())]
BotToken = Annotated[SecretStr | None, _parsed_by(parameters.secret("xoxb-"))]
AppToken = Annotated[SecretStr | None, _parsed_by(parameters.secret("xapp-"))]
Id = Annotated[str | None, _parsed_by(parameters.identifier)]
ZoomUser = Annotated[str | None, _parsed_by(parameters.zoom_user)]
SmtpUrl = Annotated[SecretStr | None, _parsed_by(parameters.mail_server)]
MailFrom = Annotated[str | None, _parsed_by(parameters.mail_from)]
Guilds = Annotated[tuple[int, ...], _parsed_by(parameters.guilds)]
Teams = Annotated[tuple[str, ...], _parsed_by(parameters.teams)]


def revealed(secret: SecretStr | None) -> str:
    """Empty where it is not set."""
    return secret.get_secret_value() if secret else ""

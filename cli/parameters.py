"""Parsers of settings, from text to a typed value.

Each raises ValueError with a phrase that follows the setting's name. None quotes a secret, nor a URL that might hold a
password.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr

from adapters.mail.addresses import Mailbox
from adapters.mail.server import MailServer
from bot import times, zones
from bot.addresses import Address
from bot.agreement.model import AGREEMENT_LIMIT
from bot.config import LANGUAGES, Config
from bot.views import Channel, Link
from cli.key_strength import MAKE_KEY, weakness
from cli.url_parameters import page, read_ip_address
from storage.engine.urls import read_database_url

LINE_LIMIT = 80
QUOTED_LIMIT = 40
SUPPORT_LINE_LIMIT = 200
SUPPORT_LINES_LIMIT = 4
REMINDERS_LIMIT = 9
"""The settings form shows them as check boxes, with one more for the thank-you message; Slack allows ten."""

_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_Item = TypeVar("_Item")


def listed(text: str) -> list[str]:
    """Items separated by commas, stripped; empty text has none, a doubled comma an empty one."""
    return [item.strip() for item in text.split(",")] if text.strip() else []


def _each(items: Iterable[str], read: Callable[[str], _Item]) -> list[_Item]:
    """Every item, read; raises ValueError with what is wrong with each bad one."""
    values, wrong = [], []
    for item in items:
        try:
            values.append(read(item))
        except ValueError as problem:
            wrong.append(str(problem))
    if wrong:
        raise ValueError("; ".join(wrong))
    return values


def line(text: str) -> str:
    if len(text) > LINE_LIMIT or not text.isprintable():
        raise ValueError(f"it takes one line of at most {LINE_LIMIT} characters")
    return text


def contact(text: str) -> Link | Channel:
    """A page, an e-mail address or a channel with what it is called: what a person can write to."""
    if "://" in text:
        address = page(text)
        return Link(address.partition("://")[2], address)
    if re.fullmatch(r"[^\s@<>()\[\]\\,;:\"]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", text):
        return Link(text, f"mailto:{text}")
    try:
        (where, name), *others = channels(text).items()
    except ValueError:
        where, others = None, []
    if where is None or others:
        raise ValueError(
            f"{_quoted(text)} is no e-mail address, no page (https://…) and no channel (slack:T123/C789=Help)"
        )
    return Channel(where, name)


def support(text: str) -> dict[str, tuple[str, ...]]:
    """Lines of help by language: `en=…;es=…`, or one text for every language; `|` between lines."""
    pieces = re.split(r"(?:\A|;)\s*([A-Za-z]{2})\s*=", text)
    if len(pieces) == 1:
        return {"": _support_lines(text)} if text else {}
    before, languages, texts = pieces[0], [code.lower() for code in pieces[1::2]], pieces[2::2]
    if before.strip():
        raise ValueError(f"{_quoted(before.strip())} has no language before it (write en=…;es=…)")
    for language in languages:
        one_of(*LANGUAGES)(language)
    if len(set(languages)) < len(languages):
        raise ValueError("one language is named twice")
    return {language: _support_lines(lines) for language, lines in zip(languages, texts, strict=True)}


def agreement(text: str) -> dict[str, str]:
    """The files of an agreement, by language: `{language}` in their name is each of ours."""
    if not text:
        return {}
    names = {language: text.replace("{language}", language) for language in LANGUAGES}
    return {language: _agreement_in(Path(name)) for language, name in names.items()}


def _agreement_in(file: Path) -> str:
    try:
        wording = file.read_text("utf-8-sig").replace("\r\n", "\n").strip()
    except (OSError, UnicodeDecodeError, ValueError):
        raise ValueError(f"{_quoted(str(file))} is no file of text that can be read") from None
    if not 0 < len(wording) <= AGREEMENT_LIMIT:
        raise ValueError(f"{_quoted(str(file))} has {len(wording)} characters, and it takes 1 to {AGREEMENT_LIMIT}")
    return wording


def _support_lines(text: str) -> tuple[str, ...]:
    lines = tuple(stripped for piece in re.split(r"[|\n]", text) if (stripped := piece.strip()))
    if not 1 <= len(lines) <= SUPPORT_LINES_LIMIT or any(
        len(each) > SUPPORT_LINE_LIMIT or not each.isprintable() for each in lines
    ):
        raise ValueError(
            f"it takes 1 to {SUPPORT_LINES_LIMIT} lines for each language, with | between,"
            f" of at most {SUPPORT_LINE_LIMIT} characters"
        )
    return lines


def number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"{_quoted(text)} is not a whole number from {least} to {most}")
        return int(text)

    return read


def length(least: timedelta, most: timedelta) -> Callable[[str], timedelta]:
    def read(text: str) -> timedelta:
        try:
            duration = times.length(text)
        except ValueError:
            raise ValueError(f"{_quoted(text)} is not a length of time (write a number and s, m, h or d)") from None
        if not least <= duration <= most:
            raise ValueError(f"{_quoted(text)} is not between {times.brief(least)} and {times.brief(most)}")
        return duration

    return read


def lengths(text: str) -> tuple[timedelta, ...]:
    """Sorted, the longest first."""
    durations = _each(listed(text), length(timedelta(minutes=1), timedelta(days=30)))
    if len(set(durations)) < len(durations):
        raise ValueError("two of them are the same length of time")
    if len(durations) > REMINDERS_LIMIT:
        raise ValueError(f"at most {REMINDERS_LIMIT} are possible")
    return tuple(sorted(durations, reverse=True))


def person(text: str) -> Address:
    address = Address.parse(text)
    if address.is_channel:
        raise ValueError(f"{_quoted(text)} is a channel, not a person")
    return address


def people(text: str) -> tuple[Address, ...]:
    return tuple(dict.fromkeys(_each(listed(text), person)))


def channels(text: str) -> dict[Address, str]:
    """Names by channel, empty where none is given: `slack:T123/C789=Gatherings,discord:#4000`."""
    names: dict[Address, str] = {}

    def read(item: str) -> None:
        address, _, name = item.partition("=")
        where, name = Address.parse(address), line(name.strip())
        if not where.is_channel:
            raise ValueError(f"{_quoted(str(where))} is a person, not a channel")
        if any(where.meets(channel) for channel in names):
            raise ValueError(f"{where} is named twice")
        if name and name in names.values():
            raise ValueError(f"two of them are called {_quoted(name)}")
        names[where] = name

    _each(listed(text), read)
    return names


def zone(text: str) -> str:
    try:
        return times.zone(text).key
    except times.UnreadableTime as problem:
        hint = zones.hint(problem.doubt, problem.choices)
        raise ValueError(f"{_quoted(text)} is not the name of a time zone ({hint})") from None


def one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"{_quoted(text)} is not one of {', '.join(choices)}")
        return text

    return read


def flag(text: str) -> bool:
    return one_of("1", "0")(text) == "1"


def database(text: str) -> SecretStr:
    read_database_url(text)
    return SecretStr(text)


def mail_server(text: str) -> SecretStr:
    MailServer.parse(text)
    return SecretStr(text)


def mail_from(text: str) -> str:
    Mailbox.parse(text)
    return text


def keys(text: str) -> tuple[SecretStr, ...]:
    values = listed(text)
    names = ["it"] if len(values) == 1 else [f"key {place} of {len(values)}" for place, _ in enumerate(values, 1)]
    if weak := [f"{name} {wrong}" for name, key in zip(names, values, strict=True) if (wrong := weakness(key))]:
        raise ValueError(f"{'; '.join(weak)}; make one with: {MAKE_KEY}")
    if len(set(values)) < len(values):
        raise ValueError("it holds the same key twice")
    return tuple(SecretStr(key) for key in values)


def secret(start: str = "") -> Callable[[str], SecretStr]:
    def read(text: str) -> SecretStr:
        if not text.startswith(start):
            raise ValueError(f"it does not begin with {start}")
        if not re.fullmatch(r"[!-~]{1,255}", text):
            raise ValueError("it holds a space or an odd letter, or more than one value")
        return SecretStr(text)

    return read


def identifier(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", text):
        raise ValueError("it may hold letters, digits, '.', '_' and '-' alone")
    return text


def zoom_user(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.+-]{1,100}(@[A-Za-z0-9.-]{1,100})?", text):
        raise ValueError("it is no user's e-mail address or id")
    return text


def paces(text: str) -> Mapping[str, int]:
    """Messages a minute by platform; one that is not named keeps its default."""
    defaults, chosen = Config().per_minute, dict[str, int]()

    def read(item: str) -> None:
        platform, _, pace = item.partition(":")
        if platform not in defaults:
            raise ValueError(f"{_quoted(item)} does not begin with {' or '.join(f'{name}:' for name in defaults)}")
        if platform in chosen:
            raise ValueError(f"{platform} is named twice")
        try:
            chosen[platform] = number(1, 6000)(pace)
        except ValueError as wrong:
            raise ValueError(f"{platform}: {wrong}") from None

    _each(listed(text), read)
    return {**defaults, **chosen}


def guilds(text: str) -> tuple[int, ...]:
    def read(server: str) -> int:
        if not re.fullmatch(r"[0-9]{1,20}", server):
            raise ValueError(f"{_quoted(server)} is not the id of a server, which is a number")
        return int(server)

    return tuple(dict.fromkeys(_each(listed(text), read)))


def teams(text: str) -> tuple[str, ...]:
    def read(team: str) -> str:
        if not re.fullmatch(r"[TE][A-Z0-9]{1,30}", team):
            raise ValueError(f"{_quoted(team)} is not the id of a workspace (T…) or of an organisation (E…)")
        return team

    return tuple(dict.fromkeys(_each(listed(text), read)))


def host(text: str) -> str:
    is_numeric = ":" in text or re.fullmatch(r"[0-9.]+", text)
    if not (read_ip_address(text) if is_numeric else _HOST_NAME.fullmatch(text)):
        raise ValueError(f"{_quoted(text)} is not the name or the number of a host")
    return text


def _quoted(text: str) -> str:
    return f"'{text if len(text) <= QUOTED_LIMIT else text[: QUOTED_LIMIT - 1] + '…'}'"

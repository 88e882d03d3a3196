"""Readers of settings: what was written -> what is meant.

Each raises ValueError with what was wrong, worded to follow the setting's name. None quotes a secret, nor an
address that might hold a password.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from bot import times, zones
from bot.addresses import Address
from bot.house import House
from cli.key_strength import MAKE_KEY, weakness
from storage.engine.urls import mistake_in

LINE_LIMIT = 80
QUOTED_LIMIT = 40
REMINDERS_LIMIT = 9
"""The settings form offers them as check boxes beside the word of thanks, and Slack shows ten."""


def listed(written: str) -> list[str]:
    """`a, b` -> a and b; empty text is no item at all, a doubled comma an empty one."""
    return [each.strip() for each in written.split(",")] if written.strip() else []


def line(written: str) -> str:
    if len(written) > LINE_LIMIT or not written.isprintable():
        raise ValueError(f"it takes one line of at most {LINE_LIMIT} characters")
    return written


def number(least: int, most: int) -> Callable[[str], int]:
    def read(written: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", written) or not least <= int(written) <= most:
            raise ValueError(f"{_quoted(written)} is not a whole number from {least} to {most}")
        return int(written)

    return read


def length(least: timedelta, most: timedelta) -> Callable[[str], timedelta]:
    def read(written: str) -> timedelta:
        try:
            found = times.length(written)
        except ValueError:
            raise ValueError(f"{_quoted(written)} is not a length of time (write a number and s, m, h or d)") from None
        if not least <= found <= most:
            raise ValueError(f"{_quoted(written)} is not between {times.brief(least)} and {times.brief(most)}")
        return found

    return read


def lengths(written: str) -> tuple[timedelta, ...]:
    """Longest first, whatever their order was."""
    read = length(timedelta(minutes=1), timedelta(days=30))
    found = [read(each) for each in listed(written)]
    if len(set(found)) < len(found):
        raise ValueError("two of them are the same length of time")
    if len(found) > REMINDERS_LIMIT:
        raise ValueError(f"at most {REMINDERS_LIMIT} are possible")
    return tuple(sorted(found, reverse=True))


def people(written: str) -> tuple[Address, ...]:
    found = [Address.parse(each) for each in listed(written)]
    for each in found:
        if each.is_channel:
            raise ValueError(f"{_quoted(str(each))} is a channel, not a person")
    return tuple(dict.fromkeys(found))


def channels(written: str) -> dict[Address, str]:
    """Each with its name, or with nothing: `slack:T123/C789=Gatherings,discord:#4000`."""
    found: dict[Address, str] = {}
    for each in listed(written):
        address, _, name = each.partition("=")
        where, name = Address.parse(address), line(name.strip())
        if not where.is_channel:
            raise ValueError(f"{_quoted(str(where))} is a person, not a channel")
        if name and name in found.values():
            raise ValueError(f"two of them are called {_quoted(name)}")
        found[where] = name
    return found


def zone(written: str) -> str:
    try:
        return times.zone(written).key
    except times.UnreadableTime as problem:
        hint = zones.hint(problem.doubt, problem.choices)
        raise ValueError(f"{_quoted(written)} is not the name of a time zone ({hint})") from None


def one_of(*choices: str) -> Callable[[str], str]:
    def read(written: str) -> str:
        if written not in choices:
            raise ValueError(f"{_quoted(written)} is not one of {', '.join(choices)}")
        return written

    return read


def yes(written: str) -> bool:
    return one_of("1", "0")(written) == "1"


def url(written: str) -> str:
    """An http address without its trailing slash."""
    parts = _split(written)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it must begin with https:// and the name of a host")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("it may hold no name or password, '?' or '#'")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("it must begin with https:// unless it leads to this very machine")
    return written.rstrip("/")


def database(written: str) -> SecretStr:
    if wrong := mistake_in(written):
        raise ValueError(wrong)
    parts = _split(written)
    if parts.scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ValueError("it must begin with sqlite:///, postgresql:// or postgres://")
    if parts.scheme == "sqlite" and (parts.netloc or parts.path in {"", "/", "/:memory:"}):
        raise ValueError("it names no file (write three slashes and then the path)")
    if parts.scheme != "sqlite" and parts.path in {"", "/"}:
        raise ValueError("it names no database after the host")
    return SecretStr(written)


def _split(written: str) -> SplitResult:
    """urlsplit's own errors may quote a password, and it says nothing of blanks."""
    try:
        parts = urlsplit(written)
        readable = bool(re.fullmatch(r"[!-~]+", written)) and parts.port != 0  # reading `port` checks it
    except ValueError:
        readable = False
    if not readable:
        raise ValueError("it is not an address that can be read")
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def keys(written: str) -> tuple[SecretStr, ...]:
    found = listed(written)
    for place, each in enumerate(found, start=1):
        which = "it" if len(found) == 1 else f"key {place} of {len(found)}"
        if wrong := weakness(each):
            raise ValueError(f"{which} {wrong}; make one with: {MAKE_KEY}")
    if len(set(found)) < len(found):
        raise ValueError("it holds the same key twice")
    return tuple(SecretStr(each) for each in found)


def secret(start: str = "") -> Callable[[str], SecretStr]:
    def read(written: str) -> SecretStr:
        if not written.startswith(start):
            raise ValueError(f"it does not begin with {start}")
        if not re.fullmatch(r"[!-~]{8,255}", written):
            raise ValueError("it holds a space or an odd letter, or it was not copied whole")
        return SecretStr(written)

    return read


def identifier(written: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", written):
        raise ValueError("it may hold letters, digits, '.', '_' and '-' alone")
    return written


def paces(written: str) -> Mapping[str, int]:
    """Messages a minute by platform; one that is not named keeps its default."""
    found = dict(House().per_minute)
    for each in listed(written):
        platform, _, pace = each.partition(":")
        if platform not in found:
            raise ValueError(f"{_quoted(each)} does not begin with {' or '.join(f'{name}:' for name in found)}")
        found[platform] = number(1, 6000)(pace)
    return found


def guilds(written: str) -> tuple[int, ...]:
    found = listed(written)
    if not all(re.fullmatch(r"[0-9]{1,20}", each) for each in found):
        raise ValueError("each guild is a number, and commas separate them")
    return tuple(int(each) for each in found)


def teams(written: str) -> tuple[str, ...]:
    found = listed(written)
    for each in found:
        if not re.fullmatch(r"[TE][A-Z0-9]{1,30}", each):
            raise ValueError(f"{_quoted(each)} is not the id of a workspace (T…) or of an organisation (E…)")
    return tuple(dict.fromkeys(found))


def host(written: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]{1,253}", written):
        raise ValueError(f"{_quoted(written)} is not the name or the number of a host")
    return written


def _quoted(written: str) -> str:
    return f"'{written if len(written) <= QUOTED_LIMIT else written[: QUOTED_LIMIT - 1] + '…'}'"

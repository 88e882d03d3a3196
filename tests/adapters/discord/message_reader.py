"""How a person sees a message: Discord's markdown and components as words, times in their own zone.

A reader of its own, written from Discord's documentation and not from our `text.py`, so that each checks the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from bot import time_texts
from bot.i18n import Locale
from tests.adapters.discord.api_rules import every

_TOKEN = re.compile(
    r"\\(?P<escaped>[^0-9A-Za-z\s])"
    r"|<t:(?P<time>\d+):(?P<style>[tF])>"
    r"|\[(?P<label>(?:\\.|[^\]\\])*)\]\(<(?P<url>[^>\s]*)>\)"
    r"|<(?P<address>https?://[^\s<>]+)>"
    r"|(?P<strong>\*\*)"
    r"|(?P<live>https?://[^\s<]|@everyone|@here|<[@#:/!a].*?>|\|\||[*_~`]|\[[^\]]*\]\([^)]*\))",
    re.DOTALL,
)
_BEGINNING = re.compile(r"^(?:(?P<ours>### |-# |> )|(?P<live>#{1,3} |>>> |\s*[-*+] |\s*\d+\. ))")


def words(markdown: str, locale: Locale) -> str:
    """What stands there for the eye and for a screen reader."""
    return "\n".join(_line(line, locale) for line in markdown.split("\n"))


def live(markdown: str) -> list[str]:
    """The formats, mentions and links in it that none of our own parts writes."""
    found = [each["live"] for each in _TOKEN.finditer(markdown) if each["live"]]
    for line in markdown.split("\n"):
        begun = _BEGINNING.match(line)
        inner = _BEGINNING.match(line[begun.end() :]) if begun and begun["ours"] == "> " else None
        found += [each["live"] or each["ours"] for each in (begun, inner) if each and (each["live"] or each is inner)]
    return found


def _line(line: str, locale: Locale) -> str:
    begun = _BEGINNING.match(line)
    return _TOKEN.sub(lambda token: _shown(token, locale), line[begun.end() :] if begun and begun["ours"] else line)


def _shown(token: re.Match[str], locale: Locale) -> str:
    if token["escaped"]:
        return token["escaped"]
    if token["time"]:
        at = datetime.fromtimestamp(int(token["time"]), UTC)
        return time_texts.long(locale, at) if token["style"] == "F" else time_texts.time(locale, at)
    if token["label"] is not None:
        return f"{words(token['label'], locale)} ({token['url']})"
    if token["strong"]:
        return ""
    mentioned = re.fullmatch(r"<(#\d+)>", token[0])
    return mentioned[1] if mentioned else token["address"] or token[0]


def said(message: dict[str, Any]) -> list[str]:
    """The markdown of a message, in the order in which it is read."""
    texts = [message["content"]] if message["content"] else []
    return texts + [each["content"] for each in every(message["components"]) if each["type"] == 10]


def text(message: dict[str, Any], locale: Locale) -> str:
    """Everything in a message, as one hears it read out."""
    lines = [words(message["content"], locale)] if message["content"] else []
    return "\n".join([*lines, *_read_out(message["components"], locale)])


def _read_out(components: list[dict[str, Any]], locale: Locale) -> Iterator[str]:
    for each in every(components):
        if each["type"] == 10:
            yield words(each["content"], locale)
        elif each["type"] == 2:
            yield f"[{each['label']}]"
        elif each["type"] == 3:
            yield each["placeholder"]
            yield from (f"– {option['label']} {option.get('description', '')}" for option in each["options"])
        elif each["type"] == 13:
            yield each["file"]["url"].removeprefix("attachment://")

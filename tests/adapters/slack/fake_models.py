"""What a local Slack holds: people, channels, messages, windows; and how a person's client shows them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.words import clock
from bot.words.reader import Reader, spoken
from tests.adapters.slack.block_kit import controls
from tests.conversations.stage import Control

TEAM = "T0HTG"
BOT = "U0BOT"


@dataclass
class FakeUser:
    id: str
    name: str
    zone: str | None = None
    language: str = "en"
    organiser: bool = False
    reachable: bool = True
    team: str = ""
    """Their own workspace, where it is another than the one that the bot is in (Slack Connect)."""
    windows: list[dict[str, Any]] = field(default_factory=list)
    """The modals that stand open, the topmost last."""
    home: dict[str, Any] | None = None
    system: list[str] = field(default_factory=list)
    """What Slack itself said when the bot did not answer."""

    @property
    def line(self) -> str:
        """Their conversation with the bot."""
        return f"D{self.id[1:]}"

    @property
    def reader(self) -> Reader:
        return Reader(spoken(self.language) or "en", self.zone or "UTC")


@dataclass
class FakeChannel:
    id: str
    name: str
    bot_is_in: bool = True


@dataclass
class FakeMessage:
    """One message. `only`: the one person who sees it, when it is ephemeral."""

    ts: str
    place: str
    text: str
    blocks: list[dict[str, Any]]
    only: str = ""
    metadata: Mapping[str, Any] | None = None
    files: list[str] = field(default_factory=list)
    edited: bool = False
    author: str = ""
    """The bot id of another app; empty for ours."""

    @property
    def id(self) -> str:
        return f"{self.place}/{self.ts}"


def shown(blocks: Iterable[Mapping[str, Any]], to: Reader) -> str:
    """A message as its reader sees it, times in their own zone."""
    return "\n".join(filter(None, (_block(block, to) for block in blocks)))


def _block(block: Mapping[str, Any], to: Reader) -> str:
    match block["type"]:
        case "header":
            return str(block["text"]["text"])
        case "section":
            accessory = [_control(block["accessory"])] if "accessory" in block else []
            return "\n".join([_text(block["text"], to), *accessory])
        case "context":
            return " ".join(_text(each, to) for each in block["elements"])
        case "actions":
            return " ".join(_control(each) for each in block["elements"])
        case "rich_text":
            return "\n".join("".join(_rich(part, to) for part in each["elements"]) for each in block["elements"])
        case "input":
            return str(block["label"]["text"])
        case _:
            return ""


def _control(control: Mapping[str, Any]) -> str:
    if control["type"] == "button":
        return f"[{control['text']['text']}]"
    described = (
        (each["text"]["text"], each.get("description", {}).get("text", "")) for each in control.get("options", [])
    )
    return "\n".join(f"– {label} {more}".rstrip() for label, more in described)


def _rich(part: Mapping[str, Any], to: Reader) -> str:
    if part["type"] == "date":
        return _date(part["timestamp"], part["format"], to)
    if part["type"] == "channel":
        return f"#{part['channel_id']}"
    return str(part.get("text", part.get("url", "")))


def _text(found: Mapping[str, Any], to: Reader) -> str:
    if found["type"] == "plain_text":
        return str(found["text"])

    def dated(match: re.Match[str]) -> str:
        return _date(int(match[1]), match[2], to)

    written = re.sub(r"<!date\^(\d+)\^([^|>^]+)\|[^>]*>", dated, found["text"])
    named = re.sub(r"<(#\w+)>", r"\1", written)
    return html.unescape(re.sub(r"<[^|>]+\|([^>]*)>", r"\1", named))


def _date(timestamp: int, form: str, to: Reader) -> str:
    at = datetime.fromtimestamp(timestamp, UTC)
    return form.replace("{date_long}", clock.day(to, at)).replace("{time}", clock.time(to, at))


def buttons(blocks: Iterable[Mapping[str, Any]]) -> list[Control]:
    return [
        Control(each["text"]["text"], each.get("value", ""), url=each.get("url", ""))
        for each in controls(blocks)
        if each["type"] == "button"
    ]


def menus(blocks: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [each for each in controls(blocks) if each["type"] in {"static_select", "external_select"}]

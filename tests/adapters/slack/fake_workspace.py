"""The contents of a fake Slack: users, channels, messages and modals, and how a user's client shows them."""

from __future__ import annotations

import html
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from bot import time_texts
from bot.i18n import Locale, supported_language
from bot.ports import Clock
from tests.adapters.slack.block_kit import check_message, check_view, controls
from tests.conversations.harness import Control

TEAM = "T0HTG"
BOT_USER_ID, BOT_ID = "U0BOT", "B0BOT"


@dataclass
class FakeUser:
    id: str
    name: str
    zone: str | None = None
    language: str = "en"
    is_admin: bool = False
    is_bot: bool = False
    reachable: bool = True
    team: str = ""
    """Their own workspace, where it is another than the one that the bot is in (Slack Connect)."""
    conversation: str = ""
    """What distinguishes their conversation with the bot from an earlier one."""
    modals: list[dict[str, Any]] = field(default_factory=list)
    """Open modals, the topmost last."""
    home: dict[str, Any] | None = None
    system_errors: list[str] = field(default_factory=list)
    """What Slack itself says when the bot does not answer."""

    @property
    def dm_channel(self) -> str:
        """Their conversation with the bot."""
        return f"D{self.id[1:]}{self.conversation}"

    @property
    def reader(self) -> Locale:
        return Locale(supported_language(self.language) or "en", self.zone or "UTC")


@dataclass
class FakeChannel:
    id: str
    name: str
    bot_is_in: bool = True


@dataclass
class FakeMessage:
    ts: str
    channel: str
    text: str
    blocks: list[dict[str, Any]]
    ephemeral_for: str = ""
    """The one user who sees it; empty when it is not ephemeral."""
    metadata: Mapping[str, Any] | None = None
    files: list[str] = field(default_factory=list)
    edited: bool = False
    author: str = ""
    """The bot id of another app; empty for ours."""

    @property
    def id(self) -> str:
        return f"{self.channel}/{self.ts}"


class FakeWorkspace:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.users: dict[str, FakeUser] = {}
        self.channels: dict[str, FakeChannel] = {}
        self.messages: list[FakeMessage] = []
        self.public_bodies: list[bytes] = []
        self._numbers = count(1)

    def user(self, name: str, **more: Any) -> FakeUser:
        """The user of this name, created on first use."""
        user = next((user for user in self.users.values() if user.name == name), None)
        if user is None:
            user = FakeUser(f"U{next(self._numbers):04}{name.upper()[:8]}", name, **more)
            self.users[user.id] = user
        return user

    def channel(self, name: str) -> FakeChannel:
        """The channel of this name, created on first use."""
        channel = next((channel for channel in self.channels.values() if channel.name == name), None)
        if channel is None:
            channel = FakeChannel(f"C{next(self._numbers):04}{name.upper()[:8]}", name)
            self.channels[channel.id] = channel
        return channel

    def seen_by(self, user: FakeUser) -> list[FakeMessage]:
        return [
            message
            for message in self.messages
            if message.ephemeral_for in {"", user.id}
            and (message.channel in self.channels or message.channel == user.dm_channel)
        ]

    def post(self, channel: str, body: Mapping[str, Any], **more: Any) -> FakeMessage:
        check_message(body)
        # Messages of one instant still have an order, by Slack's own clock.
        ts = f"{self.clock.now().timestamp():.0f}.{next(self._numbers):06}"
        message = FakeMessage(ts, channel, body["text"], list(body.get("blocks", [])), **more)
        self.messages.append(message)
        self._record(message, body)
        return message

    def edit(self, message: FakeMessage, body: Mapping[str, Any]) -> None:
        check_message(body)
        message.text, message.blocks, message.edited = body["text"], body["blocks"], True
        self._record(message, body)

    def _record(self, message: FakeMessage, body: Mapping[str, Any]) -> None:
        if message.channel in self.channels and not message.ephemeral_for:
            self.public_bodies.append(json.dumps(body).encode())

    def open_view(self, view: Mapping[str, Any]) -> dict[str, Any]:
        check_view(view)
        return dict(view) | {"id": f"V{next(self._numbers)}", "hash": secrets.token_hex(4)}


# ---- what a client shows


def visible_text(blocks: Iterable[Mapping[str, Any]], locale: Locale) -> str:
    """Blocks as their reader sees them, times in their own zone."""
    return "\n".join(filter(None, (_block(block, locale) for block in blocks)))


def _block(block: Mapping[str, Any], locale: Locale) -> str:
    match block["type"]:
        case "header":
            return str(block["text"]["text"])
        case "section":
            accessory = [_control(block["accessory"])] if "accessory" in block else []
            return "\n".join([_text(block["text"], locale), *accessory])
        case "context":
            return " ".join(_text(element, locale) for element in block["elements"])
        case "actions":
            return " ".join(_control(element) for element in block["elements"])
        case "rich_text":
            sections = (section["elements"] for section in block["elements"])
            return "\n".join("".join(_rich_text(element, locale) for element in elements) for elements in sections)
        case "input":
            return str(block["label"]["text"])
        case _:
            return ""


def _control(control: Mapping[str, Any]) -> str:
    if control["type"] == "button":
        return f"[{control['text']['text']}]"
    options = (
        (option["text"]["text"], option.get("description", {}).get("text", "")) for option in control.get("options", [])
    )
    return "\n".join(f"– {label} {description}".rstrip() for label, description in options)


def _rich_text(element: Mapping[str, Any], locale: Locale) -> str:
    if element["type"] == "date":
        return _date(element["timestamp"], element["format"], locale)
    if element["type"] == "channel":
        return f"#{element['channel_id']}"
    return str(element.get("text", element.get("url", "")))


def _text(element: Mapping[str, Any], locale: Locale) -> str:
    if element["type"] == "plain_text":
        return str(element["text"])

    def dated(match: re.Match[str]) -> str:
        return _date(int(match[1]), match[2], locale)

    text = re.sub(r"<!date\^(\d+)\^([^|>^]+)\|[^>]*>", dated, element["text"])
    text = re.sub(r"<(#\w+)>", r"\1", text)
    return html.unescape(re.sub(r"<[^|>]+\|([^>]*)>", r"\1", text))


def _date(timestamp: int, form: str, locale: Locale) -> str:
    at = datetime.fromtimestamp(timestamp, UTC)
    return form.replace("{date_long}", time_texts.day(locale, at)).replace("{time}", time_texts.time(locale, at))


def buttons(blocks: Iterable[Mapping[str, Any]]) -> list[Control]:
    return [
        Control(control["text"]["text"], control.get("value", ""), url=control.get("url", ""))
        for control in controls(blocks)
        if control["type"] == "button"
    ]


def menus(blocks: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [control for control in controls(blocks) if control["type"] in {"static_select", "external_select"}]

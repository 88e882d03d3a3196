"""What every platform saw, balanced against what was promised. Nothing here reads the bot's own records.

`heard(world)` is what arrived on people's private lines; each `balance_…` returns one sentence for each promise that
was broken, and nothing where all is well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.discord.custom_ids import notification_tag, split_custom_id
from bot.addresses import Address
from bot.gatherings.model import Gathering
from bot.i18n import Locale
from bot.notifications.model import NotificationKind, key
from tests.adapters.discord import message_reader
from tests.adapters.discord.api_rules import every
from tests.adapters.discord.fake_state import PRIVATE
from tests.adapters.slack.fake_workspace import TEAM
from tests.conversations.harness import Persona

if TYPE_CHECKING:
    from tests.simulation.world import World

A_SECOND = timedelta(seconds=1)
"""Slack's messages are stamped to the second."""
UTC_READER = Locale("en", "UTC")


@dataclass(frozen=True, slots=True)
class Heard:
    """One message on somebody's private line. `mark`: the notification's key on Slack, its tag on Discord."""

    address: Address
    mark: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody who was told that they are registered, and by `until` that they are not any more."""

    who: Persona
    member: int
    gathering: Gathering
    since: datetime
    until: datetime | None = None


def heard(world: World) -> list[Heard]:
    return sorted([*_on_slack(world), *_on_discord(world)], key=lambda each: each.at)


def _on_slack(world: World) -> Iterator[Heard]:
    lines = {user.dm_channel: user for user in world.slack.users.values()}
    for message in world.slack.messages:
        user = lines.get(message.channel)
        if user is None or message.ephemeral_for:
            continue
        mark = str(((message.metadata or {}).get("event_payload") or {}).get("key") or "")
        at = datetime.fromtimestamp(float(message.ts.partition(".")[0]), UTC)
        yield Heard(Address("slack", f"{TEAM}/{user.id}"), mark, at, message.text)


def _on_discord(world: World) -> Iterator[Heard]:
    for message in world.discord.state.messages.values():
        recipient = world.discord.state.places[int(message["channel_id"])].recipient
        if recipient is None or message["flags"] & PRIVATE:
            continue
        at = datetime.fromisoformat(message["timestamp"])
        text = message_reader.text(message, UTC_READER)
        yield Heard(Address("discord", str(recipient.id)), _tag(message["components"]), at, text)


def _tag(components: list[dict[str, Any]]) -> str:
    tags = (split_custom_id(each["custom_id"])[1] for each in every(components) if "custom_id" in each)
    return next((tag for tag in tags if tag.startswith("k")), "")


def reminder_mark(stay: Stay, offset: timedelta) -> str:
    gathering = stay.gathering
    found = key(NotificationKind.REMINDER, to=stay.member, about=gathering.id, at=gathering.starts_at, offset=offset)
    return found if stay.who.address.platform == "slack" else notification_tag(found)


def balance_reminders(
    stays: Iterable[Stay],
    offsets: Iterable[timedelta],
    told: Iterable[Heard],
    within: timedelta,
    head_start: timedelta = timedelta(0),
) -> list[str]:
    """Whoever stayed heard each reminder once, at most `within` after its time.

    `head_start`: how long before its time it may come, so that the last registrant, too, hears it in time.
    """
    problems: list[str] = []
    arrived: dict[tuple[Address, str], list[Heard]] = {}
    for each in told:
        arrived.setdefault((each.address, each.mark), []).append(each)
    for stay in stays:
        for offset in offsets:
            due = stay.gathering.starts_at - offset
            if stay.since > due:
                continue
            found = arrived.get((stay.who.address, reminder_mark(stay, offset)), [])
            problems += _faults(stay, due, found, within, head_start)
    return problems


def _faults(stay: Stay, due: datetime, found: list[Heard], within: timedelta, head_start: timedelta) -> Iterator[str]:
    what = f"{stay.who.name}'s reminder of {stay.gathering.title} due {due:%d %H:%M:%S}"
    gone = stay.until is not None and stay.until <= due
    if gone and found:
        yield f"{what} came though they had left"
    elif not gone and stay.until is None and not found:
        yield f"{what} never came"
    if len(found) > 1:
        yield f"{what} came {len(found)} times"
    for each in found[:1]:
        if each.at < due - head_start - A_SECOND:
            yield f"{what} came early, at {each.at:%d %H:%M:%S}"
        elif each.at > due + within:
            yield f"{what} came late, at {each.at:%d %H:%M:%S}"

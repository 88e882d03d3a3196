"""Tells things unasked on Slack: the `bot.ports.Messenger` of every workspace that is connected."""

from __future__ import annotations

import logging
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import aiohttp

from adapters.slack.client import REQUEST_TIMEOUT, NotInstalled, SlackClient, SlackRateLimited, SlackRefused
from adapters.slack.render import show, text
from adapters.slack.users import belongs_to
from adapters.slack.workspaces import Workspace
from bot.addresses import Address
from bot.ports import Clock, SenderRestricted, Told, TryLater, Undeliverable
from bot.views import View
from bot.words.reader import Reader

log = logging.getLogger(__name__)
K = TypeVar("K")

METADATA_EVENT_TYPE = "htg_notice"
"""The type of our messages' metadata."""
_MESSAGE_ID_NAMESPACE = uuid.UUID("6e1c2a54-6f0a-5d0f-9d6e-1b7a3c1c3f0b")
HISTORY_PAGE_SIZE = 200
"""Messages in one reading; on its newest limits Slack gives 15 (docs.slack.dev, conversations.history)."""
MAX_HISTORY_PAGES = 5
DIRECT_MESSAGE_CACHE_SIZE, CURSOR_CACHE_SIZE = 20_000, 1000
"""Direct-message conversations, and readings that broke off, that are remembered."""
CLOCK_MARGIN_UNKNOWN, CLOCK_MARGIN_KNOWN = timedelta(minutes=2), timedelta(seconds=12)
"""How far Slack's clock may be from what is reckoned with, before and after a message showed its time; that one took
up to REQUEST_TIMEOUT on its way."""

_PERMANENT_ERRORS = frozenset(
    {
        "account_inactive", "cannot_dm_bot", "channel_not_found", "cant_update_message", "ekm_access_denied",
        "is_archived", "is_inactive", "message_not_found", "messages_tab_disabled", "not_in_channel",
        "edit_window_closed", "restricted_action", "restricted_action_read_only_channel", "team_access_not_granted",
        "token_revoked", "user_disabled", "user_not_found", "user_not_visible",
    }
)  # fmt: skip
"""Errors after which it will never arrive there (docs.slack.dev, chat.postMessage and chat.update)."""
_SENDER_RESTRICTED_ERRORS = frozenset({"rate_limited", "restricted_action"})
"""In a direct message: the application posted too much, or a preference of the workspace keeps it from posting."""


class SlackMessenger:
    def __init__(self, api: SlackClient, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._offset: timedelta | None = None
        """How far Slack's clock is ahead of ours, as the latest message that we sent showed it."""
        self._lines: OrderedDict[Address, str] = OrderedDict()
        """Ids of direct-message conversations, as Slack named them when something was sent there."""
        self._broken_off: OrderedDict[tuple[str, str], str] = OrderedDict()
        """Where a reading was broken off, by conversation and key: Slack may allow one a minute."""

    async def tell(self, to: Address, view: View, *, key: str, language: str, zone: str) -> Told:
        team, account = await self._place(to)
        message = _shown(view, Reader(language, zone)) | {
            "channel": account,
            "metadata": {"event_type": METADATA_EVENT_TYPE, "event_payload": {"key": key}},
            # Slack knows this name of a message as its sender's own; where it heeds it, a second one is refused.
            "client_msg_id": str(uuid.uuid5(_MESSAGE_ID_NAMESPACE, f"{to}:{key}")),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        answer = await self._call(team, "chat.postMessage", message, private=not to.is_channel)
        self._offset = datetime.fromtimestamp(float(answer["ts"]), UTC) - self._clock.now()
        if not to.is_channel:
            _keep(self._lines, to, str(answer["channel"]), DIRECT_MESSAGE_CACHE_SIZE)
        return Told(_id_of(answer))

    async def find(self, to: Address, *, key: str, since: datetime, until: datetime | None = None) -> Told | None:
        """In one call as a rule: a send ends within the time that a call is given, and is looked for there alone."""
        team, _ = await self._place(to)
        channel = await self._conversation(to)
        us = await self._api.workspaces.find(team)
        margin = CLOCK_MARGIN_UNKNOWN if self._offset is None else CLOCK_MARGIN_KNOWN
        offset = self._offset or timedelta(0)
        since += offset
        query = {
            "channel": channel,
            "oldest": f"{(since - margin).timestamp():.6f}",
            "include_all_metadata": "true",
            "limit": HISTORY_PAGE_SIZE,
        }
        if until is not None:
            last = min(until + offset, since + REQUEST_TIMEOUT) + margin
            query |= {"latest": f"{last.timestamp():.6f}", "inclusive": "true"}
        if cursor := self._broken_off.pop((channel, key), ""):
            query["cursor"] = cursor
        for _ in range(MAX_HISTORY_PAGES):
            try:
                answer = await self._call(team, "conversations.history", query)
            except TryLater:
                _keep(self._broken_off, (channel, key), str(query.get("cursor", "")), CURSOR_CACHE_SIZE)
                raise
            for message in answer.get("messages", []):
                if _key_of(message) == key and us is not None and _is_ours(message, us):
                    return Told(f"{channel}/{message['ts']}")
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return None
            query["cursor"] = cursor
        return None

    async def _conversation(self, to: Address) -> str:
        """The id of the conversation with an address: the history of a person is not known by theirs."""
        team, account = await self._place(to)
        if to.is_channel:
            return account
        if to not in self._lines:
            opened = await self._call(team, "conversations.open", {"users": account}, private=True)
            _keep(self._lines, to, str(opened["channel"]["id"]), DIRECT_MESSAGE_CACHE_SIZE)
        return self._lines[to]

    async def amend(self, to: Address, message: str, view: View, *, language: str, zone: str) -> Told:
        team, _ = await self._place(to)
        channel, _, ts = message.partition("/")
        answer = await self._call(
            team, "chat.update", _shown(view, Reader(language, zone)) | {"channel": channel, "ts": ts}
        )
        return Told(_id_of(answer))

    async def _place(self, to: Address) -> tuple[str, str]:
        """(team, account); the team may be left out where one workspace is connected.

        A person of another workspace is spoken to with that one token, too, once Slack has confirmed that their id
        is theirs there: nobody else is ever told what was meant for them.
        """
        team, slash, account = to.account.rpartition("/")
        found = team if slash else self._api.workspaces.only()
        if found is None:
            raise Undeliverable("the address names no workspace, and several may be connected")
        if not found or self._api.workspaces.only() == "":
            raise TryLater("Slack has not said yet which workspace this is")
        if not to.is_channel and not await self._is_theirs(found, account):
            raise Undeliverable("somebody else has that id in the workspace that the bot is in")
        return found, account

    async def _is_theirs(self, team: str, account: str) -> bool:
        only = self._api.workspaces.only()
        if not only or team == only:
            return True
        answer = await self._call(team, "users.info", {"user": account})
        return belongs_to(answer.get("user"), team)

    async def _call(
        self, team: str, method: str, arguments: Mapping[str, Any], *, private: bool = False
    ) -> dict[str, Any]:
        """`private`: for one person, where a refusal of the bot itself is told apart from one of theirs."""
        try:
            return await self._api.call(team, method, arguments)
        except SlackRateLimited as pause:
            raise TryLater(str(pause), pause.after) from None
        except NotInstalled:
            raise Undeliverable("the bot is not installed in that workspace any more") from None
        except SlackRefused as no:
            if private and no.error in _SENDER_RESTRICTED_ERRORS:
                raise SenderRestricted(str(no)) from None
            if no.error in _PERMANENT_ERRORS:
                raise Undeliverable(_explained(no.error)) from None
            # Ours to mend (a scope, a token, a limit): it is tried again a while, and then recorded as failed.
            log.warning("Slack refused %s", no)
            raise TryLater(str(no)) from None
        except aiohttp.ClientConnectorError:
            raise TryLater("Slack could not be reached") from None


def _shown(view: View, to: Reader) -> dict[str, Any]:
    return {"text": text(view, to), "blocks": show(view, to)}


def _id_of(answer: Mapping[str, Any]) -> str:
    return f"{answer['channel']}/{answer['ts']}"


def _key_of(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata")
    if not isinstance(metadata, Mapping) or metadata.get("event_type") != METADATA_EVENT_TYPE:
        return None
    payload = metadata.get("event_payload")
    return payload.get("key") if isinstance(payload, Mapping) else None


def _is_ours(message: Mapping[str, Any], us: Workspace) -> bool:
    """Whether the bot itself wrote it: another app may use the same kind of metadata, or copy ours."""
    authors = {message[name] for name in ("bot_id", "user") if message.get(name)}
    return not authors or not authors.isdisjoint({us.bot, us.account})


def _keep(kept: OrderedDict[K, str], key: K, value: str, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)


def _explained(error: str) -> str:
    if error == "not_in_channel":
        return "not_in_channel: invite the bot to the channel"
    if error == "messages_tab_disabled":
        return "messages_tab_disabled: switch on the Messages tab of the app's Home"
    return error

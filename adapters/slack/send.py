"""The `bot.ports.Messenger` of Slack: sends, finds and edits messages in every connected workspace."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from adapters.slack.client import NotInstalled, SlackClient, SlackRateLimited, SlackRefused
from adapters.slack.render import message_body
from adapters.slack.users import belongs_to
from adapters.slack.workspaces import Workspace
from bot.addresses import Address
from bot.i18n import locale_at
from bot.limited import LimitedDict
from bot.ports import (
    Clock,
    ConversationGone,
    OpeningTooFast,
    SenderRestricted,
    SentMessage,
    Throttled,
    TryLater,
    Undeliverable,
)
from bot.views import View

log = logging.getLogger(__name__)

METADATA_EVENT_TYPE = "htg_notice"
_MESSAGE_ID_NAMESPACE = uuid.UUID("6e1c2a54-6f0a-5d0f-9d6e-1b7a3c1c3f0b")
HISTORY_PAGE_SIZE = 200
"""Messages; with its newest limits Slack returns 15 (docs.slack.dev, conversations.history). As a rule more than were
written in the minute or two that are searched, so that one call settles it."""
MAX_HISTORY_PAGES = 5
MAX_UNFINISHED = 1000
"""Look-ups whose cursor is remembered."""
TOKEN_RETRY_DELAY = timedelta(minutes=1)
UNKNOWN_CLOCK_MARGIN = timedelta(minutes=2)
"""How far Slack's clock may differ from ours before a sent message showed by how much."""
KNOWN_CLOCK_MARGIN = timedelta(seconds=12)
"""How far it may differ from the last known offset: that message took up to REQUEST_TIMEOUT."""

_PERMANENT_ERRORS = frozenset(
    {
        "cannot_dm_bot", "channel_not_found", "cant_update_message", "ekm_access_denied",
        "is_archived", "is_inactive", "message_not_found", "no_permission", "not_in_channel",
        "edit_window_closed", "restricted_action", "team_access_not_granted",
        "invalid_user_combination", "method_not_supported_for_channel_type",
        "user_disabled", "user_not_found", "user_not_visible",
    }
)  # fmt: skip
"""Errors after which it can never arrive there (docs.slack.dev, chat.postMessage, chat.update, conversations.open)."""
_SENDER_RESTRICTED_ERRORS = frozenset(
    {"ekm_access_denied", "messages_tab_disabled", "rate_limited", "restricted_action", "team_access_not_granted"}
)
"""In a direct message: the app's own setting, too many posts of it, or the workspace's keeps it from posting at all."""
_TOKEN_ERRORS = frozenset(
    {
        "account_inactive", "invalid_auth", "not_allowed_token_type", "not_authed", "token_expired", "token_revoked",
        "accesslimited", "message_limit_exceeded", "org_login_required", "service_unavailable", "team_added_to_org",
        "two_factor_setup_required",
    }
)  # fmt: skip
"""Of the bot's own token, or of the workspace, and not of a recipient: until that is over nothing is sent there."""


class _ScopeMissing(TryLater):
    """The app was installed without what this needs."""


class SlackMessenger:
    def __init__(self, client: SlackClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._clock_offset: timedelta | None = None
        """How far Slack's clock was ahead of ours at the latest sent message."""
        self._unfinished = LimitedDict[tuple[str, str], str](MAX_UNFINISHED)
        """Cursors of look-ups by (conversation, key) that one page did not settle: Slack may allow one a minute."""
        self._scopes_missed: set[tuple[str, str]] = set()
        """The (workspace, method) that a warning told of: nobody's message mends it."""

    async def send(
        self, to: Address, view: View, *, key: str, language: str, zone: str, conversation: str = ""
    ) -> SentMessage:
        team, account = await self._resolve(to)
        stored = "" if to.is_channel else conversation
        message = message_body(view, locale_at(language, zone, self._clock.now())) | {
            # Posting to a person opens the conversation with them where there is none.
            "channel": stored or account,
            "metadata": {"event_type": METADATA_EVENT_TYPE, "event_payload": {"key": key}},
            # Where Slack heeds this id, it refuses a second message that has it.
            "client_msg_id": str(uuid.uuid5(_MESSAGE_ID_NAMESPACE, f"{to}:{key}")),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        response = await self._call(team, "chat.postMessage", message, private=not to.is_channel, stored=stored)
        ts, channel = response.get("ts"), response.get("channel")
        if not ts or not channel:
            raise ConnectionError("chat.postMessage: Slack did not say which message it is")  # looked up, as any doubt
        self._clock_offset = datetime.fromtimestamp(float(ts), UTC) - self._clock.now()
        return SentMessage(f"{channel}/{ts}", "" if to.is_channel else str(channel))

    async def find(
        self, to: Address, *, key: str, since: datetime, until: datetime, conversation: str = ""
    ) -> SentMessage | None:
        team, account = await self._resolve(to)
        stored = "" if to.is_channel else conversation
        channel = account if to.is_channel else stored or await self._open(team, account)
        workspace = await self._client.workspaces.find(team)
        # In a channel others write, too, and a page may hold no more than 15 messages.
        margin = KNOWN_CLOCK_MARGIN if to.is_channel and self._clock_offset is not None else UNKNOWN_CLOCK_MARGIN
        offset = self._clock_offset or timedelta(0)
        query: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{(since + offset - margin).timestamp():.6f}",
            "latest": f"{(until + offset + margin).timestamp():.6f}",
            "inclusive": "true",
            "include_all_metadata": "true",
            "limit": HISTORY_PAGE_SIZE,
        }
        cursor = self._unfinished.pop((channel, key), "")
        for _ in range(MAX_HISTORY_PAGES):
            page = query | ({"cursor": cursor} if cursor else {})
            try:
                response = await self._call(team, "conversations.history", page, stored=stored)
            except TryLater:
                if cursor:
                    self._unfinished[channel, key] = cursor
                raise
            for message in response.get("messages", []):
                if _key_of(message) == key and workspace is not None and _is_ours(message, workspace):
                    return SentMessage(f"{channel}/{message['ts']}", "" if to.is_channel else channel)
            cursor = str((response.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return None
        self._unfinished[channel, key] = cursor
        raise TryLater("more was written there than can be read at a time")

    async def open_conversation(self, to: Address) -> str:
        if to.is_channel:
            return ""
        team, account = await self._resolve(to)
        try:
            return await self._open(team, account)
        except _ScopeMissing:
            return ""  # one may do without im:write: the first message opens it

    async def _open(self, team: str, account: str) -> str:
        """The id of the conversation with a person: conversations.history takes no user id."""
        opened = await self._call(team, "conversations.open", {"users": account}, private=True)
        conversation = opened.get("channel")
        if not isinstance(conversation, Mapping) or not conversation.get("id"):
            raise TryLater("Slack did not say which conversation it is")
        return str(conversation["id"])

    async def edit(self, to: Address, message: str, view: View, *, language: str, zone: str) -> SentMessage:
        team, _ = await self._resolve(to)
        channel, _, ts = message.partition("/")
        body = message_body(view, locale_at(language, zone, self._clock.now())) | {"channel": channel, "ts": ts}
        await self._call(team, "chat.update", body)
        return SentMessage(message)

    async def _resolve(self, to: Address) -> tuple[str, str]:
        """(team, account); an address may omit the team where one workspace is connected.

        A user of another workspace is reached with that one token, too, once Slack has confirmed that their id is
        theirs there, so that nobody else gets their messages.
        """
        team, slash, account = to.account.rpartition("/")
        only = self._client.workspaces.only()
        resolved = team if slash else only
        if resolved is None:
            raise Undeliverable("the address names no workspace, and several may be connected")
        if not resolved or only == "":
            raise TryLater("Slack has not said yet which workspace this is")
        if not to.is_channel and only and resolved != only:
            user = (await self._call(resolved, "users.info", {"user": account})).get("user")
            if not belongs_to(user, resolved):
                raise Undeliverable("somebody else has that id in the workspace that the bot is in")
        return resolved, account

    async def _call(
        self, team: str, method: str, arguments: Mapping[str, Any], *, private: bool = False, stored: str = ""
    ) -> dict[str, Any]:
        """`private`: to one person, where a refusal of the sender differs from one of the recipient.

        `stored`: the conversation, where its id was not learnt just now.
        """
        try:
            return await self._client.call(team, method, arguments)
        except SlackRateLimited as limit:
            raise _limited(method, limit) from None
        except NotInstalled:
            raise Undeliverable("the bot is not installed in that workspace any more") from None
        except SlackRefused as refusal:
            # `restricted_action_read_only_channel`, and whatever else Slack restricts in a channel.
            kind = "restricted_action" if refusal.error.startswith("restricted_action") else refusal.error
            if stored and refusal.error == "channel_not_found":
                raise ConversationGone("Slack no longer knows the conversation") from None
            if private and kind in _SENDER_RESTRICTED_ERRORS:
                raise SenderRestricted(_explained(refusal.error)) from None
            if kind in _PERMANENT_ERRORS:
                raise Undeliverable(_explained(refusal.error)) from None
            # The operator can mend it (a scope, a token, a limit), so it is retried before it is recorded as failed.
            if refusal.error == "missing_scope":
                self._warn_once(team, method, refusal)
                raise _ScopeMissing(str(refusal)) from None
            log.warning("Slack refused %s", refusal)
            if refusal.error in _TOKEN_ERRORS:
                raise Throttled(str(refusal), TOKEN_RETRY_DELAY) from None
            raise TryLater(str(refusal)) from None
        except aiohttp.ClientConnectorError:
            raise Throttled("Slack could not be reached") from None

    def _warn_once(self, team: str, method: str, refusal: SlackRefused) -> None:
        if (team, method) not in self._scopes_missed:
            self._scopes_missed.add((team, method))
            log.warning("Slack refused %s", refusal)


def _limited(method: str, limit: SlackRateLimited) -> TryLater:
    """Slack limits each method by itself in a workspace: only posting concerns everything that is sent."""
    match method:
        case "chat.postMessage":
            return Throttled(str(limit), limit.after)
        case "conversations.open":
            return OpeningTooFast(str(limit), limit.after)
        case _:
            return TryLater(str(limit), limit.after)


def _key_of(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata")
    if not isinstance(metadata, Mapping) or metadata.get("event_type") != METADATA_EVENT_TYPE:
        return None
    payload = metadata.get("event_payload")
    return payload.get("key") if isinstance(payload, Mapping) else None


def _is_ours(message: Mapping[str, Any], workspace: Workspace) -> bool:
    """Whether the bot itself wrote it: another app may use the same metadata type, or copy ours."""
    own = {workspace.bot_id, workspace.bot_user_id} - {""}
    authors = {message[name] for name in ("bot_id", "user") if message.get(name)}
    # An installation of an older version may not say who the bot is.
    return not own or not authors.isdisjoint(own)


def _explained(error: str) -> str:
    if error == "not_in_channel":
        return "not_in_channel: invite the bot to the channel"
    if error == "messages_tab_disabled":
        return "messages_tab_disabled: switch on the Messages tab of the app's Home"
    return error

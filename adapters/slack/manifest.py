"""The app as Slack is told about it: what `htg slack manifest` prints. Least scopes; `docs/slack.md` says why each."""

from __future__ import annotations

from typing import Any

from bot import commands
from bot.asks import Call, encode

SCOPES = {
    "commands": "to be asked: /htg, /htg-host and the shortcuts",
    "chat:write": "to answer, remind, and post and change announcements",
    "users:read": "to know a person's time zone and language, and who owns or administers the workspace",
    "im:write": "to open the private line to someone, for a roster's file",
    "im:history": "to look there whether a reminder arrived, after a crash in the middle of sending it",
    "channels:history": "to look whether an announcement arrived, in public channels that the bot was invited to",
    "groups:history": "the same, in private channels that the bot was invited to",
    "files:write": "to send a facilitator the roster as a file",
}
"""Bot scopes, each with what it is for."""

EVENTS = ["app_home_opened", "app_uninstalled", "tokens_revoked"]

_LONG = (
    "Registration for Healing Together Gatherings: free gatherings of 90 minutes online where people are deeply"
    " listened to. Members see what is coming, register, are reminded in their own time zone, and come in by a private"
    " link when the doors open. Facilitators create, announce and change gatherings, and open the doors, from Slack."
)


def manifest(*, public_url: str = "", by_socket: bool = False, several_workspaces: bool = False) -> dict[str, Any]:
    """For Socket Mode, or, with the address at which Slack reaches the web half, for HTTP.

    Those who add the app to a workspace of theirs come back to the web half in either case.
    """
    url = f"{public_url.rstrip('/')}/slack/events" if public_url and not by_socket else ""
    at = {"url": url} if url else {}
    asked_at = {"request_url": url} if url else {}
    oauth: dict[str, Any] = {"scopes": {"bot": list(SCOPES)}}
    if public_url and several_workspaces:
        oauth["redirect_urls"] = [f"{public_url.rstrip('/')}/slack/oauth_redirect"]
    return {
        "display_information": {
            "name": "Gatherings",
            "description": "Register for gatherings, be reminded, and find the door",
            "long_description": _LONG,
            "background_color": "#2f4f4a",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "gatherings", "always_online": True},
            "shortcuts": _shortcuts(),
            "slash_commands": [_command("htg") | at, _command("htg-host") | at],
        },
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": {"bot_events": EVENTS} | asked_at,
            "interactivity": {"is_enabled": True} | asked_at | ({"message_menu_options_url": url} if url else {}),
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def _command(group: str) -> dict[str, Any]:
    known = " | ".join(each.word for each in commands.listed(group))
    summary = "Gatherings: see, register, join" if group == "htg" else "For facilitators: create, announce, doors"
    return {"command": f"/{group}", "description": summary, "usage_hint": f"[{known}]", "should_escape": False}


def _shortcuts() -> list[dict[str, str]]:
    return [
        {
            "name": "Upcoming gatherings",
            "type": "global",
            "callback_id": encode(Call("list")),
            "description": "What is coming, and registering for it",
        },
        {
            "name": "About this gathering",
            "type": "message",
            "callback_id": encode(Call("details")),
            "description": "Details of the gathering that a message announces",
        },
    ]

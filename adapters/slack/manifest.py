"""The app manifest that `htg slack manifest` prints: the fewest scopes, each explained in `docs/slack.md`."""

from __future__ import annotations

from typing import Any

from bot import catalogue
from bot.request import Call, encode

SCOPES = {
    "commands": "to be asked: /htg, /htg-host and the shortcuts",
    "chat:write": "to answer, remind, and post and change announcements",
    "users:read": "to know a person's time zone and language, and who owns or administers the workspace",
    "im:write": "to open the private line to someone: for a file, and so that a doubtful reminder can be looked up",
    "im:history": (
        "to look there whether a reminder arrived, after a crash in the middle of sending it; and to notice that"
        " somebody wrote there, who is told once a day whom to write to"
    ),
    "channels:history": "to look whether an announcement arrived, in public channels that the bot was invited to",
    "groups:history": "the same, in private channels that the bot was invited to",
    "files:write": "to send files: a roster to a facilitator; to a member what is kept about them, or their calendar",
}
"""Bot scopes, each with its purpose."""

EVENTS = ["app_home_opened", "app_uninstalled", "message.im", "tokens_revoked"]

_LONG = (
    "Registration for Healing Together Gatherings: free gatherings of 90 minutes online where people are deeply"
    " listened to. Members see what is coming, register, are reminded in their own time zone, and come in by a private"
    " link when the doors open. Facilitators create, announce and change gatherings, and open the doors, from Slack."
)


def app_manifest(
    *, public_url: str = "", socket_mode: bool = False, several_workspaces: bool = False
) -> dict[str, Any]:
    """For HTTP where there is a public address, otherwise, or with `socket_mode`, for Socket Mode.

    The OAuth redirect goes to the public address in either case.
    """
    url = f"{public_url.rstrip('/')}/slack/events" if public_url and not socket_mode else ""
    command_url = {"url": url} if url else {}
    request_url = {"request_url": url} if url else {}
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
            "slash_commands": [_command("htg") | command_url, _command("htg-host") | command_url],
        },
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": {"bot_events": EVENTS} | request_url,
            "interactivity": {"is_enabled": True} | request_url | ({"message_menu_options_url": url} if url else {}),
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def _command(group: str) -> dict[str, Any]:
    hint = " | ".join(command.word for command in catalogue.listed(group))
    summary = "Gatherings: see, register, join" if group == "htg" else "For facilitators: create, announce, doors"
    return {"command": f"/{group}", "description": summary, "usage_hint": f"[{hint}]", "should_escape": False}


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

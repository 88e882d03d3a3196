"""What `htg doctor` checks at Zoom: the credentials, their scopes, the plan and the settings of meetings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from adapters.zoom.account_settings import check_account
from adapters.zoom.capacity import capacity_of
from adapters.zoom.client import ZoomClient, ZoomCredentials, ZoomRefused
from adapters.zoom.meetings import HOST_NOT_FOUND
from bot.ports import CheckResult, Clock, TryLater

SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "meeting:write:meeting:admin": "to make meetings",
        "meeting:update:meeting:admin": "to change them with their gatherings",
        "meeting:delete:meeting:admin": "to delete those of cancelled gatherings",
        "meeting:read:meeting:admin": "to find a meeting again after a lost connection",
        "meeting:read:list_meetings:admin": "to find a meeting again after a lost connection",
        "meeting:write:batch_registrants:admin": "to give everyone a link of their own",
        "meeting:read:list_registrants:admin": "to add nobody twice after a lost connection",
        "meeting:update:registrant_status:admin": "to cancel who never came in",
        "user:read:user:admin": "to see, here alone, whether the plan is long enough",
        "user:read:settings:admin": "to see, here alone, how many a meeting takes and whether it is recorded",
    }
)
LOCKS_SCOPE = "account:read:lock_settings:admin"
"""To see, here alone, what the account has locked. The bot does without."""
CLASSIC_SCOPES = frozenset({"meeting:write:admin", "meeting:read:admin", "user:read:admin"})
"""Scopes of apps that were created before Zoom split them."""

LICENSED = 2
"""`type` of a user with a licence (Zoom's API reference, Users)."""
BASIC_MINUTES = 40
_LOOK = "add to the app the scope"


@dataclass(frozen=True, slots=True)
class MeetingNeeds:
    """What meetings must allow: the largest limit and the longest length that is set for the bot or a gathering."""

    limit: int
    duration: timedelta


async def check(credentials: ZoomCredentials, clock: Clock, needs: MeetingNeeds) -> list[CheckResult]:
    """Never raises, and no line holds a secret."""
    client = ZoomClient(credentials, clock)
    try:
        await client.token()
        good = CheckResult.ok("Zoom accepts the credentials.")
        host = quote(credentials.host, safe="")
        of_host = [*await _plan(client, host, needs), *await _settings(client, host, needs)]
        return [good, _scopes(client.scopes), *of_host]
    except ZoomRefused as no:
        if no.status in {404, 405}:
            return [CheckResult.fault(f"{no}: without it the public Zoom is asked.")]
        sentence = "Zoom does not accept ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET:"
        return [
            CheckResult.fault(f"{sentence} copy them again from App Credentials, and see that the app is activated.")
        ]
    except (TryLater, OSError, TimeoutError):
        return [CheckResult.fault("Zoom cannot be reached from here: look at the network, or ZOOM_OAUTH_URL.")]
    except Exception as problem:  # noqa: BLE001 - the other checks go on
        return [CheckResult.fault(f"Zoom gave no token ({type(problem).__name__}): try again in a minute.")]
    finally:
        await client.close()


async def _plan(client: ZoomClient, host: str, needs: MeetingNeeds) -> list[CheckResult]:
    """The plan of the user who hosts the meetings."""
    try:
        user = await client.request("GET", f"/users/{host}", "say who makes the meetings")
    except (ZoomRefused, TryLater) as problem:
        if isinstance(problem, ZoomRefused) and problem.code in HOST_NOT_FOUND:
            sentence = "ZOOM_HOST names nobody in the account: no meeting is made."
            return [CheckResult.fault(f"{sentence} Set it to the e-mail address of a user there, or take it away.")]
        return [CheckResult.fault(f"The plan cannot be seen ({problem}): {_LOOK} user:read:user:admin.")]
    if user.get("status", "active") != "active":
        return [
            CheckResult.fault("The user who makes the meetings is not active in Zoom (Admin, Users): activate them.")
        ]
    if user.get("type") == LICENSED:
        return [CheckResult.ok("The user who makes the meetings has a licence.")]
    minutes = round(needs.duration.total_seconds() / 60)
    sentence = "The user who makes the meetings is on Zoom's Basic plan, which has no registration: nobody gets a link"
    cut = (
        f" And it ends meetings after {BASIC_MINUTES} minutes; the longest is to take {minutes}."
        if minutes > BASIC_MINUTES
        else ""
    )
    return [
        CheckResult.fault(
            f"{sentence} of their own.{cut} Assign a licence to them in Zoom (Admin, Users),"
            " or unset ZOOM_ACCOUNT_ID and paste links.",
        )
    ]


async def _settings(client: ZoomClient, host: str, needs: MeetingNeeds) -> list[CheckResult]:
    try:
        settings = await client.request("GET", f"/users/{host}/settings", "say what a meeting takes")
    except (ZoomRefused, TryLater) as problem:
        return [
            CheckResult.fault(f"How many a meeting takes cannot be seen ({problem}): {_LOOK} user:read:settings:admin.")
        ]
    capacity = _capacity(settings, needs.limit)
    return [*capacity, *check_account(settings, await _locked(client))]


async def _locked(client: ZoomClient) -> Mapping[str, Any] | None:
    """What the account has locked; None where that cannot be seen."""
    if client.scopes.isdisjoint({LOCKS_SCOPE, "account:read:admin"}):
        return None
    try:
        return await client.request("GET", "/accounts/me/lock_settings", "say what is locked")
    except (ZoomRefused, TryLater):
        return None


def _capacity(settings: Mapping[str, Any], limit: int) -> list[CheckResult]:
    capacity = capacity_of(settings)
    if capacity == 0:
        return []
    if limit < capacity:
        return [CheckResult.ok(f"A meeting takes {capacity}, and {limit} are let in.")]
    sentence = f"A meeting takes {capacity}, the host among them, and {limit} are let in by the settings or a gathering"
    return [CheckResult.fault(f"{sentence}: lower that below {capacity}, or get Large Meetings from Zoom.")]


def _scopes(granted: frozenset[str]) -> CheckResult:
    missing = [] if granted >= CLASSIC_SCOPES else [scope for scope in SCOPES if scope not in granted]
    if not missing:
        return CheckResult.ok("All scopes that the bot uses are granted.")
    wanting = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in missing)
    return CheckResult.fault(f"Scopes are missing: {wanting}. Add them to the app on marketplace.zoom.us.")

"""What `htg doctor` asks of Zoom: whether the credentials are good, and allowed all that the bot does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from adapters.zoom.account import Account, Credentials, Refused
from bot.ports import Clock, TryLater

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
    }
)
CLASSIC = frozenset({"meeting:write:admin", "meeting:read:admin"})
"""What an older app has instead."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at: a line that says how it is and, where it is not good, what to do."""

    good: bool
    line: str


async def check(credentials: Credentials, clock: Clock) -> list[Found]:
    """Never raises, and no line holds a secret."""
    account = Account(credentials, clock)
    try:
        await account.token()
    except Refused:
        sentence = "Zoom does not accept ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET:"
        return [Found(False, f"{sentence} copy them again from App Credentials, and see that the app is activated.")]
    except (TryLater, OSError, TimeoutError):
        return [Found(False, "Zoom cannot be reached from here: look at the network, or ZOOM_OAUTH_URL.")]
    except Exception as problem:  # noqa: BLE001 - a doctor looks at everything else, too
        return [Found(False, f"Zoom gave no token ({type(problem).__name__}): try again in a minute.")]
    finally:
        await account.close()
    return [Found(True, "Zoom accepts the credentials."), _scopes(account.scopes)]


def _scopes(granted: frozenset[str]) -> Found:
    missing = [] if granted >= CLASSIC else [scope for scope in SCOPES if scope not in granted]
    if not missing:
        return Found(True, "All scopes that the bot uses are granted.")
    wanting = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in missing)
    return Found(False, f"Scopes are missing: {wanting}. Add them to the app on marketplace.zoom.us.")

"""What a mail server's refusal means: for this letter, for its recipient, or for all letters. Pure.

Codes: RFC 5321, 4.2; the enhanced ones that may follow, as in `550 5.1.1`: RFC 3463.
"""

from __future__ import annotations

import re
from datetime import timedelta
from enum import Enum

from bot.ports import SenderRestricted, Throttled, TryLater, Undeliverable

CREDENTIALS_RETRY_DELAY = timedelta(minutes=1)
_ENHANCED = re.compile(r"\s*[245]\.(\d{1,3})\.(\d{1,3})\b")
_RULES = re.compile(
    r"relay|rcpthosts|authenticat|spam|blacklist|reputation"
    r"|\A(?!.*(?:mailbox|recipient|account|user)).*(?:blocked|not permitted)",
    re.IGNORECASE | re.DOTALL,
)
"""Words of refusals that concern whoever sends."""
_EXPLANATION_LIMIT = 120
_LINK = re.compile(r"\S+://\S+")
_BAD_ADDRESS = re.compile(r"\S+@\S+")


class Stage(Enum):
    """How far the conversation with the server had come when it refused."""

    GREETING = "the greeting"
    LOGIN = "the login"
    SENDER = "the sender"
    RECIPIENT = "the recipient"
    CONTENT = "the letter"


def refusal(stage: Stage, code: int, text: str) -> Exception:
    """The exception of the outbox's port that a refusal is; none of them leaves the outcome unknown."""
    why = explained(stage, code, text)
    subject, detail = _enhanced(text)
    if stage is Stage.LOGIN:
        return Throttled(why, CREDENTIALS_RETRY_DELAY)
    if code < 500:
        # 421: it closes; 452 and 4.3.x: it has no room or is not well. Else it is about this letter: greylisting.
        concerns_all = stage in {Stage.GREETING, Stage.SENDER} or code in {421, 452} or subject == 3
        return Throttled(why) if concerns_all else TryLater(why)
    if stage in {Stage.GREETING, Stage.SENDER} or code in {530, 535, 538}:
        return SenderRestricted(why)
    # 5.1.7 and 5.1.8 speak of the sender's address, 5.7.x of what the server's rules allow.
    concerns_sender = subject == 7 or (subject == 1 and detail in {7, 8})
    if subject is None:  # some servers say it in words alone
        concerns_sender = code == 554 or _RULES.search(text) is not None
    return SenderRestricted(why) if concerns_sender else Undeliverable(why)


def explained(stage: Stage, code: int, text: str) -> str:
    """`550 5.1.1 No such user (the recipient)`: for the record and the operator; without addresses and links."""
    first_line = _BAD_ADDRESS.sub("…", _LINK.sub("…", " ".join(text.split())))[:_EXPLANATION_LIMIT]
    return f"{code} {first_line} ({stage.value})"


def _enhanced(text: str) -> tuple[int | None, int | None]:
    found = _ENHANCED.match(text)
    return (int(found[1]), int(found[2])) if found else (None, None)

"""What calendars put into a description that members must not see: Zoom's invitation, and HTML."""

from __future__ import annotations

import html
import re

from bot.way_in import holds_room, without_rooms

_INVITES = re.compile(r"inviting you to a scheduled zoom|join (our |the )?zoom meeting", re.IGNORECASE)
_INVITATION = re.compile(
    r"""^[\s•*]*(?:
        .*inviting\ you\ to\ a\ scheduled\ zoom.* | join\ .*zoom.* | topic: .* | time: .*
      | meeting\ (?:id|url|number)\b.* | pass(?:code|word)\b.* | one\ tap\ mobile.* | dial\ (?:by|in)\b.*
      | find\ your\ local\ number.* | join\ (?:by|from|with|instructions)\b.* | \+?[\d ()-]{7,}.* | [-─_]{3,}
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_PASSCODE = re.compile(r"^[\s•*]*(?:meeting )?pass(?:code|word)\s*:\s*(\S{1,60})\s*$", re.IGNORECASE | re.MULTILINE)
_LABEL = re.compile(r"\W*(?:[\w ]{1,30}:)?\W*$")
"""What is left of a line that held a link alone: nothing, or `Join here:`."""
_TAG = re.compile(r"</?(?:a|b|br|div|em|h[1-6]|i|li|ol|p|span|strong|u|ul)\b[^<>]{0,2000}>", re.IGNORECASE)
_ANCHOR = re.compile(
    r"""<a\b[^<>]*\bhref=["'](?P<address>[^"'<>]{1,2000})["'][^<>]*>(?P<words>.{0,2000}?)</a>""",
    re.IGNORECASE | re.DOTALL,
)
_NEW_LINE = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/ul|/ol)\b[^<>]*>", re.IGNORECASE)


def passcode(description: str) -> str:
    """The one that Zoom's invitation names; empty where it names none."""
    found = _PASSCODE.search(plain(description))
    return found[1] if found else ""


def without(description: str, address: str) -> tuple[str, bool]:
    """Plain text as members may read it, without an invitation, `address` or any other room; whether it had one."""
    invites = _INVITES.search(description) is not None
    removed, kept = False, []
    for line in description.splitlines():
        bare = without_rooms(line.replace(address, "") if address else line, instead="")
        if (invites and _INVITATION.match(line)) or (bare != line and _LABEL.match(bare)):
            removed = True
            continue
        removed = removed or bare != line
        kept.append(bare.rstrip())
    return (re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip() if removed else description), removed


def plain(description: str) -> str:
    """HTML, which Google Calendar writes where people format, as text with the same lines and links."""
    if not _TAG.search(description):
        return description
    return html.unescape(_TAG.sub("", _NEW_LINE.sub("\n", _ANCHOR.sub(_linked, description))))


def _linked(anchor: re.Match[str]) -> str:
    address, words = anchor["address"], _TAG.sub("", anchor["words"])
    return address if words in address or holds_room(html.unescape(address)) else f"{words} ({address})"

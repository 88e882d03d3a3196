"""Whether a text that others will read gives away how to get into a room.

`gives_away(text, *links)` is the one place that decides it, for every door: forms, files, notes, messages, topics,
names, exports. It is true when the text holds, however it is wrapped or spelled,

- the address of a room at Zoom or another service of that kind, or an app link to one,
- an address that carries a passcode, or an invitation's line with a meeting number or a passcode,
- of the given links: the address, the meeting number, or the passcode (one of fewer than `SHORTEST_PASSCODE`
  characters only beside a word like "passcode"; it might be a year),
- a member's personal address below `public_url`.

It is not true for public addresses, telephone numbers, years and times.

How: the text is decoded until nothing changes any more and folded to small Latin letters and ASCII digits (`decode`,
`fold`); then it is searched as it stands, without its spaces, and as letters and digits alone (`searchable`) for rooms
(`rooms`, `invitation`) and for the given links (`link_parts`). Every step takes time that grows with the length of the
text and not faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.redaction.decode import decode, variants
from bot.redaction.invitation import says_word
from bot.redaction.link_parts import bare_address, parts_of
from bot.redaction.rooms import leads_to_room
from bot.redaction.searchable import SearchableText
from bot.secrets import ZoomLink, redacted


def gives_away(text: str, *links: ZoomLink | None, public_url: str = "") -> bool:
    """Whether it holds the address of any room, or one of these links in part or whole (see the module)."""
    decoded = decode(text)
    if decoded is None or says_word(text):
        return True
    links_parts = [parts_of(link) for link in links if link is not None]
    public_address = bare_address(public_url) if public_url else ""
    return any(
        leads_to_room(searchable)
        or any(parts.are_in(searchable) for parts in links_parts)
        or (public_address and searchable.holds_personal_address(public_address))
        for searchable in map(SearchableText.of, variants(decoded))
    )


def holds_room(text: str) -> bool:
    """Whether it gives away the address of a room, whosever it is."""
    return gives_away(text)


def without_rooms(text: str, *links: ZoomLink | None, instead: str = redacted, public_url: str = "") -> str:
    """The text without what it gives away: words where that is enough, else lines, else all of it."""

    def leaks(part: str) -> bool:
        return gives_away(part, *links, public_url=public_url)

    if not leaks(text):
        return text
    redacted_text = "\n".join(
        _without_words(line, leaks, instead) if leaks(line) else line for line in text.split("\n")
    )
    return instead if leaks(redacted_text) else redacted_text


def _without_words(line: str, leaks: Callable[[str], bool], instead: str) -> str:
    words = re.split(r"(\s+)", line)
    redacted_text = "".join(_replaced(word, instead) if leaks(word) else word for word in words)
    return instead if leaks(redacted_text) else redacted_text


def _replaced(word: str, instead: str) -> str:
    """`instead` in place of a word, with the brackets before it and the full stop after it."""
    begins = len(word) - len(word.lstrip("([<\"'"))
    ends = len(word[begins:].rstrip(")]>\"'.,;:!?")) + begins
    return f"{word[:begins]}{instead}{word[ends:]}"

"""Undoes what hides a link in a text: HTML, percent and base64 encoding, and the wrapping of link guards.

Every step takes time that grows with the length of the text and not faster: each pattern has bounded repetition, or
none that overlaps with what follows.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from bot.redaction.fold import fold

MAX_ROUNDS = 10
"""How often a text is decoded. Nobody writes one that still changes after that, unless to hide something in it."""
MAX_WRAPPERS = 4
"""Link guards around one another."""
_ENTITY: Final = re.compile(r"&(?:#0*[0-9]{1,7}|#[xX]0*[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});?")
_AMPERSANDS: Final = re.compile(r"&(?:amp;|#38;|#x26;)+", re.IGNORECASE)
_PERCENTS: Final = re.compile(r"%(?:25)+(?=[0-9a-fA-F]{2})")
_ESCAPED: Final = re.compile(r"(?:\\u|%u|\\U0000)([0-9a-fA-F]{4})|\\u\{0{0,4}([0-9a-fA-F]{2,5})\}|\\x([0-9a-fA-F]{2})")
_BASE64: Final = re.compile(r"(?:aHR0c|em9vb|d3d3L)[A-Za-z0-9+/_-]+={0,2}|[A-Za-z0-9+_-]{16,}={0,2}")
"""What begins with `http`, `zoom` or `www.` in base64, as some newsletters wrap their links, or may be any text."""
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_TAG: Final = re.compile(
    r"</?(?:wbr|b|i|u|s|em|strong|span|font|code|tt|p|br|div|sup|sub)\b[^<>]{0,200}>", re.IGNORECASE
)
_COMMENT: Final = re.compile(r"<!--[^<>]{0,200}-->")
_HYPHENED: Final = re.compile(r"-([0-9a-f]{2})")
_QUOTED: Final = re.compile(r"=([0-9a-f]{2})")
_STARS: Final = re.compile(r"\*\*[a-z0-9_-]")


def decode(text: str) -> str | None:
    """The text decoded and folded until nothing changes; None when that does not come to an end."""
    for step in (_decoded, lambda text: fold(_decoded(text))):
        for _ in range(MAX_ROUNDS):
            before, text = text, step(text)
            if text == before:
                break
        else:
            return None
    return text


def variants(text: str) -> Iterator[str]:
    """A decoded text, and the same as link guards with an alphabet of their own would unwrap it."""
    yield text
    if "_" in text or "-" in text:  # Proofpoint, v2
        before, unwrapped = text, text
        for _ in range(MAX_WRAPPERS):
            unwrapped = decode(_HYPHENED.sub(_hex, unwrapped.replace("_", "/"))) or ""
            if unwrapped == before:
                break
            yield unwrapped
            before = unwrapped
    if "*" in text:  # Proofpoint, v3
        yield _STARS.sub("//", text).replace("*", "/")
    if "=2f" in text or "=3a" in text or "=2e" in text:  # quoted-printable
        yield _QUOTED.sub(_hex, text)


def _decoded(text: str) -> str:
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), _AMPERSANDS.sub("&", text))
    if "%" in text:
        text = unquote(_PERCENTS.sub("%", text), errors="ignore")
    if "\\" in text or "%u" in text:
        text = _ESCAPED.sub(_character, text)
    if "<" in text:
        text = _TAG.sub("", _COMMENT.sub("", text))
    return _BASE64.sub(_from_base64, text)


def _character(match: re.Match[str]) -> str:
    code = int(next(filter(None, match.groups())), 16)
    return chr(code) if code <= 0x10FFFF else ""


def _from_base64(match: re.Match[str]) -> str:
    """What it says, where that is text from end to end; what only looks like base64 hardly ever is."""
    encoded = match[0].rstrip("=").replace("+", "-").replace("/", "_")
    encoded = encoded[: len(encoded) - (len(encoded) % 4 == 1)]
    try:
        decoded = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except ValueError:
        return match[0]
    return match[0] if _CONTROLS.search(decoded) else decoded


def _hex(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))

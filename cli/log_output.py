"""The log: one record a line on standard error, for reading on a terminal and JSON elsewhere, with nothing secret."""

from __future__ import annotations

import hmac
import logging
import os
import re
import sys
from collections.abc import MutableMapping
from secrets import token_bytes
from typing import Any, TextIO
from urllib.parse import unquote

import structlog

from bot import secrets
from bot.secrets import without_rooms

RECORD_LIMIT = 16_000
"""Characters of one record: its message, its traceback and its other values. The rest is cut before any pattern is
searched, so that the cost of a record does not depend on what a stranger sends."""
_VALUES_LIMIT = 40
"""Values of one record; the rest is dropped."""
_WORD_LIMIT = 2_000
"""The longest word that is dropped whole where a text is cut: half a secret would not be recognised as one."""
_FIRST = ("event", "exception", "level", "logger", "timestamp")
"""Keys of a record that take precedence over its other values."""

# Each repetition is bounded or possessive, and none begins where another character of itself could have begun:
# the time taken grows with the length of the text and no faster.
_TOKENS = re.compile(
    r"""(?P<before>/(?:join|calendar|me|confirm)/)[\w.~%-]{6,}+              # a personal link
      | \bx(?:ox[a-z]|app)-[\w-]{6,}+                             # Slack's tokens
      | \b[\w-]{20,30}+\.[\w-]{5,8}+\.[\w-]{25,}+                 # Discord's
      | (?P<who>://[^\s:/@]{0,100}+:)\S{1,200}(?=@)               # a database's password, which may hold an @ or a /
      | (?P<key>[?&](?:pwd|tk|token)=)[^\s&"']++""",
    re.IGNORECASE | re.VERBOSE,
)
_MAILBOXES = re.compile(
    r"""(?:"(?P<quoted>[^"\n]{1,64})"
      | (?:(?<![\w.!#$%&'*+=?^`{|}~-])|(?<=%40))
        (?P<plain>(?:[\w.!#$&'*+=?^`{|}~-]|%(?!(?:25)*+40))++))   # up to an @ in whatever form
    (?:@|%(?:25)*+40)                                         # an @ in an address, perhaps encoded more than once
    (?P<domain>[\w-]++(?:\.[\w-]++)++)                         # and not the stop of a sentence""",
    re.VERBOSE,
)
_DELIMITERS = re.compile(r"[=&?'`{|}]")
"""What may be in an account, and mostly stands between it and what is before it."""
_KEY = token_bytes(16)


def redact(text: str) -> str:
    """Replaces what looks like a secret. A safeguard: no secret should get this far."""

    def replacement(secret: re.Match[str]) -> str:
        return f"{secret['before'] or secret['who'] or secret['key'] or ''}{secrets.redacted}"

    return _TOKENS.sub(replacement, without_rooms(text))


def pseudonymise(text: str) -> str:
    """Replaces each e-mail address by a digest: which lines are about the same person can be seen, and not who that is.

    The digest is under a random key of this process: nobody can compute that of an address they guess. Hence the
    same address has another digest in another process, and after a restart.
    """

    def digest(mailbox: re.Match[str]) -> str:
        account = mailbox["quoted"] or unquote(_DELIMITERS.split(mailbox["plain"])[-1])
        address = f"{account}@{mailbox['domain']}".lower()
        return f"mailbox-{hmac.digest(_KEY, address.encode(errors='replace'), 'sha256').hex()[:8]}"

    return _MAILBOXES.sub(digest, text)


def truncate(text: str, limit: int) -> str:
    """`text`, or its beginning and end within `limit` characters; words that a cut would split are dropped."""
    if len(text) <= limit:
        return text
    # The end of a traceback says what was wrong.
    begins, ends = limit * 2 // 3, len(text) - limit // 3
    before, after = text[:begins], text[ends:]
    if not text[begins].isspace():
        before = _without(before.rsplit(maxsplit=1)[-1:], before, at_end=True)
    if not text[ends - 1].isspace():
        after = _without(after.split(maxsplit=1)[:1], after, at_end=False)
    return f"{before} … {len(text) - len(before) - len(after)} characters left out … {after}"


def _without(words: list[str], text: str, *, at_end: bool) -> str:
    if not words or len(words[0]) > _WORD_LIMIT:
        return text
    return text.removesuffix(words[0]) if at_end else text.removeprefix(words[0])


def _bounded(_: Any, __: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: cuts what a record holds to RECORD_LIMIT, its message and traceback first."""
    names = sorted(record, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    left = RECORD_LIMIT
    for name in names[:_VALUES_LIMIT]:
        value = record[name]
        text = value if isinstance(value, str) else repr(value)
        if len(text) > left:
            record[name] = truncate(text, left)
        left = max(0, left - len(text))
    for name in names[_VALUES_LIMIT:]:
        del record[name]
    return record


def _redacted(_: Any, __: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog. Here, since JSON then escapes quotes and line breaks, which patterns go by."""
    for name, value in record.items():
        text = value if isinstance(value, str) else repr(value)
        safe = pseudonymise(redact(text))
        if safe != text:
            record[name] = safe
    return record


def use_colour(stream: TextIO) -> bool:
    """Colours on a terminal only, and not with NO_COLOR (https://no-color.org) or TERM=dumb."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Redacts the finished line once more, so that nothing comes after: not a traceback, not an argument."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure(style: str | None, *, level: int = logging.INFO) -> None:
    """Sends the log of everything in this process to standard error. `style`: console, json, or None to choose."""
    console = style == "console" if style else sys.stderr.isatty()
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _bounded,
        _redacted,
    ]
    if console:
        plain = structlog.dev.plain_traceback  # the rich one would print the values of variables, links among them
        ending.append(structlog.dev.ConsoleRenderer(colors=use_colour(sys.stderr), exception_formatter=plain))
    else:
        ending.append(structlog.processors.JSONRenderer(ensure_ascii=False))
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(_Formatter(foreign_pre_chain=shared, processors=ending))
    root = logging.getLogger()
    root.handlers = [to_stderr]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    for busy in ("alembic", "asyncio"):
        logging.getLogger(busy).setLevel(logging.WARNING)

"""The log: one line each on standard error, readable on a terminal and JSON elsewhere. No secret passes it."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

from bot import secrets
from bot.secrets import without_rooms

_TOKENS = re.compile(
    r"""(?P<before>/(?:join|calendar)/)[\w.~%-]{6,}               # a personal link
      | \bx(?:ox[a-z]|app)-[\w-]{6,}                              # Slack's tokens
      | \b[\w-]{20,30}\.[\w-]{5,8}\.[\w-]{25,}                    # Discord's
      | (?P<who>\w+://[^\s:/@]*:)[^\s/@]+(?=@)                     # a database's password
      | (?P<key>[?&](?:pwd|tk|token)=)[^\s&"']+""",
    re.IGNORECASE | re.VERBOSE,
)


def redacted(text: str) -> str:
    """A last net: nothing secret should get this far, and what looks like it goes no further."""

    def instead(found: re.Match[str]) -> str:
        return f"{found['before'] or found['who'] or found['key'] or ''}{secrets.redacted}"

    return _TOKENS.sub(instead, without_rooms(text))


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Redacts the finished line, so that nothing comes after: not a traceback, not an argument."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def begin(style: str | None, *, level: int = logging.INFO) -> None:
    """Sends the log of everything in this process to standard error. `style`: console, json, or None to choose."""
    console = style == "console" if style else sys.stderr.isatty()
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if console:
        plain = structlog.dev.plain_traceback  # the rich one would print the values of variables, links among them
        ending.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain))
    else:
        ending += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(_Formatter(foreign_pre_chain=shared, processors=ending))
    root = logging.getLogger()
    root.handlers = [to_stderr]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    for busy in ("apscheduler", "alembic", "asyncio"):
        logging.getLogger(busy).setLevel(logging.WARNING)

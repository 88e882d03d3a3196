"""The rules of the house that no linter says: what may be touched in which room, and what things are called."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.platform import registered
from tests.each import each

HOME = Path(__file__).parents[1]
ASYNCHRONOUS = {
    "bot/dispatcher.py",
    "bot/leases.py",
    "bot/notifications/deliver.py",
    "bot/notifications/delivery_loop.py",
    "bot/notifications/follow_doors.py",
    "bot/notifications/open_conversations.py",
}
"""The files of the core that wait for something."""
WAITING = {"asyncio", "concurrent", "http", "multiprocessing", "selectors", "smtplib", "socket", "ssl", "subprocess"}
WAITING |= {"threading", "urllib.request", "xmlrpc", "ftplib", "imaplib", "poplib", "socketserver", "sqlite3", "signal"}
SQL = re.compile(
    r"\s*(?:SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s.+\sSET|DELETE\s+FROM|CREATE\s+TABLE|PRAGMA)\s", re.DOTALL
)
BANNED_NAMES = {"helper", "helpers", "util", "utils", "manager", "managers", "handler", "handlers", "common", "misc"}


def tracked(*patterns: str) -> list[Path]:
    """What is in git, as it is now."""
    command = ["git", "ls-files", "-z", "--", *patterns]
    listed = subprocess.run(command, cwd=HOME, capture_output=True, check=True).stdout.decode()  # noqa: S603
    return [HOME / name for name in listed.split("\0") if name and (HOME / name).is_file()]


@cache
def nodes(source: str) -> tuple[ast.AST, ...]:
    """All that a file is made of."""
    return tuple(ast.walk(ast.parse(source)))


@cache
def imported(source: str) -> frozenset[str]:
    """Every module that a file imports, wherever in it."""
    modules = {each.name for node in nodes(source) if isinstance(node, ast.Import) for each in node.names}
    for node in nodes(source):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            modules |= {str(node.module), *(f"{node.module}.{each.name}" for each in node.names)}
    return frozenset(modules)


def outsiders(source: str) -> set[str]:
    """What of a file's imports is neither Python's own nor the core's."""
    roots = {name.partition(".")[0] for name in imported(source)}
    return roots - sys.stdlib_module_names - {"bot"}


def waits(source: str) -> set[str]:
    """What of a file's imports waits for something, or reaches out of the process."""
    return {name for name in imported(source) if any(name == each or name.startswith(f"{each}.") for each in WAITING)}


def databases(source: str) -> set[str]:
    named = {name.partition(".")[0] for name in imported(source)}
    return named & {"sqlalchemy", "aiosqlite", "asyncpg", "alembic", "sqlite3", "psycopg"}


def statements(source: str) -> list[str]:
    """The texts in a file that are SQL."""
    texts = (node.value for node in nodes(source) if isinstance(node, ast.Constant))
    return [text for text in texts if isinstance(text, str) and SQL.match(text)]


def named(path: Path) -> str:
    return str(path.relative_to(HOME))


SOURCES = {
    named(path): path.read_text("utf-8")
    for path in tracked("bot/*.py", "adapters/*.py", "cli/*.py", "storage/*.py", "htg.py", "settings.py")
}
"""The product: each file's text by its name."""
CORE = {name: source for name, source in SOURCES.items() if name.startswith("bot/")}
OUTSIDE_STORAGE = {name: source for name, source in SOURCES.items() if not name.startswith("storage/")}


def test_there_is_something_to_look_at() -> None:
    assert len(CORE) > 20
    assert len(SOURCES) > len(OUTSIDE_STORAGE) > len(CORE)


@each("source", CORE)
def test_the_core_is_the_standard_library_alone(source: str) -> None:
    assert outsiders(source) == set()


@each("source", {name: source for name, source in CORE.items() if name not in ASYNCHRONOUS})
def test_the_core_does_not_wait(source: str) -> None:
    assert waits(source) == set()
    assert not any(isinstance(node, ast.AsyncFunctionDef) for node in _defined(source))


def _defined(source: str) -> Iterator[ast.AST]:
    """Functions with a body: a Protocol may describe what others do asynchronously."""
    for node in nodes(source):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            described = all(isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) for each in node.body)
            if not described:
                yield node


@each("source", OUTSIDE_STORAGE)
def test_sql_is_in_storage_alone(source: str) -> None:
    assert databases(source) == set()
    assert statements(source) == []


def open_matches(source: str) -> list[int]:
    """Lines of matches over a kind of notification that mypy does not hold to be complete."""
    matches = [node for node in nodes(source) if isinstance(node, ast.Match)]
    return [
        match.lineno
        for match in matches
        if any("NotificationKind." in ast.unparse(case.pattern) for case in match.cases)
        and not ast.unparse(match.cases[-1].body[0]).startswith("assert_never(")
    ]


@each("source", SOURCES)
def test_a_new_kind_of_notification_fails_mypy_wherever_it_must_be_known(source: str) -> None:
    assert open_matches(source) == []


def test_these_checks_can_fail() -> None:
    assert open_matches("match kind:\n case NotificationKind.MOVED:\n  pass\n case _:\n  pass") == [1]
    assert outsiders("import json, aiohttp\nfrom bot import x\nfrom discord.ext import y") == {"aiohttp", "discord"}
    assert waits("def f():\n    from urllib import request\n    import urllib.parse") == {"urllib.request"}
    assert databases("from sqlalchemy import select") == {"sqlalchemy"}
    assert statements("x = 'SELECT a\\n FROM b'; y = 'Select a gathering from the list'") == ["SELECT a\n FROM b"]
    assert list(_defined("class P:\n    async def a(self):\n        'Does.'\n        ...\n")) == []
    assert len(list(_defined("async def a():\n    return 1\n"))) == 1


def test_no_file_is_named_for_its_pattern() -> None:
    words = {path: set(re.split(r"[^a-z]+", named(path).lower())) for path in tracked()}
    assert [named(path) for path, found in words.items() if found & BANNED_NAMES] == []


def test_nothing_is_called_what_the_house_does_not_say() -> None:
    """Of the classes and functions, in the rooms where words are ours to choose."""
    unsaid = re.compile(r"(?i)(?:^|_)(?:helper|util|utils|manager|handler|seat)s?(?:$|_)|(?:Helper|Manager|Handler)$")
    found = [
        f"{name}: {node.name}"
        for name, source in SOURCES.items()
        if not name.startswith("adapters/")
        for node in nodes(source)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and unsaid.search(node.name)
    ]
    assert found == []


@pytest.mark.process
@pytest.mark.parametrize(
    ("call", "where", "refused"),
    [
        ("from datetime import UTC, datetime\n\n\nprint(datetime.now(UTC))\n", "bot/x.py", "TID251"),
        ("import datetime\n\nprint(datetime.date.today())\n", "adapters/x.py", "TID251"),
        ("import time\n\nprint(time.time())\n", "storage/x.py", "TID251"),
        ("from datetime import datetime\n\nprint(datetime(2027, 1, 1))\n", "bot/x.py", "DTZ001"),
        ("from datetime import UTC, datetime\n\n\nprint(datetime.now(UTC))\n", "htg.py", ""),
    ],
)
def test_the_clock_is_banned_outside_the_composition_root(call: str, where: str, refused: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--stdin-filename", where, "--select", "TID251,DTZ"]
    said = subprocess.run(  # noqa: S603
        [*command, "--output-format", "concise", "-"], cwd=HOME, input=call, capture_output=True, text=True, check=False
    )
    assert (said.returncode, refused in said.stdout) == (1 if refused else 0, True), said.stdout + said.stderr


def test_no_file_holds_what_is_of_one_machine_alone() -> None:
    paths = re.compile(
        rb"/(?:wor[k]|roo[t]|home/\w+|Users/\w+)/[\w.]|files\.pythonhos[t]ed\.org|registry\.npmj[s]\.org"
    )
    kept_here = {"uv.lock", "poetry.lock", "package-lock.json", ".env"}
    assert [named(path) for path in tracked() if path.name in kept_here] == []
    assert [named(path) for path in tracked() if paths.search(path.read_bytes())] == []
    assert paths.search(b"see /wor" + b"k/main/x"), "the check can fail"


def naming(source: str, names: Iterable[str]) -> list[str]:
    """The texts in a file, other than docstrings and comments, that name one of these."""
    docstrings = {node.value for node in nodes(source) if isinstance(node, ast.Expr)}
    texts = (node for node in nodes(source) if isinstance(node, ast.Constant) and node not in docstrings)
    return [
        node.value
        for node in texts
        if isinstance(node.value, str) and any(name in node.value.lower() for name in names)
    ]


NAMED_BY_CONTRACT = ["be one member on Slack and Discord"]
"""The line of a command, which the platforms publish."""


def test_the_core_names_no_platform() -> None:
    """What it has to know of one is in the record that the platform's adapter brings."""
    # The one that goes by letter has a name of everyday speech, which texts may hold; no code may.
    names = [platform.name for platform in registered() if not platform.by_letter]
    by_letter = tuple(f"{platform.name}:" for platform in registered() if platform.by_letter)
    every_text = [text for source in CORE.values() for text in naming(source, [""])]
    assert [text for text in every_text if f"{text}:" in by_letter or text.startswith(by_letter)] == []
    assert [text for source in CORE.values() for text in naming(source, names)] == NAMED_BY_CONTRACT
    assert naming('"""On Slack."""\nx = "slack"\ny = f"{x} at Slack"', names) == ["slack", " at Slack"]

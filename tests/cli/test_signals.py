"""Signals at every moment of a real process: no traceback, the right exit code, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

import htg
from storage.migrations.upgrade import upgrade
from tests.cli.conftest import KEY, Terminal

pytestmark = pytest.mark.process

HOME = Path(htg.__file__).parent


_SENT_WHILE_LOADING = """
import os, runpy, sys

module, number = sys.argv.pop(1), int(sys.argv.pop(1))
sent = []

def send(event, given):
    if event == "import" and given[0] == module and not sent:
        sent.append(True)
        os.kill(os.getpid(), number)

sys.addaudithook(send)
runpy.run_module("htg", run_name="__main__", alter_sys=True)
raise SystemExit(f"{module} was loaded, and nothing ended")
"""
"""`htg`, which gets a signal at the very moment at which it begins to load a module, however busy the machine is."""


def program(folder: Path, *words: str, **environment: str) -> AbstractContextManager[subprocess.Popen[str]]:
    """`htg`."""
    return _started(folder, "-m", "htg", *words, **environment)


def ended_while_loading(
    folder: Path, words: tuple[str, ...], module: str, sent: signal.Signals, **environment: str
) -> tuple[int, list[str]]:
    """What came of `htg` that was sent a signal while it loaded this module."""
    with _started(folder, "-c", _SENT_WHILE_LOADING, module, str(int(sent)), *words, **environment) as process:
        return ended(process)


@contextmanager
def _started(folder: Path, *words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HOME), "TMPDIR": str(folder), "HTG_SECRET_KEY": KEY}
    with subprocess.Popen(  # noqa: S603
        [sys.executable, *words],
        cwd=folder,
        env=given | environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """The exit code, and what was said."""
    out, err = process.communicate(timeout=180)
    said = [*out.splitlines(), *err.splitlines()]
    assert not [each for each in said if "Traceback" in each], said
    return process.returncode, said


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes every connection and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        listening.settimeout(60)
        yield listening


@pytest.mark.parametrize(
    ("word", "loaded", "sent"),
    [
        ("run", "click", signal.SIGTERM),
        ("run", "click", signal.SIGINT),
        ("run", "sqlalchemy", signal.SIGTERM),
        ("run", "cli.serve", signal.SIGINT),
        ("worker", "cli.serve", signal.SIGTERM),
        ("sandbox", "sqlalchemy", signal.SIGINT),
    ],
)
def test_what_serves_is_stopped_while_it_is_being_loaded(
    tmp_path: Path, word: str, loaded: str, sent: signal.Signals
) -> None:
    assert ended_while_loading(tmp_path, (word,), loaded, sent, DISCORD_TOKEN="12345678") == (0, [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("word", "sent"), [("run", signal.SIGINT), ("worker", signal.SIGTERM)])
def test_and_while_a_platform_is_being_connected(
    tmp_path: Path, silent: socket.socket, word: str, sent: signal.Signals
) -> None:
    asyncio.run(upgrade(f"sqlite:///{tmp_path}/data/htg.db"))
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    with program(tmp_path, word, DISCORD_TOKEN="12345678", DISCORD_API_URL=url, PORT="0") as process:
        connection, _ = silent.accept()
        process.send_signal(sent)
        code, said = ended(process)
        connection.close()
    assert code == 0, said
    assert [each.name for each in (tmp_path / "data").iterdir()] == ["htg.db"], "the database was closed"


def test_and_while_the_database_is_being_reached(tmp_path: Path, silent: socket.socket) -> None:
    url = f"postgres://htg@127.0.0.1:{silent.getsockname()[1]}/htg"
    with program(tmp_path, "run", DISCORD_TOKEN="12345678", DATABASE_URL=url) as process:
        connection, _ = silent.accept()
        process.send_signal(signal.SIGTERM)
        assert ended(process) == (0, [])
        connection.close()


@pytest.mark.parametrize("loaded", ["click", "sqlalchemy", "cli.gatherings"])
def test_ctrl_c_while_a_command_is_being_loaded(tmp_path: Path, loaded: str) -> None:
    assert ended_while_loading(tmp_path, ("gatherings", "list"), loaded, signal.SIGINT) == (130, [])


@pytest.mark.parametrize("words", [("db", "upgrade"), ("doctor",)])
def test_ctrl_c_while_a_command_is_at_work(tmp_path: Path, silent: socket.socket, words: tuple[str, ...]) -> None:
    url = f"postgres://htg@127.0.0.1:{silent.getsockname()[1]}/htg"
    with program(tmp_path, *words, DATABASE_URL=url) as process:
        connection, _ = silent.accept()
        process.send_signal(signal.SIGINT)
        connection.close()
        code, said = ended(process)
    assert (code, said[-1]) == (130, "Stopped.")


def test_the_version(bare: Terminal) -> None:
    said = bare.types("--version")
    assert (said.code, said.out, said.err) == (0, f"htg {htg.VERSION}\n", "")
    assert tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["project"]["version"] == htg.VERSION

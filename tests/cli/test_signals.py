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
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import htg
from storage.migrations.upgrade import upgrade
from tests.cli.conftest import KEY, Terminal

pytestmark = pytest.mark.process

HOME = Path(htg.__file__).parent


@contextmanager
def program(folder: Path, *words: str, telling: bool = False, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """`htg`. `telling`: it says on standard error what it has loaded."""
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HOME), "TMPDIR": str(folder), "HTG_SECRET_KEY": KEY}
    command = [sys.executable, *(["-X", "importtime"] if telling else []), "-m", "htg", *words]
    with subprocess.Popen(  # noqa: S603
        command, cwd=folder, env=given | environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until_loaded(process: subprocess.Popen[str], name: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if line.rpartition("|")[2].strip() == name:
            return
    raise AssertionError(f"{name} was never loaded")


def ended(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """The exit code, and what was said besides what was loaded."""
    out, err = process.communicate(timeout=60)
    said = [each for each in err.splitlines() if not each.startswith("import time:")]
    assert not [each for each in said if "Traceback" in each], said
    return process.returncode, [*out.splitlines(), *said]


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes every connection and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        listening.settimeout(60)
        yield listening


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("loaded", ["click", "sqlalchemy", "cli.serve"])
@pytest.mark.parametrize("words", [("run",), ("worker",), ("sandbox",)])
def test_what_serves_is_stopped_while_it_is_being_loaded(
    tmp_path: Path, words: tuple[str, ...], loaded: str, sent: signal.Signals
) -> None:
    with program(tmp_path, *words, telling=True, DISCORD_TOKEN="12345678") as process:
        until_loaded(process, loaded)
        process.send_signal(sent)
        assert ended(process) == (0, [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("words", [("run",), ("worker",)])
def test_and_while_a_platform_is_being_connected(
    tmp_path: Path, silent: socket.socket, words: tuple[str, ...], sent: signal.Signals
) -> None:
    asyncio.run(upgrade(f"sqlite:///{tmp_path}/data/htg.db"))
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    with program(tmp_path, *words, DISCORD_TOKEN="12345678", DISCORD_API_URL=url, PORT="0") as process:
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
    with program(tmp_path, "gatherings", "list", telling=True) as process:
        until_loaded(process, loaded)
        process.send_signal(signal.SIGINT)
        assert ended(process) == (130, [])


@pytest.mark.parametrize("words", [("db", "upgrade"), ("db", "current"), ("doctor",), ("gatherings", "list")])
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

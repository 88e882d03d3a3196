"""What a test needs besides this process, as marks: a plugin of pytest.

`browser`, `server` and `loopback` are set by what a test asks for, `process` and `slow` where it is written, as is
`loopback` where a test opens a port by itself. Without its mark a test may neither start a process, nor speak to the
PostgreSQL server, nor open a port of this machine, so that `make check` is what it says.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest
from sqlalchemy import make_url

from tests.databases import SERVER

_STARTS = {"subprocess.Popen", "os.posix_spawn", "os.fork"}
_ADDRESS = (make_url(SERVER).host, make_url(SERVER).port or 5432)
_LOCAL_SERVERS = {"api", "app", "base", "env", "fake", "fake_slack", "front", "scene", "services", "tell"}
"""Fixtures that answer on a port of this machine: the fakes of Slack, Discord and Zoom, and our own pages."""
_running: list[pytest.Item] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        asked_for = getattr(item, "fixturenames", ())
        values = getattr(getattr(item, "callspec", None), "params", {})
        if "browser" in asked_for:
            item.add_marker("browser")
        if "server_url" in asked_for or "postgresql" in values.values():
            item.add_marker("server")
        if _LOCAL_SERVERS.intersection(asked_for) or values.get("harness", "sandbox") != "sandbox":
            item.add_marker("loopback")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    _running.append(item)
    try:
        yield
    finally:
        _running.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    _running.append(item)
    try:
        yield
    finally:
        _running.clear()


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    needs = ""
    if event in _STARTS and arguments[:1] != ("git",):
        needs = "process"
    elif event == "socket.connect" and arguments[1] == _ADDRESS:
        needs = "server"
    elif event == "socket.bind" and isinstance(arguments[1], tuple):
        needs = "loopback"
    if needs and _running and not {needs, "browser", "process"} & {mark.name for mark in _running[0].iter_markers()}:
        raise RuntimeError(f"{_running[0].nodeid} needs pytest.mark.{needs}")


sys.addaudithook(_look)

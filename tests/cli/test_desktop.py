"""A page opens where there is a desktop, and nowhere else."""

from __future__ import annotations

import sys
import webbrowser
from queue import Queue
from threading import Event

import pytest

from cli.desktop import open_page


@pytest.mark.parametrize(
    ("terminal", "environment", "opens"),
    [
        (True, {"DISPLAY": ":0"}, True),
        (True, {"WAYLAND_DISPLAY": "wayland-0"}, True),
        (True, {}, False),
        (False, {"DISPLAY": ":0"}, False),
        (True, {"DISPLAY": ":0", "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}, False),
    ],
)
def test_a_page_opens_where_there_is_a_desktop(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, environment: dict[str, str], opens: bool
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    opened, closed, was_closed = Queue[str](), Event(), list[str]()

    def browser(address: str) -> None:
        opened.put(address)
        closed.wait(60)
        was_closed.append(address)

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.setattr(webbrowser, "open", browser)
    open_page("http://127.0.0.1:1/")
    assert not opens or opened.get(timeout=60) == "http://127.0.0.1:1/"
    assert opened.empty()
    assert was_closed == [], "nobody waits until the browser is closed"
    closed.set()

"""Opens a page where there is a desktop; a server has none, and its operator reads the address instead."""

from __future__ import annotations

import os
import sys
import webbrowser
from contextlib import suppress
from threading import Thread


def has_desktop() -> bool:
    """Whether somebody sits before this machine, with a browser."""
    if not sys.stdout.isatty() or "SSH_CONNECTION" in os.environ:
        return False
    shown = {"DISPLAY", "WAYLAND_DISPLAY"} & {name for name, value in os.environ.items() if value}
    return sys.platform in {"darwin", "win32"} or bool(shown)


def open_page(address: str) -> None:
    """Does nothing where there is no desktop, or no browser on it."""
    if has_desktop():  # what BROWSER names may return only when it is closed
        Thread(target=_open, args=(address,), daemon=True).start()


def _open(address: str) -> None:
    with suppress(webbrowser.Error, OSError):
        webbrowser.open(address)

"""The platforms that this version has. A new one is added here; importing this registers them with the core.

Each is a folder beside this file, whose `platform.py` brings the PLATFORM. Where that names `settings`, the folder's
`run.py` also has the `connect` and its `checks.py` the `check` that the command line calls.
"""

from __future__ import annotations

from importlib import import_module

from bot.platform import register

NAMES = ("slack", "discord", "mail", "sandbox")

for _name in NAMES:
    register(import_module(f"adapters.{_name}.platform").PLATFORM)

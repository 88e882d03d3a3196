"""What the adapter uses of discord.py beyond its documented interface: one file for each part, none of them needed.

Each docstring names the private part, says what it buys, what happens without it (delete the file, and the lines
that `grep` finds for its name), and what to look at in discord.py's source when its version changes. The version is
pinned exactly in requirements.txt, and `tests/adapters/discord/test_sdk_internals.py` fails when it changes.
"""

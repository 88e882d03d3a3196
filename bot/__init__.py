"""The core: what the bot knows and says, with no platform, no database and no clock of its own.

Start at `request.py` (what comes in), `views.py` (what goes out) and any feature's `commands.py`.
"""

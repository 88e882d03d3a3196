"""The entry point of `htg`: installs signal handlers before the libraries are imported.

Importing them takes half a second and more. Ctrl-C then exits without a traceback, and SIGTERM ends a server process
with 0, as it does once the process is serving.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

EXIT_INTERRUPTED = 130
"""128 + SIGINT, as shells report Ctrl-C."""
SERVER_COMMANDS = {"run", "web", "worker", "sandbox"}


def main() -> None:
    serves = not SERVER_COMMANDS.isdisjoint(sys.argv[1:])

    def exit_now(number: int, _: FrameType | None) -> None:
        os._exit(0 if serves else EXIT_INTERRUPTED if number == signal.SIGINT else 128 + number)

    signal.signal(signal.SIGINT, exit_now)
    if serves:
        signal.signal(signal.SIGTERM, exit_now)  # until the loop has its own handler: cli/scheduler.py, StopSignal
    import htg

    try:
        if not serves:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        htg.main()
    except KeyboardInterrupt:  # outside of click's own handling, where nothing is in progress any more
        os._exit(EXIT_INTERRUPTED)


if __name__ == "__main__":
    main()

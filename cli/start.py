"""The first thing that runs of `htg`: what a signal does before anything can be left behind.

Loading the libraries takes half a second and more. Ctrl-C then ends the program without a traceback, and SIGTERM ends
what serves as it would end it later: with 0.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

INTERRUPTED = 130
"""What shells make of Ctrl-C."""
SERVING = {"run", "web", "worker", "sandbox"}


def main() -> None:
    serves = not SERVING.isdisjoint(sys.argv[1:])

    def leave(number: int, _: FrameType | None) -> None:
        os._exit(0 if serves else INTERRUPTED if number == signal.SIGINT else 128 + number)

    signal.signal(signal.SIGINT, leave)
    if serves:
        signal.signal(signal.SIGTERM, leave)  # until the loop has its own handler: cli/scheduler.py
    import htg

    if not serves:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        htg.main()
    except KeyboardInterrupt:  # between two commands of ours, where nothing is under way any more
        os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()

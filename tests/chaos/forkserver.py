"""Starts processes of the bot: each is a fork of one that has imported everything, and then runs `htg` as typed.

Importing takes two seconds of processor time, and a round starts ten processes. Orders come as lines of JSON on
standard input; answers go to standard output: `{"started": PID}`, and `{"ended": PID, "code": CODE}` for each.

What the product waits for is shortened, so that a lease runs out within a round of seconds. What bounds work rather
than waiting (an answer to Slack, a transaction) stays as it is. Further arguments name bugs to plant: `planted.py`.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sqlite3
import sys
import traceback
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

HURRIED: dict[str, object] = {
    "bot.leases.LEASE_DURATION": timedelta(seconds=3),
    "bot.leases.RENEW_INTERVAL_SECONDS": 0.6,
    "bot.leases.POLL_INTERVAL_SECONDS": 0.4,
    "bot.notifications.turn.LEASE": timedelta(seconds=3.5),
    "bot.notifications.delivery_loop.SEND_TIMEOUT": timedelta(seconds=1.3),
    "bot.notifications.delivery_loop.OLDEST_WORDING": timedelta(seconds=1),
    "bot.notifications.settle.FIRST_BACKOFF": timedelta(seconds=0.3),
    "bot.notifications.settle.LONGEST_BACKOFF": timedelta(seconds=1),
    "bot.notifications.open_conversations.LEASE": timedelta(seconds=3),
    "bot.notifications.open_conversations.OPEN_TIMEOUT": timedelta(seconds=1.3),
    "bot.notifications.open_conversations.LOOK_INTERVAL": timedelta(seconds=0.5),
    "bot.notifications.open_conversations.FAILURE_PAUSE": timedelta(seconds=1),
    "bot.notifications.open_conversations.THROTTLED_PAUSE": timedelta(seconds=1),
    "adapters.slack.client.REQUEST_TIMEOUT": timedelta(seconds=1.2),
    "adapters.slack.socket_lease.PAIR_DURATION": timedelta(seconds=5),
    "adapters.slack.socket_lease.CLOSE_MARGIN": timedelta(seconds=1),
    "adapters.discord.client.REQUEST_TIMEOUT": 1.2,
    "adapters.discord.run.INITIAL_BACKOFF": 0.3,
    "adapters.discord.run.MAX_BACKOFF": 1.0,
    "cli.scheduler.FALLBACK_INTERVAL": timedelta(seconds=1),
    "cli.scheduler.POLL_INTERVAL": timedelta(seconds=0.3),
}
"""By module and name; every other module that imported the same value gets the new one, too."""
LEASES = ("bot.leases.LEASE_DURATION", "bot.notifications.turn.LEASE")
"""Of these, how long a process may be away before another one takes over."""
PRODUCT = ("adapters", "bot", "cli", "htg", "settings", "storage")


def import_everything() -> None:
    """What a server process imports, lazily or not."""
    for name in ("htg", "adapters.discord.scheduled_events", "storage.engine.postgres", "storage.engine.sqlite"):
        import_module(name)
    for platform in ("discord", "slack", "web"):
        import_module(f"adapters.{platform}.run")


def shorten(waits: dict[str, object]) -> None:
    """Raises AttributeError for a name that the product no longer has: what is not shortened is not tested."""
    for qualified, value in waits.items():
        home, _, name = qualified.rpartition(".")
        before = getattr(sys.modules[home], name)
        for module in [module for known, module in sys.modules.items() if known.partition(".")[0] in PRODUCT]:
            if vars(module).get(name) is before:
                setattr(module, name, value)


def watch_sqlite(report: Path) -> None:
    """Writes down how durably each connection of this process commits, once it is set up and whenever it changes."""
    from storage.engine import sqlite

    configured = sqlite._configured

    def watched(connection: sqlite3.Connection, lock_timeout: float) -> sqlite3.Connection:
        made = configured(connection, lock_timeout)
        names = {pragma: made.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in ("synchronous", "journal_mode")}
        with report.open("a") as lines:
            lines.write(f"{json.dumps(names)}\n")

        def changed(statement: str) -> None:
            if "synchronous" in statement.lower():
                with report.open("a") as lines:
                    lines.write(f"{json.dumps({'changed': statement})}\n")

        made.set_trace_callback(changed)
        return made

    sqlite._configured = watched


def become(order: dict[str, Any]) -> None:
    """In the new process: runs one command of `htg`, with nothing left of the parent but what it imported."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        os.setsid()
        os.chdir(order["folder"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
        os.environ.clear()
        os.environ.update(order["environment"])
        sys.argv = ["htg", *order["arguments"]]
        if order.get("sqlite_report"):
            watch_sqlite(Path(order["sqlite_report"]))
        from cli.start import main as start

        start()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - nothing of a fork may get back into the parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def say(**answer: int) -> None:
    os.write(1, f"{json.dumps(answer)}\n".encode())


def reap(children: set[int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        children.discard(pid)
        say(ended=pid, code=os.waitstatus_to_exitcode(status))


def serve() -> None:
    """Until standard input ends. One thread, no event loop: a fork inherits nothing but memory."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    say(ready=os.getpid())
    buffered, children = b"", set[int]()
    while True:
        ready, _, _ = select.select([0, readable], [], [])
        if readable in ready:
            os.read(readable, 4096)
            reap(children)
        if 0 in ready:
            data = os.read(0, 65536)
            if not data:  # whoever ordered is gone: nothing of this may stay
                for pid in children:
                    os.kill(pid, signal.SIGKILL)
                return
            *lines, buffered = (buffered + data).split(b"\n")
            for line in lines:
                pid = os.fork()
                if not pid:
                    become(json.loads(line))
                children.add(pid)
                say(started=pid)


def main(times: str, *bugs: str) -> None:
    """`times`: `hurried`, or `own` for those that the product has in service."""
    from tests.chaos.planted import PLANTED

    import_everything()
    if times == "hurried":
        shorten(HURRIED)
    for bug in bugs:
        PLANTED[bug]()
    serve()


if __name__ == "__main__":
    main(*sys.argv[1:])

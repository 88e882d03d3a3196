"""`htg web` in a process of its own, and what is said to it through a plain socket."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

HOME = Path(__file__).parents[3]
KEY = "Ki-AhWAXb7N_WIPi8SSETF4YREzV7ajU_T_x2mbHZK4"
HOST = b"Host: gatherings.example\r\n"


@asynccontextmanager
async def process(
    url: str,
    *,
    prepare: Callable[[], None] | None = None,
    pids: list[int] | None = None,
    said: list[str] | None = None,
) -> AsyncIterator[str]:
    """A real `htg web`, as an operator starts it; gives its address.

    `prepare` runs in the new process; `pids` gets its id, and `said` the lines of its log, in the end.
    """
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(HOME),
        "DATABASE_URL": url,
        "HTG_SECRET_KEY": KEY,
        "HTG_PUBLIC_URL": "https://gatherings.example",
        "HOST": "127.0.0.1",
        "PORT": "0",
        "HTG_LOG_FORMAT": "json",
    }
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "htg", "web", env=environment, stderr=asyncio.subprocess.PIPE, cwd=HOME / "docs",
        preexec_fn=prepare,
    )  # fmt: skip
    assert running.stderr is not None
    if pids is not None:
        pids.append(running.pid)
    heard = b""
    try:
        while b"listening on" not in heard:
            line = await asyncio.wait_for(running.stderr.readline(), 180)
            assert line, heard.decode()
            heard += line
        port = re.search(rb"listening on 127\.0\.0\.1 port (\d+)", heard)
        assert port is not None
        yield f"http://127.0.0.1:{int(port[1])}"
    finally:
        running.terminate()
        _, rest = await asyncio.wait_for(running.communicate(), 180)
    if said is not None:
        said += (heard + rest).decode().splitlines()
    assert running.returncode == 0, rest.decode()
    assert b"/join/" not in heard + rest
    assert b"k3pt" not in heard + rest


async def say(port: int, what: bytes) -> bytes:
    """All that comes back, to the end of the connection or of the first answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    try:
        writer.write(what)
        async with asyncio.timeout(60):
            while data := await reader.read(65536):
                answer += data
                if b"\r\n\r\n" in answer and b"connection: close" not in answer.lower():
                    break
    except ConnectionError:
        pass  # the server had answered before all was read
    finally:
        writer.close()
    return answer


def head(answer: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    named = (line.partition(": ") for line in lines)
    return int(first.split()[1]), {name.lower(): value for name, _, value in named}

"""`htg sandbox` as a newcomer starts and ends it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import htg

pytestmark = pytest.mark.process

HOME = Path(htg.__file__).parent


@contextmanager
def sandbox(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(HOME), "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-W", "error", "-m", "htg", "sandbox", *words]
    with subprocess.Popen(  # noqa: S603
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_says_where_it_is_answers_there_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HTG_LANGUAGE=not-read-by-the-sandbox\n", encoding="utf-8")
    with sandbox(tmp_path) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.fullmatch(r"The sandbox is open at (http://127\.0\.0\.1:\d+/)\n", said)
        assert found, said
        with urllib.request.urlopen(found[1], timeout=180) as page:  # noqa: S310
            assert b"Grief and Gratitude" in page.read()
        assert [each.name for each in tmp_path.iterdir() if each.name != ".env"], "its database is in the way here"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=180)
        assert (process.returncode, err) == (0, "")
    assert [each.name for each in tmp_path.iterdir()] == [".env"]


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with sandbox(tmp_path, "--port", str(port)) as process:
            _, err = process.communicate(timeout=180)
            assert (process.returncode, err) == (
                1,
                f"Port {port} is taken or not allowed. Leave --port out, and a free one is chosen.\n",
            )

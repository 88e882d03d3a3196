"""`htg sandbox` as a newcomer starts and ends it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
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
        assert ended_by(signal.SIGINT, process) == (0, "")
    assert [each.name for each in tmp_path.iterdir()] == [".env"]


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with sandbox(tmp_path) as first:
        assert first.stdout is not None
        port = re.findall(r":(\d+)/", first.stdout.readline())[0]
        with sandbox(tmp_path, "--port", port) as second:
            _, err = second.communicate(timeout=180)
            assert (second.returncode, err) == (
                1,
                f"Port {port} is taken or not allowed. Leave --port out, and a free one is chosen.\n",
            )
        assert ended_by(signal.SIGTERM, first) == (0, "")


def ended_by(sent: signal.Signals, process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(sent)
    _, err = process.communicate(timeout=180)
    return process.returncode, err

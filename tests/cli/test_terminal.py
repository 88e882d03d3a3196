"""What people expect of any command line: colours, versions, and sentences that advise what will work."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import htg
from tests.cli.conftest import KEY, Terminal
from tests.cli.test_backups import in_storage

pytestmark = pytest.mark.process

HOME = Path(htg.__file__).parent
PASSWORD = "S3cr3t@Pass"


def on_a_terminal(folder: Path, **environment: str) -> str:
    """What `htg doctor` shows on a real terminal, where a setting is wrong."""
    ours, theirs = pty.openpty()
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(HOME),
        "HTG_LANGUAGE": "fr",
        "TERM": "xterm",
    } | environment
    command = [sys.executable, "-m", "htg", "doctor"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=theirs, stderr=subprocess.PIPE) as program:  # noqa: S603
        os.close(theirs)
        shown = b""
        try:
            while some := os.read(ours, 4096):
                shown += some
        except OSError:
            pass  # Linux says so that the other side was closed
        assert program.wait() == 1
    os.close(ours)
    return shown.decode()


def test_the_doctor_honours_no_color(tmp_path: Path) -> None:
    assert "\x1b[31m✗" in on_a_terminal(tmp_path)
    plain = on_a_terminal(tmp_path, NO_COLOR="1")
    assert "\x1b[" not in plain
    assert "✗ fault" in plain
    assert "\x1b[" not in on_a_terminal(tmp_path, TERM="dumb")


@pytest.mark.parametrize("words", [("db", "upgrade"), ("doctor",), ("db", "current"), ("--debug", "db", "upgrade")])
@pytest.mark.parametrize(
    "written", [PASSWORD, "S3cr3t/Pass", "S3cr3t#Pass", "S3cr3t?Pass", "S3cr3t[Pass", "S3cr3t:Pass"]
)
def test_no_part_of_a_password_is_shown_however_it_is_written(
    bare: Terminal, words: tuple[str, ...], written: str
) -> None:
    bare.environment = {"DATABASE_URL": f"postgres://htg:{written}@127.0.0.1/htg", "HTG_SECRET_KEY": KEY}
    said = bare.types(*words)
    assert said.code == (1 if "doctor" in words else 2)
    assert "write @ as %40" in said.out + said.err
    for part in ("S3cr3t", "Pass@", "Pass:"):
        assert part not in said.out + said.err


@pytest.mark.parametrize(
    "words", [("db", "upgrade"), ("--debug", "db", "upgrade"), ("db", "current"), ("db", "reseal")]
)
def test_where_postgresql_does_not_answer_nothing_is_said_to_be_done(bare: Terminal, words: tuple[str, ...]) -> None:
    bare.environment = {"DATABASE_URL": "postgres://htg:S3cr3t%40Pass@127.0.0.1:1/htg", "HTG_SECRET_KEY": KEY}
    said = bare.types(*words)
    assert (said.code, said.out) == (1, "")
    assert said.sentences[-1] == "The database server at 127.0.0.1:1 does not answer."
    assert "S3cr3t" not in said.err


def test_the_clock_is_not_said_to_have_nothing_beside_it_then(bare: Terminal) -> None:
    bare.environment = {"DATABASE_URL": "postgres://htg@127.0.0.1:1/htg", "HTG_SECRET_KEY": KEY}
    said = bare.types("doctor").out
    assert "nothing to" not in said
    assert "Clock: The database server, which could tell the time, does not answer" in said


def test_a_newer_schema_is_not_to_be_upgraded(terminal: Terminal) -> None:
    newer = "UPDATE alembic_version SET version_num = '9999'"
    in_storage(terminal.environment["DATABASE_URL"], lambda uow: uow.connection.exec_driver_sql(newer) and None)  # type: ignore[attr-defined]
    said = terminal.types("db", "current")
    assert said.code == 0
    assert "install the version of the bot that made it" in said.out
    assert "upgrade" not in said.out
    assert terminal.types("db", "upgrade").code == 1


@pytest.mark.parametrize("words", [("--help",), ("log",)])
def test_where_no_room_is_left_for_what_is_shown_it_says_so(terminal: Terminal, words: tuple[str, ...]) -> None:
    """As in `htg log > FILE` on a full disk."""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(HOME)} | terminal.environment
    with open("/dev/full", "w") as full:  # noqa: PTH123
        command = [sys.executable, "-m", "htg", *words]
        said = subprocess.run(command, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    assert (said.returncode, said.stderr) == (1, "What was to be written could not be: No space left on device.\n")


@pytest.mark.parametrize("words", [("doctor",), ("log",)])
def test_where_nobody_reads_what_is_shown_nothing_fails(terminal: Terminal, words: tuple[str, ...]) -> None:
    """As in `htg doctor >&-`."""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(HOME)} | terminal.environment
    command = ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-m", "htg", *words]
    said = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    assert "should not have happened" not in said.stderr

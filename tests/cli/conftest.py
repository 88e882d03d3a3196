"""The command line as a person meets it: what was typed, what came out, and the exit code."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.context import CliContext
from htg import main
from settings import EXAMPLES
from tests.adapters.files.programmes import NOW

KEY = "3BYju_CfhB5vHmwAkV-lBYytqawWj0vtqx7pH3Ui4Mc"


@dataclass(frozen=True)
class StoppedClock:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class CommandResult:
    code: int
    out: str
    err: str

    @property
    def sentences(self) -> list[str]:
        """What was said of a failure, a line each."""
        return self.err.splitlines()


@dataclass
class Terminal:
    environment: dict[str, str] = field(default_factory=dict)
    clock: StoppedClock = field(default_factory=StoppedClock)

    def types(self, *words: str | Path) -> CommandResult:
        """`htg` and these words."""
        typed = [str(each) for each in words]
        result = CliRunner().invoke(main, typed, prog_name="htg", env=self.environment, obj=CliContext(self.clock))
        return CommandResult(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An empty folder and an environment without settings; and the log of the tests stays what it was."""
    for name in [each for each in os.environ if each in EXAMPLES or each.startswith("HTG_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.fixture
def bare() -> Terminal:
    """Nothing is set."""
    return Terminal()


@pytest.fixture
def terminal(database_url: str) -> Terminal:
    """A migrated database of each kind, and a key."""
    return Terminal({"DATABASE_URL": database_url, "HTG_SECRET_KEY": KEY})

"""What holds for every test."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from storage.engine import postgres

# A busy machine may take its time: what is slow by itself is found by tests that count processor time.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

pytest_plugins = ["tests.browser", "tests.databases", "tests.marks", "tests.skips"]


@pytest.fixture(scope="session", autouse=True)
def unhurried_server() -> Iterator[None]:
    """How long the server may take is shown in tests/storage/engine, where it is made less."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "_SERVER_TIMEOUTS", dict.fromkeys(postgres._SERVER_TIMEOUTS, "60s"))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays to the end: the garbage collector would go through all of it in vain."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """`auto`: two for each processor, since tests wait for disks, timers and browsers most of their time.

    `logical`: one, for those that do not wait.
    """
    return (2 if config.getoption("numprocesses") == "auto" else 1) * (os.cpu_count() or 1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """How to have the same order again, where something failed in it."""
    seed = terminalreporter.config.getoption("randomly_seed", None)
    if exitstatus and seed is not None:
        terminalreporter.write_line(f"In the same order again: --randomly-seed={seed}")

"""What holds for every test."""

from __future__ import annotations

import os

import pytest

pytest_plugins = ["tests.databases", "tests.marks", "tests.skips"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two for each processor: tests wait for disks, timers and browsers most of their time."""
    return 2 * (os.cpu_count() or 1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """How to have the same order again, where something failed in it."""
    seed = terminalreporter.config.getoption("randomly_seed", None)
    if exitstatus and seed is not None:
        terminalreporter.write_line(f"In the same order again: --randomly-seed={seed}")

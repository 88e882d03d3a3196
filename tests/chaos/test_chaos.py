"""Ten rounds with real processes, two side by side; `make chaos` plays 200. And they find what is planted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.chaos.environment import Environment, environment
from tests.chaos.round import Report, play

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.process,
    pytest.mark.server,
    pytest.mark.slow,
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Environment]:
    # The fakes are cut off in the middle of many requests, and aiohttp tells of each.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    async with environment(tmp_path_factory.mktemp("chaos")) as opened:
        yield opened


@pytest.mark.parametrize("seed", range(1, 11, 2))
async def test_every_promise_holds(at: Environment, seed: int) -> None:
    """On SQLite and on PostgreSQL: odd seeds and even ones."""
    reports = await asyncio.gather(play(at, seed), play(at, seed + 1))
    broken = [str(report) for report in reports if report.broken]
    assert not broken, "\n".join(broken)
    assert all(_was_worth_it(report) for report in reports), [report.figures for report in reports]


def _was_worth_it(report: Report) -> bool:
    """People were answered, and told: a round in which nothing happens proves nothing."""
    return report.figures["registrations: certain"] > 10 and report.figures["taken by a platform"] > 0


async def test_a_planted_bug_is_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without looking back, whoever was in doubt is told again."""
    async with environment(tmp_path_factory.mktemp("planted"), "blind") as blind:
        reports = await asyncio.gather(play(blind, 5), play(blind, 6))
    broken = [line for report in reports for line in report.broken]
    assert [line for line in broken if line.startswith("told 2 times")], broken

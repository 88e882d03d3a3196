"""One Chromium for all tests of this process that look at pages, each in a context of its own: a plugin of pytest.

It lives in the loop of the whole session, and so do the tests that ask for it, with `in_session`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, async_playwright, expect

CHROMIUM = os.environ.get("HTG_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE = 60_000
"""Milliseconds for anything to show: the machine may be busy with other tests."""
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
]
AXE = Axe.from_file(Path(__file__).parent / "adapters" / "sandbox" / "axe-4.14.1.min.js")
"""Newer than the one in axe-playwright-python, which misses some of what this one finds."""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
FADED = """Promise.allSettled(document.getAnimations().filter((each) => each instanceof CSSTransition)
    .map((each) => each.finished))"""
in_session = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=PATIENCE)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here; HTG_TEST_CHROMIUM names one")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        await chromium.close()


async def looks(page: Page, scheme: Literal["light", "dark"], width: int, height: int = 800) -> None:
    """How somebody looks at the page from now on, once its colours have faded into the others."""
    await page.emulate_media(color_scheme=scheme)
    await page.set_viewport_size({"width": width, "height": height})
    await page.evaluate(FADED)


async def complaints(page: Page) -> list[str]:
    """What axe-core finds on it."""
    found = await AXE.run(page, options=RULES)
    assert found.response["passes"], "axe looked at nothing"
    return [
        f"{each['id']}: {each['help']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for each in found.response["violations"]
        for node in each["nodes"]
    ]

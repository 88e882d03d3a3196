"""What tests of pages in a browser share: who looks, and the web half as it is served, in the loop of the session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from storage.engine.open import OpenStorage, open_storage
from tests.adapters.web.conftest import Front, a_front
from tests.adapters.web.house import House, a_house
from tests.browser import PATIENCE
from tests.databases import KEY, Databases


@pytest_asyncio.fixture(loop_scope="session")
async def storage(databases: Databases) -> AsyncIterator[OpenStorage]:
    """What a browser shows does not depend on the database: one is enough."""
    opened = await open_storage(databases.fresh("sqlite"), [KEY])
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def front(storage: OpenStorage, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Front]:
    async with a_front(storage, caplog) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def house(storage: OpenStorage) -> AsyncIterator[House]:
    async with a_house(storage) as opened:
        yield opened


@asynccontextmanager
async def looking(
    browser: Browser,
    front: Front,
    path: str,
    *,
    scheme: Literal["light", "dark"] = "light",
    width: int = 1000,
    ignored: str = "404 or 422",
    **more: Any,
) -> AsyncIterator[Page]:
    """A page as somebody in New York sees it; at the end nothing was asked of anyone else, and nothing went wrong.

    `ignored`: what the console may hold.
    """
    context = await browser.new_context(
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
        **({"timezone_id": "America/New_York", "locale": "en-US"} | more),
    )
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto(front.base + path)
    yield page
    await context.close()
    assert [each for each in asked if not each.startswith(front.base)] == []
    assert [each for each in wrong if not any(part in each for part in ignored.split(" or "))] == []

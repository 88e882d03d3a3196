"""What `htg doctor` finds out about Zoom, and what it says to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.zoom.account import Credentials
from adapters.zoom.check import CLASSIC, check
from tests.adapters.zoom.conftest import Scene
from tests.adapters.zoom.local_zoom import ACCOUNT, CLIENT, SECRET


@pytest.fixture
def credentials(scene: Scene) -> Credentials:
    return Credentials(ACCOUNT, CLIENT, SECRET, f"{scene.zoom.base}/v2", f"{scene.zoom.base}/oauth")


async def test_all_is_well(scene: Scene, credentials: Credentials) -> None:
    assert [each.good for each in await check(credentials, scene.clock)] == [True, True]
    scene.zoom.scopes = set(CLASSIC)
    assert [each.good for each in await check(credentials, scene.clock)] == [True, True]


async def test_a_missing_scope_is_named_with_what_it_is_for(scene: Scene, credentials: Credentials) -> None:
    scene.zoom.scopes.discard("meeting:update:registrant_status:admin")
    (bad,) = [each for each in await check(credentials, scene.clock) if not each.good]
    assert "meeting:update:registrant_status:admin (to cancel who never came in)" in bad.line


async def test_credentials_that_zoom_does_not_take(scene: Scene, credentials: Credentials) -> None:
    (bad,) = await check(replace(credentials, secret="wrong-one"), scene.clock)
    assert "ZOOM_CLIENT_SECRET" in bad.line
    assert "wrong-one" not in bad.line


async def test_a_zoom_that_is_not_there(scene: Scene, credentials: Credentials) -> None:
    (bad,) = await check(replace(credentials, oauth_url="http://127.0.0.1:9/oauth"), scene.clock)
    assert not bad.good
    assert "ZOOM_OAUTH_URL" in bad.line

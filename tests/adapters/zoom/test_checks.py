"""What `htg doctor` finds out about Zoom, and what it says to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.zoom.checks import CLASSIC, Wanted, check
from adapters.zoom.client import Account, Credentials
from adapters.zoom.run import Zoom
from tests.adapters.zoom.conftest import Scene
from tests.adapters.zoom.local_zoom import ACCOUNT, CLIENT, SECRET, refuses

WANTED = Wanted(90, timedelta(minutes=90))


@pytest.fixture
def credentials(scene: Scene) -> Credentials:
    return Credentials(ACCOUNT, CLIENT, SECRET, f"{scene.zoom.base}/v2", f"{scene.zoom.base}/oauth")


async def test_all_is_well(scene: Scene, credentials: Credentials) -> None:
    assert [each.good for each in await check(credentials, scene.clock, WANTED)] == [True] * 5
    scene.zoom.scopes = set(CLASSIC)
    assert [each.good for each in await check(credentials, scene.clock, WANTED)] == [True] * 5


async def test_a_missing_scope_is_named_with_what_it_is_for(scene: Scene, credentials: Credentials) -> None:
    scene.zoom.scopes.discard("meeting:update:registrant_status:admin")
    (bad,) = [each for each in await check(credentials, scene.clock, WANTED) if not each.good]
    assert "meeting:update:registrant_status:admin (to cancel who never came in)" in bad.line


async def test_credentials_that_zoom_does_not_take(scene: Scene, credentials: Credentials) -> None:
    (bad,) = await check(replace(credentials, secret="wrong-one"), scene.clock, WANTED)
    assert "ZOOM_CLIENT_SECRET" in bad.line
    assert "wrong-one" not in bad.line


async def test_bad_credentials_are_remembered_for_a_while(scene: Scene, credentials: Credentials) -> None:
    """Whoever polls /readyz has Zoom asked for a token once a minute, and not each time."""
    scene.zoom.token_trouble = [refuses(401)] * 2
    zoom = Zoom(account=Account(credentials, scene.clock))
    for _ in range(5):
        assert "ZOOM_CLIENT_SECRET" in await zoom.missing()
    assert len(scene.zoom.token_trouble) == 1
    scene.clock.advance(seconds=61)
    assert "ZOOM_CLIENT_SECRET" in await zoom.missing()
    assert scene.zoom.token_trouble == []
    scene.clock.advance(seconds=61)
    assert await zoom.missing() == "", "it heals by itself, once the app is activated"
    assert zoom.account is not None
    await zoom.account.close()


async def test_a_zoom_that_is_not_there(scene: Scene, credentials: Credentials) -> None:
    (bad,) = await check(replace(credentials, oauth_url="http://127.0.0.1:9/oauth"), scene.clock, WANTED)
    assert not bad.good
    assert "ZOOM_OAUTH_URL" in bad.line


async def test_a_basic_plan_is_too_short_and_has_no_registration(scene: Scene, credentials: Credentials) -> None:
    scene.zoom.user["type"] = 1
    (bad,) = [each.line for each in await check(credentials, scene.clock, WANTED) if not each.good]
    assert "Basic plan" in bad
    assert "nobody gets a link of their own" in bad
    assert "after 40 minutes; HTG_DURATION is 90" in bad
    assert "Assign a licence" in bad
    (bad,) = [
        each.line for each in await check(credentials, scene.clock, Wanted(90, timedelta(minutes=30))) if not each.good
    ]
    assert "no registration" in bad
    assert "40" not in bad


@pytest.mark.parametrize(("limit", "good"), [(90, True), (99, True), (100, False), (150, False)])
async def test_a_house_must_fit_into_its_meetings(
    scene: Scene, credentials: Credentials, limit: int, good: bool
) -> None:
    found = await check(credentials, scene.clock, Wanted(limit, timedelta(minutes=90)))
    (line,) = [each for each in found if each.line.startswith("A meeting takes 100")]
    assert line.good is good
    assert good or f"HTG_ADMISSION_LIMIT lets {limit} in: lower it below 100" in line.line
    scene.zoom.settings["feature"] |= {"large_meeting": True, "large_meeting_capacity": 500}
    assert all(each.good for each in await check(credentials, scene.clock, Wanted(limit, timedelta(minutes=90))))


async def test_what_the_account_starts_by_itself_is_named(scene: Scene, credentials: Credentials) -> None:
    scene.zoom.settings |= {
        "recording": {"auto_recording": "cloud"},
        "in_meeting": {"meeting_summary_with_ai_companion": {"auto_enable": True}},
    }
    (bad,) = [each.line for each in await check(credentials, scene.clock, WANTED) if not each.good]
    assert "recording, AI Companion's summary." in bad
    assert "questions" not in bad


async def test_what_may_not_be_seen_is_a_fault_with_its_scope(scene: Scene, credentials: Credentials) -> None:
    scene.zoom.trouble = [refuses(400), refuses(403)]
    plan, capacity = [each.line for each in await check(credentials, scene.clock, WANTED) if not each.good]
    assert "user:read:user:admin" in plan
    assert "user:read:settings:admin" in capacity


@pytest.mark.parametrize("base", ["/oauth", "/oauth/", "/oauth/token", "/oauth/token/", "", "/"])
@pytest.mark.parametrize("api", ["/v2", "/v2/", "", "/"])
async def test_addresses_are_understood_as_they_are_copied(
    scene: Scene, credentials: Credentials, base: str, api: str
) -> None:
    copied = replace(credentials, oauth_url=scene.zoom.base + base, api_url=scene.zoom.base + api)
    assert all(each.good for each in await check(copied, scene.clock, WANTED))


async def test_an_address_without_tokens_is_no_fault_of_the_credentials(scene: Scene, credentials: Credentials) -> None:
    (bad,) = await check(replace(credentials, oauth_url=f"{scene.zoom.base}/elsewhere"), scene.clock, WANTED)
    assert "ZOOM_OAUTH_URL" in bad.line
    assert "ZOOM_CLIENT_SECRET" not in bad.line

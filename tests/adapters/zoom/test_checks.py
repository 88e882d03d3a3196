"""What `htg doctor` finds out about Zoom, and what it says to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.zoom.checks import CLASSIC_SCOPES, MeetingNeeds, check
from adapters.zoom.client import ZoomClient, ZoomCredentials
from adapters.zoom.run import ZoomConnection
from bot.ports import CheckLevel
from tests.adapters.zoom.conftest import Scene
from tests.adapters.zoom.local_zoom import ACCOUNT, CLIENT, SECRET, refuses

WANTED = MeetingNeeds(90, timedelta(minutes=90))


@pytest.fixture
def credentials(scene: Scene) -> ZoomCredentials:
    return ZoomCredentials(ACCOUNT, CLIENT, SECRET, f"{scene.zoom.base}/v2", f"{scene.zoom.base}/oauth")


async def test_all_is_well(scene: Scene, credentials: ZoomCredentials) -> None:
    assert [each.is_ok for each in await check(credentials, scene.clock, WANTED)] == [True] * 5
    scene.zoom.scopes = set(CLASSIC_SCOPES)
    assert [each.is_ok for each in await check(credentials, scene.clock, WANTED)] == [True] * 5


async def test_a_missing_scope_is_named_with_what_it_is_for(scene: Scene, credentials: ZoomCredentials) -> None:
    scene.zoom.scopes.discard("meeting:update:registrant_status:admin")
    (bad,) = [each for each in await check(credentials, scene.clock, WANTED) if not each.is_ok]
    assert "meeting:update:registrant_status:admin (to cancel who never came in)" in bad.line


async def test_credentials_that_zoom_does_not_take(scene: Scene, credentials: ZoomCredentials) -> None:
    (bad,) = await check(replace(credentials, secret="wrong-one"), scene.clock, WANTED)
    assert "ZOOM_CLIENT_SECRET" in bad.line
    assert "wrong-one" not in bad.line


async def test_bad_credentials_are_remembered_for_a_while(scene: Scene, credentials: ZoomCredentials) -> None:
    """Whoever polls /readyz has Zoom asked for a token once a minute, and not each time."""
    scene.zoom.token_trouble = [refuses(401)] * 2
    zoom = ZoomConnection(client=ZoomClient(credentials, scene.clock))
    for _ in range(5):
        assert "ZOOM_CLIENT_SECRET" in await zoom.missing()
    assert len(scene.zoom.token_trouble) == 1
    scene.clock.advance(seconds=61)
    assert "ZOOM_CLIENT_SECRET" in await zoom.missing()
    assert scene.zoom.token_trouble == []
    scene.clock.advance(seconds=61)
    assert await zoom.missing() == "", "it heals by itself, once the app is activated"
    assert zoom.client is not None
    await zoom.client.close()


async def test_a_zoom_that_is_not_there(scene: Scene, credentials: ZoomCredentials) -> None:
    (bad,) = await check(replace(credentials, oauth_url="http://127.0.0.1:9/oauth"), scene.clock, WANTED)
    assert not bad.is_ok
    assert "ZOOM_OAUTH_URL" in bad.line


async def test_a_basic_plan_is_too_short_and_has_no_registration(scene: Scene, credentials: ZoomCredentials) -> None:
    scene.zoom.user["type"] = 1
    (bad,) = [each.line for each in await check(credentials, scene.clock, WANTED) if not each.is_ok]
    assert "Basic plan" in bad
    assert "nobody gets a link of their own" in bad
    assert "after 40 minutes; the longest is to take 90" in bad
    assert "Assign a licence" in bad
    (bad,) = [
        each.line
        for each in await check(credentials, scene.clock, MeetingNeeds(90, timedelta(minutes=30)))
        if not each.is_ok
    ]
    assert "no registration" in bad
    assert "40" not in bad


@pytest.mark.parametrize(("limit", "good"), [(90, True), (99, True), (100, False), (150, False)])
async def test_a_house_must_fit_into_its_meetings(
    scene: Scene, credentials: ZoomCredentials, limit: int, good: bool
) -> None:
    found = await check(credentials, scene.clock, MeetingNeeds(limit, timedelta(minutes=90)))
    (line,) = [each for each in found if each.line.startswith("A meeting takes 100")]
    assert line.is_ok is good
    assert good or f"{limit} are let in by the settings or a gathering: lower that below 100" in line.line
    scene.zoom.settings["feature"] |= {"large_meeting": True, "large_meeting_capacity": 500}
    assert all(each.is_ok for each in await check(credentials, scene.clock, MeetingNeeds(limit, timedelta(minutes=90))))


async def test_what_the_account_starts_by_itself_is_named(scene: Scene, credentials: ZoomCredentials) -> None:
    scene.zoom.settings |= {
        "recording": {"auto_recording": "cloud"},
        "in_meeting": {"meeting_summary_with_ai_companion": {"auto_enable": True}},
    }
    (bad,) = [each.line for each in await check(credentials, scene.clock, WANTED) if not each.is_ok]
    assert "recording, AI Companion's summary." in bad
    assert "questions" not in bad


LOCKS = "account:read:lock_settings:admin"


@pytest.mark.parametrize(
    ("locks", "level", "said"),
    [
        ({}, CheckLevel.ADVICE, "The bot turns it off in each meeting; turn it off in Zoom, too"),
        ({"recording": {"auto_recording": True}}, CheckLevel.FAULT, "cannot turn off in a meeting: recording. Turn"),
        (
            {"in_meeting": {"meeting_summary_with_ai_companion": True}},
            CheckLevel.FAULT,
            "cannot turn off in a meeting: AI Companion's summary. Turn",
        ),
    ],
)
async def test_what_the_account_has_locked_is_a_fault_and_the_rest_advice(
    scene: Scene, credentials: ZoomCredentials, locks: dict[str, object], level: CheckLevel, said: str
) -> None:
    scene.zoom.settings |= {
        "recording": {"auto_recording": "cloud"},
        "in_meeting": {"meeting_summary_with_ai_companion": {"auto_enable": True, "enable": True}},
    }
    scene.zoom.scopes.add(LOCKS)
    scene.zoom.lock_settings = locks
    (found,) = [each for each in await check(credentials, scene.clock, WANTED) if not each.is_ok]
    assert found.level is level
    assert said in found.line


async def test_archiving_is_a_fault_because_no_meeting_can_be_without(
    scene: Scene, credentials: ZoomCredentials
) -> None:
    scene.zoom.settings |= {"recording": {"auto_recording": "none", "archive": True}}
    (bad,) = [each for each in await check(credentials, scene.clock, WANTED) if not each.is_ok]
    assert bad.level is CheckLevel.FAULT
    assert "cannot turn off in a meeting: archiving of meetings" in bad.line


async def test_what_somebody_could_start_by_hand_is_advice(scene: Scene, credentials: ZoomCredentials) -> None:
    scene.zoom.settings |= {
        "recording": {"auto_recording": "none", "cloud_recording": True, "local_recording": True},
        "in_meeting": {
            "closed_captioning": {"enable": True, "save_caption": True, "view_full_transcript": True},
            "allow_live_streaming": True,
            "ai_companion_questions": {"enable": True, "auto_enable": False},
            "chat": True,
        },
    }
    (found,) = [each for each in await check(credentials, scene.clock, WANTED) if not each.is_ok]
    assert found.level is CheckLevel.ADVICE
    for name in (
        "cloud recording",
        "recording to a computer",
        "live streaming",
        "saving captions",
        "full transcript",
        "AI Companion's questions",
    ):
        assert name in found.line


async def test_a_host_who_is_not_in_the_account_is_named(scene: Scene, credentials: ZoomCredentials) -> None:
    found = await check(replace(credentials, host="gone@example.org"), scene.clock, WANTED)
    assert "ZOOM_HOST names nobody in the account" in next(each.line for each in found if not each.is_ok)
    scene.zoom.hosts.add("circles@example.org")
    assert all(
        each.is_ok for each in await check(replace(credentials, host="circles@example.org"), scene.clock, WANTED)
    )
    scene.zoom.user["status"] = "inactive"
    (bad,) = [each.line for each in await check(credentials, scene.clock, WANTED) if not each.is_ok]
    assert "is not active in Zoom" in bad


async def test_what_may_not_be_seen_is_a_fault_with_its_scope(scene: Scene, credentials: ZoomCredentials) -> None:
    scene.zoom.trouble = [refuses(400), refuses(403)]
    plan, capacity = [each.line for each in await check(credentials, scene.clock, WANTED) if not each.is_ok]
    assert "user:read:user:admin" in plan
    assert "user:read:settings:admin" in capacity


@pytest.mark.parametrize("base", ["/oauth", "/oauth/", "/oauth/token", "/oauth/token/", "", "/"])
@pytest.mark.parametrize("api", ["/v2", "/v2/", "", "/"])
async def test_addresses_are_understood_as_they_are_copied(
    scene: Scene, credentials: ZoomCredentials, base: str, api: str
) -> None:
    copied = replace(credentials, oauth_url=scene.zoom.base + base, api_url=scene.zoom.base + api)
    assert all(each.is_ok for each in await check(copied, scene.clock, WANTED))


async def test_an_address_without_tokens_is_no_fault_of_the_credentials(
    scene: Scene, credentials: ZoomCredentials
) -> None:
    (bad,) = await check(replace(credentials, oauth_url=f"{scene.zoom.base}/elsewhere"), scene.clock, WANTED)
    assert "ZOOM_OAUTH_URL" in bad.line
    assert "ZOOM_CLIENT_SECRET" not in bad.line

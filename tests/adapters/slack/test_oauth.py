"""Several workspaces: installed by page, each with its own token, encrypted at rest, and gone when it leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from adapters.slack.manifest import SCOPES
from adapters.slack.oauth import SECURE_STATE_COOKIE, STATE_COOKIE, OAuthClient, OAuthPages
from adapters.slack.run import SlackBot, SlackCredentials
from bot.addresses import Address
from bot.desk import Desk
from bot.house import House
from bot.ports import Undeliverable
from bot.views import Paragraph, Text, View
from storage.encryption.keyring import Keyring, SecretUnreadable
from storage.engine.open import OpenStorage, open_storage
from storage.installations import StoredInstallations
from tests.adapters.slack.fake_slack import CLIENT, FakeSlack
from tests.adapters.slack.transport import SIGNING_SECRET, HttpTransport
from tests.adapters.slack.user_client import UserClient
from tests.conversations.stage import MovableClock
from tests.databases import KEY, Databases, stored_bytes

HELLO = View((Paragraph((Text("Hello"),)),))
FIRST, SECOND, ORGANISATION = "T0FIRST", "T0SECOND", "E0HOME"
STRANGER = "T0STRANGER"


@dataclass
class Shop:
    """The bot as several workspaces install it."""

    local: FakeSlack
    slack: SlackBot
    clock: MovableClock
    base: str
    session: aiohttp.ClientSession
    database: str
    installations: StoredInstallations
    storage: OpenStorage

    def client(self, team: str, organisation: str = "") -> UserClient:
        return UserClient(
            self.local, HttpTransport(f"{self.base}/slack/events", self.clock, self.session), team, organisation
        )

    async def begins(self) -> str:
        """Opens the install page; returns the state that Slack is told."""
        answer = await self.session.get(f"{self.base}/slack/install", allow_redirects=False)
        assert answer.status == 302
        return parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]

    async def comes_back(self, **query: str) -> tuple[int, str]:
        answer = await self.session.get(f"{self.base}/slack/oauth_redirect", params=query)
        return answer.status, await answer.text()

    async def tries(self, team: str) -> tuple[int, str]:
        token = f"xoxb-token-of-{team}"
        self.local.tokens[token] = (team, set(SCOPES))
        self.local.codes[f"code-{team}"] = token
        return await self.comes_back(code=f"code-{team}", state=await self.begins())

    async def installs(self, team: str) -> None:
        status, page = await self.tries(team)
        assert status == 200, page


@pytest.fixture
def database(databases: Databases) -> str:
    return databases.fresh("sqlite")


@pytest.fixture
async def shop(database: str, clock: MovableClock, house: House) -> AsyncIterator[Shop]:
    async with AsyncExitStack() as stack:
        storage = await open_storage(database, [KEY])
        stack.push_async_callback(storage.close)
        local = await stack.enter_async_context(FakeSlack(clock).running())
        credentials = SlackCredentials(
            signing_secret=SIGNING_SECRET, client_id=CLIENT[0], client_secret=CLIENT[1], api_url=local.api_url,
            public_url="http://gatherings.example", teams=frozenset({FIRST, SECOND, ORGANISATION}),
        )  # fmt: skip
        installations = StoredInstallations(storage, Keyring([KEY]))
        slack = SlackBot(Desk(storage, house), clock, credentials, installations)
        stack.push_async_callback(slack.close)
        await slack.open()
        app = web.Application()
        app.add_routes(slack.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        jar = aiohttp.CookieJar(unsafe=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield Shop(local, slack, clock, base, session, database, installations, storage)


async def test_the_install_page_asks_slack_for_the_least(shop: Shop) -> None:
    answer = await shop.session.get(f"{shop.base}/slack/install", allow_redirects=False)
    going = urlsplit(answer.headers["Location"])
    assert f"{going.scheme}://{going.netloc}/" == shop.local.api_url.removesuffix("api/")
    assert going.path == "/oauth/v2/authorize"
    asked = parse_qs(going.query)
    assert asked["client_id"] == [CLIENT[0]]
    assert asked["scope"] == [",".join(SCOPES)]
    assert asked["redirect_uri"] == ["http://gatherings.example/slack/oauth_redirect"]
    assert asked["state"] == [answer.cookies[STATE_COOKIE].value]


@pytest.mark.parametrize(("public", "name"), [("https", SECURE_STATE_COOKIE), ("http", STATE_COOKIE)])
async def test_the_mark_of_the_browser_is_this_hosts_and_no_scripts(shop: Shop, public: str, name: str) -> None:
    """Over HTTPS also by its name, which a sibling host cannot set. Taken back with the same."""
    client = OAuthClient("1.2", "secret", shop.local.api_url, f"{public}://gatherings.example")
    pages = OAuthPages(shop.slack._workspaces, shop.installations, client, shop.slack._client, shop.clock)  # type: ignore[arg-type]
    given = await pages.begin(make_mocked_request("GET", "/slack/install"))
    back = make_mocked_request("GET", "/slack/oauth_redirect?state=x", headers={"Cookie": f"{name}=x"})
    taken = await pages.finish(back)
    for cookie in (given.cookies[name], taken.cookies[name]):
        assert cookie["path"] == "/"
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert not cookie["domain"]
        assert bool(cookie["secure"]) is (public == "https")
    assert not taken.cookies[name].value


async def test_two_workspaces_each_with_their_own_token(shop: Shop) -> None:
    await shop.installs(FIRST)
    await shop.installs(SECOND)
    ada, bo = shop.local.human("Ada"), shop.local.human("Bo")
    await shop.client(FIRST).types(ada, "/htg list")
    await shop.client(SECOND).types(bo, "/htg list")
    assert [each.only for each in shop.local.messages] == [ada.id, bo.id]
    to = Address("slack", f"{SECOND}/{bo.id}")
    await shop.slack.messenger.tell(to, HELLO, key="k", language="en", zone="UTC")
    assert shop.local.messages[-1].place == bo.line
    with pytest.raises(Undeliverable, match="names no workspace"):
        await shop.slack.messenger.tell(Address("slack", bo.id), HELLO, key="k", language="en", zone="UTC")


async def test_slack_is_not_asked_for_each_request_who_we_are(shop: Shop) -> None:
    await shop.installs(FIRST)
    before = len(shop.local.asked("auth.test"))
    for _ in range(3):
        await shop.client(FIRST).types(shop.local.human("Ada"), "/htg list")
    assert len(shop.local.asked("auth.test")) == before == 1


async def test_a_token_is_encrypted_at_rest(shop: Shop) -> None:
    await shop.installs(FIRST)
    assert b"xoxb-" not in await stored_bytes(shop.database)


async def test_where_it_is_not_installed_the_person_is_told(shop: Shop) -> None:
    ada = shop.local.human("Ada")
    await shop.client("T0NOWHERE").types(ada, "/htg list")
    await shop.slack._tasks.drain(3)
    assert "no longer installed here" in shop.local.messages[-1].text
    to = Address("slack", f"T0NOWHERE/{ada.id}")
    with pytest.raises(Undeliverable, match="not installed"):
        await shop.slack.messenger.tell(to, HELLO, key="k", language="en", zone="UTC")


@pytest.mark.parametrize(
    ("event", "gone"),
    [
        ({"type": "app_uninstalled"}, True),
        ({"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}}, True),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}, False),
    ],
)
async def test_an_uninstalled_workspace_is_forgotten(shop: Shop, event: dict[str, object], gone: bool) -> None:
    await shop.installs(FIRST)
    await shop.installs(SECOND)
    await shop.client(FIRST).types(shop.local.human("Ada"), "/htg list")
    await shop.client(FIRST).brings_event(event)
    to = Address("slack", f"{FIRST}/{shop.local.human('Ada').id}")
    if gone:
        with pytest.raises(Undeliverable):
            await shop.slack.messenger.tell(to, HELLO, key="k", language="en", zone="UTC")
    else:
        await shop.slack.messenger.tell(to, HELLO, key="k", language="en", zone="UTC")
    await shop.client(SECOND).types(shop.local.human("Bo"), "/htg list")
    assert "No gatherings" in shop.local.messages[-1].text


async def test_it_can_come_back(shop: Shop) -> None:
    await shop.installs(FIRST)
    await shop.client(FIRST).brings_event({"type": "app_uninstalled"})
    await shop.installs(FIRST)
    await shop.client(FIRST).types(shop.local.human("Ada"), "/htg list")
    assert "No gatherings" in shop.local.messages[-1].text


# ---- only home may install


@pytest.mark.parametrize("team", [STRANGER, "E0ELSEWHERE"])
async def test_a_strangers_workspace_gets_a_page_that_says_no_and_its_token_is_revoked(shop: Shop, team: str) -> None:
    status, page = await shop.tries(team)
    assert status == 403
    assert "This workspace cannot add the bot" in page
    assert f"xoxb-token-of-{team}" not in shop.local.tokens, "revoked"
    assert await shop.installations.teams() == []
    assert f"token-of-{team}".encode() not in await stored_bytes(shop.database)
    shop.local.people.clear()
    await shop.client(team).types(shop.local.human("Otto", organiser=True), "/htg-host roster")
    await shop.slack._tasks.drain(3)
    assert "no longer installed here" in shop.local.messages[-1].text


async def test_a_token_that_cannot_be_revoked_is_kept_no_more_for_that(shop: Shop) -> None:
    shop.local.fail("auth.revoke", "500")
    assert (await shop.tries(STRANGER))[0] == 403
    assert await shop.installations.teams() == []


async def test_a_workspace_is_not_home_for_being_in_an_organisation_that_is(shop: Shop) -> None:
    shop.local.organisations[STRANGER] = ORGANISATION
    assert (await shop.tries(STRANGER))[0] == 403


async def test_an_organisation_at_home_is_one_place_whichever_of_its_workspaces_somebody_is_in(shop: Shop) -> None:
    await shop.installs(ORGANISATION)
    frances = shop.local.human("Frances", organiser=True, team=ORGANISATION)
    client = shop.client("T0BRANCH", organisation=ORGANISATION)
    await client.types(frances, "/htg-host help")
    assert "For facilitators" in shop.local.messages[-1].text
    person = await shop.slack._users.person(ORGANISATION, frances.id, "")
    assert str(person.address) == f"slack:{ORGANISATION}/{frances.id}"
    assert person.organises == frozenset({ORGANISATION})


async def test_somebody_from_elsewhere_organises_nothing_in_an_organisation(shop: Shop) -> None:
    await shop.installs(ORGANISATION)
    otto = shop.local.human("Otto", organiser=True, team="E0ELSEWHERE")
    await shop.client("T0BRANCH", organisation=ORGANISATION).takes_shortcut(otto, "host-help")
    await shop.slack._tasks.drain(3)
    assert "That is for facilitators" in str(otto.windows)
    await shop.client("T0BRANCH", organisation=ORGANISATION).types(otto, "/htg-host help")
    assert "That is for facilitators" in shop.local.messages[-1].text


@pytest.mark.parametrize("at_start", [True, False])
async def test_what_was_installed_from_elsewhere_before_is_given_up(shop: Shop, at_start: bool) -> None:
    """At the start, or when somebody there asks."""
    shop.local.tokens["xoxb-old"] = (STRANGER, set(SCOPES))
    await shop.installations.keep(STRANGER, {"token": "xoxb-old"})
    await shop.installations.keep(FIRST, {"token": "xoxb-ours"})
    if at_start:
        await shop.slack.open()
    otto = shop.local.human("Otto", organiser=True)
    await shop.client(STRANGER).types(otto, "/htg-host help")
    await shop.slack._tasks.drain(3)
    assert "no longer installed here" in shop.local.messages[-1].text
    assert "xoxb-old" not in shop.local.tokens, "revoked"
    assert await shop.installations.teams() == [FIRST]


async def test_what_cannot_be_opened_is_forgotten_all_the_same(shop: Shop, storage: OpenStorage) -> None:
    lost = StoredInstallations(shop.storage, Keyring(["another key, which nobody has any more"]))
    await lost.keep(STRANGER, {"token": "xoxb-old"})
    await shop.slack.open()
    assert await shop.installations.teams() == []


# ---- who may bring a code


async def test_a_code_without_the_mark_of_its_browser_is_refused(shop: Shop) -> None:
    shop.local.codes["stolen"] = "xoxb-token-of-thief"
    assert (await shop.comes_back(code="stolen"))[0] == 400
    assert (await shop.comes_back(code="stolen", state="made-up"))[0] == 400
    state = await shop.begins()
    shop.session.cookie_jar.clear()
    assert (await shop.comes_back(code="stolen", state=state))[0] == 400
    assert "stolen" in shop.local.codes


async def test_a_mark_is_good_once_and_for_ten_minutes(shop: Shop) -> None:
    state = await shop.begins()
    cookies = list(shop.session.cookie_jar)
    assert (await shop.comes_back(error="access_denied", state=state))[0] == 200
    shop.session.cookie_jar.update_cookies({each.key: each.value for each in cookies})
    headers = {"Cookie": "; ".join(f"{each.key}={each.value}" for each in cookies)}
    answer = await shop.session.get(f"{shop.base}/slack/oauth_redirect?state={state}&code=x", headers=headers)
    assert answer.status == 400
    late = await shop.begins()
    shop.clock.advance(minutes=11)
    assert (await shop.comes_back(code="x", state=late))[0] == 400


async def test_someone_who_changes_their_mind(shop: Shop) -> None:
    status, page = await shop.comes_back(error="access_denied", state=await shop.begins())
    assert status == 200
    assert "Nothing was changed" in page


async def test_a_code_that_slack_does_not_know(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    status, page = await shop.comes_back(code="c0de-unknown", state=await shop.begins())
    assert status == 502
    assert "try once more" in page
    assert "c0de-unknown" not in caplog.text


async def test_the_pages_are_kept_nowhere_and_run_nothing(shop: Shop) -> None:
    answer = await shop.session.get(f"{shop.base}/slack/oauth_redirect", params={"state": "<script>"})
    assert answer.headers["Cache-Control"] == "no-store"
    rules = set(answer.headers["Content-Security-Policy"].split("; "))
    assert rules == {"default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"}
    assert "<script>" not in await answer.text()


# ---- how it rests


async def test_keys_are_rotated(storage: OpenStorage) -> None:
    old = StoredInstallations(storage, Keyring(["an old key"]))
    await old.keep(FIRST, {"token": "xoxb-1"})
    assert await StoredInstallations(storage, Keyring(["a new key", "an old key"])).find(FIRST) == {"token": "xoxb-1"}
    with pytest.raises(SecretUnreadable):
        await StoredInstallations(storage, Keyring(["a new key"])).find(FIRST)
    assert await old.find(SECOND) is None
    await old.forget(FIRST)
    assert await old.find(FIRST) is None


def test_nothing_of_it_shows_itself() -> None:
    credentials = SlackCredentials("xoxb-1", "xapp-1", "signing", "1.2", "secret")
    assert not any(each in repr(credentials) for each in ("xoxb-1", "xapp-1", "signing", "'secret'"))

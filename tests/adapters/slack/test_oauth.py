"""Several workspaces: installed by page, each with its own token, encrypted at rest, and gone when it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request

from adapters.slack import respond
from adapters.slack.manifest import SCOPES
from adapters.slack.oauth import SECURE_STATE_COOKIE, STATE_COOKIE, OAuthClient, OAuthPages
from adapters.slack.run import SlackBot, SlackCredentials
from bot.addresses import Address
from bot.config import Config
from bot.dispatcher import Dispatcher
from bot.i18n import in_every_language
from bot.ports import Undeliverable
from bot.views import Paragraph, Text, View
from storage.encryption.keyring import Keyring, SecretUnreadable
from storage.engine.open import OpenStorage, open_storage
from storage.installations import StoredInstallations
from tests.adapters.slack.fake_slack import FakeSlack
from tests.adapters.slack.fake_web_api import OAUTH_CLIENT
from tests.adapters.slack.harness import serving_bot
from tests.adapters.slack.transport import SIGNING_SECRET, HttpTransport
from tests.adapters.slack.user_client import UserClient
from tests.conversations.harness import MovableClock
from tests.databases import KEY, Databases, stored_bytes

HELLO = View((Paragraph((Text("Hello"),)),))
FIRST, SECOND, ORGANISATION = "T0FIRST", "T0SECOND", "E0HOME"
STRANGER = "T0STRANGER"


@dataclass
class InstallableBot:
    """The bot as several workspaces install it."""

    fake_slack: FakeSlack
    bot: SlackBot
    clock: MovableClock
    base: str
    session: aiohttp.ClientSession
    database: str
    installations: StoredInstallations
    storage: OpenStorage

    def client(self, team: str, organisation: str = "") -> UserClient:
        return UserClient(
            self.fake_slack, HttpTransport(f"{self.base}/slack/events", self.clock, self.session), team, organisation
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
        self.fake_slack.tokens[token] = (team, set(SCOPES))
        self.fake_slack.codes[f"code-{team}"] = token
        return await self.comes_back(code=f"code-{team}", state=await self.begins())

    async def installs(self, team: str) -> None:
        status, page = await self.tries(team)
        assert status == 200, page


@pytest.fixture
def database(databases: Databases) -> str:
    return databases.fresh("sqlite")


@pytest.fixture
async def app(database: str, clock: MovableClock, config: Config) -> AsyncIterator[InstallableBot]:
    async with AsyncExitStack() as stack:
        storage = await open_storage(database, [KEY])
        stack.push_async_callback(storage.close)
        fake_slack = await stack.enter_async_context(FakeSlack(clock).running())
        credentials = SlackCredentials(
            signing_secret=SIGNING_SECRET, client_id=OAUTH_CLIENT[0], client_secret=OAUTH_CLIENT[1],
            api_url=fake_slack.api_url, public_url="http://gatherings.example",
            teams=frozenset({FIRST, SECOND, ORGANISATION}),
        )  # fmt: skip
        installations = StoredInstallations(storage, Keyring([KEY]))
        bot = SlackBot(Dispatcher(storage, config), clock, credentials, installations)
        stack.push_async_callback(bot.close)
        await bot.open()
        base = await stack.enter_async_context(serving_bot(bot))
        jar = aiohttp.CookieJar(unsafe=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        yield InstallableBot(fake_slack, bot, clock, base, session, database, installations, storage)


async def test_the_install_page_asks_slack_for_the_least(app: InstallableBot) -> None:
    answer = await app.session.get(f"{app.base}/slack/install", allow_redirects=False)
    going = urlsplit(answer.headers["Location"])
    assert f"{going.scheme}://{going.netloc}/" == app.fake_slack.api_url.removesuffix("api/")
    assert going.path == "/oauth/v2/authorize"
    asked = parse_qs(going.query)
    assert asked["client_id"] == [OAUTH_CLIENT[0]]
    assert asked["scope"] == [",".join(SCOPES)]
    assert asked["redirect_uri"] == ["http://gatherings.example/slack/oauth_redirect"]
    assert asked["state"] == [answer.cookies[STATE_COOKIE].value]


@pytest.mark.parametrize(("public", "name"), [("https", SECURE_STATE_COOKIE), ("http", STATE_COOKIE)])
async def test_the_mark_of_the_browser_is_this_hosts_and_no_scripts(
    app: InstallableBot, public: str, name: str
) -> None:
    """Over HTTPS also by its name, which a sibling host cannot set. Taken back with the same."""
    client = OAuthClient("1.2", "secret", app.fake_slack.api_url, f"{public}://gatherings.example")
    pages = OAuthPages(app.bot._workspaces, app.installations, client, app.bot._client, app.clock)  # type: ignore[arg-type]
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


async def test_two_workspaces_each_with_their_own_token(app: InstallableBot) -> None:
    await app.installs(FIRST)
    await app.installs(SECOND)
    ada, bo = app.fake_slack.user("Ada"), app.fake_slack.user("Bo")
    await app.client(FIRST).types_command(ada, "/htg list")
    await app.client(SECOND).types_command(bo, "/htg list")
    assert [each.ephemeral_for for each in app.fake_slack.messages] == [ada.id, bo.id]
    to = Address("slack", f"{SECOND}/{bo.id}")
    await app.bot.messenger.send(to, HELLO, key="k", language="en", zone="UTC")
    assert app.fake_slack.messages[-1].channel == bo.dm_channel
    with pytest.raises(Undeliverable, match="names no workspace"):
        await app.bot.messenger.send(Address("slack", bo.id), HELLO, key="k", language="en", zone="UTC")


@pytest.mark.parametrize("ends", ["in time", "well", "badly"])
async def test_a_token_that_takes_long_to_be_looked_up_does_not_cost_the_acknowledgement(
    app: InstallableBot, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    """What looking it up took is no longer there for the answer, which then goes to the response_url."""
    await app.installs(FIRST)
    ada, looked_up, find = app.fake_slack.user("Ada"), asyncio.Event(), StoredInstallations.find

    async def takes_long(store: StoredInstallations, team: str) -> Mapping[str, str] | None:
        if ends != "in time":
            await looked_up.wait()
        if ends == "badly":
            raise ConnectionResetError
        return await find(store, team)

    monkeypatch.setattr(StoredInstallations, "find", takes_long)
    monkeypatch.setattr(respond, "ACKNOWLEDGE_WITHIN", timedelta(seconds=40 if ends == "in time" else 0.1))
    async with asyncio.timeout(30):
        await app.client(FIRST).types_command(ada, "/htg list")
    before = len(app.fake_slack.messages)
    looked_up.set()
    await app.bot._tasks.drain(30)
    assert before == (ends == "in time")
    (message,) = app.fake_slack.messages
    assert message.ephemeral_for == ada.id
    assert ("Many people are here" in message.text) is (ends == "badly")


@pytest.mark.parametrize("ends", ["well", "badly"])
async def test_a_form_stays_as_it_is_while_a_token_cannot_be_looked_up(
    app: InstallableBot, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    """Nothing else could tell whoever sent it, and what they typed would be gone."""
    await app.installs(FIRST)
    ada, client = app.fake_slack.user("Ada"), app.client(FIRST)
    looked_up, find = asyncio.Event(), StoredInstallations.find
    await client.types_command(ada, "/htg suggest")
    await app.bot._tasks.drain(30)

    async def takes_long(store: StoredInstallations, team: str) -> Mapping[str, str] | None:
        await looked_up.wait()
        if ends == "badly":
            raise ConnectionResetError
        return await find(store, team)

    app.clock.advance(minutes=2)  # the token is not cached any more
    with monkeypatch.context() as slow:
        slow.setattr(StoredInstallations, "find", takes_long)
        slow.setattr(respond, "ACKNOWLEDGE_WITHIN", timedelta(seconds=0.1))
        errors = await client.submits(ada, {"topic": "Grief at work"})
        looked_up.set()
        await app.bot._tasks.drain(30)
    assert list(errors.values()) == [in_every_language(respond.NOT_NOW_TEXT)]
    assert set(errors) == {"topic"}
    assert not await client.submits(ada, {"topic": "Grief at work"})
    assert "The facilitators will read it" in str([ada.modals, app.fake_slack.messages])


async def test_a_form_says_that_the_app_was_removed(app: InstallableBot) -> None:
    await app.installs(FIRST)
    ada, client = app.fake_slack.user("Ada"), app.client(FIRST)
    await client.types_command(ada, "/htg suggest")
    await app.bot._tasks.drain(30)
    await app.installations.forget(FIRST)
    app.clock.advance(minutes=2)
    said = in_every_language(respond.NOT_INSTALLED_TEXT)
    assert "no longer installed" in said
    assert "ya no está instalada" in said
    assert await client.submits(ada, {"topic": "Grief at work"}) == {"topic": said}


async def test_slack_is_not_asked_for_each_request_who_we_are(app: InstallableBot) -> None:
    await app.installs(FIRST)
    before = len(app.fake_slack.calls_of("auth.test"))
    for _ in range(3):
        await app.client(FIRST).types_command(app.fake_slack.user("Ada"), "/htg list")
    assert len(app.fake_slack.calls_of("auth.test")) == before == 1


async def test_a_token_is_encrypted_at_rest(app: InstallableBot) -> None:
    await app.installs(FIRST)
    assert b"xoxb-" not in await stored_bytes(app.database)


async def test_where_it_is_not_installed_the_person_is_told(app: InstallableBot) -> None:
    ada = app.fake_slack.user("Ada")
    await app.client("T0NOWHERE").types_command(ada, "/htg list")
    await app.bot._tasks.drain(3)
    assert "no longer installed here" in app.fake_slack.messages[-1].text
    to = Address("slack", f"T0NOWHERE/{ada.id}")
    with pytest.raises(Undeliverable, match="not installed"):
        await app.bot.messenger.send(to, HELLO, key="k", language="en", zone="UTC")


@pytest.mark.parametrize(
    ("event", "gone"),
    [
        ({"type": "app_uninstalled"}, True),
        ({"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}}, True),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}, False),
    ],
)
async def test_an_uninstalled_workspace_is_forgotten(app: InstallableBot, event: dict[str, object], gone: bool) -> None:
    await app.installs(FIRST)
    await app.installs(SECOND)
    await app.client(FIRST).types_command(app.fake_slack.user("Ada"), "/htg list")
    await app.client(FIRST).sends_event(event)
    to = Address("slack", f"{FIRST}/{app.fake_slack.user('Ada').id}")
    if gone:
        with pytest.raises(Undeliverable):
            await app.bot.messenger.send(to, HELLO, key="k", language="en", zone="UTC")
    else:
        await app.bot.messenger.send(to, HELLO, key="k", language="en", zone="UTC")
    await app.client(SECOND).types_command(app.fake_slack.user("Bo"), "/htg list")
    assert "No gatherings" in app.fake_slack.messages[-1].text


async def test_it_can_come_back(app: InstallableBot) -> None:
    await app.installs(FIRST)
    await app.client(FIRST).sends_event({"type": "app_uninstalled"})
    await app.installs(FIRST)
    await app.client(FIRST).types_command(app.fake_slack.user("Ada"), "/htg list")
    assert "No gatherings" in app.fake_slack.messages[-1].text


# ---- only home may install


@pytest.mark.parametrize("team", [STRANGER, "E0ELSEWHERE"])
async def test_a_strangers_workspace_gets_a_page_that_says_no_and_its_token_is_revoked(
    app: InstallableBot, team: str
) -> None:
    status, page = await app.tries(team)
    assert status == 403
    assert "This workspace cannot add the bot" in page
    assert f"xoxb-token-of-{team}" not in app.fake_slack.tokens, "revoked"
    assert await app.installations.teams() == []
    assert f"token-of-{team}".encode() not in await stored_bytes(app.database)
    app.fake_slack.users.clear()
    await app.client(team).types_command(app.fake_slack.user("Otto", is_admin=True), "/htg-host roster")
    await app.bot._tasks.drain(3)
    assert "no longer installed here" in app.fake_slack.messages[-1].text


async def test_a_token_that_cannot_be_revoked_is_kept_no_more_for_that(app: InstallableBot) -> None:
    app.fake_slack.fail("auth.revoke", "500")
    assert (await app.tries(STRANGER))[0] == 403
    assert await app.installations.teams() == []


async def test_a_workspace_is_not_home_for_being_in_an_organisation_that_is(app: InstallableBot) -> None:
    app.fake_slack.organisations[STRANGER] = ORGANISATION
    assert (await app.tries(STRANGER))[0] == 403


async def test_an_organisation_at_home_is_one_place_whichever_of_its_workspaces_somebody_is_in(
    app: InstallableBot,
) -> None:
    await app.installs(ORGANISATION)
    frances = app.fake_slack.user("Frances", is_admin=True, team=ORGANISATION)
    client = app.client("T0BRANCH", organisation=ORGANISATION)
    await client.types_command(frances, "/htg-host help")
    assert "For facilitators" in app.fake_slack.messages[-1].text
    person = await app.bot._users.person(ORGANISATION, frances.id, "")
    assert str(person.address) == f"slack:{ORGANISATION}/{frances.id}"
    assert person.organises == frozenset({ORGANISATION})


async def test_somebody_from_elsewhere_organises_nothing_in_an_organisation(app: InstallableBot) -> None:
    await app.installs(ORGANISATION)
    otto = app.fake_slack.user("Otto", is_admin=True, team="E0ELSEWHERE")
    await app.client("T0BRANCH", organisation=ORGANISATION).uses_shortcut(otto, "host-help")
    await app.bot._tasks.drain(3)
    assert "That is for facilitators" in str(otto.modals)
    await app.client("T0BRANCH", organisation=ORGANISATION).types_command(otto, "/htg-host help")
    assert "That is for facilitators" in app.fake_slack.messages[-1].text


@pytest.mark.parametrize("at_start", [True, False])
async def test_what_was_installed_from_elsewhere_before_is_given_up(app: InstallableBot, at_start: bool) -> None:
    """At the start, or when somebody there asks."""
    app.fake_slack.tokens["xoxb-old"] = (STRANGER, set(SCOPES))
    await app.installations.keep(STRANGER, {"token": "xoxb-old"})
    await app.installations.keep(FIRST, {"token": "xoxb-ours"})
    if at_start:
        await app.bot.open()
    otto = app.fake_slack.user("Otto", is_admin=True)
    await app.client(STRANGER).types_command(otto, "/htg-host help")
    await app.bot._tasks.drain(3)
    assert "no longer installed here" in app.fake_slack.messages[-1].text
    assert "xoxb-old" not in app.fake_slack.tokens, "revoked"
    assert await app.installations.teams() == [FIRST]


async def test_what_cannot_be_opened_is_forgotten_all_the_same(app: InstallableBot, storage: OpenStorage) -> None:
    lost = StoredInstallations(app.storage, Keyring(["another key, which nobody has any more"]))
    await lost.keep(STRANGER, {"token": "xoxb-old"})
    await app.bot.open()
    assert await app.installations.teams() == []


# ---- who may bring a code


async def test_a_code_without_the_mark_of_its_browser_is_refused(app: InstallableBot) -> None:
    app.fake_slack.codes["stolen"] = "xoxb-token-of-thief"
    assert (await app.comes_back(code="stolen"))[0] == 400
    assert (await app.comes_back(code="stolen", state="made-up"))[0] == 400
    state = await app.begins()
    app.session.cookie_jar.clear()
    assert (await app.comes_back(code="stolen", state=state))[0] == 400
    assert "stolen" in app.fake_slack.codes


async def test_a_mark_that_is_no_text_is_refused(app: InstallableBot) -> None:
    place = urlsplit(app.base)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    asks = b"GET /slack/oauth_redirect?state=%b&code=x HTTP/1.1\r\nHost: x\r\nCookie: htg-slack-install=\xff\r\n\r\n"
    for state in (b"x", b"%ff", b"%3F"):
        writer.write(asks % state)
        assert b" 400 " in await reader.readline()
        await reader.readuntil(b"</html>")
    writer.close()


async def test_a_mark_is_good_once_and_for_ten_minutes(app: InstallableBot) -> None:
    state = await app.begins()
    cookies = list(app.session.cookie_jar)
    assert (await app.comes_back(error="access_denied", state=state))[0] == 200
    app.session.cookie_jar.update_cookies({each.key: each.value for each in cookies})
    headers = {"Cookie": "; ".join(f"{each.key}={each.value}" for each in cookies)}
    answer = await app.session.get(f"{app.base}/slack/oauth_redirect?state={state}&code=x", headers=headers)
    assert answer.status == 400
    late = await app.begins()
    app.clock.advance(minutes=11)
    assert (await app.comes_back(code="x", state=late))[0] == 400


async def test_someone_who_changes_their_mind(app: InstallableBot) -> None:
    status, page = await app.comes_back(error="access_denied", state=await app.begins())
    assert status == 200
    assert "Nothing was changed" in page


async def test_a_code_that_slack_does_not_know(app: InstallableBot, caplog: pytest.LogCaptureFixture) -> None:
    status, page = await app.comes_back(code="c0de-unknown", state=await app.begins())
    assert status == 502
    assert "try once more" in page
    assert "c0de-unknown" not in caplog.text


async def test_the_pages_are_kept_nowhere_and_run_nothing(app: InstallableBot) -> None:
    answer = await app.session.get(f"{app.base}/slack/oauth_redirect", params={"state": "<script>"})
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

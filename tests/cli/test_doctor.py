"""`htg doctor`, beside a Slack, a Discord, a Zoom and a web half on this machine: every outcome, and no secret."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

import htg
from bot.addresses import Address
from bot.admission.model import DoorRule
from bot.gatherings.model import Plan, Status
from bot.meetings.model import LEFT_OUT
from bot.members.model import Person
from bot.notifications.breaker import opened
from bot.notifications.deliver import LAST_TICK
from bot.notifications.model import Notification, NotificationKind, Receipt
from bot.ports import Clock
from bot.secrets import ZoomLink
from bot.unit_of_work import UnitOfWork
from cli.checks.context import LAST_BACKUP
from cli.checks.public_url import _reached_here
from cli.context import CliContext
from htg import SystemClock, main
from tests.adapters.discord.fake_discord import TOKEN
from tests.adapters.slack.fake_web_api import APP_TOKEN, BOT_TOKEN
from tests.adapters.zoom.local_zoom import ACCOUNT, CLIENT, SECRET
from tests.cli.conftest import KEY, CommandResult, StoppedClock
from tests.cli.fake_services import FakeServices, open_fake_services, self_signed
from tests.cli.test_backups import in_storage
from tests.databases import Databases, on_both
from tests.storage.claims import claim

HOME = Path(htg.__file__).parent
NOW = SystemClock().now()
SECRETS = (KEY, TOKEN, BOT_TOKEN, APP_TOKEN, SECRET, "hunter2", "k3pt")


@pytest.fixture
def services() -> Iterator[FakeServices]:
    with open_fake_services() as services:
        yield services


@pytest.fixture
def environment(database_url: str, services: FakeServices) -> dict[str, str]:
    """Everything is configured, and right."""
    return {
        "DATABASE_URL": database_url,
        "HTG_SECRET_KEY": KEY,
        "HTG_PUBLIC_URL": f"http://127.0.0.1:{services.web_half(database_url, KEY)}",
        "HTG_FACILITATORS": "slack:T123/U456",
        "HTG_CONTACT": "hello@example.org",
        "HTG_SUPPORT": "In danger: 112",
        "HTG_ANNOUNCEMENT_CHANNELS": "discord:#4000",
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": services.slack.api_url,
        "DISCORD_TOKEN": TOKEN,
        "DISCORD_API_URL": services.discord.api_url,
        "ZOOM_ACCOUNT_ID": ACCOUNT,
        "ZOOM_CLIENT_ID": CLIENT,
        "ZOOM_CLIENT_SECRET": SECRET,
        "ZOOM_WEBHOOK_SECRET": "pV9s-hunter2",
        "ZOOM_API_URL": f"{services.zoom.base}/v2",
        "ZOOM_OAUTH_URL": f"{services.zoom.base}/oauth",
    }


def examined(environment: dict[str, str], clock: Clock | None = None) -> CommandResult:
    result = CliRunner().invoke(
        main, ["doctor"], prog_name="htg", env=environment, obj=CliContext(clock or SystemClock())
    )
    said = CommandResult(result.exit_code, result.stdout, result.stderr)
    assert said.err == ""
    assert not [each for each in SECRETS if each in said.out]
    return said


def lines(said: CommandResult, level: str) -> list[str]:
    return [each[8:] for each in said.out.splitlines() if each.startswith(f"{level:<6}  ")]


def the(said: CommandResult, level: str, subject: str) -> str:
    (found,) = [each for each in lines(said, level) if each.startswith(f"{subject}: ")]
    return found


def settled(receipt: Receipt, why: str = "") -> Callable[[UnitOfWork], None]:
    """A reminder to Ada on Slack, of which this became."""

    def work(uow: UnitOfWork) -> None:
        link = ZoomLink("https://zoom.us/j/1?pwd=k3pt")
        (gathering,) = uow.gatherings.add([Plan("Grief", NOW + timedelta(hours=1), "UTC", link=link)], Status.PUBLISHED)
        ada = uow.members.get_or_create(Person(Address("slack", "T123/U1"), "Ada"), NOW)
        notice = Notification(
            key=f"{receipt}-{gathering.id}",
            kind=NotificationKind.REMINDER,
            gathering=gathering.id,
            platform="slack",
            member=ada.id,
            offset=timedelta(hours=1),
            starts_at=gathering.starts_at,
            due_at=NOW,
            expires_at=NOW + timedelta(hours=1),
        )
        uow.notifications.add([notice])
        (claimed,) = claim(uow, NOW)
        uow.deliveries.settle(claimed, receipt, NOW, why)

    return work


# ---- when all is well


@on_both
def test_all_is_well(environment: dict[str, str], services: FakeServices, database_url: str) -> None:
    in_storage(database_url, settled(Receipt.SENT))
    in_storage(database_url, lambda uow: uow.facilitators.add(Address("slack", "T123/U7")))
    in_storage(database_url, lambda uow: uow.state.set(LAST_BACKUP, NOW.isoformat()))
    in_storage(database_url, lambda uow: uow.state.set(LAST_TICK, SystemClock().now().isoformat()))
    said = examined(environment)
    files = ["Files"] if database_url.startswith("sqlite") else []
    assert [each.partition(":")[0] for each in lines(said, "ok")] == [
        "Settings", "Database", "Database", *files, "Clock", *["Slack"] * 5, *["Discord"] * 6,
        *["Zoom"] * 5, "Worker", "Team", "Backups",
    ]  # fmt: skip
    # That the address is this very machine's is the one thing that a test cannot help.
    assert lines(said, "fault") == []
    assert the(said, "advice", "Public URL").endswith("from this machine alone: for everybody else it takes https.")
    assert said.out.splitlines()[-1] == "No fault, and 1 piece of advice."
    assert said.code == 0
    assert "opens all 1 encrypted values" in said.out
    assert "It agrees with Slack's" in said.out


# ---- settings


def test_all_bad_settings_at_once() -> None:
    said = examined({"HTG_LANGUAGE": "fr", "HTG_SECRET_KEY": "hunter2", "HTG_DOORS_OPNE": "1"})
    assert said.code == 1
    assert [each.split(": ")[1] for each in lines(said, "fault")] == [
        "HTG_DOORS_OPNE",
        "HTG_SECRET_KEY",
        "HTG_LANGUAGE",
    ]
    assert said.out.splitlines()[-1] == "3 faults."


def test_nothing_is_configured() -> None:
    said = examined({})
    assert said.code == 1
    missing = "".join(lines(said, "fault"))
    for each in (
        "HTG_SECRET_KEY: it is missing",
        "Neither Slack nor Discord nor e-mail",
        "There is no database at data/htg.db",
    ):
        assert each in missing
    assert "nothing to compare it with" in the(said, "advice", "Clock")
    assert "Nobody can plan a gathering yet: name somebody in HTG_FACILITATORS" in the(said, "advice", "Team")
    assert not Path("data").exists(), "it looks, and makes nothing"


def test_a_host_that_forgets() -> None:
    said = examined({"DYNO": "web.1", "HTG_ALLOW_EPHEMERAL": "1", "HTG_SECRET_KEY": KEY})
    advised = "".join(lines(said, "advice"))
    for each in ("forgets the database", "set HTG_CONTACT", "set HTG_SUPPORT"):
        assert each in advised


# ---- the database


@on_both
def test_a_database_without_tables(databases: Databases, database_kind: str) -> None:
    url = databases.empty(database_kind)
    said = examined({"DATABASE_URL": url, "HTG_SECRET_KEY": KEY})
    assert said.code == 1
    assert "htg db upgrade" in the(said, "fault", "Database")
    assert "the database did not say" in the(said, "advice", "Backups")


def test_a_database_out_of_reach() -> None:
    said = examined({"DATABASE_URL": "postgresql://htg:hunter2@127.0.0.1:1/htg", "HTG_SECRET_KEY": KEY})
    assert "127.0.0.1:1 does not answer" in the(said, "fault", "Database")


@pytest.mark.parametrize(
    ("url", "advised"),
    [
        ("postgres://htg:hunter2@db.invalid/htg", True),
        ("postgres://htg:hunter2@db.invalid/htg?sslmode=prefer", True),
        ("postgres://htg:hunter2@db.invalid/htg?sslmode=require", False),
        ("postgres://htg:hunter2@db.invalid/htg?sslmode=verify-full", False),
        ("postgres://htg:hunter2@127.0.0.1:1/htg", False),
    ],
)
def test_a_database_on_another_machine_is_to_be_reached_by_tls(url: str, advised: bool) -> None:
    said = examined({"DATABASE_URL": url, "HTG_SECRET_KEY": KEY})
    assert any("sslmode=verify-full" in each for each in lines(said, "advice")) == advised


# ---- files


@pytest.mark.process
def test_files_that_others_can_read(database_url: str, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": database_url}
    database, backup = Path(database_url.removeprefix("sqlite:///")), tmp_path / "htg backup"
    dotenv = Path(".env")
    dotenv.write_text(f"HTG_SECRET_KEY={KEY}\n", encoding="utf-8")
    dotenv.chmod(0o600)
    result = CliRunner().invoke(main, ["db", "backup", str(backup)], env=environment, obj=CliContext(SystemClock()))
    assert result.exit_code == 0
    assert the(examined(environment), "ok", "Files")
    for each, mode in ((dotenv, 0o640), (database, 0o604), (backup, 0o644)):
        each.chmod(mode)
    said = examined(environment)
    assert said.code == 1
    assert f"chmod go= .env {database} '{backup}'" in the(said, "fault", "Files")
    command = next(each for each in said.out.splitlines() if "chmod go=" in each)
    subprocess.run(["/bin/sh", "-c", command[command.index("chmod") :]], check=True)  # noqa: S603
    assert the(examined(environment), "ok", "Files"), "the command mends it"


def test_another_key(environment: dict[str, str], database_url: str) -> None:
    in_storage(database_url, settled(Receipt.SENT))
    said = examined(environment | {"HTG_SECRET_KEY": "pc-TWGCy_lONiDKqNs_khzKNSNQpUrKq-BeKetcSAwc"})
    assert "does not open 1 of the 1 encrypted values" in the(said, "fault", "Database")
    assert said.code == 1


# ---- the clock


@pytest.mark.parametrize(
    ("off", "words"), [(15, ""), (70, "seconds ahead of"), (-70, "seconds behind"), (930, "15 minutes")]
)
def test_a_clock_that_is_off(environment: dict[str, str], off: float, words: str) -> None:
    class Off(SystemClock):
        def now(self) -> datetime:
            return super().now() + timedelta(seconds=off)

    said = examined(environment, Off())
    if words:
        assert words in the(said, "fault", "Clock")
        assert "NTP" in the(said, "fault", "Clock")
    else:
        assert "agrees with Slack's" in the(said, "ok", "Clock")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_beside_the_database_server_where_no_platform_tells_the_time(database_url: str) -> None:
    environment = {"DATABASE_URL": database_url, "HTG_SECRET_KEY": KEY}
    assert "agrees with the database server's" in the(examined(environment), "ok", "Clock")
    assert "behind the database server's" in the(
        examined(environment, StoppedClock(NOW - timedelta(days=1))), "fault", "Clock"
    )


# ---- the platforms


def test_credentials_that_nobody_accepts(environment: dict[str, str]) -> None:
    wrong = {"SLACK_BOT_TOKEN": "xoxb-hunter2", "SLACK_APP_TOKEN": "xapp-hunter2"}
    wrong |= {"DISCORD_TOKEN": "hunter2-hunter2", "ZOOM_CLIENT_SECRET": "hunter2-hunter2"}
    said = examined(environment | wrong)
    assert said.code == 1
    named = ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DISCORD_TOKEN", "ZOOM_CLIENT_SECRET"]
    assert [any(name in each for each in lines(said, "fault")) for name in named] == [True] * 4
    assert said.out.splitlines()[-1].startswith("4 faults and ")


def test_platforms_out_of_reach(environment: dict[str, str]) -> None:
    nowhere = "http://127.0.0.1:9"
    away = {"SLACK_API_URL": nowhere, "DISCORD_API_URL": nowhere, "ZOOM_OAUTH_URL": nowhere, "HTG_PUBLIC_URL": nowhere}
    said = examined(environment | away)
    assert said.code == 1
    for name in ("Slack", "Discord", "Zoom"):
        assert "cannot be reached from here" in the(said, "fault", name)
    assert "Nothing answers at http://127.0.0.1:9 yet: start the bot" in the(said, "advice", "Public URL")


@pytest.mark.parametrize(
    ("receipt", "why", "level", "words"),
    [
        (Receipt.SENT, "", "ok", "The Messages tab is on"),
        (Receipt.BLOCKED, "user_disabled", "ok", "The Messages tab is on"),
        (Receipt.BLOCKED, "messages_tab_disabled: switch on", "fault", "the Messages tab is off: switch it on"),
        (None, "", "advice", "No reminder was sent yet"),
    ],
)
def test_the_messages_tab(
    environment: dict[str, str], database_url: str, receipt: Receipt | None, why: str, level: str, words: str
) -> None:
    if receipt is not None:
        in_storage(database_url, settled(Receipt.SENT))
        in_storage(database_url, settled(receipt, why))
    assert any(words in each for each in lines(examined(environment), level))


def test_the_messages_tab_while_slack_refuses_for_it(environment: dict[str, str], database_url: str) -> None:
    restricted = opened("slack/T123", "messages_tab_disabled: switch on", SystemClock().now())
    in_storage(database_url, lambda uow: uow.breakers.open(restricted))
    said = examined(environment)
    assert any("the Messages tab is off: switch it on" in each for each in lines(said, "fault"))


def test_advice_alone_is_no_failure(environment: dict[str, str], services: FakeServices) -> None:
    published = services.discord.state.commands.pop("")
    said = examined(environment | {"HTG_FACILITATORS": "discord:42"})
    services.discord.state.commands[""] = published
    assert "not published everywhere yet" in said.out
    assert "In Circle discord:42 does not see /htg-host" in said.out
    assert "One facilitator alone is named" in the(said, "advice", "Team")
    assert lines(said, "fault") == []
    assert said.code == 0


def test_log_ins_that_zoom_cannot_tell(environment: dict[str, str]) -> None:
    del environment["HTG_PUBLIC_URL"]
    said = examined(environment)
    assert "Zoom cannot tell of log-ins without HTG_PUBLIC_URL" in the(said, "fault", "Zoom")
    assert "HTG_PUBLIC_URL is not set" in the(said, "advice", "Public URL")


def test_settings_of_meetings_that_zoom_does_not_take(environment: dict[str, str], database_url: str) -> None:
    in_storage(database_url, lambda uow: uow.state.set(LEFT_OUT, "watermark"))
    assert "does not take: watermark." in the(examined(environment), "advice", "Zoom")


def test_the_largest_limit_of_a_gathering_must_fit_into_a_meeting(
    environment: dict[str, str], database_url: str
) -> None:
    def work(uow: UnitOfWork) -> None:
        plans = [
            Plan(
                "Large", NOW + timedelta(hours=1), "UTC", link=ZoomLink("https://zoom.us/j/1"), door_rule=DoorRule(150)
            )
        ]
        uow.gatherings.add(plans, Status.PUBLISHED)

    in_storage(database_url, work)
    assert "150 are let in by the settings or a gathering" in the(examined(environment), "fault", "Zoom")


@pytest.mark.slow
def test_a_subject_that_takes_too_long_does_not_keep_the_others(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.sleep(60)

    async def break_down(*_: object) -> None:
        raise LookupError("hunter2")

    monkeypatch.setattr("cli.doctor.CHECK_TIMEOUT", 3.0)
    monkeypatch.setattr("adapters.slack.checks.check", hang)
    monkeypatch.setattr("adapters.discord.checks.check", break_down)
    said = examined(environment)
    assert the(said, "fault", "Slack") == "Slack: No answer came within 3 seconds: look at the network, and try again."
    assert "(LookupError)" in the(said, "fault", "Discord")
    assert len(lines(said, "ok")) >= 4


# ---- from outside


def test_where_the_public_url_leads(environment: dict[str, str], services: FakeServices, tmp_path: Path) -> None:
    here = environment["HTG_PUBLIC_URL"].rpartition(":")[2]
    encrypted = services.answering(200, "ok", self_signed(tmp_path))
    for url, port, level, words in (
        (f"http://127.0.0.1:{services.answering(404, 'no')}", "1", "fault", "Something else than the bot answers"),
        (f"http://127.0.0.1:{services.answering(200, '<html>')}", "1", "fault", "Something else than the bot answers"),
        (f"http://127.0.0.1:{services.answering(502, 'bad')}", "1", "advice", "Nothing answers"),
        (f"http://127.0.0.1:{services.answering(502, 'bad')}", here, "fault", "does not lead there: look at the proxy"),
        ("http://127.0.0.1:9", here, "fault", "does not lead there: look at the proxy"),
        ("https://gatherings.invalid", here, "fault", "Nobody knows the name"),
        (f"https://localhost:{encrypted}", here, "fault", "The certificate of"),
    ):
        said = examined(environment | {"HTG_PUBLIC_URL": url, "PORT": port, "HOST": "127.0.0.1"})
        assert words in the(said, level, "Public URL"), url


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - nothing listens
        ("::", "[::1]"),
        ("0:0::0", "[::1]"),
        ("::1", "[::1]"),
        ("127.0.0.2", "127.0.0.2"),
        ("localhost", "localhost"),
    ],
)
def test_where_this_machine_itself_looks_for_the_web_half(host: str, here: str) -> None:
    assert _reached_here(host) == here


# ---- worker, team and backups


def test_whether_anybody_reminds(environment: dict[str, str], database_url: str) -> None:
    assert "None was at work yet: htg run" in the(examined(environment), "advice", "Worker")
    for minutes, level, words in ((4, "ok", "One is at work."), (6, "advice", "and nobody is reminded: start htg run")):
        at = SystemClock().now() - timedelta(minutes=minutes)
        in_storage(database_url, lambda uow: uow.state.set(LAST_TICK, at.isoformat()))  # noqa: B023 - run at once
        assert words in the(examined(environment), level, "Worker")
    assert f"since {at:%Y-%m-%d %H:%M} UTC" in the(examined(environment), "advice", "Worker")


def test_a_platform_that_refuses_the_bot_itself(environment: dict[str, str], database_url: str) -> None:
    restricted = opened("discord", "Discord's anti-spam system flagged the bot", SystemClock().now())
    in_storage(database_url, lambda uow: uow.breakers.open(restricted))
    said = examined(environment)
    line = the(said, "fault", "Worker")
    assert "discord refuses the bot itself since" in line
    assert "flagged the bot" in line
    assert "docs/discord.md" in line
    assert said.code == 1


def test_backups_by_their_age(environment: dict[str, str], database_url: str, tmp_path: Path) -> None:
    assert "None was taken yet: htg db backup FILE" in the(examined(environment), "advice", "Backups")
    taken = CliRunner().invoke(
        main,
        ["db", "backup", str(tmp_path / "file")],
        env=environment,
        obj=CliContext(StoppedClock(NOW - timedelta(days=8))),
    )
    assert taken.exit_code == 0
    assert "The last was taken 8 days ago" in the(examined(environment), "advice", "Backups")
    taken = CliRunner().invoke(
        main, ["db", "backup", str(tmp_path / "new")], env=environment, obj=CliContext(SystemClock())
    )
    assert taken.exit_code == 0
    assert "The last was taken on " in the(examined(environment), "ok", "Backups")


def test_who_could_open_the_doors(environment: dict[str, str], database_url: str) -> None:
    assert "One facilitator alone" in the(examined(environment), "advice", "Team")
    in_storage(database_url, lambda uow: uow.facilitators.add(Address("discord", "43")))
    assert "2 facilitators are named" in the(examined(environment), "ok", "Team")
    environment.pop("HTG_FACILITATORS")
    in_storage(database_url, lambda uow: uow.facilitators.remove(Address("discord", "43")))
    assert "No facilitator is named" in the(examined(environment), "advice", "Team")


# ---- as a program


@pytest.mark.process
def test_the_real_program(environment: dict[str, str]) -> None:
    """On a terminal each line begins with a mark, and the word beside it says the same."""
    primary, secondary = os.openpty()
    command = [sys.executable, "-W", "error", "-W", "ignore:'audioop' is deprecated", "-m", "htg", "doctor"]
    around = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(HOME), "PYTHONIOENCODING": "utf-8", **environment}
    with subprocess.Popen(command, env=around, stdout=secondary, stderr=subprocess.PIPE, text=True) as running:  # noqa: S603
        os.close(secondary)
        shown = b""
        while part := _read(primary):
            shown += part
        assert running.stderr is not None
        assert running.stderr.read() == ""
    words = shown.decode()
    assert running.returncode == 0, words
    assert "✓\x1b[0m ok      Database: It answers" in words
    assert "•\x1b[0m advice  Backups: None was taken yet" in words
    assert not [each for each in SECRETS if each in words]


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux' way of saying that the other end was closed
        return b""

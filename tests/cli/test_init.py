"""`htg init`, beside a Slack and a Discord on this machine: by questions and by options."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import settings
from cli import init as init_command
from cli.context import CliContext
from htg import main
from tests.adapters.discord.fake_discord import TOKEN
from tests.adapters.slack.fake_web_api import APP_TOKEN, BOT_TOKEN
from tests.cli.conftest import KEY, CommandResult, StoppedClock
from tests.cli.fake_services import FakeServices, open_fake_services

pytestmark = pytest.mark.loopback

FRANCES = "slack:T123/U456"
SLACK_ANSWERS = ["--slack", "--slack-bot-token", BOT_TOKEN, "--slack-app-token", APP_TOKEN, "--no-discord"]


@pytest.fixture(scope="module")
def services() -> Iterator[FakeServices]:
    with open_fake_services() as services:
        yield services


@pytest.fixture
def opened(services: FakeServices, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that were opened."""
    monkeypatch.setenv("SLACK_API_URL", services.slack.api_url)
    monkeypatch.setenv("DISCORD_API_URL", services.discord.api_url)
    pages: list[str] = []
    monkeypatch.setattr(init_command, "open_page", pages.append)
    return pages


def init(*options: str, answers: str = "") -> CommandResult:
    result = CliRunner().invoke(
        main, ["init", *options], prog_name="htg", input=answers, obj=CliContext(StoppedClock())
    )
    return CommandResult(result.exit_code, result.stdout, result.stderr)


def test_from_nothing_by_options(opened: list[str]) -> None:
    said = init(*SLACK_ANSWERS[:-1], "--discord", "--discord-token", TOKEN, "--facilitator", FRANCES)
    assert said.code == 0, said.err
    assert stat.S_IMODE(Path(".env").stat().st_mode) == 0o600
    written = settings.load()
    assert written.platforms() == ["Slack", "Discord"]
    assert [str(each) for each in written.facilitators] == [FRANCES]
    assert written.keys()
    assert [line.split("   ")[0].strip() for line in said.out.splitlines()[-3:]] == [
        "htg db upgrade",
        "htg doctor",
        "htg run",
    ]
    assert "https://discord.com/oauth2/authorize?" in said.out
    for secret in (BOT_TOKEN, APP_TOKEN, TOKEN, written.keys()[0]):
        assert secret not in said.out + said.err
    assert opened == [], "nothing is to be looked up"


def test_from_nothing_by_questions(opened: list[str]) -> None:
    said = init(answers=f"y\nn\n{BOT_TOKEN}\n{APP_TOKEN}\n{FRANCES}\n")
    assert said.code == 0, said.err
    (page,) = opened
    assert page.startswith("https://api.slack.com/apps?new_app=1&manifest_json=%7B")
    assert settings.load().platforms() == ["Slack"]
    before = Path(".env").read_bytes()
    said = init()
    assert (said.code, Path(".env").read_bytes()) == (0, before), said.err
    assert "Discord is not connected (htg init --discord connects it)." in said.out


def test_a_second_time_asks_nothing_and_changes_nothing(opened: list[str]) -> None:
    assert init(*SLACK_ANSWERS, "--facilitator", FRANCES).code == 0
    before = Path(".env").read_bytes()
    said = init("--slack", "--no-discord")
    assert (said.code, Path(".env").read_bytes()) == (0, before), said.err
    assert "stays as it is" in said.out


def test_what_is_there_stays_and_is_replaced_only_when_one_says_so(opened: list[str]) -> None:
    ours = f"# ours\nHTG_ORGANISATION=Healing Together\nHTG_SECRET_KEY={KEY}\nHTG_FACILITATORS={FRANCES}\n"
    Path(".env").write_text(ours)
    bo = "slack:T123/U789"
    assert init(*SLACK_ANSWERS, "--facilitator", bo, answers="n\n").code == 0
    kept = Path(".env").read_text()
    assert kept.startswith(ours)
    assert init(*SLACK_ANSWERS, "--facilitator", bo, answers="y\n").code == 0
    assert Path(".env").read_text() == kept.replace(FRANCES, bo)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (
            ["--slack", "--slack-bot-token", "xoxb-wrong", "--slack-app-token", APP_TOKEN],
            "SLACK_BOT_TOKEN is not accepted",
        ),
        (["--slack", "--slack-bot-token", "nonsense", "--slack-app-token", APP_TOKEN], "does not begin with xoxb-"),
        (["--no-slack", "--discord", "--discord-token", "wrong"], "DISCORD_TOKEN"),
    ],
)
def test_a_token_that_is_not_accepted_writes_nothing(opened: list[str], options: list[str], why: str) -> None:
    said = init(*options, "--facilitator", FRANCES, *([] if "--discord" in options else ["--no-discord"]))
    assert said.code == 1
    assert why in said.err
    assert "Nothing was written." in said.err
    assert not Path(".env").exists()


def test_a_token_that_is_not_accepted_is_asked_for_again(opened: list[str]) -> None:
    answers = f"xoxb-wrong\n{APP_TOKEN}\n{BOT_TOKEN}\nbob\n{FRANCES}\n"
    said = init("--slack", "--no-discord", answers=answers)
    assert said.code == 0, said.err
    assert said.out.count("App-level token") == 1, "what is accepted is not asked for again"
    assert "SLACK_BOT_TOKEN is not accepted" in said.err
    assert settings.load().slack_bot_token is not None


def test_where_nobody_answers_the_option_is_named(opened: list[str]) -> None:
    said = init("--slack", "--no-discord")
    assert said.code == 2
    assert "SLACK_BOT_TOKEN" in said.err
    assert not Path(".env").exists()


@pytest.mark.parametrize(
    ("address", "why"), [("slack:T123/C789", "person"), ("bob", "person"), ("discord:42", "is not on Slack")]
)
def test_a_facilitator_is_a_person_who_can_write_to_the_bot(opened: list[str], address: str, why: str) -> None:
    said = init(*SLACK_ANSWERS, "--facilitator", address)
    assert (said.code, Path(".env").exists()) == (1, False)
    assert why in said.err


def test_without_any_platform_there_is_the_sandbox(opened: list[str]) -> None:
    said = init("--no-slack", "--no-discord")
    assert said.code == 2
    assert "htg sandbox" in said.err


def test_several_facilitators(opened: list[str]) -> None:
    assert init(*SLACK_ANSWERS, "--facilitator", f"{FRANCES},slack:U789").code == 0
    assert len(settings.load().facilitators) == 2


def test_a_fault_that_is_there_is_said_before_anything_is_asked(opened: list[str]) -> None:
    Path(".env").write_text("HTG_TIMEZONE=Nowhere\n")
    said = init("--slack", "--no-discord", answers=f"{BOT_TOKEN}\n{APP_TOKEN}\n{FRANCES}\n")
    assert said.code == 2
    assert "HTG_TIMEZONE" in said.err
    assert "token" not in said.out
    assert Path(".env").read_text() == "HTG_TIMEZONE=Nowhere\n"


def test_where_slack_cannot_be_reached_nobody_is_asked_again(
    opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:1/")
    said = init("--slack", "--no-discord", answers=f"{BOT_TOKEN}\n{APP_TOKEN}\n{BOT_TOKEN}\n{APP_TOKEN}\n")
    assert said.code == 1
    assert said.out.count("Bot token") == 1
    assert "cannot be reached" in said.err


def test_a_file_that_others_could_read_is_closed(opened: list[str]) -> None:
    real = Path("kept") / "settings"
    real.parent.mkdir()
    real.write_text("# ours\u2028so\nHTG_SECRET_KEY=\n")
    Path(".env").symlink_to(real)
    for _ in (1, 2):  # the second time nothing is new
        real.chmod(0o644)
        assert init(*SLACK_ANSWERS, "--facilitator", FRANCES).code == 0
        assert stat.S_IMODE(real.stat().st_mode) == 0o600
        assert Path(".env").is_symlink()
    assert real.read_text().startswith("# ours\u2028so\nHTG_SECRET_KEY=")


def test_what_the_environment_sets_is_not_replaced_in_the_file(
    opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTG_FACILITATORS", FRANCES)
    said = init(*SLACK_ANSWERS, "--facilitator", "slack:U789", answers="y\n")
    assert (said.code, Path(".env").exists()) == (1, False)
    assert "HTG_FACILITATORS is set in the environment" in said.err


def test_a_file_with_the_line_ends_of_windows_keeps_them(opened: list[str]) -> None:
    Path(".env").write_bytes(b"# ours\r\nSLACK_BOT_TOKEN=\r\nHTG_ORGANISATION=Healing Together\r\n")
    assert init(*SLACK_ANSWERS, "--facilitator", FRANCES).code == 0
    lines = Path(".env").read_bytes().split(b"\r\n")
    assert lines[:3] == [b"# ours", f"SLACK_BOT_TOKEN={BOT_TOKEN}".encode(), b"HTG_ORGANISATION=Healing Together"]
    assert lines[-1] == b""
    assert not [line for line in lines if b"\n" in line]


def press_ctrl_c(page: str) -> None:
    raise KeyboardInterrupt(page)


def test_whoever_stops_is_not_asked_again_for_what_was_accepted(
    opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(init_command, "open_page", press_ctrl_c)
        said = init("--slack", "--slack-bot-token", BOT_TOKEN, "--slack-app-token", APP_TOKEN, "--discord")
    assert said.code == 130
    assert "To go on from there: htg init" in said.out
    written = settings.load()
    assert (written.platforms(), written.facilitators) == (["Slack"], ())
    said = init("--discord", answers=f"{TOKEN}\n{FRANCES}\n")
    assert said.code == 0, said.err
    assert settings.load().keys() == written.keys()
    assert settings.load().platforms() == ["Slack", "Discord"]


def test_whoever_stops_before_anything_was_accepted_finds_nothing_written(
    opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(init_command, "open_page", press_ctrl_c)
    assert init("--slack", "--no-discord").code == 130
    assert not Path(".env").exists()

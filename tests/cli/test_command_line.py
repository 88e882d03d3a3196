"""Commands that need no database, and how every command fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

import htg
from tests.cli.conftest import KEY, Terminal

HOME = Path(htg.__file__).parent


def commands(command: click.Command, *words: str) -> list[tuple[str, ...]]:
    inner = command.commands.items() if isinstance(command, click.Group) else []
    return [words, *(found for name, each in inner for found in commands(each, *words, name))]


@pytest.mark.parametrize("words", commands(htg.main), ids=" ".join)
def test_every_command_has_help(bare: Terminal, words: tuple[str, ...]) -> None:
    said = bare.types(*words, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(" ".join(["Usage: htg", *words, ""]))
    first = said.out.split("\n\n")[1].strip()
    assert first.endswith("."), "says what it does, in a sentence"


def test_no_help_is_cut_short(bare: Terminal) -> None:
    for words in commands(htg.main):
        assert "..." not in bare.types(*words, "--help").out.partition("Commands:")[2]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("nope",), "No such command 'nope'. See: htg --help"),
        (("gatherings", "improt"), "Did you mean 'import'? See: htg gatherings --help"),
        (("gatherings", "import"), "Missing argument 'FILE'. See: htg gatherings import --help"),
        (("gatherings", "import", "gone.csv"), "'gone.csv' does not exist"),
        (("gatherings", "export", "out.xlsx"), "'out.xlsx' must end in .csv or .ics"),
        (("facilitators", "add", "bob"), "'bob' is not an address. A person: slack:T123/U456 or discord:42"),
        (("facilitators", "add", "discord:#4000"), "'discord:#4000' is a channel, not a person"),
        (("sandbox", "--port", "99999"), "is not in the range"),
        (("--nope",), "No such option"),
    ],
)
def test_a_wrong_word_is_one_sentence_and_exit_code_2(bare: Terminal, words: tuple[str, ...], why: str) -> None:
    said = bare.types(*words)
    assert (said.code, said.out, len(said.sentences)) == (2, "", 1)
    assert why in said.err


def test_run_with_nothing_configured_says_what_to_set_and_where_to_try(bare: Terminal) -> None:
    said = bare.types("run")
    assert (said.code, len(said.sentences)) == (2, 1)
    for word in ("SLACK_BOT_TOKEN", "DISCORD_TOKEN", "docs/settings.md", "htg sandbox"):
        assert word in said.err
    assert (HOME / "docs" / "settings.md").exists()


def test_run_names_a_platform_that_this_version_cannot_connect(bare: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(htg, "PLATFORMS", {})
    bare.environment = {"DISCORD_TOKEN": "12345678", "ZOOM_WEBHOOK_SECRET": "12345678"}
    said = bare.types("run")
    assert (said.code, len(said.sentences)) == (2, 1)
    assert said.err.startswith("Discord and Zoom cannot be connected by this version yet.")


@pytest.mark.parametrize("words", [("run",), ("gatherings", "list"), ("db", "current")])
def test_every_bad_setting_is_a_sentence_and_nothing_starts(bare: Terminal, words: tuple[str, ...]) -> None:
    bare.environment = {"HTG_LANGUAGE": "fr", "HTG_SECRET_KEY": "hunter2"}
    said = bare.types(*words)
    assert said.code == 2
    assert [each.partition(":")[0] for each in said.sentences] == ["HTG_SECRET_KEY", "HTG_LANGUAGE"]
    assert "hunter2" not in said.err


def test_help_and_the_sandbox_need_no_settings_to_be_right(bare: Terminal) -> None:
    bare.environment = {"HTG_LANGUAGE": "fr"}
    assert bare.types("sandbox", "--help").code == 0


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LookupError("at https://zoom.us/j/1?pwd=hunter2 for ada@example.org")

    monkeypatch.setattr("cli.context.open_storage", fail)


@pytest.mark.usefixtures("broken")
def test_what_should_not_happen_is_a_sentence_and_its_place_is_shown_on_demand(bare: Terminal) -> None:
    said = bare.types("gatherings", "list")
    assert (said.code, said.sentences) == (
        1,
        ["This should not have happened (LookupError). See where with: htg --debug …"],
    )
    shown = bare.types("--debug", "gatherings", "list")
    assert shown.code == 1
    assert "Traceback" in shown.err
    assert "LookupError" in shown.err
    assert "hunter2" not in shown.err
    assert "ada" not in shown.err
    assert "for mailbox-" in shown.err


def test_what_is_said_on_a_terminal_keeps_its_e_mail_addresses(bare: Terminal) -> None:
    """An operator who is told what to write can read it, and which mailbox is meant."""
    bare.environment = {"HTG_CONTACT": "Ruth"}
    for words in (("doctor",), ("gatherings", "list")):
        said = bare.types(*words)
        assert "For example: HTG_CONTACT=hello@example.org" in said.out + said.err
        assert "mailbox-" not in said.out + said.err


def test_a_database_that_is_not_there_or_does_not_answer(bare: Terminal) -> None:
    said = bare.types("gatherings", "list")
    assert (said.code, said.sentences) == (1, ["There is no database at data/htg.db yet: run `htg db upgrade`."])
    bare.environment = {"DATABASE_URL": "postgresql://htg:hunter2@127.0.0.1:1/htg"}
    said = bare.types("gatherings", "list")
    assert (said.code, said.sentences) == (1, ["The database server at 127.0.0.1:1 does not answer."])


@pytest.mark.process
def test_the_real_program(tmp_path: Path) -> None:
    """Its exit codes and streams, where nothing of the tests is around it."""
    (tmp_path / ".env").write_text("HTG_LATE_ENTRY=ten\nHTG_DOORS_OPNE=15m\n", encoding="utf-8")
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(HOME)}

    def htg_says(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", "-m", "htg", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    wrong = htg_says("db", "current")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    misspelt, unreadable, missing = wrong.stderr.splitlines()
    assert misspelt == "HTG_DOORS_OPNE: there is no such setting. Is it HTG_DOORS_OPEN?"
    assert unreadable.startswith("HTG_LATE_ENTRY: 'ten' is not a length of time (write a number and s, m, h or d).")
    assert missing.startswith("HTG_SECRET_KEY: it is missing")
    (tmp_path / ".env").write_text(f"HTG_SECRET_KEY={KEY}\n", encoding="utf-8")
    assert htg_says("gatherings", "list").returncode == 1
    made = htg_says("db", "upgrade")
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith("The database is at schema ")
    assert (tmp_path / "data" / "htg.db").exists()
    imported = htg_says("gatherings", "import", str(HOME / "examples" / "spring-programme.csv"))
    assert (imported.returncode, imported.stdout, imported.stderr) == (0, "8 added, 0 already there.\n", "")

"""What is written about settings names every one of them, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import settings
from bot.config import LANGUAGES
from settings import EXAMPLES, Settings

HOME = Path(settings.__file__).parent
NAMES = set(EXAMPLES)
SET_BY_HOSTS = {"DYNO"}
DEFAULTS = {each.alias: each.default for each in Settings.model_fields.values() if each.default}


def test_the_example_names_every_setting_with_its_default() -> None:
    written = re.findall(r"^# ([A-Z][A-Z_]+)=(.*)$", (HOME / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert len(written) == len(dict(written))
    assert set(dict(written)) == NAMES - SET_BY_HOSTS
    assert {name: value for name, value in written if name in DEFAULTS} == DEFAULTS


def test_the_example_is_good_as_it_is_and_with_every_line_taken_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for language in LANGUAGES:
        (tmp_path / f"agreement.{language}.md").write_text("We listen.")
    example = (HOME / ".env.example").read_text("utf-8")
    (tmp_path / ".env").write_text(example, encoding="utf-8")
    assert settings.load().config() == settings.load(tmp_path / "none").config()
    everything = re.sub(r"^# ([A-Z][A-Z_]+=)", r"\1", example, flags=re.MULTILINE)
    (tmp_path / ".env").write_text(everything, encoding="utf-8")
    assert settings.load().public_url == "https://gatherings.example.org"
    assert settings.load().platforms() == []


def test_the_document_names_every_setting_with_its_default() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", (HOME / "docs" / "settings.md").read_text("utf-8"), re.MULTILINE)
    assert len(rows) == len(dict(rows))
    assert set(dict(rows)) == NAMES
    assert {name: said.strip("`") for name, said in rows if name in DEFAULTS} == DEFAULTS


def test_everything_that_a_procfile_starts_is_there() -> None:
    from htg import main

    started = re.findall(r"^\w+: python -m htg (\w+)", (HOME / "Procfile").read_text("utf-8"), re.MULTILINE)
    assert started
    assert set(started) <= set(main.commands)

"""What the bot says, as it is read aloud, stands in files that people can read, and these are what is said today."""

from __future__ import annotations

import pytest

from bot.config import LANGUAGES
from tests import read_aloud
from tests.samples.values import HOSTILE


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_is_what_is_said(language: str) -> None:
    kept = (read_aloud.FOLDER / f"{language}.txt").read_text("utf-8")
    assert kept == read_aloud.written(language), "bring it up to date: make messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_reads_without_what_tries_the_limits_of_platforms(language: str) -> None:
    written = read_aloud.written(language)
    assert HOSTILE[:10] not in written

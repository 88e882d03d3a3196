"""Where there are no web pages, a calendar is a file: with the answer where that can hold one, else beside it."""

from __future__ import annotations

import pytest

from adapters.web.calendar import CalendarFiles
from bot.config import Config
from bot.platform import platform_of
from tests.conversations.conftest import Scenario
from tests.conversations.harness import Persona
from tests.samples.values import NOW, a_series

pytestmark = pytest.mark.everywhere

FILE = "gathering.ics"


@pytest.fixture
def config() -> Config:
    return Config(per_minute={}, calendar=CalendarFiles(Config()))


@pytest.mark.parametrize(("language", "add"), [("en", "Add to calendar"), ("es", "Añadir al calendario")])
async def test_a_registration_comes_with_a_file(scenario: Scenario, language: str, add: str) -> None:
    ada = scenario.member("Ada", language=language)
    await scenario.gathering("Letting go")
    await ada.says("/htg register letting")
    if platform_of(scenario.harness.platform).holds_files:
        assert ada.reads("Letting go").files == [FILE]
        assert add not in [button.label for button in ada.reads().buttons]
    else:
        assert ada.reads("Letting go").files == []
        await ada.presses(add)
        _sent(ada)
    await ada.says("/htg mine")
    await ada.presses(add)
    _sent(ada)


def _sent(who: Persona) -> None:
    """In the answer, or as a message of its own."""
    newest = [message for message in who.seen() if message.files]
    assert newest[-1].files == [FILE]
    assert newest[-1].where in {"answer", "direct"}


def test_what_the_file_says() -> None:
    config = Config(organisation="Healing Together")
    content = CalendarFiles(config).file("en", [(part, NOW, None) for part in a_series()]).content.decode()
    unfolded = content.replace("\r\n ", "")
    assert unfolded.count("BEGIN:VEVENT") == 3
    assert "press Join in your reminder\\, or type /htg join" in unfolded
    assert "URL:" not in unfolded
    assert "private link" not in unfolded
    assert "https://" not in unfolded

"""What is said of a door for one person, and of lengths of time under a minute."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import time_texts
from bot.admission import texts as admission_texts
from bot.admission import waiting_texts
from bot.admission.model import DoorRule, Doors
from bot.admission.waiting import QueuePosition
from bot.config import Config
from bot.gatherings import door_texts
from bot.i18n import Locale
from bot.pages import public_texts
from bot.plain_text import plain, spans
from bot.views import View
from tests.samples.values import NOW, a_gathering

MANY = re.compile(r"\b1 (?:people|places|of us|personas|plazas)|(?:all|las) 1\b|the first 1\b|primeras 1\b")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("limit", [1, 2])
def test_one_is_not_said_as_many(language: str, limit: int) -> None:
    locale, said = Locale(language, "Europe/Madrid"), []
    for late in (timedelta(0), timedelta(minutes=10), timedelta(hours=2)):
        for early in (timedelta(0), timedelta(minutes=15)):
            gathering = replace(a_gathering(), door_rule=DoorRule(limit, late, early))
            parts = [replace(gathering, part=number, parts=2, series=1) for number in (1, 2)]
            views = [
                door_texts.door_times(locale, gathering, NOW),
                door_texts.door_times(locale, gathering, gathering.starts_at),
                door_texts.door_rule(locale, gathering),
                door_texts.door_rules(locale, parts, NOW),
                door_texts.doors_of_parts(locale, parts),
            ]
            said.append(plain(locale, View(tuple(views))))
    said.append(plain(locale, admission_texts.shut(locale, Config(), gathering, Doors.FULL, None)))
    position = QueuePosition(None, was_returned=False)
    said += [spans(locale, spoken) for spoken in waiting_texts.full_spoken(locale, gathering, position)]
    config = Config(door_rule=DoorRule(limit=limit))
    said += [spans(locale, spoken) for spoken in public_texts.what_it_is(locale, config)]
    assert not [text for text in said if MANY.search(text)]
    assert not [text for text in said if "{" in text]


@pytest.mark.parametrize(
    ("seconds", "en", "es"),
    [(0, "0 minutes", "0 minutos"), (1, "1 second", "1 segundo"), (45, "45 seconds", "45 segundos"),
     (60, "1 minute", "1 minuto"), (3600, "1 hour", "1 hora")],
)  # fmt: skip
def test_lengths_under_a_minute_are_said_in_seconds(seconds: int, en: str, es: str) -> None:
    size = timedelta(seconds=seconds)
    assert (time_texts.length(Locale("en"), size), time_texts.length(Locale("es"), size)) == (en, es)

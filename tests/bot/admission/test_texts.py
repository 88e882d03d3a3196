"""What is said at closed doors, and what a facilitator sees of the doors."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.admission import host_texts, texts
from bot.admission.model import Doors
from bot.config import Config
from bot.gatherings.model import Status
from bot.i18n import Locale
from bot.plain_text import plain
from tests.samples.values import NOW, SPOKEN_FOR, a_gathering, a_registration


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (22, "open in 22 hours: Friday 4 December, 15:30 (Madrid time)."),
        (3, "open at 20:30, in 3 hours."),
    ],
)
def test_the_day_on_which_the_doors_open_is_named_where_it_is_not_today(hours: int, said: str) -> None:
    gathering = a_gathering(starts_at=NOW + timedelta(hours=hours, minutes=15))
    locale = Locale(zone="Europe/Madrid")
    assert said in plain(locale, texts.early(locale, Config(), gathering, a_registration(gathering), NOW))


NOTE = "Frances is ill."
CANCELLED = a_gathering(status=Status.CANCELLED, note=NOTE)


def test_a_cancellation_has_its_note_if_there_is_one() -> None:
    assert "The facilitators write: Frances is ill." in plain(
        Locale(), texts.shut(Locale(), Config(), CANCELLED, Doors.CANCELLED, None)
    )
    without = a_gathering(status=Status.CANCELLED)
    assert "The facilitators write" not in plain(
        Locale(), texts.shut(Locale(), Config(), without, Doors.CANCELLED, None)
    )


@pytest.mark.parametrize("state", [Doors.CLOSED, Doors.FULL, Doors.OVER])
def test_a_note_is_for_the_cancellation_alone(state: Doors) -> None:
    assert NOTE not in plain(Locale(), texts.shut(Locale(), Config(), a_gathering(note=NOTE), state, None))


def doors_page(*, unreached: int = 0, trouble: str = "", held_back: tuple[str, ...] = ()) -> str:
    return plain(
        Locale(),
        host_texts.doors_live(
            Locale(),
            a_gathering(admitted=3),
            NOW + timedelta(minutes=30),
            registered=5,
            unreached=unreached,
            logged_in=2,
            trouble=trouble,
            held_back=held_back,
        ),
    )


def test_the_doors_page_has_no_trouble_where_there_is_none() -> None:
    page = doors_page()
    assert "waiting room" not in page
    assert "could not be reached" not in page
    assert "5 registered" in page


def test_the_doors_page_says_what_is_wrong() -> None:
    assert "Zoom does not answer. People who have no link" in doors_page(trouble="Zoom does not answer")
    assert "1 person could not be reached by direct message." in doors_page(unreached=1)
    assert "2 people could not be reached by direct message." in doors_page(unreached=2)


@pytest.mark.parametrize("state", [Doors.FULL, Doors.CLOSED, Doors.OVER, Doors.CANCELLED])
def test_a_shut_door_says_who_is_there_instead(state: Doors) -> None:
    shown = plain(Locale(), texts.shut(Locale(), SPOKEN_FOR, a_gathering(), state, None))
    assert "hello@example.org" in shown
    assert "Samaritans, 116 123" in shown

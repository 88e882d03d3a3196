"""The live view of the doors, as facilitators read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import button_texts
from bot.admission import model
from bot.admission.model import Doors
from bot.button_texts import paragraphs
from bot.editing import rule_texts
from bot.gatherings import door_texts
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.meetings.texts import start_button
from bot.notifications import texts as notification_texts
from bot.request import Call
from bot.views import AnyButton, Button, Buttons, Item, Line, Moment, Note, Span, Strong, Style, Text, Tone, View


def state(locale: Locale, doors: Doors) -> str:
    return {
        Doors.EARLY: locale.t("Not open yet"),
        Doors.OPEN: locale.t("Open"),
        Doors.FULL: locale.t("Full"),
        Doors.CLOSED: locale.t("Closed"),
        Doors.CANCELLED: locale.t("Cancelled"),
        Doors.OVER: locale.t("Over"),
    }[doors]


def doors_live(
    locale: Locale,
    gathering: Gathering,
    now: datetime,
    *,
    registered: int,
    unreached: int,
    logged_in: int = 0,
    waiting: int = 0,
    places_stay: bool = False,
    trouble: str = "",
    held_back: Sequence[str] = (),
) -> View:
    """`Open · 63 in · 60 on Zoom · 27 places left · closes 18:10`, and what can be done.

    `logged_in`: where Zoom reports it; `waiting`: at a full house; `places_stay`: Zoom is silent about who logs in, so
    unused places do not return; `trouble`: why Zoom does not work, in a few words; `held_back`: the
    platforms of registrants that refuse the bot's messages for now.
    """
    counts = _counts(locale, gathering, now, registered=registered, logged_in=logged_in, waiting=waiting)
    lines: list[Line] = [(gathering_texts.topic(locale, gathering),), counts]
    if unreached:
        sentence = locale.plural(
            "{n} person could not be reached by direct message.",
            "{n} people could not be reached by direct message.",
            unreached,
        )
        lines.append(line(sentence))
    if places_stay:
        lines.append(line(locale.t("Zoom does not tell who logs in, so places that nobody uses stay as they are.")))
    if trouble:
        sentence = locale.t(
            "{trouble}. People who have no link of their own yet are asked to wait a moment; once that has lasted five"
            " minutes they get the common link. It can be passed on, so please look at who is in the waiting room."
        )
        lines.append(line(sentence, trouble=trouble))
    if held_back:
        lines.append(notification_texts.held_back(locale, held_back))
    return View((Item(tuple(lines)), Buttons(_door_buttons(locale, gathering, gathering.doors(now), now))))


def _counts(
    locale: Locale, gathering: Gathering, now: datetime, *, registered: int, logged_in: int, waiting: int
) -> Line:
    doors = gathering.doors(now)
    facts: list[Span] = [Strong(state(locale, doors))]
    facts.append(Text(" · " + locale.plural("{n} registered", "{n} registered", registered)))
    facts.append(Text(" · " + locale.plural("{n} in", "{n} in", gathering.admitted)))
    if logged_in:
        facts.append(Text(" · " + locale.plural("{n} on Zoom", "{n} on Zoom", logged_in)))
    if waiting:
        facts.append(Text(" · " + locale.plural("{n} waiting for a place", "{n} waiting for a place", waiting)))
    left = model.places_left(gathering)
    facts.append(Text(" · " + locale.plural("{n} place left", "{n} places left", left)))
    if doors is Doors.EARLY:
        opens = Moment(model.opens_at(gathering), gathering.zone, Style.LONG)
        facts += (Text(" · "), *line(locale.t("opens {when}"), when=opens))
    elif doors in {Doors.OPEN, Doors.FULL}:
        facts += (Text(" · "), *line(locale.t("closes {when}"), when=door_texts.closes(gathering)))
    return tuple(facts)


def followed(locale: Locale) -> Note:
    """Under an answer, which stays as it is."""
    return Note(line(locale.t("In our private line it follows by itself while the doors are open.")))


def zoom_mended(locale: Locale) -> View:
    return paragraphs(line(locale.t("Zoom does again what it should. There is nothing left for you to do.")))


def _door_buttons(locale: Locale, gathering: Gathering, doors: Doors, now: datetime) -> tuple[AnyButton, ...]:
    call = Call.of("host-doors", gathering=gathering.id)
    over = doors in {Doors.CANCELLED, Doors.OVER}
    buttons: list[AnyButton] = [] if over else [start_button(locale, gathering, Tone.PLAIN)]
    reopens = gathering.closed_at is not None and doors is Doors.CLOSED and now < model.closes_at(gathering)
    if doors is Doors.EARLY or reopens:
        buttons.append(Button(locale.t("Open now"), call.filled({"act": "open"}), Tone.NEXT))
    if doors in {Doors.OPEN, Doors.FULL}:
        buttons.append(Button(locale.t("Close now"), call.filled({"act": "close"}), Tone.FINAL))
    buttons.append(Button(locale.t("Look again"), call))
    buttons.append(button_texts.roster(locale, gathering))
    if not over:
        buttons.append(rule_texts.button(locale, gathering))
    return tuple(buttons)


def doors_stay(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t("The doors of {topic} cannot be opened any more: the time to come in is past.")
    topic = gathering_texts.topic(locale, gathering)
    return paragraphs(line(sentence, topic=topic), buttons=(button_texts.roster(locale, gathering),))

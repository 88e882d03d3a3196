"""Texts of the form for a gathering's door rule and length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot import button_texts, time_texts, times
from bot.config import Config
from bot.gatherings import door_texts
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import LONGEST, PLACES_LIMIT, SHORTEST, Gathering
from bot.i18n import Locale, line
from bot.request import Call
from bot.views import (
    AnyButton,
    Button,
    Buttons,
    Choice,
    ChoiceField,
    Form,
    Note,
    Paragraph,
    Part,
    Strong,
    TextField,
    View,
)


def rule_form(
    locale: Locale,
    config: Config,
    gathering: Gathering,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    call: Call,
    several: bool,
    whole: bool = False,
) -> Form:
    """How many, how early, how late, how long. `several`: parts of its series are to come; `whole`: all are meant."""
    usual = config.door_rule

    def text(name: str, label: str, hint: str) -> TextField:
        return TextField(name, label, values.get(name, ""), hint, errors.get(name, ""), limit=20)

    fields: list[TextField | ChoiceField] = [
        text("limit", locale.t("How many people come in"), _usually(locale, str(usual.limit))),
        text(
            "doors_open",
            locale.t("The doors open before the start"),
            _usually(locale, time_texts.length(locale, usual.opens_before)),
        ),
        text(
            "late_entry",
            locale.t("They close after the start"),
            _usually(locale, time_texts.length(locale, usual.late_entry)),
        ),
        text("duration", locale.t("How long it lasts"), _usually(locale, time_texts.length(locale, config.duration))),
    ]
    if several:
        only = locale.t("Only {part}").format(part=gathering_texts.part(locale, gathering))
        choices = (Choice("this", only), Choice("all", locale.t("All coming parts")))
        chosen = values.get("which") or ("all" if whole else "this")
        fields.append(ChoiceField("which", locale.t("What is changed?"), choices, value=chosen))
    return Form(locale.t("Doors and length"), call, tuple(fields), locale.t("Save"))


def _usually(locale: Locale, usual: str) -> str:
    return locale.t("Usually {value}.").format(value=usual)


def button(locale: Locale, gathering: Gathering) -> Button:
    return Button(locale.t("Doors and length"), Call.of("host-rule", gathering=gathering.id))


def limit_unreadable(locale: Locale) -> str:
    return locale.t("Please give a whole number from 1 to {n}.").format(n=PLACES_LIMIT)


def length_unreadable(locale: Locale, example: timedelta) -> str:
    sentence = locale.t("Please give a time of at most {longest}, like {example}.")
    return sentence.format(longest=time_texts.length(locale, LONGEST), example=times.brief(example))


def duration_unreadable(locale: Locale) -> str:
    sentence = locale.t("Please give a length from {shortest} to {longest}, like 90m.")
    shortest, longest = (time_texts.length(locale, size) for size in (SHORTEST, LONGEST))
    return sentence.format(shortest=shortest, longest=longest)


def late_past_end(locale: Locale, duration: timedelta) -> str:
    sentence = locale.t("It lasts {length}, so the doors cannot stay open for longer than that.")
    return sentence.format(length=time_texts.length(locale, duration))


def never_open(locale: Locale) -> str:
    return locale.t("The doors would never be open. Please give a time before the start, or after it.")


def over_by_then(locale: Locale) -> str:
    return locale.t("It would be over already. Please give a longer time.")


def parts_overlap(locale: Locale) -> str:
    return locale.t("A part would still go on when the next one begins. Please give a shorter time.")


def changed(
    locale: Locale, gathering: Gathering, parts: Sequence[Gathering], *, posted: bool, registered: bool
) -> View:
    """`parts`: those that were changed. `registered`: somebody has read the earlier rule in their confirmation."""
    name = gathering_texts.named(locale, gathering) if len(parts) == 1 else gathering.title
    view_parts: list[Part] = [
        Paragraph(line(locale.t("{topic} is changed."), topic=Strong(name))),
        door_texts.door_rule(locale, gathering),
        gathering_texts.terms(locale, gathering),
    ]
    if gathering.admitted:
        view_parts.append(Note(line(locale.t("Whoever is in already stays in."))))
    if posted:
        view_parts.append(Note(line(locale.t("Announcements that were posted are changed in place."))))
    buttons: list[AnyButton] = [button_texts.see_doors(locale, gathering)]
    if registered:
        view_parts.append(
            Note(line(locale.t("Who is registered is not told of this by itself. You can write to them.")))
        )
        buttons.append(Button(locale.t("Write to them"), Call.of("host-message", gathering=gathering.id)))
    return View((*view_parts, Buttons(tuple(buttons))))


def beyond_capacity(locale: Locale, capacity: int) -> Note:
    sentence = locale.t(
        "Zoom lets {n} people into its meeting, the host among them: fewer than may come in. Please lower the limit, or"
        " ask whoever runs the bot for a larger plan."
    )
    return Note(line(sentence, n=capacity))


def unchanged(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t("{topic} stays as it was.")
    named = gathering_texts.topic(locale, gathering)
    doors = button_texts.see_doors(locale, gathering)
    return View((Paragraph(line(sentence, topic=named)), door_texts.door_rule(locale, gathering), Buttons((doors,))))

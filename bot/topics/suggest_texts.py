"""Texts of suggesting a topic."""

from __future__ import annotations

from collections.abc import Sequence

from bot import button_texts
from bot.button_texts import paragraphs
from bot.i18n import Locale, line
from bot.request import Call
from bot.topics.model import TOPIC_LIMIT
from bot.views import Choice, ChoiceField, Form, Strong, TextField, View


def suggest_form(locale: Locale, typed: str = "", error: str = "", others: Sequence[Choice] = ()) -> Form:
    """`others`: topics of other members; one may be chosen instead of a suggestion, or besides it."""
    fields: tuple[TextField | ChoiceField, ...] = (
        TextField(
            "topic",
            locale.t("What should a gathering be about?"),
            value=typed,
            hint=locale.t("Other members do not see who suggested it."),
            error=error,
            required=not others,
            multiline=True,
            limit=TOPIC_LIMIT,
        ),
    )
    if others:
        label = locale.t("Or join in what others suggested")
        fields += (ChoiceField("support", label, tuple(others), required=False),)
    return Form(locale.t("Suggest a topic"), Call("suggest"), fields, locale.t("Suggest"))


def topic_too_long(locale: Locale) -> str:
    return locale.t("Please say it in at most {limit} characters.").format(limit=TOPIC_LIMIT)


def suggested(locale: Locale, topic: str) -> View:
    return paragraphs(
        line(locale.t("Thank you. The facilitators will read it: {topic}"), topic=Strong(topic)),
        line(locale.t("Other members do not see that it came from you.")),
    )


def already_suggested(locale: Locale, topic: str) -> View:
    sentence = locale.t("You have suggested this already, and it is kept: {topic}")
    return paragraphs(line(sentence, topic=Strong(topic)), buttons=(button_texts.upcoming(locale),))


def too_many_open(locale: Locale, limit: int) -> View:
    sentence = locale.t("You have {limit} suggestions waiting. When one is taken up, there is room for another.")
    return paragraphs(line(sentence, limit=limit), buttons=(button_texts.upcoming(locale),))

"""What the letter says that asks to confirm a signup."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.admission import texts as admission_texts
from bot.admission.model import closes_at
from bot.button_texts import paragraphs
from bot.config import Config
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.secrets import JoinLink
from bot.signups.model import SIGNUP_LIFE
from bot.views import Buttons, Moment, Note, Paragraph, Part, SecretLinkButton, Strong, Style, View


def letter(
    locale: Locale,
    config: Config,
    gathering: Gathering,
    link: JoinLink,
    coming: Sequence[Gathering] = (),
    *,
    now: datetime,
) -> View:
    """It holds nothing that the one who asked could have chosen: the address may be somebody else's.

    `coming`: of a series, the parts that the button registers for.
    """
    unasked = locale.t(
        "If you did not ask for this, you need do nothing: without that button nobody is registered, and your address"
        " is forgotten within 24 hours."
    )
    ends = max(closes_at(part) for part in coming or [gathering])
    agreed_first = locale.t("If this is your first time, you first read what everybody agrees to.")
    works = line(locale.t("The button works for 24 hours."))
    if ends < now + SIGNUP_LIFE:
        works = line(
            locale.t("The button works until the doors close, at {time}."),
            time=Moment(ends, gathering.zone, Style.TIME),
        )
    return View(
        (
            *_asked(locale, config, gathering, coming),
            Paragraph(line(locale.t("One press registers you, and leads to your own page."))),
            *([Paragraph(line(agreed_first))] if config.agreement else []),
            *map(Paragraph, admission_texts.full_among(locale, coming or [gathering], now)),
            Paragraph(works),
            Buttons((SecretLinkButton(locale.t("Yes, register me"), link),)),
            Note(line(unasked)),
        )
    )


def _asked(locale: Locale, config: Config, gathering: Gathering, coming: Sequence[Gathering]) -> tuple[Part, ...]:
    if len(coming) > 1:
        sentence = locale.t("You asked to come to these parts of {topic} with {organisation}:")
        spoken = line(sentence, topic=Strong(gathering.title), organisation=config.organisation)
        return (Paragraph(spoken), gathering_texts.part_lines(locale, coming))
    spoken = line(
        locale.t("You asked to come to {topic} with {organisation}: {when}."),
        topic=gathering_texts.topic(locale, gathering),
        organisation=config.organisation,
        when=gathering_texts.moment(gathering),
    )
    return (Paragraph(spoken),)


def new_page(locale: Locale) -> View:
    """The former address was revoked."""
    gone = locale.t("Your page has a new address. The one before no longer works, for anybody.")
    next_letter = locale.t("You are on the new one now; the next letter leads to it, too.")
    return paragraphs(line(gone), line(next_letter))

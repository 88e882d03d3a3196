"""Texts of creating, editing and publishing a gathering."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot import button_texts, time_texts, times
from bot.button_texts import paragraphs
from bot.editing import rule_texts
from bot.gatherings import replies
from bot.gatherings.model import DESCRIPTION_LIMIT, FACILITATORS_LIMIT, PARTS_LIMIT, TITLE_LIMIT, Gathering
from bot.i18n import Locale, line
from bot.request import Call
from bot.text import headline
from bot.views import (
    Button,
    Buttons,
    Choice,
    Form,
    Item,
    Line,
    MomentsField,
    Note,
    Paragraph,
    Part,
    PeopleField,
    Strong,
    TextField,
    Tone,
    View,
)

INVITATION_LIMIT = 3000
"""Characters: fits Zoom's whole invitation with its telephone numbers (a Slack input takes 3000)."""

NOW_LIMIT = 200
"""Characters that are shown of what somebody else wrote meanwhile."""


def gathering_form(
    locale: Locale,
    call: Call,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    told: int = 0,
    keeps_link: bool = False,
    makes_link: bool = False,
    zone: str = "",
    readings: Sequence[Choice] = (),
    may_add: bool = True,
) -> Form:
    """For a new gathering and for an edited one, whose `zone` is given.

    `readings`: all that one of the starts can mean. `may_add`: parts may be added.
    `told`: how many registrants are notified if a start moves.
    If the link is left empty, the stored one stays (`keeps_link`), or a meeting is created (`makes_link`).
    """

    def text(name: str, label: str, **more: object) -> TextField:
        return TextField(name, label, value=values.get(name, ""), error=errors.get(name, ""), **more)  # type: ignore[arg-type]

    return Form(
        locale.t("Change the gathering") if call.name == "host-edit" else locale.t("A new gathering"),
        call,
        (
            text("title", locale.t("Topic"), limit=TITLE_LIMIT),
            text("description", locale.t("Description"), limit=DESCRIPTION_LIMIT, required=False, multiline=True),
            _starts_field(
                locale,
                values.get("starts", ""),
                errors.get("starts", ""),
                zone=zone or locale.zone,
                told=told,
                readings=readings,
                may_add=may_add,
            ),
            text(
                "zoom",
                locale.t("Zoom link"),
                hint=_link_hint(locale, keeps_link=keeps_link, makes_link=makes_link),
                limit=INVITATION_LIMIT,
                required=not (keeps_link or makes_link),
                multiline=True,
                secret=True,
            ),
            PeopleField(
                "facilitators",
                locale.t("Facilitators"),
                locale.t("Or by name"),
                value=values.get("facilitators", ""),
                hint=locale.t("As members will read it, like Ada, Bo."),
                picker_hint=locale.t("Somebody who is not here: by name, with Change, after the preview."),
                error=errors.get("facilitators", ""),
                limit=FACILITATORS_LIMIT,
                required=False,
            ),
        ),
        locale.t("Save") if call.name == "host-edit" else locale.t("Show me a preview"),
    )


def _starts_field(
    locale: Locale, value: str, error: str, *, zone: str, told: int, readings: Sequence[Choice], may_add: bool
) -> MomentsField:
    starts_hint = (
        locale.t("Like 3 December 18:00, weekly, 3 times; or a line each. For {zone}.")
        if may_add
        else locale.t("Like 3 December 18:00, for {zone}.")  # short, since Discord shows 100 characters
    ).format(zone=zone)
    if told:
        heard = locale.plural("{n} registrant is told if it moves.", "{n} registrants are told if it moves.", told)
        starts_hint = f"{starts_hint} {heard}"
    return MomentsField(
        "starts",
        locale.t("Date and time"),
        zone,
        locale.t("Day"),
        locale.t("Time"),
        locale.t("Or in words"),
        locale.t("Further parts, a line each") if may_add else "",
        value=value,
        hint=starts_hint,
        error=error,
        readings=tuple(readings),
        which=locale.t("Which do you mean?"),
    )


def _link_hint(locale: Locale, *, keeps_link: bool, makes_link: bool) -> str:
    if keeps_link:
        return locale.t("Left empty, it stays as it is. The link and passcode, or Zoom's whole invitation.")
    if makes_link:
        return locale.t("Left empty, I make a Zoom meeting, with a link of their own for everyone who comes.")
    return locale.t("The link and passcode, or Zoom's whole invitation.")


def title_missing(locale: Locale) -> str:
    return locale.t("Please give the topic, in at most {limit} characters.").format(limit=TITLE_LIMIT)


def too_long(locale: Locale, limit: int) -> str:
    return locale.t("Please say it in at most {limit} characters.").format(limit=limit)


def nameless(locale: Locale, who: str) -> str:
    return locale.t("I do not know what “{who}” is called. Please write their name.").format(who=who[:60])


def holds_room(locale: Locale) -> str:
    return locale.t("Please leave the link and passcode of the room out: everyone can read this.")


def text_leaks(locale: Locale, gathering: Gathering) -> View:
    """Refuses a gathering whose stored texts disclose a room: they were stored before, or its link has changed."""
    # Named by its id: the title may be what discloses it.
    sentence = locale.t(
        "The texts of gathering {id} hold the link to a room, its number or passcode, and everyone would read it."
    )
    change = button_texts.change(locale, gathering)
    return paragraphs(line(sentence, id=gathering.id), line(holds_room(locale)), buttons=(change,))


def text_holds_link(locale: Locale) -> str:
    return locale.t(
        "A text of this gathering or its other parts holds this link's number or passcode. Change it first."
    )


def link_unreadable(locale: Locale, why: str = "form") -> str:
    """`why`: the reason given by `redaction.pasted.read`. The link is not quoted."""
    return {
        "unseen": locale.t("There are signs in that link that nobody can see. Please copy it again."),
        "backslash": locale.t("There is a backslash (\\) in that link. Please copy it again."),
        "user": locale.t("There is an @ before the host of that link, so it leads elsewhere. Please copy it again."),
        "http": locale.t("Others could read that link on its way. Please use one that begins with https, not http."),
        "lookalike": locale.t("That link only looks like Zoom's: its host is another. Please copy it from Zoom."),
        "start": locale.t("That is the host's own link, which is not for members. Please use the one with /j/ in it."),
        "page": locale.t("That link leads to no meeting at Zoom. Please use the one with /j/ in it."),
        "length": locale.t("That link or passcode is too long. Please copy the link alone."),
        "several": locale.t("There is more than one link in that. Please paste only the one to the room."),
        "passcode": locale.t("Which word is the passcode? Please paste the link alone, or write below it: Passcode: …"),
    }.get(why, locale.t("I could not read that link. Paste it whole, like https://zoom.us/j/123456789?pwd=…"))


def unreadable_time(locale: Locale, problem: times.UnreadableTime, example: datetime) -> str:
    if problem.why == "zone" and (question := time_texts.which_zone(locale, problem)):
        return question
    sentences = {
        "zone": locale.t("I do not know the time zone “{typed}”. Try: {example} Europe/Madrid"),
        "several": locale.t("“{typed}” can mean {choices}. Please choose the one you mean, or write it."),
        "every": locale.t("“{typed}” is on many days. Please write each date by itself, like {example}"),
        "no-day": locale.t("There is no such day as in “{typed}”. Try: {example}"),
        "length": locale.t(
            "“{typed}” would last {length}. Please write only when it begins; how long it lasts is set under “Doors and"
            " length”."
        ),
        "day": locale.t("On which day is “{typed}”? Try: {example}"),
        "clock": locale.t("At what time is “{typed}”? Try: {example}"),
        "gap": locale.t("“{typed}” does not exist: clocks in {zone} skip that hour then. Please write another."),
    }
    sentence = sentences.get(problem.why, locale.t("I could not read “{typed}”. Try: {example}"))
    return sentence.format(
        typed=problem.typed.strip()[: time_texts.SHOWN],
        choices=time_texts.readings(locale, problem),
        example=time_texts.completed(problem, clock_text(locale, example)),
        length=time_texts.length(locale, problem.length),
        zone=problem.zone,
    )


def clock_text(locale: Locale, at: datetime) -> str:
    return times.typed(at, locale.zone).rpartition(" ")[0]


def already_past(locale: Locale, at: datetime) -> str:
    return locale.t("That is already past: {when}.").format(when=time_texts.long(locale, at))


def too_late_to_publish(locale: Locale, gathering: Gathering, at: datetime) -> View:
    return paragraphs(line(already_past(locale, at)), buttons=(button_texts.change(locale, gathering),))


def part_over(locale: Locale, number: int) -> str:
    return locale.t("Part {n} is over, so its time stays.").format(n=number)


def not_in_order(locale: Locale) -> str:
    return locale.t("Each part must begin after the one before it has ended.")


def starts_missing(locale: Locale, wanted: int, example: datetime, given: int = 0) -> str:
    if wanted:
        lines = locale.plural(
            "Please give {n} line, one for each part.", "Please give {n} lines, one for each part.", wanted
        )
        further = locale.t("One more part is added with {command}.").format(command="/htg-host extend")
        return f"{lines} {further}" if wanted < PARTS_LIMIT else lines
    at_most = locale.t("A series has at most {n} parts.")
    sentence = at_most if given > PARTS_LIMIT else locale.t("Please give one to {n} lines. Try: {example}")
    return sentence.format(n=PARTS_LIMIT, example=clock_text(locale, example))


def published(locale: Locale, first: Gathering, *, told: int = 0, makes_room: bool = False, trouble: str = "") -> View:
    """`told`: how many voters of its topic are notified. `makes_room`: its Zoom meeting is still to be created;
    `trouble`: why that fails at present.
    """
    sentence = locale.plural(
        "{n} person who asked for the topic is being told.", "{n} people who asked for the topic are being told.", told
    )
    return View(
        (
            Paragraph(line(locale.t("{topic} is published; members can register."), topic=Strong(first.title))),
            *((Paragraph(line(sentence)),) if told else ()),
            *((Paragraph(_room_to_come(locale, trouble)),) if makes_room else ()),
            Paragraph(line(locale.t("Announce it now?"))),
            Buttons((button_texts.announce(locale, first.id, Tone.NEXT), button_texts.see_doors(locale, first))),
        )
    )


def _room_to_come(locale: Locale, trouble: str) -> Line:
    if not trouble:
        return line(
            locale.t(
                "I am making its meeting at Zoom now. Should that not work, I keep trying, and tell you if it lasts."
            )
        )
    sentence = locale.t(
        "Its meeting at Zoom could not be made yet ({trouble}). I keep trying, and tell you when it lasts and when it"
        " is mended."
    )
    return line(sentence, trouble=trouble)


def discarded(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t("The draft of {topic} is gone. Nobody had seen it.")
    another = button_texts.create_another(locale, Tone.PLAIN)
    rest = Button(locale.t("Drafts"), Call("host-drafts"))
    return paragraphs(line(sentence, topic=Strong(gathering.title)), buttons=(another, rest))


def not_a_draft(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t("{topic} is no longer a draft.")
    return replies.short(locale, gathering, sentence, button_texts.see_doors(locale, gathering))


def still_a_draft(locale: Locale, gathering: Gathering) -> View:
    sentence = locale.t("{topic} is still a draft. Publish it first.")
    publish = Button(locale.t("Publish"), Call.of("host-publish", gathering=gathering.id), Tone.NEXT)
    return replies.short(locale, gathering, sentence, publish)


def changed(locale: Locale, gathering: Gathering, moved: tuple[Line, ...] = (), *, told: int, posted: bool) -> View:
    """`moved`: a line for each part that moved, from – to."""
    parts: list[Part] = [Paragraph(line(locale.t("{topic} is changed."), topic=Strong(gathering.title)))]
    if moved:
        parts.append(Item(moved))
    if moved and told:
        sentence = locale.plural(
            "{n} registrant is being told of the new time.", "{n} registrants are being told of the new time.", told
        )
        parts.append(Paragraph(line(sentence)))
    if posted:
        parts.append(Note(line(locale.t("Announcements that were posted are changed in place."))))
    parts.append(Buttons((rule_texts.button(locale, gathering),)))
    return View(tuple(parts))


def unchanged(locale: Locale, gathering: Gathering) -> View:
    """The form was sent as it opened."""
    topic = Strong(gathering.title)
    return paragraphs(
        line(locale.t("{topic} stays as it was."), topic=topic), buttons=(rule_texts.button(locale, gathering),)
    )


def changed_meanwhile(locale: Locale) -> str:
    return locale.t("Somebody else has changed this meanwhile. This is how it stands now.")


def changed_by_both(locale: Locale, now: str) -> str:
    """`now`: what stands, as the form would show it."""
    sentence = locale.t("Somebody else has changed this meanwhile, to “{now}”. Save again to put yours in its place.")
    return sentence.format(now=headline(now, NOW_LIMIT))

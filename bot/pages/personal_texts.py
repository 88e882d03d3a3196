"""Every sentence of registering on the web: the form, the page behind the letter, and the personal page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot import page_words
from bot.admission import texts as admission_texts
from bot.gatherings import door_texts
from bot.gatherings import texts as gathering_texts
from bot.gatherings.model import Gathering
from bot.i18n import Locale, line
from bot.pages import public_texts
from bot.pages.notice_texts import NoticePage
from bot.pages.texts import MessagePage, spoken_lines
from bot.request import Call, encode
from bot.signups.model import Signup
from bot.views import Answer, Button, Form, Line, Strong, Text, TextField, Tone, View


@dataclass(frozen=True, slots=True)
class SignupForm:
    """With what was typed, where it comes back because something in it needs another look."""

    heading: str
    about: str
    name_label: str
    email_label: str
    zone_label: str
    zone_hint: str
    submit: str
    trap: str
    """The label of a field that people do not see."""
    mistaken: str
    name: str = ""
    email: str = ""
    zone: str = ""
    name_error: str = ""
    email_error: str = ""
    zone_error: str = ""

    @property
    def has_errors(self) -> bool:
        return bool(self.name_error or self.email_error or self.zone_error)


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    title: str
    hello: str
    spoken: tuple[Line, ...]
    act: str
    """The button's label; empty where it is too late, and something else is said."""


@dataclass(frozen=True, slots=True)
class PersonalPage:
    """What stands around an answer on the personal page. `ways`: what else can be asked for; `host_ways`: by whoever
    facilitates."""

    title: str
    ways: tuple[Button, ...]
    ways_label: str
    host_ways: tuple[Button, ...]
    host_label: str
    answer_label: str
    private: str


@dataclass(frozen=True, slots=True)
class PressPage:
    """A button of a letter, to be pressed here."""

    spoken: Line
    about: Line
    """Which gathering it concerns, if one."""
    button: Button


def signup_form(
    locale: Locale, parts: Sequence[Gathering], *, typed: tuple[str, str, str] = ("", "", "")
) -> SignupForm:
    """`parts`: those that can be registered for. `typed`: name, e-mail and zone."""
    several = len(parts) > 1
    name, email, zone = typed
    return SignupForm(
        heading=locale.t("Register by e-mail"),
        about=(
            locale.t("For all {n} parts. You get one letter; its button registers you.").format(n=len(parts))
            if several
            else locale.t("You get one letter; its button registers you.")
        ),
        name_label=locale.t("First name"),
        email_label=locale.t("E-mail"),
        zone_label=locale.t("Your city or time zone"),
        zone_hint=locale.t("So that we tell you the time as your clocks show it. A city, like Madrid."),
        submit=locale.t("Send me the letter"),
        trap=locale.t("Leave this empty"),
        mistaken=locale.t("Something needs another look."),
        name=name,
        email=email,
        zone=zone,
    )


def name_missing(locale: Locale) -> str:
    return locale.t("How may we call you? A first name is enough.")


def not_an_address(locale: Locale) -> str:
    return locale.t("That does not look like an e-mail address. One looks like ada@example.org")


def letter_sent(locale: Locale, email: str) -> MessagePage:
    """The same for every address: whether somebody is a member is nobody else's to know."""
    sentence = locale.t("We have written to {address}. The letter is there in a minute; its button registers you.")
    return MessagePage(
        title=locale.t("Please check your mail"),
        spoken=(
            line(sentence, address=Strong(email)),
            line(locale.t("Nothing there? Look among the unwanted mail, or try again in a few minutes.")),
        ),
        back=locale.t("All upcoming gatherings"),
    )


def confirm_page(
    locale: Locale,
    signup: Signup,
    gathering: Gathering,
    coming: Sequence[Gathering],
    now: datetime,
    *,
    registered: bool,
) -> ConfirmPage:
    """`coming`: what the press registers for, if anything is left. `registered`: for all of it, already."""
    shown = next((part for part in coming if part.id == gathering.id), next(iter(coming), gathering))
    spoken: tuple[Line, ...] = ((gathering_texts.moment(shown),), door_texts.door_rule(locale, shown).spans)
    if len(coming) > 1:
        spoken = gathering_texts.part_lines(locale, coming, with_doors=True).lines
    spoken = (*admission_texts.full_among(locale, coming, now), *spoken)
    if not coming:
        follows = line(locale.t("Your page shows what comes next."))
        spoken = (public_texts.over(locale, [gathering], now), (gathering_texts.moment(gathering),), follows)
    elif registered:
        spoken = (line(locale.t("You are registered.")), *spoken)
    return ConfirmPage(
        title=shown.title if len(coming) > 1 else gathering_texts.named(locale, shown),
        hello=locale.t("Hello, {name}").format(name=signup.name),
        spoken=spoken,
        act=locale.t("Yes, register me") if coming and not registered else locale.t("To my page"),
    )


def lapsed_confirm_link(locale: Locale) -> NoticePage:
    """The same for a forged, an unknown and a lapsed one: of a lapsed one nothing is kept."""
    sentence = locale.t(
        "It was good for 24 hours, or it was used up. If you are registered, the button in your latest letter"
        " leads to your own page. If not, please register again: you are welcome."
    )
    return NoticePage(locale.t("This button does nothing any more"), sentence, locale.t("Upcoming gatherings"))


def personal_page(locale: Locale) -> PersonalPage:
    return PersonalPage(
        title=locale.t("My page"),
        ways=_buttons(page_words.ways(locale)),
        ways_label=locale.t("What would you like to do?"),
        host_ways=_buttons(page_words.host_ways(locale)) if locale.facilitates else (),
        host_label=locale.t("For facilitators"),
        answer_label=locale.t("Answer"),
        private=locale.t("This page is yours alone; please do not pass its address on. Every letter leads to it."),
    )


def _buttons(labels: Mapping[str, str]) -> tuple[Button, ...]:
    return tuple(Button(label, Call(command)) for command, label in labels.items())


def left_page(locale: Locale, answer: Answer) -> MessagePage:
    """The last answer of a page that is no more."""
    spoken = spoken_lines(answer) if isinstance(answer, View) else ()
    return MessagePage(locale.t("Goodbye"), spoken, locale.t("All upcoming gatherings"))


def press_page(locale: Locale, call: Call, gathering: Gathering | None, coming: Sequence[Gathering]) -> PressPage:
    """The one thing that a button of a letter does, said by what it is and is about; anything else is said in general.

    `coming`: of its series, the parts that can be registered for.
    """
    act = call["act"]
    labels = {
        **page_words.ways(locale),
        **page_words.host_ways(locale),
        "register": locale.t("Register"),
        "unregister": locale.t("I can’t come"),
        "join": locale.t("Come in"),
        "details": locale.t("Details"),
        "quiet": locale.t("Write to me only if a gathering moves or is cancelled"),
        "disconnect": locale.t("Disconnect"),
        "host-start": locale.t("Start the meeting"),
        "host-doors": {"open": locale.t("Open now"), "close": locale.t("Close now")}.get(act, locale.t("Doors")),
        "host-roster": locale.t("Roster"),
        "wait": locale.t("I can’t come") if act == "leave" else locale.t("Wait for a place"),
    }
    about: Line = ()
    if gathering is not None:
        about = (gathering_texts.topic(locale, gathering), Text(" · "), gathering_texts.moment(gathering))
        labels["leave-part"] = locale.t("Leave part {n} out").format(n=gathering.part)
        there = replace(locale, zone=locale.zone or gathering.zone)
        labels["register"] = gathering_texts.register_button(there, gathering, coming).label
        if call["only"] == "add":
            labels["register"] = locale.t("Register for part {n}").format(n=gathering.part)
    return PressPage(
        spoken=line(locale.t("You came here from a letter. One more press, and it is done:")),
        about=about,
        button=Button(labels.get(call.name, locale.t("Go on")), call, Tone.NEXT),
    )


def code_form(locale: Locale) -> Form:
    """Under one's connections: where a code from Slack or Discord is typed."""
    return Form(
        locale.t("Join two selves"),
        Call("connect"),
        (TextField("code", locale.t("The code from your other self"), limit=80),),
        locale.t("Connect"),
    )


def button_id(button: Button) -> str:
    return encode(button.call)

"""Renders the chat as HTML: the page of one person in one place, and what its live part needs.

Changes nothing in the chat but what that person has read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from adapters.html.forms import render_form
from adapters.html.render import render_view
from adapters.html.spans import SpanRenderer, iso_minutes
from adapters.html.templates import environment
from adapters.sandbox import zoom_pages, zoom_rooms
from adapters.sandbox.autocomplete import Suggestion
from adapters.sandbox.chat import PLATFORM, ChatMessage, SandboxChat
from adapters.sandbox.guide import STEPS, GuideStep
from bot import dispatcher_texts, time_texts
from bot.addresses import Address
from bot.dispatcher import Dispatcher
from bot.i18n import Locale, locale_at
from bot.members.model import Person
from bot.request import encode
from bot.views import Form, View

DIRECT = "private"
"""The name of a person's direct messages with the bot, in the page's URL."""
MESSAGES_SHOWN = 200
"""The latest messages; earlier ones are left out of the page."""

_templates = environment("adapters.sandbox")


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message as the template needs it. `day`: the date line above it, where a new day begins."""

    message: ChatMessage
    body: Markup
    at: str
    datetime: str
    language: str
    day: str
    face: int


@dataclass(frozen=True, slots=True)
class PlaceTab:
    name: str
    label: str
    about: str
    unread: int


def render(view: View, locale: Locale, message_id: str) -> Markup:
    """Links of the stand-in for Zoom lead to its pages here."""
    html = render_view(view, SpanRenderer(locale, platform=PLATFORM, new_tabs=True), message_id)
    return Markup(str(html).replace(f'href="{zoom_rooms.HOST}/', f'href="{zoom_pages.PREFIX}'))  # noqa: S704 - was escaped


class ChatPageRenderer:
    def __init__(self, chat: SandboxChat, dispatcher: Dispatcher) -> None:
        self._chat = chat
        self._dispatcher = dispatcher

    def place(self, who: Person, name: str) -> Address | None:
        """The place that has this name in the page's URL."""
        return next((place for place in self._chat.places(who) if place_name(place) == name), None)

    def page(self, who: Person, place: Address) -> str:
        return _templates.get_template("page.html").render(self._context(who, place))

    def live(self, who: Person, place: Address) -> str:
        """The regions of the page that may have changed."""
        return _templates.get_template("live.html").render(self._context(who, place))

    def guide(self) -> str:
        """Each step with the places where it is done, as the person who does it."""
        steps = [(step, [self._entrance(who, step) for who in (step.who, *step.also)]) for step in STEPS]
        return _templates.get_template("guide.html").render(steps=steps)

    def _entrance(self, who: Person, step: GuideStep) -> tuple[str, str, str]:
        place = step.place if step.place.is_channel else who.address
        return who.name, self._tab(who, place).label, f"/{who.address.account}/{place_name(place)}/"

    def form(self, who: Person, form: Form | None, *, again: bool) -> str:
        """The dialog with the form, or empty. `again`: the form was submitted and comes back with errors."""
        locale = self.known(who)
        return _templates.get_template("form.html").render(
            form=form,
            again=again,
            id=encode(form.call) if form else "",
            fields=render_form(form, locale) if form else "",
            language=locale.language,
        )

    def suggestions(self, suggestions: list[Suggestion]) -> str:
        return _templates.get_template("suggestions.html").render(suggestions=suggestions)

    def notice(self, text: str) -> str:
        """A message from the page itself, not from the bot."""
        return _templates.get_template("notice.html").render(notice=text)

    def known(self, who: Person) -> Locale:
        """With the settings that they chose with the bot."""
        return self._dispatcher.guess_locale(who)

    def _platform_locale(self, who: Person) -> Locale:
        """With the language and zone of their account on this platform, whatever they chose with the bot."""
        return dispatcher_texts.default_locale(who, self._dispatcher.config)

    def _context(self, who: Person, place: Address) -> dict[str, object]:
        self._chat.mark_read(who, place)
        locale = self._platform_locale(who)
        now = self._chat.clock.now()
        people = [
            (person, self._unread(person), time_texts.place(self._platform_locale(person).zone))
            for person in self._chat.people
        ]
        return {
            "who": who,
            "people": people,
            "place": self._tab(who, place),
            "tabs": [self._tab(who, other) for other in self._chat.places(who)],
            "is_direct": not place.is_channel,
            "direct_open": self._chat.accepts_direct_messages(who.address),
            "rows": list(self._rows(who, place, locale)),
            "time": f"{now.astimezone(ZoneInfo(locale.zone)):%H:%M}",
            "day": time_texts.day(Locale(zone=locale.zone), now),
            "zone": time_texts.place(locale.zone),
            "now": iso_minutes(now),
            "prompts": prompts(who),
            "events": self._dispatcher.config.public_url,
        }

    def _unread(self, who: Person) -> int:
        return sum(self._chat.unread(who, place) for place in self._chat.places(who))

    def _tab(self, who: Person, place: Address) -> PlaceTab:
        name = place_name(place)
        unread = self._chat.unread(who, place)
        if not place.is_channel:
            return PlaceTab(name, "Private line", f"Only {who.name} and the bot are here", unread)
        about = "Announcements appear here" if name == "gatherings" else "Everyone is here"
        return PlaceTab(name, f"#{name}", about, unread)

    def _rows(self, who: Person, place: Address, locale: Locale) -> Iterator[MessageRow]:
        people = self._chat.people
        previous: date | None = None
        for message in self._chat.seen(who, place)[-MESSAGES_SHOWN:]:
            message_locale = locale_of(message, locale, self._chat.clock.now())
            day = message.at.astimezone(ZoneInfo(locale.zone)).date()
            yield MessageRow(
                message,
                render(message.view, message_locale, message.id),
                at=time_texts.time(locale, message.at),
                datetime=iso_minutes(message.at),
                language=message_locale.language,
                day=time_texts.day(Locale(zone=locale.zone), message.at) if day != previous else "",
                face=people.index(message.author) if message.author in people else 0,
            )
            previous = day


def place_name(place: Address) -> str:
    return place.account.removeprefix("#") if place.is_channel else DIRECT


def locale_of(message: ChatMessage, locale: Locale, now: datetime) -> Locale:
    """Public messages are in the configured language and the reader's own zone; private ones as the reader chose."""
    in_public = message.place.is_channel and message.only is None
    zone = locale.zone if in_public else message.zone or locale.zone
    return locale_at(message.language or locale.language, zone, now)


def prompts(who: Person) -> tuple[str, ...]:
    """Commands to try, as buttons above the message box."""
    if who.organises:
        return ("/htg-host help", "/htg-host create", "/htg-host doors", "/htg list")
    return ("/htg list", "/htg mine", "/htg join", "/htg help")

"""What the samples are made of: one ordinary value of each kind, and the longest and most hostile that are allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot import times
from bot.addresses import Address
from bot.config import Config, LinkBuilder
from bot.gatherings.model import DESCRIPTION_LIMIT, TITLE_LIMIT, Gathering
from bot.registrations.model import Registration
from bot.secrets import JoinLink, LinkKey, ZoomLink
from bot.views import Link
from bot.zones import Doubt

NOW = datetime(2026, 12, 3, 16, 30, tzinfo=UTC)
HOSTILE = "*<!channel>* @everyone `x` [a](https://evil.example) <b>&amp;\u202e _~| {x}"
LONG_ADDRESS = Address("slack", "T" + "W" * 30 + "/U" + "W" * 30)
KEY = LinkKey(7, "n" * 16)
LINK = ZoomLink("https://zoom.example/j/123456789?pwd=gallery", "482913")


class _LongestLinks(LinkBuilder):
    def join(self, registration: LinkKey) -> JoinLink:
        return JoinLink(f"https://gatherings.example/join/{'t' * 60}{registration.id}")

    def calendar(self, member: LinkKey) -> JoinLink:
        return JoinLink(f"https://gatherings.example/calendar/{'t' * 60}{member.id}.ics")

    def confirm(self, signup: LinkKey) -> JoinLink:
        return JoinLink(f"https://gatherings.example/confirm/{'t' * 60}{signup.id}")

    def page(self, page: LinkKey, call: str = "") -> JoinLink:
        return JoinLink(f"https://gatherings.example/me/{'t' * 60}{page.id}?do={call}")


BARE = Config(organisation="Healing Together")
CONTACT = Link("hello@example.org", "mailto:hello@example.org")
SUPPORT = {"en": ("Samaritans, 116 123", "In danger: 112"), "es": ("Teléfono de la Esperanza, 717 003 717",)}
SPOKEN_FOR = replace(BARE, website="https://example.org", contact=CONTACT, support=SUPPORT)
FULL = replace(BARE, public_url="https://gatherings.example", links=_LongestLinks())
SEVERAL_ZONES = ("America/Argentina/Buenos_Aires", "America/Argentina/San_Juan", "Asia/Shanghai", "America/Havana")
MISTAKEN_ZONES = {
    "mistaken": times.UnreadableTime("zone", "Middle Earth"),
    "misspelt": times.UnreadableTime("zone", "Madird", choices=("Europe/Madrid",)),
    "several": times.UnreadableTime("zone", "W" * 60, choices=SEVERAL_ZONES, doubt=Doubt.SEVERAL),
    "no-summer": times.UnreadableTime("zone", "EST", choices=("America/New_York",), doubt=Doubt.NO_SUMMER),
    "offset": times.UnreadableTime("zone", "UTC+2", doubt=Doubt.NO_SUMMER),
}


def a_gathering(number: int = 12, title: str = "Grief and Gratitude", **more: object) -> Gathering:
    """It starts half an hour after `NOW`, so that its doors are about to open."""
    gathering = Gathering(
        id=number,
        title=title,
        starts_at=NOW + timedelta(minutes=30),
        zone="Europe/Madrid",
        description="An evening to be heard.\nNo advice, no fixing.",
        facilitators="Frances and Amal",
    )
    return replace(gathering, **more)  # type: ignore[arg-type]


def a_series() -> list[Gathering]:
    start = NOW + timedelta(days=2)
    return [
        a_gathering(20 + n, "Living with illness", starts_at=start + timedelta(weeks=n), series=7, part=n + 1, parts=3)
        for n in range(3)
    ]


def the_longest() -> Gathering:
    """Every text of it as long as it may be, and the title hostile as well."""
    title = HOSTILE + "W" * (TITLE_LIMIT - len(HOSTILE))
    description = "w " * (DESCRIPTION_LIMIT // 2)
    return a_gathering(999_999_999, title, description=description, facilitators="Wilhelmina " * 18)


def a_registration(gathering: Gathering) -> Registration:
    return Registration(41, gathering.id, 5, NOW)

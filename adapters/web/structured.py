"""Gatherings for programs: JSON-LD in the pages (schema.org Event), and the list under /gatherings.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from bot.admission.model import Doors
from bot.config import Config
from bot.gatherings.model import Gathering

_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})
"""Within JSON these stand in strings alone; written so, they end no script element."""


def event(config: Config, gathering: Gathering, now: datetime) -> Markup:
    """The content of a script element; empty without HTG_PUBLIC_URL, because an online event has an address."""
    return _script(_event(config, gathering, now)) if config.public_url else Markup("")


def events(config: Config, gatherings: Sequence[Gathering], now: datetime) -> Markup:
    if not config.public_url or not gatherings:
        return Markup("")
    items = [
        {"@type": "ListItem", "position": number, "item": _event(config, gathering, now)}
        for number, gathering in enumerate(gatherings, 1)
    ]
    return _script({"@type": "ItemList", "itemListElement": items})


def listing(config: Config, gatherings: Sequence[Gathering], now: datetime) -> dict[str, Any]:
    """The body of /gatherings.json; it holds what the events page shows, and nothing more."""
    return {
        "organisation": config.organisation,
        "gatherings": [
            {
                "id": gathering.id,
                "title": gathering.title,
                "description": gathering.description,
                "facilitators": gathering.facilitators,
                "starts_at": _local(gathering, gathering.starts_at),
                "ends_at": _local(gathering, gathering.ends_at),
                "zone": gathering.zone,
                "series": gathering.series,
                "part": gathering.part,
                "parts": gathering.parts,
                "doors": gathering.doors(now).value,
                "url": _url(config, gathering) or None,
            }
            for gathering in gatherings
        ],
    }


def _event(config: Config, gathering: Gathering, now: datetime) -> dict[str, Any]:
    url = _url(config, gathering)
    doors = gathering.doors(now)
    organiser = {"@type": "Organization", "name": config.organisation, "url": config.public_url}
    return {
        "@type": "Event",
        "@id": url,
        "url": url,
        "name": gathering.title,
        "description": gathering.description or gathering.title,
        "startDate": _local(gathering, gathering.starts_at),
        "endDate": _local(gathering, gathering.ends_at),
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "eventStatus": f"https://schema.org/{'EventCancelled' if gathering.cancelled else 'EventScheduled'}",
        "isAccessibleForFree": True,
        "location": {"@type": "VirtualLocation", "url": url},
        "organizer": organiser,
        "image": [f"{url}/picture.png"],
        "offers": {
            "@type": "Offer",
            "price": "0",
            "priceCurrency": "USD",
            "url": url,
            "availability": f"https://schema.org/{'InStock' if doors in {Doors.EARLY, Doors.OPEN} else 'SoldOut'}",
        },
    }


def _url(config: Config, gathering: Gathering) -> str:
    return f"{config.public_url}/gatherings/{gathering.id}" if config.public_url else ""


def _local(gathering: Gathering, at: datetime) -> str:
    """With the offset of the gathering's own zone."""
    return at.astimezone(ZoneInfo(gathering.zone)).isoformat(timespec="seconds")


def _script(value: dict[str, Any]) -> Markup:
    text = json.dumps({"@context": "https://schema.org", **value}, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))  # noqa: S704 - every character that means something to HTML was replaced

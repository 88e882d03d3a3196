"""What facilitators are shown: forms, with every mistake that they name, announcing, the doors, the roster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot import platform_texts, times
from bot.addresses import Address
from bot.admission import host_texts
from bot.announcements import channel_names
from bot.announcements import texts as announcement_texts
from bot.catalogue import usages
from bot.editing import cancel_texts
from bot.editing import texts as editing_texts
from bot.gatherings import texts as gathering_texts
from bot.help import texts as help_texts
from bot.i18n import Locale
from bot.notifications import texts as notification_texts
from bot.notifications.model import Receipt
from bot.registrations import roster_texts
from bot.registrations.model import RosterLine
from bot.request import Call
from bot.views import CHOICE_LIMIT, Answer
from tests.samples.values import BARE, HOSTILE, MISTAKEN_ZONES, NOW, a_gathering, a_series, the_longest


def samples(to: Locale) -> Iterator[tuple[str, Answer]]:
    yield from _hosting(to)
    yield from _mistaken(to)


def _mistaken(to: Locale) -> Iterator[tuple[str, Answer]]:
    """The gathering form with each mistake that it knows, in the zone with the longest name."""
    to = replace(to, zone="America/Argentina/ComodRivadavia")
    call, written = Call.of("host-edit", gathering=12), "2026-10-25 02:30"
    choices = (f"{written}+02:00", f"{written}+01:00")
    times_mistaken = {
        **{f"zone-{name}": editing_texts.unreadable_time(to, problem, NOW) for name, problem in MISTAKEN_ZONES.items()},
        "gap": editing_texts.unreadable_time(to, times.UnreadableTime("gap", written, to.zone), NOW),
        "twice": editing_texts.unreadable_time(to, times.UnreadableTime("twice", written, to.zone, choices), NOW),
        "past": editing_texts.already_past(to, NOW),
        "order": editing_texts.not_in_order(to),
        "lines": editing_texts.starts_missing(to, 0, NOW),
        "published-lines": editing_texts.starts_missing(to, 3, NOW),
        "published-line": editing_texts.starts_missing(to, 1, NOW),
    }
    for name, error in times_mistaken.items():
        yield f"mistaken-{name}", editing_texts.gathering_form(to, call, {}, {"starts": error}, told=9999)
    yield "mistaken-title", editing_texts.gathering_form(to, call, {}, {"title": editing_texts.title_missing(to)})
    yield "mistaken-room", editing_texts.gathering_form(to, call, {}, {"description": editing_texts.holds_room(to)})
    yield (
        "cancel-mistaken",
        cancel_texts.cancel_form(to, a_gathering(), 23, several=False, error=editing_texts.holds_room(to), note="n"),
    )


def _hosting(to: Locale) -> Iterator[tuple[str, Answer]]:
    gathering, parts, longest = a_gathering(), a_series(), the_longest()
    values = {"title": HOSTILE, "description": "d", "starts": "tomorow 6", "zoom": "", "facilitators": "Frances"}
    problem = times.UnreadableTime("form", "tomorow 6")
    errors = {"starts": editing_texts.unreadable_time(to, problem, NOW), "zoom": editing_texts.link_unreadable(to)}
    yield "create", editing_texts.gathering_form(to, Call("host-create"), {}, {})
    yield "create-mistaken", editing_texts.gathering_form(to, Call("host-create"), values, errors)
    yield (
        "edit",
        editing_texts.gathering_form(to, Call.of("host-edit", gathering=12), values, {}, told=23, keeps_link=True),
    )
    mistaken = editing_texts.gathering_form(to, Call("host-create"), values, errors)
    yield "form-mistaken", platform_texts.form_mistaken(to, mistaken)
    yield "form-ready", platform_texts.form_ready(to, Call("host-create"))
    yield "preview", editing_texts.preview(to, BARE, [longest])
    yield "preview-series", editing_texts.preview(to, BARE, parts)
    yield "published", editing_texts.published(to, gathering)
    yield "discarded", editing_texts.discarded(to, gathering)
    yield "not-a-draft", editing_texts.not_a_draft(to, gathering)
    yield "still-a-draft", editing_texts.still_a_draft(to, gathering)
    yield "nothing-hosted", gathering_texts.nothing_hosted(to)
    yield "changed", editing_texts.changed(to, [gathering], moved=1, told=23, posted=True)
    places = [Address("discord", f"#{4000 + n}") for n in range(CHOICE_LIMIT)]
    here, named = places[:2]
    known = replace(BARE, announcement_channels={named: HOSTILE})
    offered = [channel_names.choice(to, known, each, here) for each in places]
    yield "announce", announcement_texts.announce(to, BARE, [longest], offered)
    far = channel_names.place(to, known, Address("slack", "T" + "W" * 30 + "/C" + "W" * 30), here)
    yield "announce-missing", announcement_texts.announce(to, BARE, [longest], offered, missing=[far] * CHOICE_LIMIT)
    yield "announce-nowhere", announcement_texts.announce(to, BARE, [gathering], [])
    yield (
        "announcing",
        announcement_texts.announcing(to, gathering, channel_names.place(to, known, here, here), before=False),
    )
    yield (
        "announced-before",
        announcement_texts.announcing(to, gathering, channel_names.place(to, known, named, here), before=True),
    )
    yield (
        "announced-elsewhere",
        announcement_texts.announcing(to, gathering, channel_names.place(to, known, places[2], here), before=True),
    )
    yield "unknown-channel", announcement_texts.unknown_channel(to)
    yield "cancel", cancel_texts.cancel_form(to, gathering, 23, several=False)
    yield "cancel-part", cancel_texts.cancel_form(to, parts[0], 1, several=True)
    yield "cancelled-by-me", cancel_texts.cancelled(to, [gathering], 23, posted=True)
    yield "cannot-be-cancelled", cancel_texts.cannot_be_cancelled(to, gathering)
    for minutes in (-60, 20, 35, 45, 600):
        shown = replace(gathering, admitted=63)
        yield (
            f"doors-{minutes}",
            host_texts.doors_live(to, shown, NOW + timedelta(minutes=minutes), registered=120, unreached=3),
        )
    trouble = host_texts.doors_live(
        to,
        replace(gathering, admitted=63),
        NOW,
        registered=120,
        unreached=3,
        logged_in=60,
        trouble="Zoom's limit is reached",
    )
    yield "doors-zoom", trouble
    yield "zoom-mended", host_texts.zoom_mended(to)
    yield "published-room-to-come", editing_texts.published(to, gathering, makes_room=True)
    yield (
        "published-zoom-down",
        editing_texts.published(to, gathering, makes_room=True, trouble="Zoom's limit is reached"),
    )
    yield "create-meeting", editing_texts.gathering_form(to, Call("host-create"), {}, {}, makes_link=True)
    yield (
        "doors-held-back",
        host_texts.doors_live(to, gathering, NOW, registered=120, unreached=0, held_back=["discord", "slack"]),
    )
    yield "sender-restricted", notification_texts.sender_restricted(to, ["discord"])
    yield "doors-stay", host_texts.doors_stay(to, gathering)
    lines = [
        RosterLine(n, HOSTILE if n % 2 else "Ada", "slack", NOW, NOW if n % 3 else None, (("reminder", receipt),), NOW)
        for n, receipt in enumerate(Receipt, start=1)
    ]
    yield "roster", roster_texts.roster(to, gathering, lines * 3, b"name\r\n")
    yield "roster-empty", roster_texts.roster(to, gathering, [], b"")
    yield "host-help", help_texts.help_page(to, BARE, "htg-host", usages("htg-host"))

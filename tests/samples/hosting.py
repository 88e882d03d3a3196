"""What facilitators are shown: forms, with every mistake that they name, announcing, the doors, the roster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot import times, words
from bot.addresses import Address
from bot.asks import Call
from bot.commands.catalogue import usages
from bot.notices import Receipt
from bot.registrations import RosterLine
from bot.views import CHOICE_LIMIT, Answer
from bot.words import channels, day, delivery, forms
from bot.words.reader import Reader
from tests.samples.values import BARE, HOSTILE, MISTAKEN_ZONES, NOW, a_gathering, a_series, the_longest


def samples(to: Reader) -> Iterator[tuple[str, Answer]]:
    yield from _hosting(to)
    yield from _mistaken(to)


def _mistaken(to: Reader) -> Iterator[tuple[str, Answer]]:
    """The gathering form with each mistake that it knows, in the zone with the longest name."""
    to = replace(to, zone="America/Argentina/ComodRivadavia")
    call, written = Call.of("host-edit", gathering=12), "2026-10-25 02:30"
    choices = (f"{written}+02:00", f"{written}+01:00")
    times_mistaken = {
        **{f"zone-{name}": words.unreadable_time(to, problem, NOW) for name, problem in MISTAKEN_ZONES.items()},
        "gap": words.unreadable_time(to, times.UnreadableTime("gap", written, to.zone), NOW),
        "twice": words.unreadable_time(to, times.UnreadableTime("twice", written, to.zone, choices), NOW),
        "past": words.already_past(to, NOW),
        "order": words.not_in_order(to),
        "lines": words.starts_missing(to, 0, NOW),
        "published-lines": words.starts_missing(to, 3, NOW),
        "published-line": words.starts_missing(to, 1, NOW),
    }
    for name, error in times_mistaken.items():
        yield f"mistaken-{name}", words.gathering_form(to, call, {}, {"starts": error}, told=9999)
    yield "mistaken-title", words.gathering_form(to, call, {}, {"title": words.title_missing(to)})
    yield "mistaken-room", words.gathering_form(to, call, {}, {"description": words.holds_room(to)})
    yield (
        "cancel-mistaken",
        words.cancel_form(to, a_gathering(), 23, several=False, error=words.holds_room(to), note="n"),
    )


def _hosting(to: Reader) -> Iterator[tuple[str, Answer]]:
    gathering, parts, longest = a_gathering(), a_series(), the_longest()
    values = {"title": HOSTILE, "description": "d", "starts": "tomorow 6", "zoom": "", "facilitators": "Frances"}
    problem = times.UnreadableTime("form", "tomorow 6")
    errors = {"starts": words.unreadable_time(to, problem, NOW), "zoom": words.link_unreadable(to)}
    yield "create", words.gathering_form(to, Call("host-create"), {}, {})
    yield "create-mistaken", words.gathering_form(to, Call("host-create"), values, errors)
    yield "edit", words.gathering_form(to, Call.of("host-edit", gathering=12), values, {}, told=23, keeps_link=True)
    mistaken = words.gathering_form(to, Call("host-create"), values, errors)
    yield "form-mistaken", forms.form_mistaken(to, mistaken)
    yield "form-ready", forms.form_ready(to, Call("host-create"))
    yield "preview", words.preview(to, BARE, [longest])
    yield "preview-series", words.preview(to, BARE, parts)
    yield "published", words.published(to, gathering)
    yield "discarded", words.discarded(to, gathering)
    yield "not-a-draft", words.not_a_draft(to, gathering)
    yield "still-a-draft", words.still_a_draft(to, gathering)
    yield "nothing-hosted", words.nothing_hosted(to)
    yield "changed", words.changed(to, [gathering], moved=1, told=23, posted=True)
    places = [Address("discord", f"#{4000 + n}") for n in range(CHOICE_LIMIT)]
    here, named = places[:2]
    known = replace(BARE, announcement_channels={named: HOSTILE})
    offered = [channels.choice(to, known, each, here) for each in places]
    yield "announce", words.announce(to, BARE, [longest], offered)
    far = channels.place(to, known, Address("slack", "T" + "W" * 30 + "/C" + "W" * 30), here)
    yield "announce-missing", words.announce(to, BARE, [longest], offered, missing=[far] * CHOICE_LIMIT)
    yield "announce-nowhere", words.announce(to, BARE, [gathering], [])
    yield "announcing", words.announcing(to, gathering, channels.place(to, known, here, here), before=False)
    yield "announced-before", words.announcing(to, gathering, channels.place(to, known, named, here), before=True)
    yield (
        "announced-elsewhere",
        words.announcing(to, gathering, channels.place(to, known, places[2], here), before=True),
    )
    yield "unknown-channel", words.unknown_channel(to)
    yield "cancel", words.cancel_form(to, gathering, 23, several=False)
    yield "cancel-part", words.cancel_form(to, parts[0], 1, several=True)
    yield "cancelled-by-me", words.cancelled(to, [gathering], 23, posted=True)
    yield "cannot-be-cancelled", words.cannot_be_cancelled(to, gathering)
    for minutes in (-60, 20, 35, 45, 600):
        shown = replace(gathering, admitted=63)
        yield (
            f"doors-{minutes}",
            words.doors_live(to, shown, NOW + timedelta(minutes=minutes), registered=120, unreached=3),
        )
    trouble = words.doors_live(
        to,
        replace(gathering, admitted=63),
        NOW,
        registered=120,
        unreached=3,
        logged_in=60,
        trouble="Zoom's limit is reached",
    )
    yield "doors-zoom", trouble
    yield "zoom-mended", day.zoom_mended(to)
    yield "published-room-to-come", words.published(to, gathering, makes_room=True)
    yield "published-zoom-down", words.published(to, gathering, makes_room=True, trouble="Zoom's limit is reached")
    yield "create-meeting", words.gathering_form(to, Call("host-create"), {}, {}, makes_link=True)
    yield (
        "doors-held-back",
        words.doors_live(to, gathering, NOW, registered=120, unreached=0, held_back=["discord", "slack"]),
    )
    yield "sender-restricted", delivery.sender_restricted(to, ["discord"])
    yield "doors-stay", words.doors_stay(to, gathering)
    lines = [
        RosterLine(n, HOSTILE if n % 2 else "Ada", "slack", NOW, NOW if n % 3 else None, (("reminder", receipt),), NOW)
        for n, receipt in enumerate(Receipt, start=1)
    ]
    yield "roster", words.roster(to, gathering, lines * 3, b"name\r\n")
    yield "roster-empty", words.roster(to, gathering, [], b"")
    yield "host-help", words.help_page(to, BARE, "htg-host", usages("htg-host"))

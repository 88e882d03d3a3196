"""Being a member, topics, messages, the team, announcing at a time and the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot import times, words
from bot.acts import LOG_LINES, Act, Actor, Kind, Logged
from bot.addresses import Address
from bot.announcements import Announcement, Scheduled
from bot.house import House
from bot.members import Identity
from bot.messages import MESSAGE_LIMIT, Message
from bot.topics import TOPIC_LIMIT, Topic
from bot.views import CHOICE_LIMIT, ITEM_LIMIT, Answer
from bot.words import acts, channels, drafts, membership, messages, scheduling, team, topics
from bot.words.reader import Reader
from tests.samples.values import FULL, HOSTILE, KEY, LONG_ADDRESS, NOW, a_gathering, the_longest


def samples(to: Reader) -> Iterator[tuple[str, Answer]]:
    yield from _membership(to)
    yield from _topics(to)
    yield from _messages(to)
    yield from _team(to)
    yield from _scheduling(to)
    yield from _log(to)


def _membership(to: Reader) -> Iterator[tuple[str, Answer]]:
    addresses = [LONG_ADDRESS, Address("discord", "42")] * 8
    for platform in ("slack", "discord", "sandbox"):
        yield (
            f"connect-{platform}",
            membership.code(to, Address(platform, "1"), "K7RXM-2QWPD", [Identity(LONG_ADDRESS)]),
        )
        yield f"connect-own-code-{platform}", membership.own_code(to, platform)
    known = [Identity(LONG_ADDRESS, HOSTILE), Identity(Address("discord", "42"))]
    yield "connect-several", membership.code(to, LONG_ADDRESS, "K7RXM-2QWPD", known * 8)
    yield "connect-question", membership.question(to, known * 8, "t" * 16)
    yield "connect-question-gone", membership.question_gone(to)
    yield "connect-cancelled", membership.not_connected(to)
    yield "connected", membership.connected(to, FULL, known, LONG_ADDRESS, KEY)
    for here in (LONG_ADDRESS, Address("discord", "42")):
        yield f"disconnected-{here.platform}", membership.disconnected(to, FULL, known[0], here, KEY)
    yield "disconnected-before", membership.disconnected_before(to)
    yield "was-connected", membership.was_connected(to, known, LONG_ADDRESS)
    yield "was-disconnected", membership.was_disconnected(to, known[:1], LONG_ADDRESS)
    yield "was-disconnected-from-one", membership.was_disconnected(to, known, LONG_ADDRESS)
    yield "connect-unknown-code", membership.code_unknown(to)
    yield "connect-too-many-codes", membership.too_many_codes(to)
    yield "privacy", membership.privacy(to, FULL, addresses)
    host = Reader(to.language, to.zone, facilitates=True)
    yield "privacy-facilitator", membership.privacy(host, FULL, addresses)
    yield "new-calendar", membership.new_calendar(to, FULL, KEY)
    yield "export", membership.export(to, b"{}")
    yield "forget", membership.forget_me(to, "1764784800", coming=2)
    yield "forget-facilitator", membership.forget_me(Reader(to.language, to.zone, facilitates=True), "1", coming=0)
    yield "forget-beside-a-facilitator", membership.forget_me(to, "1", coming=0, staying=addresses)
    yield "forgotten", membership.forgotten(to)


def _topics(to: Reader) -> Iterator[tuple[str, Answer]]:
    gathering, longest = a_gathering(), the_longest()
    short = Topic(5, HOSTILE, NOW)
    long = Topic(999_999_999, HOSTILE + "W" * (TOPIC_LIMIT - len(HOSTILE)), NOW, votes=1234)
    others = [replace(long, id=long.id - each) for each in range(CHOICE_LIMIT)]
    chosen = [topics.choice(each) for each in others]
    yield "suggest-others", words.suggest_form(to, "w", topics.nothing_chosen(to), chosen)
    yield "suggested-others", topics.with_others(to, words.suggested(to, long.text), others, more=True)
    yield "supported", topics.supported(to, long)
    yield "unsupported", topics.unsupported(to, long)
    yield "support-closed", topics.no_longer_open(to)
    yield "topic-taken", topics.taken(to, longest)
    yield "topics", topics.topics(to, [long] * (ITEM_LIMIT - 1) + [short], 2, more=True)
    yield "topics-empty", topics.topics(to, [], 1, more=False)
    yield "topic-declined", topics.declined(to, long)
    yield "topic-reopened", topics.reopened(to, long)
    yield "topic-not-reopened", topics.not_reopened(to)
    yield "topic-merge", topics.which(to, long, others)
    yield "topic-merge-later", topics.which(to, long, others, 2, more=True)
    yield "support-later", topics.others(to, others, 2, more=True)
    yield "suggest-more", words.suggest_form(to, others=topics.form_choices(to, others, more=True))
    yield "topic-merge-alone", topics.which(to, short, [])
    yield "topic-merged", topics.merged(to, long)
    yield "topic-closed", topics.closed(to)
    yield "roster-former", words.roster(to, replace(gathering, former_registrants=23, admitted=17), [], b"")
    yield "published-topic", words.published(to, gathering, told=3)


def _messages(to: Reader) -> Iterator[tuple[str, Answer]]:
    gathering, longest = a_gathering(), the_longest()
    written = Message(999_999_999, longest.id, HOSTILE + "w " * ((MESSAGE_LIMIT - len(HOSTILE)) // 2))
    yield "message", messages.form(to, gathering, 23)
    yield "message-mistaken", messages.form(to, longest, 1, typed="w", error=drafts.holds_room(to), draft="999999999")
    yield "message-empty", messages.form(to, gathering, 1, error=messages.nothing_written(to))
    yield "message-preview", messages.preview(to, longest, written, readers=23, quiet=2)
    yield "message-nobody", messages.nobody(to, longest)
    yield "message-sent", messages.sent(to, gathering, 23)
    yield "message-sent-before", messages.sent_before(to)
    yield "message-gone", messages.gone(to)
    yield "message-discarded", messages.discarded(to)
    yield "message-letter", messages.letter(to, longest, written)


def _team(to: Reader) -> Iterator[tuple[str, Answer]]:
    known = {LONG_ADDRESS: HOSTILE}
    fixed = [Address("discord", str(each)) for each in range(10**17, 10**17 + team.FIXED_SHOWN)]
    yield "team", team.team(to, [LONG_ADDRESS] * ITEM_LIMIT, fixed, known, 2, more=True, fixed_more=5)
    yield "team-empty", team.team(to, [], [], {}, 1, more=False)
    for platform in ("slack", "discord", "sandbox"):
        yield f"team-add-{platform}", team.form(to, platform)
    yield "team-add-mistaken", team.form(to, "slack", "Frances", team.not_a_person(to, HOSTILE))
    yield "team-add-where", team.form(to, "discord", "slack:U1", team.which_workspace(to, "slack:U1"))
    yield "team-added", team.added(to, Address("discord", "42"), {}, before=False)
    yield "team-added-before", team.added(to, LONG_ADDRESS, known, before=True)
    yield "team-removed", team.removed(to, LONG_ADDRESS, known, before=False, last=True, me=False)
    yield "team-removed-before", team.removed(to, LONG_ADDRESS, {}, before=True, last=False, me=True)
    yield "team-last", team.last_one(to)
    yield "team-set-by-operator", team.set_by_operator(to, LONG_ADDRESS)


def _scheduling(to: Reader) -> Iterator[tuple[str, Answer]]:
    gathering, longest = a_gathering(), the_longest()
    places = [Address("discord", f"#{4000 + each}") for each in range(CHOICE_LIMIT)]
    choices = [channels.choice(to, House(), each, None) for each in places]
    there = channels.place(to, House(), places[0], None)
    planned = Scheduled(Announcement(999_999_999, longest.id, Address("discord", "#4000")), NOW)
    problem = times.UnreadableTime("form", "tomorow 6")
    errors = {"when": words.unreadable_time(to, problem, NOW)}
    example = drafts.clock_text(to, NOW)
    yield "announce-at", scheduling.form(to, gathering, choices, {}, {}, example)
    yield "announce-at-mistaken", scheduling.form(to, longest, choices, {"when": "tomorow 6"}, errors, example)
    late = {"when": scheduling.too_late(to, longest)}
    yield "announce-at-too-late", scheduling.form(to, longest, choices[:1], {}, late, example)
    yield "announce-planned", scheduling.planned(to, longest, planned, there)
    yield "announce-again", words.announce(to, House(), [longest], choices, [(planned, there)] * (ITEM_LIMIT + 1))
    yield "announce-withdrawn", scheduling.withdrawn(to, gathering.id)
    yield "announce-not-planned", scheduling.not_planned(to)


def _log(to: Reader) -> Iterator[tuple[str, Answer]]:
    longest = the_longest()
    where = Address("discord", "#4000")
    fields = ("title", "description", "starts", "zone", "zoom", "facilitators")
    whole = [
        Act(
            kind,
            NOW,
            (LONG_ADDRESS, Actor.OPERATOR, Actor.GONE)[n % 3],
            1,
            about=LONG_ADDRESS if kind in {Kind.TEAM_ADDED, Kind.TEAM_REMOVED} else where,
            count=3,
            fields=fields,
        )
        for n, kind in enumerate(Kind)
    ]
    for n in range(0, len(whole), LOG_LINES):
        page = [
            Logged(n, replace(each, from_at=NOW, to_at=NOW), longest.title, 2, 3) for each in whole[n : n + LOG_LINES]
        ]
        yield f"log-{n}", acts.log(to, FULL, page, {LONG_ADDRESS: HOSTILE[:80]}, longest, 2, 999_999_999, more=True)
    few = [
        Act(Kind.DISCARDED, NOW, LONG_ADDRESS, 1),
        Act(Kind.EDITED, NOW, LONG_ADDRESS, 1),
        Act(Kind.CANCELLED, NOW, LONG_ADDRESS, 1, count=1),
    ]
    named = {LONG_ADDRESS: "Ada", Address("discord", "42"): "Ada"}
    shown = [Logged(n, each, "" if n == 0 else longest.title) for n, each in enumerate(few)]
    yield "log", acts.log(to, FULL, shown, named, None, 1, 3, more=False)
    yield "log-empty", acts.log(to, FULL, [], {}, None, 1, 0, more=False)

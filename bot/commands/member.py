"""What everybody can ask: one function per command. Each answers with exactly one View or Form, or refuses."""

from __future__ import annotations

from dataclasses import replace

from bot import entrance, registrations, times, words
from bot.asks import Ask, Call
from bot.commands import finding
from bot.commands.catalogue import Kind, Option, command, usages
from bot.commands.finding import page_number
from bot.doors import Doors
from bot.house import LANGUAGES
from bot.members import Settings
from bot.ports import Books
from bot.registrations import Arrival
from bot.secrets import ZoomLink
from bot.topics import OPEN_TOPICS_PER_MEMBER, TOPIC_LIMIT, State, tidy
from bot.views import CHOICE_LIMIT, ITEM_LIMIT, Answer, Refusal, View
from bot.way_in import gives_away
from bot.words import topics as said
from bot.words.reader import N_

GATHERING = Option("gathering", Kind.GATHERING, N_("its number, or a part of its title"), limit=200)
MINE = Option("gathering", Kind.MINE, N_("its number, or a part of its title"), limit=200)
ONLY = Option("only", limit=3)
"""Which parts of a series are meant, where a button says more than the gathering's number does.

Register takes all coming parts; `yes`: this part and no other; `add`: this part, whatever of the others;
`any`: all, and the press was beside no part in particular. Unregister takes the part that is named; `all`: all
its parts; `yes`, on buttons of earlier versions: the part that is named.
"""
PAGE = Option("page", limit=4)


@command("list", PAGE, summary=N_("upcoming gatherings"), replaces=True)
def list_(ask: Ask, books: Books) -> View:
    page = page_number(ask)
    found = books.upcoming(ask.now, limit=ITEM_LIMIT + 1, offset=(page - 1) * ITEM_LIMIT)
    if not found and page > 1:
        page, found = 1, books.upcoming(ask.now, limit=ITEM_LIMIT + 1)
    shown = found[:ITEM_LIMIT]
    mine = books.registered_among(ask.member.id, [each.id for each in shown])
    series = {each.series: each for each in shown if each.series is not None}
    coming = {number: registrations.coming_parts(books.parts(each), ask.now) for number, each in series.items()}
    return words.listing(words.reader(ask), page, shown, mine, more=len(found) > ITEM_LIMIT, coming=coming)


@command("register", GATHERING, ONLY, summary=N_("register for a gathering or a series"))
def register(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    found = finding.upcoming(ask, books)
    if isinstance(found, View):
        return found
    parts = books.parts(found) if found.is_part else [found]
    coming = registrations.coming_parts(parts, ask.now)
    only = ask.call["only"]
    wanted = [each for each in coming if each.id == found.id] if only in {"yes", "add"} else coming
    if not wanted:
        following = finding.following(found, ask, books)
        raise Refusal(words.too_late(to, found, ask.now, following, finding.coming(following, ask, books)))
    left = only == "yes" and books.unregister(ask.member.id, [each.id for each in coming if each.id != found.id])
    kept = books.register(ask.member.id, [each.id for each in wanted], ask.now)
    books.stand_still(wanted)
    open_now = wanted[0].doors(ask.now) is Doors.OPEN
    missing = only and len(books.registered_among(ask.member.id, [each.id for each in coming])) < len(coming)
    return words.registered(
        to,
        ask.house,
        wanted[0],
        wanted,
        kept[0],
        named=finding.named_part(ask, found, coming, books),
        series=coming if missing else (),
        left=bool(left),
        calendar=ask.member.calendar,
        open_now=open_now,
    )


@command("unregister", MINE, ONLY, summary=N_("cancel my registration"))
def unregister(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    found = finding.mine(ask, books)
    if isinstance(found, View):
        return found
    parts, whole = books.parts(found), found.is_part and ask.call["only"] == "all"
    ahead = {each.id: each for each in (parts if whole else [found]) if ask.now < each.ends_at}
    removed = books.unregister(ask.member.id, ahead)
    kept = books.registered_among(ask.member.id, [each.id for each in parts]) if found.is_part else set()
    rest = [each for each in parts if each.id in kept and ask.now < each.ends_at and not each.cancelled]
    if not removed:
        return words.was_not_registered(to, found, rest, series=whole, over=not ahead)
    gone = sorted((ahead[each] for each in removed), key=lambda each: each.starts_at)
    return words.unregistered(to, gone, rest, registrations.coming_parts(parts, ask.now))


@command("mine", PAGE, summary=N_("my gatherings, with the way in"), replaces=True)
def mine(ask: Ask, books: Books) -> View:
    page = page_number(ask)
    found = books.registered(ask.member.id, ask.now)
    first = (page - 1) * ITEM_LIMIT
    shown = found[first : first + ITEM_LIMIT] or found[:ITEM_LIMIT]
    known = {each.id: books.registration(ask.member.id, each.id) for each in shown}
    return words.mine(
        words.reader(ask),
        ask.house,
        shown,
        {gathering: kept for gathering, kept in known.items() if kept is not None},
        page,
        calendar=ask.member.calendar,
        more=len(found) > first + ITEM_LIMIT,
    )


@command("join", MINE, summary=N_("my private way in"))
def join(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    found = finding.to_join(ask, books)
    if isinstance(found, View):
        return found
    kept = books.registration(ask.member.id, found.id)
    state = found.doors(ask.now)
    inside = books.admitted(ask.member.id, found.id)
    if kept is None and state in {Doors.EARLY, Doors.OPEN}:
        raise Refusal(words.register_first(to, found, finding.coming(found, ask, books)))
    if kept is None or (state is not Doors.EARLY and not inside and state is not Doors.OPEN):
        following = finding.following(found, ask, books)
        raise Refusal(words.shut(to, found, state, following, finding.coming(following, ask, books)))
    if state is Doors.EARLY and not inside:
        return words.early(to, ask.house, found, kept, ask.now)
    return _enter(ask, books, Arrival(kept, found, inside))


def _enter(ask: Ask, books: Books, arrival: Arrival) -> View:
    to, gathering = words.reader(ask), arrival.gathering
    entry = entrance.enter(books, arrival, ask.now)
    if entry.link is not None:
        return words.welcome(to, gathering, entry.link, back=entry.back)
    if entry.doors is Doors.OPEN:
        raise entrance.NoRoomYet(words.no_room_yet(to, gathering), arrival)
    now_it_is = books.gathering(gathering.id) or gathering
    following = finding.following(gathering, ask, books)
    raise Refusal(words.shut(to, now_it_is, entry.doors, following, finding.coming(following, ask, books)))


@command("details", Option("gathering", Kind.GATHERING, limit=200), ONLY)
def details(ask: Ask, books: Books) -> View:
    found = finding.upcoming(ask, books)
    if isinstance(found, View):
        return found
    registered = books.registration(ask.member.id, found.id) is not None
    parts = books.parts(found)
    return words.details(
        words.reader(ask),
        found,
        parts,
        registered=registered,
        coming=registrations.coming_parts(parts, ask.now),
        whole=ask.call["only"] == "any",
    )


@command(
    "settings",
    Option("zone", limit=80),
    Option("language", limit=8),
    Option("reminders", limit=200),
    Option("direct", limit=3),
    summary=N_("time zone, language and reminders"),
    opens_form=True,
    changes_reader=True,
)
def settings(ask: Ask, books: Books) -> Answer:
    to = words.reader(ask)
    if "language" not in ask.call:
        return words.settings_form(to, ask.house, ask.member)
    typed = ask.call["zone"].strip()
    try:
        zone = times.zone(typed).key if typed else None
    except times.UnreadableTime as problem:
        chosen = replace(ask.member, settings=_chosen(ask, None))
        error = words.unknown_zone(to, problem)
        return words.settings_form(to, ask.house, chosen, typed_zone=typed, error=error)
    chosen = replace(ask.member, settings=_chosen(ask, zone))
    books.choose(ask.member.id, chosen.settings)
    return words.settings_kept(words.reader_of(chosen, ask.house), ask.house, chosen, ask.now)


def _chosen(ask: Ask, zone: str | None) -> Settings:
    heard = set(ask.call["reminders"].split(","))
    muted = {lead for lead in ask.house.reminders if str(int(lead.total_seconds())) not in heard}
    language = ask.call["language"]
    return Settings(
        language=language if language in LANGUAGES else None,
        zone=zone,
        muted=frozenset(muted),
        by_direct_message=ask.call["direct"] != "no",
        afterwards=words.AFTERWARDS in heard,
    )


@command(
    "suggest",
    Option("topic", Kind.TEXT, N_("what a gathering should be about")),
    Option("support", limit=12),
    summary=N_("suggest a topic"),
    opens_form=True,
)
def suggest(ask: Ask, books: Books) -> Answer:
    """One's own words, or what others have suggested, or both."""
    to = words.reader(ask)
    topic, chosen = tidy(ask.call["topic"]), ask.call["support"]
    found, more = finding.topic_page(ask, Kind.OTHERS_TOPIC, books)
    others = said.form_choices(to, found, more=more)
    if len(topic) > TOPIC_LIMIT:
        return words.suggest_form(to, topic, words.topic_too_long(to), others)
    if gives_away(topic, *_rooms(ask, books), public_url=ask.house.public_url or ""):
        return words.suggest_form(to, topic, words.holds_room(to), others)
    if not topic and not chosen:
        error = said.nothing_chosen(to) if "topic" in ask.call else ""
        return words.suggest_form(to, error=error, others=others)
    if chosen == said.MORE and topic:
        chosen = ""  # the others are below the answer to what was typed
    answer = support(replace(ask, call=Call.of("support", topic=chosen)), books) if chosen else None
    if not topic and answer is not None:
        return answer
    if books.open_topics(ask.member.id) >= OPEN_TOPICS_PER_MEMBER:
        raise Refusal(words.suggested_enough(to, OPEN_TOPICS_PER_MEMBER))
    kept = books.suggest(ask.member.id, topic, ask.now)
    view = words.suggested_before(to, topic) if kept is None else words.suggested(to, topic)
    found, more = finding.topic_page(ask, Kind.OTHERS_TOPIC, books)
    return said.with_others(to, view, found, more=more)


def _rooms(ask: Ask, books: Books) -> list[ZoomLink]:
    """Of what is to come, without passcodes: whoever may try words here must not be able to guess one."""
    links = books.zoom_links([each.id for each in books.upcoming(ask.now, limit=CHOICE_LIMIT)])
    return [ZoomLink(link.reveal().partition("?")[0]) for link in links.values()]


@command("support", Option("topic", Kind.OTHERS_TOPIC, limit=12), Option("undo", limit=3), PAGE)
def support(ask: Ask, books: Books) -> View:
    to = words.reader(ask)
    if ask.call["topic"] in {"", said.MORE}:
        others, more = finding.topic_page(ask, Kind.OTHERS_TOPIC, books)
        return said.others(to, others, page_number(ask), more=more)
    found = finding.numbered_topic(books, ask.call["topic"])
    if found is None or found.state is not State.OPEN:
        raise Refusal(said.no_longer_open(to))
    if ask.call["undo"] == "yes":
        books.unvote(found.id, ask.member.id)
        return said.unsupported(to, found)
    books.vote(found.id, ask.member.id, ask.now)
    return said.supported(to, found)


@command("help", Option("unknown", limit=60), Option("nearest", limit=60), summary=N_("what I can do"))
def help_(ask: Ask, books: Books) -> View:
    del books
    to = words.reader(ask)
    unknown, nearest = ask.call["unknown"], ask.call["nearest"]
    return words.help_page(to, ask.house, "htg", usages("htg"), unknown=unknown, nearest=nearest)

"""What a round has to add up to: what each platform saw, what the database holds and what people were answered.

Pure: every check is a function of the `Books`, and `tests/chaos/test_books.py` shows of each that it can fail.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.notifications.model import NotificationKind, Receipt
from tests.chaos.people import Interaction, Outcome
from tests.chaos.platforms import Accepted, tag_of

ON_THE_WIRE = 1.5
"""Seconds after an acknowledged cancellation in which what was rendered before it may still reach the platform."""


@dataclass(frozen=True)
class Notice:
    """A row of the outbox, to one member. `conversation`: where the platform would put it."""

    key: str
    kind: str
    gathering: int | None
    member: int
    platform: str
    conversation: str
    state: Receipt
    pending: bool
    starts_at: datetime
    offset: timedelta


@dataclass(frozen=True)
class GatheringBook:
    id: int
    starts_at: datetime
    status: str
    limit: int
    first_start: datetime
    """As it was announced; when it is moved, `starts_at` is another."""


@dataclass
class Books:
    """All times but the instants of the database are those of the round's event loop."""

    notices: Sequence[Notice] = ()
    accepted: Sequence[Accepted] = ()
    interactions: Sequence[Interaction] = ()
    gatherings: Mapping[int, GatheringBook] = field(default_factory=dict)
    members: Mapping[str, int] = field(default_factory=dict)
    """By name, everybody whom the database knows."""
    conversations: Mapping[str, str] = field(default_factory=dict)
    """By name."""
    registered: Mapping[tuple[int, int], datetime] = field(default_factory=dict)
    """By gathering and member, since when."""
    admitted: frozenset[tuple[int, int]] = frozenset()
    acted_on: frozenset[str] = frozenset()
    """The keys of all interactions that the database remembers."""
    drafts: Mapping[str, int] = field(default_factory=dict)
    """By title, how many."""
    reminders: Sequence[timedelta] = ()
    now: datetime | None = None
    """The end of the round, by the clock of the database's instants."""
    began_at: float = 0.0
    """The timestamp at which the event loop's clock was 0."""


def check(books: Books) -> list[str]:
    """Every promise that was broken, in words."""
    return [broken for rule in RULES for broken in rule(books)]


def settled(books: Books) -> Iterator[str]:
    """Nothing waits for ever."""
    for notice in books.notices:
        if notice.pending:
            yield f"never settled: {notice.key} ({notice.state})"


def told_once(books: Books) -> Iterator[str]:
    """No notification reached anybody twice, under one key or under two."""
    for (platform, conversation, tag), times in Counter(
        (message.platform, message.conversation, message.tag) for message in books.accepted
    ).items():
        if times > 1:
            yield f"told {times} times: {_key_of(books, platform, tag)} in {conversation} on {platform}"
    meant = {(notice.platform, tag_of(notice.platform, notice.key)): notice for notice in books.notices}
    reminded: Counter[tuple[int, int | None, datetime, timedelta]] = Counter()
    for platform, tag in {(message.platform, message.tag) for message in books.accepted}:
        notice = meant.get((platform, tag))
        if notice is not None and notice.kind == NotificationKind.REMINDER:
            reminded[notice.member, notice.gathering, notice.starts_at, notice.offset] += 1
    for which, times in reminded.items():
        if times > 1:
            yield f"one reminder under {times} keys: {which}"


def receipts_are_true(books: Books) -> Iterator[str]:
    """`sent` where the platform took it, and nowhere else."""
    taken = Counter((message.platform, message.tag) for message in books.accepted)
    where = {(message.platform, message.tag): message.conversation for message in books.accepted}
    for notice in books.notices:
        tag = tag_of(notice.platform, notice.key)
        was_taken = taken[notice.platform, tag] > 0
        if notice.state is Receipt.SENT and not was_taken:
            yield f"recorded as sent, and never taken: {notice.key}"
        if notice.state is not Receipt.SENT and was_taken:
            yield f"received, and recorded as {notice.state}: {notice.key}"
        if was_taken and where[notice.platform, tag] != notice.conversation:
            yield f"{notice.key} went astray, to {where[notice.platform, tag]}"
    known = {(notice.platform, tag_of(notice.platform, notice.key)) for notice in books.notices}
    for message in books.accepted:
        if (message.platform, message.tag) not in known:
            yield f"told without a row in the outbox: {message}"


def _key_of(books: Books, platform: str, tag: str) -> str:
    keys = (notice.key for notice in books.notices if tag_of(platform, notice.key) == tag)
    return next(keys, tag)


# ---- what was answered


def answers_are_kept(books: Books) -> Iterator[str]:
    """Whatever was acknowledged is in the database, whoever was killed right after."""
    for interaction in books.interactions:
        if interaction.outcome is Outcome.STRANGE:
            yield f"{interaction.word} was answered strangely: {interaction.answer[:300]}"
        if interaction.outcome is Outcome.DONE and interaction.changed and interaction.key not in books.acted_on:
            what = f"{interaction.word} {interaction.gathering} by {interaction.who}"
            yield f"acknowledged and lost: {what} ({interaction.key})"


def _interactions_of(books: Books, *words: str) -> dict[tuple[str, int], list[Interaction]]:
    grouped: defaultdict[tuple[str, int], list[Interaction]] = defaultdict(list)
    for interaction in sorted(books.interactions, key=lambda one: one.began):
        if interaction.word in words:
            grouped[interaction.who, interaction.gathering].append(interaction)
    return dict(grouped)


def _was_acted_on(books: Books, interaction: Interaction) -> bool:
    """Done as far as anybody can know: what was not answered was done where the database remembers it."""
    return interaction.outcome is Outcome.DONE or (
        interaction.outcome is Outcome.UNKNOWN and interaction.key in books.acted_on
    )


def possible_states(books: Books, interactions: Sequence[Interaction]) -> set[bool]:
    """Whether somebody may be registered after these: both, where an unanswered one may have come late."""
    states, late = {False}, set[bool]()
    for interaction in interactions:
        effect = interaction.word == "register"
        if interaction.outcome is Outcome.DONE:
            states = {effect} | late
        elif _was_acted_on(books, interaction):
            late.add(effect)
            states = states | {effect}
    return states


def count_certain(books: Books) -> tuple[int, int]:
    """Of how many registrations it is certain what they have to be, and of how many it is not."""
    stories = _interactions_of(books, "register", "unregister").values()
    certain = sum(len(possible_states(books, interactions)) == 1 for interactions in stories)
    return certain, len(stories) - certain


def registrations_are_kept(books: Books) -> Iterator[str]:
    """Who was told that they are registered is, and who was told that they are not is not."""
    for (who, gathering), interactions in _interactions_of(books, "register", "unregister").items():
        is_registered = (gathering, books.members.get(who, 0)) in books.registered
        if is_registered not in possible_states(books, interactions):
            is_not = "is" if is_registered else "is not"
            yield f"{who} {is_not} registered for {gathering}, after {_described(interactions)}"


def acted_on_once(books: Books) -> Iterator[str]:
    """An interaction that was delivered twice, perhaps to two processes, was acted on once."""
    for interaction in books.interactions:
        if interaction.word == "create":
            times = books.drafts.get(f"Draft {interaction.gathering}", 0)
            if times > 1 or (interaction.outcome is Outcome.DONE and times != 1):
                yield f"one interaction made {times} drafts, answered: {interaction.outcome.name}"


def _described(interactions: Sequence[Interaction]) -> str:
    return ", ".join(
        f"{interaction.word} {interaction.outcome.name.lower()} at {interaction.ended:.2f}"
        for interaction in interactions
    )


# ---- who heard what, and when


def _reminders_taken(books: Books) -> Iterator[tuple[Notice, Accepted]]:
    meant = {(notice.platform, tag_of(notice.platform, notice.key)): notice for notice in books.notices}
    for message in books.accepted:
        notice = meant.get((message.platform, message.tag))
        if notice is not None and notice.kind == NotificationKind.REMINDER:
            yield notice, message


def not_after_unregistering(books: Books) -> Iterator[str]:
    names = {member: name for name, member in books.members.items()}
    stories = _interactions_of(books, "register", "unregister")
    for notice, message in _reminders_taken(books):
        before = [
            interaction
            for interaction in stories.get((names.get(notice.member, ""), notice.gathering or 0), ())
            if interaction.began <= message.arrived
            and (interaction.outcome is Outcome.DONE or _was_acted_on(books, interaction))
        ]
        if not before:
            yield f"{notice.key} to somebody who never registered"
        elif (
            possible_states(books, before) == {False}
            and before[-1].word == "unregister"
            and message.arrived > before[-1].ended + ON_THE_WIRE
        ):
            late = message.arrived - before[-1].ended
            yield f"{notice.key} arrived {late:.2f} s after its reader had unregistered"


def not_after_cancelling_or_moving(books: Books) -> Iterator[str]:
    done = {
        interaction.gathering: interaction
        for interaction in sorted(books.interactions, key=lambda one: one.ended, reverse=True)
        if interaction.word in {"cancel", "move"} and interaction.outcome is Outcome.DONE
    }
    for notice, message in _reminders_taken(books):
        interaction = done.get(notice.gathering or 0)
        gathering = books.gatherings.get(notice.gathering or 0)
        if interaction is None or gathering is None or message.arrived <= interaction.ended + ON_THE_WIRE:
            continue
        if interaction.word == "cancel" or notice.starts_at == gathering.first_start:
            late = f"{message.arrived - interaction.ended:.2f} s"
            yield f"{notice.key} arrived {late} after {interaction.word} of {notice.gathering}"


def everybody_heard(books: Books) -> Iterator[str]:
    """Whoever was registered when a reminder fell due has it; nobody has one that fell due before they registered."""
    assert books.now is not None
    states = {(notice.gathering, notice.member, notice.starts_at, notice.offset): notice.state
              for notice in books.notices if notice.kind == NotificationKind.REMINDER}  # fmt: skip
    names = {member: name for name, member in books.members.items()}
    stories = _interactions_of(books, "register")
    changes = _interactions_of(books, "register", "unregister")
    for (number, member), since in books.registered.items():
        gathering = books.gatherings[number]
        if gathering.status != "published" or (number, member) in books.admitted:
            continue
        for offset in books.reminders:
            due, state = gathering.starts_at - offset, states.get((number, member, gathering.starts_at, offset))
            by_then = due.timestamp() - books.began_at
            never_before = all(
                interaction.began > by_then for interaction in stories.get((names.get(member, ""), number), ())
            )
            if since > due and never_before and state is not None:
                yield f"member {member} registered for {number} after the reminder {offset} before it, which is {state}"
            told_in_time = any(
                interaction.outcome is Outcome.DONE and interaction.ended <= by_then
                for interaction in stories.get((names.get(member, ""), number), ())
            )
            # One that stood still over that instant may have left and registered again, just after it.
            told_in_time = told_in_time and all(
                interaction.outcome is Outcome.DONE and interaction.ended <= by_then
                for interaction in changes.get((names.get(member, ""), number), ())
                if interaction.began <= by_then
            )
            is_past = due <= books.now - timedelta(seconds=1)
            if since <= due and told_in_time and is_past and state is not Receipt.SENT:
                yield f"member {member} of gathering {number} should have heard {offset} before it, which is {state}"


def everybody_heard_of_changes(books: Books) -> Iterator[str]:
    """Who was certainly registered when a gathering was cancelled or moved was told so."""
    kinds = {"cancel": NotificationKind.CANCELLED, "move": NotificationKind.MOVED}
    stories = _interactions_of(books, "register", "unregister")
    for change in books.interactions:
        if change.word not in kinds or change.outcome is not Outcome.DONE:
            continue
        told = {
            notice.member: notice.state
            for notice in books.notices
            if notice.kind == kinds[change.word] and notice.gathering == change.gathering
        }
        firsts = [
            interaction.began
            for interaction in books.interactions
            if interaction.word == change.word and interaction.gathering == change.gathering
        ]
        for (who, number), interactions in stories.items():
            before = [interaction for interaction in interactions if interaction.ended < min(firsts)]
            later = [interaction for interaction in interactions if interaction not in before]
            certain = not later and possible_states(books, before) == {True}
            if number == change.gathering and certain and told.get(books.members[who]) is not Receipt.SENT:
                yield f"{who} was not told of the {change.word} of {number}: {told.get(books.members[who])}"


def door_is_kept(books: Books) -> Iterator[str]:
    """As many are let in as there are places, and everybody who was shown the way in has one."""
    shown = {
        (interaction.gathering, interaction.who)
        for interaction in books.interactions
        if interaction.word == "join" and interaction.outcome is Outcome.DONE
    }
    for number, who in shown:
        if (number, books.members.get(who, 0)) not in books.admitted:
            yield f"{who} was let into {number}, which is forgotten"
    for number, gathering in books.gatherings.items():
        inside = {member for place, member in books.admitted if place == number}
        let_in = {who for place, who in shown if place == number}
        if max(len(inside), len(let_in)) > gathering.limit:
            yield f"{len(inside)} are in {number}, {len(let_in)} were shown the way, and {gathering.limit} may be"


RULES = (
    settled, told_once, receipts_are_true, answers_are_kept, registrations_are_kept, acted_on_once,
    not_after_unregistering, not_after_cancelling_or_moving, everybody_heard, everybody_heard_of_changes, door_is_kept,
)  # fmt: skip

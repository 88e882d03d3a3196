"""Promise 5 (a platform that refuses the bot), the waits that platforms ask for, announcements, and the secrets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from bot.notifications.model import NotificationKind, scope_of
from tests.simulation.certainty import Known
from tests.simulation.final_records import Books
from tests.simulation.ledger import Accepted, Try
from tests.simulation.random_plan import HOST, PACES

SHORTEST_INTERVAL = timedelta(seconds=110)
MOST_TRIES = 2
WITHIN_A_MINUTE = timedelta(seconds=60)
SECRETS = ("zoom.example/j/", "pwd=secret", "/join/")
LOSING_ANSWERS = {
    "reset after", "answer lost", "slack hang", "slack 500", "slack dropped", "slack internal_error", "discord hang",
    "discord 500", "discord lost", "discord reset",
}  # fmt: skip
ON_THE_WAY = 1.0
"""Seconds by which two messages may come nearer to each other on their way."""
SENT_WITHIN = timedelta(seconds=40)
"""What was under way when a breaker opened arrives for so long."""
TEN_MINUTES = timedelta(minutes=10)


def breaker_is_careful(books: Books) -> Iterator[str]:
    """Promise 5: within two tries nothing more is sent, but for one careful try at growing intervals."""
    for platform, since, until in books.ledger.restricted:
        refused = [each.at for each in books.ledger.refused if each.platform == platform and since <= each.at <= until]
        if not refused:
            continue
        skew = books.plan.skew
        at_once = [at for at in refused if at < refused[0] + SHORTEST_INTERVAL - skew]
        if len(at_once) > MOST_TRIES and not _answers_are_lost(books):
            yield f"promise 5: {platform} refused the bot {len(at_once)} times at once: {_times(at_once)}"
        trials = refused[len(at_once) :]
        for earlier, later in pairwise(trials):
            if later - earlier < SHORTEST_INTERVAL - skew:
                yield f"promise 5: {platform} refuses the bot, and it was tried again and again: {_times(refused)}"
                break
        yield from _told_elsewhere(books, platform, refused[0], until)
        yield from _posted_instead(books, platform, refused[0], until)


def _answers_are_lost(books: Books) -> bool:
    """A worker to which no refusal comes learns of none."""
    return any(each.kind in LOSING_ANSWERS for each in books.plan.mishaps)


def breaker_lets_go(books: Books) -> Iterator[str]:
    """Promise 5: once a platform takes what is sent unasked, nothing is held back any more."""
    needed = 3 if _is_worse(books) or books.plan.skew else 1  # a worker may die before it records what was taken
    for scope, opened_at in books.open_breakers.items():
        taken = [each.at for each in books.ledger.accepted if scope_of(each.to) == scope and each.mark
                 and not each.to.is_channel and each.at > opened_at + SENT_WITHIN]  # fmt: skip
        if len(taken) >= needed:
            yield f"promise 5: {scope} is still sent nothing, though it takes messages since {taken[0]:%H:%M:%S}"


def _times(instants: list[datetime]) -> str:
    return ", ".join(f"{at:%H:%M:%S.%f}" for at in instants)


def _told_elsewhere(books: Books, platform: str, at: datetime, until: datetime) -> Iterator[str]:
    if platform == "slack" or until < at + WITHIN_A_MINUTE or _is_worse(books):
        return
    told = [row for row in books.rows if row.kind is NotificationKind.SENDER_RESTRICTED and books.accepted(row)]
    address = books.ledger.addresses[HOST]
    if not any(accepted.to == address and accepted.at <= at + WITHIN_A_MINUTE
               for row in told for accepted in books.accepted(row)):  # fmt: skip
        yield f"promise 5: the facilitator was not told within a minute that {platform} refused at {at:%H:%M:%S}"


def _posted_instead(books: Books, platform: str, at: datetime, until: datetime) -> Iterator[str]:
    """Where a reminder waited for the platform, the channel heard it."""
    if until < at + WITHIN_A_MINUTE or _is_worse(books):
        return
    for row in books.rows:
        late = [each.at for each in books.accepted(row) if each.to.platform == platform]
        if row.kind is not NotificationKind.REMINDER or row.offset != TEN_MINUTES or not late:
            continue
        due = row.starts_at - row.offset
        if not (due <= at + WITHIN_A_MINUTE and late[0] > max(at, due) + WITHIN_A_MINUTE and at <= late[0]):
            continue
        posts = [each for each in books.rows if each.kind is NotificationKind.CHANNEL_REMINDER
                 and (each.gathering, each.starts_at, each.offset) == (row.gathering, row.starts_at, row.offset)
                 and each.platform == platform]  # fmt: skip
        announced = [accepted.at for other in books.rows if other.kind is NotificationKind.ANNOUNCEMENT
                     and (other.gathering, other.platform) == (row.gathering, platform)
                     for accepted in books.accepted(other)]  # fmt: skip
        in_time = max(at, due) + WITHIN_A_MINUTE
        if not announced or announced[0] > at:
            continue
        if not any(accepted.at <= in_time for post in posts for accepted in books.accepted(post)):
            yield f"promise 5: {row.key} waited for {platform}, and its channel was not reminded instead"
            return


def _is_worse(books: Books) -> bool:
    """Something else went wrong, too."""
    return len(books.plan.mishaps) > 1


def waits_are_kept(books: Books) -> Iterator[str]:
    """Promise 4, 429s: where a platform asks to wait, nothing more is sent before."""
    # What a frozen worker had begun is sent when it goes on.
    if not books.plan.skew and not any(each.kind.startswith("freeze") for each in books.plan.mishaps):
        for early in books.ledger.early:
            yield f"promise 4: a message was sent at {early}"


def pace_is_kept(books: Books) -> Iterator[str]:
    """HTG_DM_PER_MINUTE: whenever one looks, no more was sent than the pace and a burst allow."""
    if books.plan.skew or any(each.kind.startswith("freeze") for each in books.plan.mishaps):
        return  # what was begun in time may arrive in a bunch
    for limit in PACES[books.plan.pace].split(","):
        platform, _, pace = limit.partition(":")
        per_minute = float(pace)
        sent = [each.at for each in books.ledger.accepted
                if each.to.platform == platform and each.mark and not each.to.is_channel]  # fmt: skip
        for first, since in enumerate(sent):
            for number, at in enumerate(sent[first:], 1):
                allowed = max(2.0, per_minute / 30) + 1 + per_minute / 60 * ((at - since).total_seconds() + ON_THE_WAY)
                if number > allowed:
                    yield f"the pace: {number} messages to {platform} from {since:%H:%M:%S.%f} to {at:%H:%M:%S.%f}"
                    return


def announcements_are_true(books: Books) -> Iterator[str]:
    """The contract of `announce`: posted once, and changed in place when the gathering is, as are its reminders."""
    known = Known(books.plan, books.ledger)
    for each in books.ledger.tries:
        if each.word != "announce":
            continue
        rows = [row for row in books.rows if row.kind is NotificationKind.ANNOUNCEMENT
                and (row.gathering, row.platform) == (each.gathering, each.detail)]  # fmt: skip
        posts = [accepted for row in rows for accepted in books.accepted(row)]
        if len(posts) > 1:
            yield f"announce: {each.gathering} was announced {len(posts)} times in {each.detail}"
        moved, cancelled = known.change("move", each.gathering), known.change("cancel", each.gathering)
        if not posts or (moved is not None and moved.last > books.now):
            continue
        start = known.starts(each.gathering)[-1 if moved is not None else 0]
        reminders = [] if known.change("close", each.gathering) is not None else _reminders_in(books, each)
        for post in (posts[0], *reminders):
            text = books.posts.get(post.number, "")
            is_shut = post is not posts[0] and any(word in text for word in ("The doors of", "is full"))
            if post is not posts[0] and not is_shut and cancelled is None and books.now > start + 2 * TEN_MINUTES:
                yield f"announce: the reminder of {each.gathering} in {each.detail} still offers the way in"
            if str(int(start.timestamp())) not in text and not is_shut and cancelled is None:
                yield f"announce: the post about {each.gathering} in {each.detail} does not say {start:%d %H:%M}"
            if cancelled is not None and cancelled.last < books.now and "cancelled" not in text:
                yield f"announce: the post about {each.gathering} in {each.detail} does not say that it is cancelled"


def _reminders_in(books: Books, announced: Try) -> list[Accepted]:
    reminders = [row for row in books.rows if row.kind is NotificationKind.CHANNEL_REMINDER
                 and (row.gathering, row.platform) == (announced.gathering, announced.detail)]  # fmt: skip
    return [accepted for row in reminders for accepted in books.accepted(row)]


def secrets_are_kept(books: Books) -> Iterator[str]:
    """Neither the room nor a personal link stands in a channel or in the log."""
    for where, texts in (("a channel", books.public), ("the log", books.lines)):
        for text in texts:
            for secret in SECRETS:
                if secret in text:
                    yield f"secrets: {secret} stands in {where}: {text[:200]}"

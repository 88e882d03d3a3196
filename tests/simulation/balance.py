"""After a random story its books are balanced: what the platforms saw and what people read, against each promise.

Each check names the promise that was broken, and prints the evidence.
"""

from __future__ import annotations

import json

from tests.simulation import balance_platforms, balance_records, balance_reminders
from tests.simulation.final_records import Books, read
from tests.simulation.ledger import Ledger
from tests.simulation.random_plan import StoryPlan
from tests.simulation.world import World

CHECKS = (
    balance_reminders.heard_once,
    balance_reminders.heard_in_time,
    balance_reminders.not_heard_in_vain,
    balance_reminders.changes_are_told,
    balance_records.acknowledged_is_kept,
    balance_records.acted_on_once,
    balance_records.door_is_kept,
    balance_records.roster_is_true,
    balance_records.reached_the_right_person,
    balance_records.nobody_is_marked,
    balance_records.told_at_the_next_command,
    balance_platforms.breaker_is_careful,
    balance_platforms.breaker_lets_go,
    balance_platforms.waits_are_kept,
    balance_platforms.pace_is_kept,
    balance_platforms.announcements_are_true,
    balance_platforms.secrets_are_kept,
)


def check(world: World, plan: StoryPlan, ledger: Ledger) -> list[str]:
    """Every promise that was broken, in words."""
    books = books_of(world, plan, ledger)
    return [broken for rule in CHECKS for broken in rule(books)]


def books_of(world: World, plan: StoryPlan, ledger: Ledger) -> Books:
    books = Books(plan, ledger, world.now(), lines=list(world.lines))
    read(world.path, books)
    for message in world.slack.messages:
        text = f"{message.text} {json.dumps(message.blocks, ensure_ascii=False)}"
        books.posts[message.id] = text
        if message.channel in world.slack.channels and not message.ephemeral_for:
            books.public.append(text)
    for number, posted in world.discord.state.messages.items():
        text = json.dumps(posted, ensure_ascii=False)
        books.posts[str(number)] = text
        if world.discord.state.places[int(posted["channel_id"])].recipient is None and not posted["only"]:
            books.public.append(text)
    return books

"""What is listed in the help, and in which order."""

from __future__ import annotations

from collections import Counter

from bot.catalogue import commands


def test_no_two_commands_claim_the_same_place_in_a_list() -> None:
    places = Counter((command.for_facilitators, command.position) for command in commands() if command.summary)
    assert [place for place, count in places.items() if count > 1] == []

"""Who wrote a direct message, as far as it is to be answered."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.discord.receive import parse_author

ADA = {"id": "42", "username": "ada", "global_name": "Ada"}
MESSAGE: dict[str, Any] = {"id": "1", "channel_id": "7", "author": ADA, "content": "hello", "type": 0}


def test_a_person_is_answered_and_what_they_wrote_is_not_read() -> None:
    author = parse_author(MESSAGE)
    assert author is not None
    assert (author.address.account, author.name) == ("42", "Ada")


@pytest.mark.parametrize(
    "more", [{"author": ADA | {"bot": True}}, {"guild_id": "4001"}, {"webhook_id": "9"}, {"type": 6}]
)
def test_bots_servers_and_discord_itself_are_not(more: dict[str, Any]) -> None:
    assert parse_author(MESSAGE | more) is None

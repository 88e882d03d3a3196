"""Whom a facilitator means by what they typed."""

from __future__ import annotations

import pytest

from bot.addresses import Address
from bot.arguments import Arguments
from bot.config import Config
from bot.context import Context
from bot.facilitators.commands import NotAPerson, parse_person
from bot.members.model import Member, Person
from bot.request import Call, Request
from tests.storage.examples import NOW

SLACK, DISCORD = Address("slack", "T1/U1"), Address("discord", "42")


def context(near: Address) -> Context:
    request = Request(Person(near), Call("host-team-add"), NOW)
    return Context(request, Member(1, "Frances", near), Config(), Arguments((), Call("host-team-add")))


@pytest.mark.parametrize(
    ("near", "typed", "means"),
    [
        (SLACK, "<@U123456>", "slack:T1/U123456"),
        (SLACK, "<@U123456|frances>", "slack:T1/U123456"),
        (SLACK, "<@W123456>", "slack:T1/W123456"),
        (SLACK, "U123456", "slack:T1/U123456"),
        (SLACK, "slack:U123456", "slack:T1/U123456"),
        (SLACK, "slack:T9/U123456", "slack:T9/U123456"),
        (DISCORD, "slack:T9/U123456", "slack:T9/U123456"),
        (DISCORD, "<@!4242>", "discord:4242"),
        (DISCORD, "<@4242>", "discord:4242"),
        (DISCORD, "4242", "discord:4242"),
        (SLACK, "123456789012345678", "discord:123456789012345678"),
        (SLACK, "<@123456789012345678>", "discord:123456789012345678"),
        (SLACK, "discord:42", "discord:42"),
        (Address("sandbox", "frances"), "@ada", "sandbox:ada"),
    ],
)
def test_an_address_a_mention_or_an_id(near: Address, typed: str, means: str) -> None:
    assert str(parse_person(context(near), typed)) == means


@pytest.mark.parametrize(
    ("near", "typed"),
    [
        (SLACK, ""),
        (SLACK, "Frances"),
        (SLACK, "@frances"),
        (SLACK, "<#C123456>"),
        (SLACK, "<#C123456|general>"),
        (SLACK, "slack:T1/C123456"),
        (SLACK, "C123456"),
        (DISCORD, "discord:#4000"),
        (DISCORD, "#4000"),
        (DISCORD, "<@&4000>"),
        (DISCORD, "frances"),
        (DISCORD, "carrier:pigeon"),
        (DISCORD, "slack:"),
    ],
)
def test_what_names_nobody_says_what_to_do(near: Address, typed: str) -> None:
    with pytest.raises(NotAPerson, match="could not find a person"):
        parse_person(context(near), typed)


def test_a_slack_id_alone_says_nothing_of_its_workspace_to_somebody_elsewhere() -> None:
    with pytest.raises(NotAPerson, match="add the workspace"):
        parse_person(context(DISCORD), "U123456")

"""Whom a facilitator means by what they typed."""

from __future__ import annotations

import pytest

from bot import people
from bot.addresses import Address
from bot.views import PeopleField

SLACK, DISCORD = Address("slack", "T1/U1"), Address("discord", "42")


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
        (SLACK, "<@slack:T9/U123456|Ada>, U22222", "slack:T9/U123456"),
    ],
)
def test_an_address_a_mention_or_an_id(near: Address, typed: str, means: str) -> None:
    assert str(people.read(people.written(typed)[0], near)) == means


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
def test_what_names_nobody_is_no_person(near: Address, typed: str) -> None:
    with pytest.raises(people.NotAPerson):
        people.read(people.written(typed)[0], near)


def test_a_slack_id_alone_says_nothing_of_its_workspace_to_somebody_elsewhere() -> None:
    with pytest.raises(people.WithoutWorkspace):
        people.read("U123456", DISCORD)


KNOWN = {Address("slack", "T1/U22222"): "Ada", Address("discord", "42"): "Bo"}


def names(asked: set[Address]) -> dict[Address, str]:
    return {each: name for each, name in KNOWN.items() if each in asked}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Frances, Ada", "Frances, Ada"),
        ("Frances,  and Ada: gently", "Frances,  and Ada: gently"),
        ("<@slack:T1/U22222|Ada L>", "Ada L"),
        ("Frances, <@slack:T1/U22222>", "Frances, Ada"),
        ("<@U22222> and <@discord:42>", "Ada and Bo"),
        ("slack:U22222, discord:42", "Ada, Bo"),
        ("Ada, <@slack:T1/U22222|Ada>, ada", "Ada"),
        ("https://example.org, discord:42", "https://example.org, Bo"),
    ],
)
def test_everyone_reads_names(text: str, shown: str) -> None:
    assert people.by_name(text, SLACK, names) == (shown, "")


@pytest.mark.parametrize("text", ["<@slack:T1/U99999>", "Ada, discord:99", "<@nobody!>"])
def test_an_id_without_a_name_is_pointed_out(text: str) -> None:
    assert people.by_name(text, SLACK, names)[1] in {"slack:T1/U99999", "discord:99", "<@nobody!>"}


@pytest.mark.parametrize(
    ("value", "chosen", "words"),
    [
        ("", [], ""),
        ("Frances", [], "Frances"),
        ("<@slack:T1/U1|Frances>", ["slack:T1/U1"], ""),
        ("<@slack:T1/U1|Frances>, <@slack:T1/U22222>", ["slack:T1/U1", "slack:T1/U22222"], ""),
        ("Bo, <@slack:T1/U1|Frances>", [], "Bo, Frances"),
        ("<@discord:42|Bo>, <@slack:T1/U1|Frances>", [], "Bo, Frances"),
    ],
)
def test_a_picker_shows_people_of_its_platform_or_all_stays_in_words(value: str, chosen: list[str], words: str) -> None:
    field = PeopleField("who", "Who?", "Or by name", value)
    assert [str(each) for each in people.picked(field, "slack")] == chosen
    assert people.in_words(field, "slack").value == words
    assert people.mentioned(words) == set()


def test_who_is_picked_comes_after_what_is_written() -> None:
    picked = people.mention(Address("slack", "T1/U1"), "A<b>|c, d")
    values = {"title": "T", "who": "Bo", "who.people": picked, "other.people": ""}
    assert people.merged(values) == {"title": "T", "who": f"Bo, {picked}", "other": ""}
    assert people.by_name(picked, SLACK, names) == ("A b c d", "")


def test_a_name_is_filled_in_where_none_came() -> None:
    text = "<@slack:T1/U22222>, <@slack:T1/U1|Frances>, <@discord:7>"
    assert people.with_names(text, KNOWN) == "<@slack:T1/U22222|Ada>, <@slack:T1/U1|Frances>, <@discord:7>"

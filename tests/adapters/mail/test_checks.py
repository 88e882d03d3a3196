"""What `htg doctor` says of e-mail, for each thing that can be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

import pytest

from adapters.mail.checks import check
from bot.ports import CheckLevel
from tests.adapters.mail.local_smtp import PASSWORD, SENDER, USER, client_context, local_smtp, server_at

pytestmark = pytest.mark.loopback
LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@"
GOOD = {
    "example.org": ["v=spf1 include:host.example ~all", "google-site=1"],
    "_dmarc.example.org": ["v=DMARC1; p=none"],
    "s1._domainkey.example.org": ["v=DKIM1; p=MIGf"],
}


class Names:
    """The name servers."""

    def __init__(self, records: Mapping[str, list[str]], *, silent: bool = False) -> None:
        self.records, self.silent = records, silent
        self.asked: list[str] = []

    async def __call__(self, name: str) -> list[str]:
        self.asked.append(name)
        if self.silent:
            raise OSError("NoNameservers")
        return self.records.get(name, [])


async def test_all_is_well() -> None:
    async with local_smtp(tls=True, login=True) as smtp:
        results = await check(server_at(smtp, "smtps", LOGIN), SENDER, Names(GOOD), client_context())
        assert smtp.letters == []
    assert [result.level for result in results] == [CheckLevel.OK] * 4
    said = " ".join(result.line for result in results)
    assert "takes the login, encrypted" in said
    assert PASSWORD not in said


async def test_a_wrong_password() -> None:
    async with local_smtp(tls=True, login=True) as smtp:
        wrong = server_at(smtp, "smtps", f"{quote(USER, safe='')}:wr0ng@")
        first, *_ = await check(wrong, SENDER, Names(GOOD), client_context())
    assert first.level is CheckLevel.FAULT
    assert "535" in first.line
    assert "HTG_SMTP_URL" in first.line
    assert "wr0ng" not in first.line


async def test_a_sender_that_the_login_may_not_use() -> None:
    async with local_smtp() as smtp:
        smtp.sender_replies = ["553 5.7.1 Not yours"]
        first, *_ = await check(server_at(smtp), SENDER, Names(GOOD))
    assert first.level is CheckLevel.FAULT
    assert "HTG_MAIL_FROM (553)" in first.line


async def test_nobody_listens_and_nobody_vouches() -> None:
    async with local_smtp(tls=True) as smtp:
        nobody, *_ = await check(replace(server_at(smtp), port=9), SENDER, Names(GOOD))
        unknown, *_ = await check(server_at(smtp, "smtps"), SENDER, Names(GOOD))
    assert "could not be reached" in nobody.line
    assert "no encrypted connection" in unknown.line
    assert nobody.level is unknown.level is CheckLevel.FAULT


@pytest.mark.parametrize(
    ("records", "level", "said"),
    [
        ({"_dmarc.example.org": ["v=DMARC1; p=none"]}, CheckLevel.ADVICE, "SPF is missing"),
        ({"example.org": ["v=spf1 -all"]}, CheckLevel.ADVICE, "DMARC is missing"),
        (GOOD | {"example.org": ["v=spf1 a", "V=SPF1 mx"]}, CheckLevel.FAULT, "SPF has 2 records"),
    ],
)
async def test_what_the_domain_does_not_say(records: Mapping[str, list[str]], level: CheckLevel, said: str) -> None:
    async with local_smtp() as smtp:
        results = await check(server_at(smtp), SENDER, Names(records))
    found = [result for result in results if said in result.line]
    assert [result.level for result in found] == [level]


async def test_a_part_of_a_domain_is_covered_by_the_whole() -> None:
    names = Names({"mail.example.org": ["v=spf1 a"], "_dmarc.example.org": ["v=DMARC1; p=reject"]})
    sender = replace(SENDER, address="gatherings@mail.example.org")
    async with local_smtp() as smtp:
        results = await check(server_at(smtp), sender, names)
    assert all(result.is_ok for result in results[:3])
    assert names.asked[:3] == ["mail.example.org", "_dmarc.mail.example.org", "_dmarc.example.org"]
    assert results[3].level is CheckLevel.ADVICE
    assert "DKIM cannot be seen from here" in results[3].line, "a key that was not found may have another name"


@pytest.mark.parametrize(
    ("record", "level"),
    [
        ("v=DKIM1; k=rsa; p=MIGf", CheckLevel.OK),
        ("k=rsa;p = MIGf", CheckLevel.OK),
        ("v=DKIM1; p=", CheckLevel.ADVICE),
        ("v=DKIM1; p= ; t=s", CheckLevel.ADVICE),
        ("v=spf1 -all", CheckLevel.ADVICE),
        ("v=DMARC1; sp=none", CheckLevel.ADVICE),
    ],
)
async def test_only_a_key_counts_as_dkim(record: str, level: CheckLevel) -> None:
    """A name server may answer whatever is asked with the same record, and a revoked key is an empty one."""
    async with local_smtp() as smtp:
        *_, dkim = await check(server_at(smtp), SENDER, Names(GOOD | {"s1._domainkey.example.org": [record]}))
    assert dkim.line.startswith("DKIM")
    assert dkim.level is level


async def test_no_name_server_answers() -> None:
    async with local_smtp() as smtp:
        _, second = await check(server_at(smtp), SENDER, Names({}, silent=True))
    assert second.level is CheckLevel.ADVICE
    assert "could not be looked up" in second.line

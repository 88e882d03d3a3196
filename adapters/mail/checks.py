"""What `htg doctor` checks of e-mail: the server, the login, the sender, and what the sender's domain says."""

from __future__ import annotations

import re
import ssl
from collections.abc import Awaitable, Callable, Sequence

from aiosmtplib import SMTPException

from adapters.mail.addresses import Mailbox
from adapters.mail.client import MailConnections, say_goodbye
from adapters.mail.server import MailServer
from bot.ports import CheckResult, SenderRestricted, TryLater

DNS_TIMEOUT = 5.0
SELECTORS = ("default", "dkim", "mail", "google", "selector1", "selector2", "s1", "k1", "fm1", "protonmail")
"""Names under which large mail hosts and usual servers publish the key that letters are signed with."""
_KEY_RECORD = re.compile(r"(?:^|;)\s*p\s*=\s*[^\s;]")
"""A record with a key (RFC 6376, 3.6.1): an empty one was revoked, and other TXT records may stand at any name."""
LookUp = Callable[[str], Awaitable[list[str]]]
"""The TXT records of a name; empty where there are none. Raises OSError where nobody can be asked."""


async def check(
    server: MailServer, sender: Mailbox, look_up: LookUp | None = None, tls: ssl.SSLContext | None = None
) -> list[CheckResult]:
    """Never raises, and writes to nobody."""
    return [await _server(server, sender, tls), *await _domain(sender.domain, look_up or txt_records)]


async def _server(server: MailServer, sender: Mailbox, tls: ssl.SSLContext | None) -> CheckResult:
    try:
        connection = await MailConnections(server, sender.domain, tls).opened()
    except (TryLater, SenderRestricted) as problem:
        return CheckResult.fault(f"{problem}: look at HTG_SMTP_URL (docs/mail.md).")
    try:
        await connection.mail(sender.address)
        await connection.rset()
    except (SMTPException, OSError) as refused:
        code = getattr(refused, "code", type(refused).__name__)
        return CheckResult.fault(f"The mail server takes nothing from HTG_MAIL_FROM ({code}): may this login use it?")
    finally:
        await say_goodbye(connection)
    login = "takes the login" if server.user else "asks for no login"
    hidden = "encrypted" if server.tls_at_once or server.starts_tls else "on this machine, without encryption"
    return CheckResult.ok(f"The mail server {login}, {hidden}, and letters from {sender.address}.")


async def _domain(domain: str, look_up: LookUp) -> list[CheckResult]:
    """Without SPF, DKIM and DMARC large mailboxes refuse letters, or put them among junk."""
    try:
        spf = [record for record in await look_up(domain) if record.lower().startswith("v=spf1")]
        dmarc = await _dmarc(domain, look_up)
        selectors = [each for each in SELECTORS if await _has_key(f"{each}._domainkey.{domain}", look_up)]
    except OSError:
        return [CheckResult.advice("SPF and DMARC could not be looked up: no name server answers here.")]
    return [
        _single_record(
            len(spf),
            f"SPF: {domain} says which servers may send for it",
            "v=spf1 … ~all that your mail host names",
        ),
        _single_record(dmarc, f"DMARC: {domain} says what becomes of forged letters", "v=DMARC1; p=none at _dmarc"),
        _dkim(domain, selectors),
    ]


async def _dmarc(domain: str, look_up: LookUp) -> int:
    """Records of the domain, or of the one that it belongs to (RFC 7489, 6.6.3)."""
    labels = domain.split(".")
    for first in range(max(1, len(labels) - 1)):
        name = "_dmarc." + ".".join(labels[first:])
        found = [record for record in await look_up(name) if record.upper().startswith("V=DMARC1")]
        if found:
            return len(found)
    return 0


async def _has_key(name: str, look_up: LookUp) -> bool:
    return any(_KEY_RECORD.search(record) for record in await look_up(name))


def _dkim(domain: str, selectors: Sequence[str]) -> CheckResult:
    """Only a signed letter tells the name of its key for sure: it is looked for under those that are usual."""
    if selectors:
        return CheckResult.ok(f"DKIM: {domain} has a key to check letters by ({', '.join(selectors)}).")
    return CheckResult.advice(
        "DKIM cannot be seen from here: send yourself a letter with htg mail test; its source should say dkim=pass."
    )


def _single_record(count: int, found: str, wanted: str) -> CheckResult:
    subject = found.partition(":")[0]
    if count == 1:
        return CheckResult.ok(f"{found}.")
    if count:
        return CheckResult.fault(f"{subject} has {count} records, which count as none: keep one (docs/mail.md).")
    return CheckResult.advice(f"{subject} is missing, so letters may land among junk: add the TXT record {wanted}.")


async def txt_records(name: str) -> list[str]:
    """From the name servers of this machine."""
    import dns.asyncresolver
    import dns.exception
    import dns.resolver

    try:
        answer = await dns.asyncresolver.resolve(name, "TXT", lifetime=DNS_TIMEOUT)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as failure:
        raise OSError(type(failure).__name__) from None
    return [b"".join(record.strings).decode("ascii", "replace") for record in answer]

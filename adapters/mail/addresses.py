"""E-mail addresses as they are stored: one spelling for each, in ASCII."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import getaddresses

NAME_LIMIT = 80
ADDRESS_LIMIT = 254
"""RFC 5321, 4.5.3.1.3, without the angle brackets."""


def canonical(typed: str) -> str:
    """The one spelling under which an address is stored; raises ValueError with a phrase that says what is wrong.

    Small letters: mailboxes that tell `Ada` from `ada` are a theory, and people type both. A domain in another script
    is written as the domain name system does.
    """
    from email_validator import EmailNotValidError, validate_email  # slow to import, and most processes need none

    try:
        found = validate_email(typed.strip(), check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as wrong:
        raise ValueError(str(wrong).rstrip(".")) from None
    address = (found.ascii_email or "").lower()
    if "/" in address or not 0 < len(address) <= ADDRESS_LIMIT:
        raise ValueError("it is too long, or holds a '/'")
    return address


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Whom letters are from: a name, which may be empty, and an address."""

    name: str
    address: str

    @classmethod
    def parse(cls, text: str) -> Mailbox:
        """Reads `Healing Together <gatherings@example.org>` or the address alone; raises ValueError with a phrase."""
        (name, address), *others = getaddresses([text]) or [("", "")]
        if others:
            raise ValueError("it is more than one address: put a name that holds a comma in quotes")
        if not address or not text.isprintable() or len(name) > NAME_LIMIT:
            raise ValueError("it is not an address, nor a name with an address in <angle brackets>")
        return cls(name, canonical(address))

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

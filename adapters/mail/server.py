"""The mail server that letters are handed to, as HTG_SMTP_URL names it."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

TLS_PORT, SUBMISSION_PORT = 465, 587


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    tls_at_once: bool = True
    """`smtps://`: TLS from the first byte. Else STARTTLS, unless the server is this very machine."""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> MailServer:
        """Raises ValueError with a phrase that quotes nothing, since the URL holds a password."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:  # its own sentence may quote the password
            raise ValueError("it is not an address that can be read") from None
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or not url.isascii() or " " in url:
            raise ValueError("it must begin with smtps:// or smtp://, and name a host")
        if parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise ValueError("after the host there may be a port and nothing else")
        if bool(parts.username) is not bool(parts.password):
            raise ValueError("a user needs a password, and a password a user")
        if port == 0:
            raise ValueError("port 0 is none")
        at_once = parts.scheme == "smtps"
        return cls(
            parts.hostname,
            port or (TLS_PORT if at_once else SUBMISSION_PORT),
            at_once,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )

    @property
    def is_this_machine(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")

    @property
    def starts_tls(self) -> bool:
        """Whether the connection has to become encrypted before anything else is said."""
        return not self.tls_at_once and not self.is_this_machine

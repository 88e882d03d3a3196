"""Parses DATABASE_URL, in the forms that hosting providers give out, into what the two engines need."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.engine.errors import DatabaseUnavailable

_BEGINNINGS = "it must begin with sqlite:///, postgresql:// or postgres://"
_SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
_IGNORED_SETTINGS = {"channel_binding", "target_session_attrs", "gssencmode"}
"""Settings of libpq that providers append and asyncpg does not have."""


_LIBPQ_ROOT_CERTIFICATE = Path("~/.postgresql/root.crt")


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """SQLite."""

    path: Path


@dataclass(frozen=True, slots=True, repr=False)
class PostgresServer:
    """PostgreSQL. `ssl` and `settings` are asyncpg's own arguments."""

    url: URL
    ssl: str | ssl.SSLContext
    settings: dict[str, str]

    @property
    def is_near(self) -> bool:
        """Whether the connection stays on this machine."""
        host = self.url.host or ""
        return not host or host.startswith(("/", "127.")) or host in {"localhost", "::1"}

    def __repr__(self) -> str:
        return f"Server({self.url.host}, {self.url.database})"


def read_database_url(written: str) -> SqliteFile | PostgresServer:
    """Parses DATABASE_URL. Raises ValueError with a phrase that never quotes the address."""
    _refuse_misread_password(written)
    try:
        url = make_url(written.strip())
    except (ArgumentError, ValueError):
        raise ValueError(_BEGINNINGS) from None
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite":
        return _file(url)
    if kind in {"postgres", "postgresql"}:
        return _server(url)
    raise ValueError(_BEGINNINGS)


def parse_database_url(written: str) -> SqliteFile | PostgresServer:
    """As `read_database_url`; raises DatabaseUnavailable with a sentence."""
    try:
        return read_database_url(written)
    except ValueError as wrong:
        raise DatabaseUnavailable(f"DATABASE_URL: {wrong}.") from None


def _refuse_misread_password(written: str) -> None:
    """A PostgreSQL address may be parsed with a part of the password as the host, which errors would then quote."""
    scheme, _, rest = written.strip().partition("://")
    if scheme.partition("+")[0] not in {"postgres", "postgresql"}:
        return
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    who, _, host = authority.rpartition("@")
    special = "@" in who or "@" in rest[len(authority) :] or re.search(r"[\[\]]", who) or "#" in rest
    if special or who.count(":") > 1:
        raise ValueError(
            "a letter in its name or password is taken for a part of the address:"
            " write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, [ as %5B and ] as %5D"
        )
    if host and not re.fullmatch(r"(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.%]+\])(?::[0-9]{0,5})?", host):
        raise ValueError("its host and port cannot be read (write name:password@host:5432/database)")


def _file(url: URL) -> SqliteFile:
    if url.host or url.query or not url.database or url.database == ":memory:":
        raise ValueError("it names no file (write sqlite:/// and the path, and nothing after it)")
    return SqliteFile(Path(url.database))


def _server(url: URL) -> PostgresServer:
    query = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    if not url.database:
        raise ValueError("it names no database after the host")
    if url.port is not None and not 0 < url.port < 65536:
        raise ValueError("its port is not one from 1 to 65535")
    mode = query.pop("sslmode", query.pop("ssl", "prefer"))
    root = query.pop("sslrootcert", "")
    host = query.pop("host", url.host)
    settings = {"application_name": query.pop("application_name", "htg")}
    unknown = sorted(query.keys() - _IGNORED_SETTINGS)
    if unknown:
        raise ValueError(f"it has settings that are not understood: {', '.join(unknown)}; leave them out")
    if mode not in _SSL_MODES:
        raise ValueError(f"its sslmode is not one of {', '.join(sorted(_SSL_MODES))}")
    plain = url.set(drivername="postgresql+asyncpg", query={}, host=host)
    return PostgresServer(plain, _trusted(mode, root), settings)


def _trusted(mode: str, root: str) -> str | ssl.SSLContext:
    """asyncpg's argument `ssl`: the mode itself, or a context when certificates are to be verified.

    Without `sslrootcert` and without libpq's default file, the machine's own certificate authorities are trusted.
    """
    if mode not in {"verify-ca", "verify-full"} or (not root and _LIBPQ_ROOT_CERTIFICATE.expanduser().exists()):
        return mode
    try:
        context = ssl.create_default_context(cafile=None if root in {"", "system"} else root)
    except OSError:  # ssl.SSLError among them
        raise ValueError("its sslrootcert is not a readable certificate file") from None
    context.check_hostname = mode == "verify-full"
    return context

"""DATABASE_URL, in the forms that hosts hand out, as what the two engines need."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.failures import Unusable

_HOW = "Write sqlite:///data/htg.db or postgresql://name:password@host:5432/database."
_SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
_SILENT = {"channel_binding", "target_session_attrs", "gssencmode"}
"""Settings for libpq that hosts append; asyncpg has no such choice to make, and nothing is lost by not making it."""


@dataclass(frozen=True, slots=True)
class File:
    """SQLite."""

    path: Path


@dataclass(frozen=True, slots=True, repr=False)
class Server:
    """PostgreSQL. `ssl` and `settings` are asyncpg's own arguments."""

    url: URL
    ssl: str | ssl.SSLContext
    settings: dict[str, str]

    def __repr__(self) -> str:
        return f"Server({self.url.host}, {self.url.database})"


def read_url(written: str) -> File | Server:
    """Reads DATABASE_URL. Raises Unusable with one sentence, which never quotes what was written."""
    try:
        url = make_url(written.strip())
    except (ArgumentError, ValueError):
        raise Unusable(f"DATABASE_URL is not a database address. {_HOW}") from None
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite":
        return _file(url)
    if kind in {"postgres", "postgresql"}:
        return _server(url)
    raise Unusable(f"DATABASE_URL names a database that is not supported. {_HOW}")


def _file(url: URL) -> File:
    if url.host or url.query or not url.database or url.database == ":memory:":
        raise Unusable(
            "DATABASE_URL must name a file: sqlite:///data/htg.db in this folder, sqlite:////var/lib/htg.db anywhere."
        )
    return File(Path(url.database))


def _server(url: URL) -> Server:
    query = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    if not url.database:
        raise Unusable(f"DATABASE_URL names a server but no database. {_HOW}")
    mode = query.pop("sslmode", query.pop("ssl", "prefer"))
    root = query.pop("sslrootcert", "")
    host = query.pop("host", url.host)
    settings = {"application_name": query.pop("application_name", "htg")}
    unknown = sorted(query.keys() - _SILENT)
    if unknown:
        raise Unusable(f"DATABASE_URL has settings that are not understood: {', '.join(unknown)}. Leave them out.")
    if mode not in _SSL_MODES:
        raise Unusable(f"DATABASE_URL has an unknown sslmode. It is one of {', '.join(sorted(_SSL_MODES))}.")
    plain = url.set(drivername="postgresql+asyncpg", query={}, host=host)
    return Server(plain, _trusted(mode, root), settings)


def _trusted(mode: str, root: str) -> str | ssl.SSLContext:
    """What asyncpg takes for `ssl`: the mode itself, or a context where a certificate of one's own is named."""
    if not root or mode not in {"verify-ca", "verify-full"}:
        return mode
    try:
        context = ssl.create_default_context(cafile=root)
    except OSError:  # ssl.SSLError among them
        raise Unusable("DATABASE_URL's sslrootcert is not a readable certificate file.") from None
    context.check_hostname = mode == "verify-full"
    return context

"""A private part of asyncpg: the future that holds the server's answer to its request for TLS.

Where a connection attempt is cancelled (by Ctrl-C, SIGTERM or a timeout) after its transport was made and before
asyncpg awaits this future, the future ends with a ConnectionError that nobody retrieves, and asyncio logs "Future
exception was never retrieved" with a traceback. Marked as retrieved here, it still reaches whoever does await it.

When asyncpg's version changes: tests/storage/engine/test_cancelled_connect.py shows whether this is still needed.
Where its second test fails, delete this file.
"""

from __future__ import annotations

from asyncpg.connect_utils import TLSUpgradeProto  # type: ignore[import-untyped]

connection_lost = TLSUpgradeProto.connection_lost


def _connection_lost(protocol: TLSUpgradeProto, problem: Exception | None) -> None:
    connection_lost(protocol, problem)
    if not protocol.on_data.cancelled():
        protocol.on_data.exception()


def install() -> None:
    TLSUpgradeProto.connection_lost = _connection_lost

"""Accepts connections: how many at once, how long each may stay silent, and what a request that is no HTTP gets.

Touches private parts of aiohttp's RequestHandler: `_waiter` (no request is under way while it is pending) and
`_request_count`. tests/web/test_connections.py fails where a new version of aiohttp changes their meaning.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from adapters.web.limits import origin_of

log = logging.getLogger(__name__)

TOTAL = 4000
"""Connections at once, where the process may have that many descriptors."""
PER_NETWORK = 200
"""Of these from one address; proxies on this machine or a private network may have them all."""
RESERVED = 250
"""Descriptors that are left for the database, the platforms and files."""
FIRST_REQUEST_TIMEOUT = 20.0
"""Seconds in which a new connection has to send its first request."""
HEAD_TIMEOUT = 10.0
"""Seconds in which the head of a request has to arrive once it has begun."""
STALL_TIMEOUT = 15.0
"""Seconds in which a reader has to take something of what waits to be sent."""
SEND_TIMEOUT = 120.0
"""Seconds in which a reader has to take all of it."""
CHECK_INTERVAL = 1.0
LOG_INTERVAL = 60.0
"""Seconds between two log lines about the same kind of trouble with connections."""
SEARCHED = 100
"""How many of the longest quiet connections are looked at to find one that can be closed for a new one."""

OPTIONS: Mapping[str, Any] = {
    "access_log": None,  # an address may hold a token
    "keepalive_timeout": 75,
    "lingering_time": 2,
    "max_line_size": 8190,
    "max_field_size": 8190,
    "max_headers": 100,
}
"""Of aiohttp's RequestHandler."""
_NOT_OURS = (HttpProcessingError, web.RequestPayloadError, web.PayloadAccessError, ConnectionError)
"""What the sender did wrong: no fault of this program, and no traceback."""


def capacity() -> int:
    """How many connections this process can have at once."""
    if sys.platform == "win32":  # which has no such limit
        return TOTAL
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return TOTAL if soft == resource.RLIM_INFINITY else min(TOTAL, max(soft // 2, soft - RESERVED))


class RateLimitedLog:
    """One warning of each kind in LOG_INTERVAL: strangers decide how often something happens."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._said_at: dict[str, float] = {}
        self._unsaid: defaultdict[str, int] = defaultdict(int)

    def report(self, what: str) -> None:
        now = self._ticks()
        if now - self._said_at.get(what, -LOG_INTERVAL) < LOG_INTERVAL:
            self._unsaid[what] += 1
            return
        self._said_at[what] = now
        log.warning("%s (%d times since this was last said)", what, self._unsaid.pop(what, 0) + 1)


@dataclass
class Limits:
    total: int = field(default_factory=capacity)
    per_network: int = PER_NETWORK


class Connections:
    """Those that are open, the longest quiet first."""

    def __init__(self, limits: Limits, ticks: Callable[[], float], headers: Mapping[str, str]) -> None:
        self.limits, self.ticks, self.headers = limits, ticks, headers
        self.trouble = RateLimitedLog(ticks)
        self._all: OrderedDict[Connection, None] = OrderedDict()
        self._of_network: defaultdict[str, OrderedDict[Connection, None]] = defaultdict(OrderedDict)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, connection: Connection) -> bool:
        """False where there is no room, and none can be made by closing one on which nothing is under way."""
        network, limits = connection.network, self.limits
        if not connection.is_ours and len(self._of_network[network]) >= limits.per_network:
            self.trouble.report(f"one address has {limits.per_network} connections open; its idle ones are closed")
            if not self._make_room(self._of_network[network]):
                return False
        if len(self._all) >= limits.total:
            self.trouble.report(f"{limits.total} connections are open, as many as there may be; idle ones are closed")
            if not self._make_room(self._all):
                return False
        self._all[connection] = None
        self._of_network[network][connection] = None
        return True

    def _make_room(self, among: Iterable[Connection]) -> bool:
        for connection, _ in zip(among, range(SEARCHED), strict=False):
            if connection.is_idle:
                self.remove(connection)
                connection.drop()
                return True
        return False

    def remove(self, connection: Connection) -> None:
        if connection not in self._all:
            return
        del self._all[connection]
        of_network = self._of_network[connection.network]
        del of_network[connection]
        if not of_network:
            del self._of_network[connection.network]

    def heard_from(self, connection: Connection) -> None:
        if connection in self._all:
            self._all.move_to_end(connection)
            self._of_network[connection.network].move_to_end(connection)

    def check(self) -> None:
        """Closes those that take too long to ask, or to read what they asked for."""
        now = self.ticks()
        for connection in list(self._all):
            trouble = connection.trouble(now)
            if trouble:
                self.trouble.report(f"a connection was closed: {trouble}")
                self.remove(connection)
                connection.drop()

    def close(self) -> None:
        for connection in list(self._all):
            connection.drop()


class Connection(web.RequestHandler):
    """One connection, from its beginning to its end."""

    def __init__(self, server: web.Server, connections: Connections) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **OPTIONS)
        self._connections = connections
        self._wire: asyncio.Transport | None = None
        """aiohttp forgets its own when it begins to close, which with a reader who does not read takes for ever."""
        self.network, self.is_ours = "unknown", False
        self._opened_at = self._read_at = 0.0
        self._head_since: float | None = None
        self._sending_since: float | None = None
        self._unsent = 0

    @property
    def is_idle(self) -> bool:
        """No request is under way, as far as has been read."""
        return self._waiter is not None and not self._waiter.done()

    def drop(self) -> None:
        if self._wire is not None:
            self._wire.abort()

    def trouble(self, now: float) -> str:
        """Why it has to be closed; empty while it need not be."""
        unsent = self._wire.get_write_buffer_size() if self._wire is not None else 0
        if unsent:
            return self._slow_reading(unsent, now)
        self._unsent, self._sending_since = 0, None
        if not self.is_idle:
            return ""
        if self._head_since is not None and now - self._head_since >= HEAD_TIMEOUT:
            return "the head of its request did not arrive in time"
        if self._request_count == 0 and now - self._opened_at >= FIRST_REQUEST_TIMEOUT:
            return "it sent no request"
        return ""

    def _slow_reading(self, unsent: int, now: float) -> str:
        if self._sending_since is None:
            self._sending_since = now
        if unsent != self._unsent:
            self._unsent, self._read_at = unsent, now
        if now - self._read_at >= STALL_TIMEOUT or now - self._sending_since >= SEND_TIMEOUT:
            return "it did not read its answer in time"
        return ""

    # ---- as asyncio calls it

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast("asyncio.Transport", transport)
        self._opened_at = self._connections.ticks()
        peer = transport.get_extra_info("peername")
        self.network, self.is_ours = origin_of(peer[0] if peer else "")
        if self._connections.add(self):
            super().connection_made(transport)
        else:
            self._wire.abort()

    def data_received(self, data: bytes) -> None:
        if self.transport is None:
            return
        self._connections.heard_from(self)
        super().data_received(data)
        if not self.is_idle:
            self._head_since = None
        elif self._head_since is None:
            self._head_since = self._connections.ticks()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.remove(self)
        self._wire = None
        super().connection_lost(exc)

    # ---- as aiohttp calls it where something went wrong before, or after, any of our own code

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Without what was sent: that may be long, and is a stranger's."""
        del message
        self.log_exception("could not answer a request", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is sent already")
        said = "Something went wrong." if status >= 500 else "This is not a request that can be read."
        if isinstance(exc, LineTooLong):
            status = 431
        answer = web.Response(status=status, text=f"{said}\n", headers=self._connections.headers)
        answer.force_close()
        return answer

    def log_exception(self, *args: object, **kw: object) -> None:
        failure = kw.get("exc_info")
        if isinstance(failure, _NOT_OURS):
            self._connections.trouble.report(f"a request that is not HTTP was refused: {type(failure).__name__}")
        else:
            super().log_exception(*args, **kw)


@asynccontextmanager
async def listening(
    runner: web.BaseRunner, host: str, port: int, headers: Mapping[str, str], limits: Limits | None = None
) -> AsyncIterator[int]:
    """Accepts connections within the block, and then lets requests that are under way be answered.

    Gives the port, which may have been chosen by the system (0). `headers` go with what is answered to nonsense.
    """
    loop = asyncio.get_running_loop()
    connections = Connections(limits or Limits(), loop.time, headers)
    await runner.setup()
    try:
        listener = await loop.create_server(lambda: _connection(runner, connections), host, port, backlog=1024)
        checking = asyncio.create_task(_check_always(connections), name="connections")
        try:
            yield listener.sockets[0].getsockname()[1]
        finally:
            checking.cancel()
            listener.close()
    finally:
        await runner.cleanup()
        connections.close()


def _connection(runner: web.BaseRunner, connections: Connections) -> Connection:
    if runner.server is None:
        raise RuntimeError("the server is closed")
    return Connection(runner.server, connections)


async def _check_always(connections: Connections) -> None:
    while True:
        await asyncio.sleep(CHECK_INTERVAL)
        connections.check()

"""Limits connections: how many are open at once, how slow each may be, and the response to what is not HTTP."""

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

from adapters.web.aiohttp_internals import has_received_request, is_idle
from adapters.web.client_address import peer_network

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 4000
"""Open at once, where the process may have that many file descriptors."""
MAX_PER_NETWORK = 200
"""Of one client address; proxies on this machine or a private network may have all."""
RESERVED_DESCRIPTORS = 250
"""File descriptors that are left for the database, the platforms and files."""
FIRST_REQUEST_TIMEOUT = 20.0
"""Seconds for a new connection to send its first request."""
HEAD_TIMEOUT = 10.0
"""Seconds for the head of a request to arrive, from its first byte."""
STALL_TIMEOUT = 15.0
"""Seconds for a client to read any part of a response."""
SEND_TIMEOUT = 120.0
"""Seconds for a client to read all of it."""
CHECK_INTERVAL = 1.0
"""Seconds."""
LOG_INTERVAL = 60.0
"""Seconds between two log lines about the same problem."""
SEARCH_LIMIT = 100
"""Of the least recently used connections, those that are searched for one to close for a new one."""

OPTIONS: Mapping[str, Any] = {
    "access_log": None,  # a path may hold a token
    "auto_decompress": False,  # it would be done before anything is known of the request
    "keepalive_timeout": 75,
    "lingering_time": 2,
    "max_line_size": 8190,
    "max_field_size": 8190,
    "max_headers": 100,
}
"""Arguments of aiohttp's RequestHandler."""
_CLIENT_ERRORS = (HttpProcessingError, web.RequestPayloadError, web.PayloadAccessError, ConnectionError)
"""Caused by the client: logged without a traceback."""


def capacity() -> int:
    """How many connections this process can have at once."""
    if sys.platform == "win32":  # without a limit of descriptors
        return MAX_CONNECTIONS
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return min(MAX_CONNECTIONS, max(soft // 2, soft - RESERVED_DESCRIPTORS))


class RateLimitedLog:
    """Logs a warning at most once per LOG_INTERVAL: strangers decide how often its cause occurs."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._logged_at: dict[str, float] = {}
        self._suppressed: defaultdict[str, int] = defaultdict(int)

    def report(self, warning: str) -> None:
        now = self._ticks()
        if now - self._logged_at.get(warning, -LOG_INTERVAL) < LOG_INTERVAL:
            self._suppressed[warning] += 1
            return
        self._logged_at[warning] = now
        log.warning("%s (%d times since this was last said)", warning, self._suppressed.pop(warning, 0) + 1)


@dataclass
class ConnectionLimits:
    total: int = field(default_factory=capacity)
    per_network: int = MAX_PER_NETWORK


class Connections:
    """The open connections, least recently used first."""

    def __init__(self, limits: ConnectionLimits, ticks: Callable[[], float], headers: Mapping[str, str]) -> None:
        self.limits, self.ticks, self.headers = limits, ticks, headers
        self.warnings = RateLimitedLog(ticks)
        self._all: OrderedDict[Connection, None] = OrderedDict()
        self._by_network: defaultdict[str, OrderedDict[Connection, None]] = defaultdict(OrderedDict)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, connection: Connection) -> bool:
        """False where the limits are reached and no idle connection can be closed for it."""
        network, limits = connection.network, self.limits
        # Whoever is refused leaves nothing behind: not even an empty entry of their network.
        if not connection.is_trusted and len(self._by_network.get(network, ())) >= limits.per_network:
            self.warnings.report(f"one address has {limits.per_network} connections open; its idle ones are closed")
            if not self._close_idle(self._by_network[network]):
                return False
        if len(self._all) >= limits.total:
            self.warnings.report(f"{limits.total} connections are open, as many as there may be; idle ones are closed")
            if not self._close_idle(self._all):
                return False
        self._all[connection] = None
        self._by_network[network][connection] = None
        return True

    def _close_idle(self, candidates: Iterable[Connection]) -> bool:
        for connection, _ in zip(candidates, range(SEARCH_LIMIT), strict=False):
            if connection.is_idle:
                self.remove(connection)
                connection.drop()
                return True
        return False

    def remove(self, connection: Connection) -> None:
        if connection not in self._all:
            return
        del self._all[connection]
        by_network = self._by_network[connection.network]
        del by_network[connection]
        if not by_network:
            del self._by_network[connection.network]

    def mark_used(self, connection: Connection) -> None:
        if connection in self._all:
            self._all.move_to_end(connection)
            self._by_network[connection.network].move_to_end(connection)

    def check(self) -> None:
        """Closes connections that take too long to send a request or to read a response."""
        now = self.ticks()
        for connection in list(self._all):
            problem = connection.problem(now)
            if problem:
                self.warnings.report(f"a connection was closed: {problem}")
                self.remove(connection)
                connection.drop()

    def close(self) -> None:
        for connection in list(self._all):
            connection.drop()


class Connection(web.RequestHandler):
    """One connection, with the times by which its limits are checked."""

    def __init__(self, server: web.Server, connections: Connections) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **OPTIONS)
        self._connections = connections
        self._raw_transport: asyncio.Transport | None = None
        """aiohttp drops its own reference when it begins to close, which never ends for a client that does not read."""
        self.network, self.is_trusted = "unknown", False
        self._opened_at = self._read_at = 0.0
        self._head_since: float | None = None
        self._sending_since: float | None = None
        self._unsent = 0

    @property
    def is_idle(self) -> bool:
        """Whether no request is in progress, as far as received data has been parsed."""
        return is_idle(self)

    def drop(self) -> None:
        if self._raw_transport is not None:
            self._raw_transport.abort()

    def problem(self, now: float) -> str:
        """Why it must be closed; empty where it need not be."""
        unsent = self._raw_transport.get_write_buffer_size() if self._raw_transport is not None else 0
        if unsent:
            return self._read_problem(unsent, now)
        self._unsent, self._sending_since = 0, None
        if not self.is_idle:
            return ""
        if self._head_since is not None and now - self._head_since >= HEAD_TIMEOUT:
            return "the head of its request did not arrive in time"
        if not has_received_request(self) and now - self._opened_at >= FIRST_REQUEST_TIMEOUT:
            return "it sent no request"
        return ""

    def _read_problem(self, unsent: int, now: float) -> str:
        if self._sending_since is None:
            self._sending_since = now
        if unsent != self._unsent:
            self._unsent, self._read_at = unsent, now
        if now - self._read_at >= STALL_TIMEOUT or now - self._sending_since >= SEND_TIMEOUT:
            return "it did not read its answer in time"
        return ""

    # ---- called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._raw_transport = cast("asyncio.Transport", transport)
        self._opened_at = self._connections.ticks()
        peer = transport.get_extra_info("peername")
        self.network, self.is_trusted = peer_network(peer[0] if peer else "")
        if self._connections.add(self):
            super().connection_made(transport)
        else:
            self._raw_transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.transport is None:
            return
        self._connections.mark_used(self)
        super().data_received(data)
        if not self.is_idle:
            self._head_since = None
        elif self._head_since is None:
            self._head_since = self._connections.ticks()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.remove(self)
        self._raw_transport = None
        super().connection_lost(exc)

    # ---- called by aiohttp for errors outside of our own handlers

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The response repeats nothing of the request, which may be long and is a stranger's."""
        del message
        self.log_exception("could not answer a request", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is sent already")
        text = "Something went wrong." if status >= 500 else "This is not a request that can be read."
        if isinstance(exc, LineTooLong):
            status = 431
        response = web.Response(status=status, text=f"{text}\n", headers=self._connections.headers)
        response.force_close()
        return response

    def log_exception(self, *args: object, **kw: object) -> None:
        failure = kw.get("exc_info")
        if isinstance(failure, _CLIENT_ERRORS):
            self._connections.warnings.report(f"a request that is not HTTP was refused: {type(failure).__name__}")
        else:
            super().log_exception(*args, **kw)


@asynccontextmanager
async def listening(
    runner: web.BaseRunner, host: str, port: int, headers: Mapping[str, str], limits: ConnectionLimits | None = None
) -> AsyncIterator[int]:
    """Accepts connections within the block, and then lets open requests be answered.

    Yields the port, which for `port=0` the system chooses. `headers` are sent with the response to what is not HTTP.
    """
    loop = asyncio.get_running_loop()
    connections = Connections(limits or ConnectionLimits(), loop.time, headers)
    await runner.setup()
    try:
        listener = await loop.create_server(lambda: _connection(runner, connections), host, port, backlog=1024)
        checks = asyncio.create_task(_check_regularly(connections), name="connections")
        try:
            yield listener.sockets[0].getsockname()[1]
        finally:
            checks.cancel()
            listener.close()
    finally:
        await runner.cleanup()
        connections.close()


def _connection(runner: web.BaseRunner, connections: Connections) -> Connection:
    if runner.server is None:
        raise RuntimeError("the server is closed")
    return Connection(runner.server, connections)


async def _check_regularly(connections: Connections) -> None:
    while True:
        await asyncio.sleep(CHECK_INTERVAL)
        connections.check()

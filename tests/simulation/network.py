"""The network of a story: connections in memory, with latency and faults that are drawn from the seed.

A client's connection leads to whatever listens at that host and port. What one end writes, the other receives later,
in its own process. What can go wrong is a `Weather`, asked at each attempt to connect and at each request.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Iterable
from contextvars import Context, copy_context
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from tests.simulation.loop import PROCESS, VirtualLoop
from tests.simulation.process import TURN, VirtualProcess

FIRST_PORT = 20_000


class NetFault(Enum):
    """What happens to one attempt to connect (the first two), or to one request on an open connection."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    """Nobody answers: the attempt hangs until the client gives up."""
    RESET_BEFORE = "reset before"
    """The connection breaks before the request arrives."""
    RESET_AFTER = "reset after"
    """The request arrives and is carried out; the connection breaks instead of an answer."""
    ANSWER_LOST = "answer lost"
    """The request arrives and is carried out; the answer never comes, and nobody is told."""
    REQUEST_LOST = "request lost"
    """The request never arrives, and nobody is told: a half-open connection."""


class Weather(Protocol):
    """Decides about faults and latency. `address`: host and port of the server; `process`: the client's, if any."""

    def on_connect(self, address: tuple[str, int], process: VirtualProcess | None) -> NetFault | None: ...

    def on_request(self, address: tuple[str, int], process: VirtualProcess | None) -> NetFault | None: ...

    def latency(self, address: tuple[str, int], process: VirtualProcess | None) -> float:
        """Seconds for one way."""
        ...


class FairWeather:
    """No fault; a latency of its own for each connection."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def on_connect(self, address: tuple[str, int], process: VirtualProcess | None) -> NetFault | None:
        return None

    def on_request(self, address: tuple[str, int], process: VirtualProcess | None) -> NetFault | None:
        return None

    def latency(self, address: tuple[str, int], process: VirtualProcess | None) -> float:
        return self._chance.choice((0.001, 0.004, 0.012, 0.03, 0.06)) * (0.5 + self._chance.random())


class Network:
    def __init__(self, loop: VirtualLoop, weather: Weather) -> None:
        self._loop, self.weather = loop, weather
        self._listeners: dict[tuple[str, int], Listener] = {}
        self._ports = FIRST_PORT
        self.is_closed = False
        self.asking: dict[Link, None] = {}
        """The connections on which a request waits for its answer."""
        self._connecting_until = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for an answer, nor for a connection to ask on."""
        return not self.asking and self._loop.time() >= self._connecting_until

    def listen(self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> Listener:
        if not port:
            self._ports += 1
            port = self._ports
        if (host, port) in self._listeners:
            raise OSError(98, "Address already in use")
        listener = Listener(self, factory, (host, port))
        self._listeners[host, port] = listener
        return listener

    def forget(self, listener: Listener) -> None:
        if self._listeners.get(listener.address) is listener:
            del self._listeners[listener.address]

    def is_listening(self, host: str, port: int) -> bool:
        return (host, port) in self._listeners

    async def connect(self, addr_infos: Iterable[Any], **_: object) -> Dialled:
        """In place of `aiohappyeyeballs.start_connection`, with which aiohttp opens its sockets."""
        host, port = next(iter(addr_infos))[4][:2]
        process = PROCESS.get()
        latency = self.weather.latency((host, port), process)
        fault = self.weather.on_connect((host, port), process)
        if fault is NetFault.UNREACHABLE:
            await self._loop.create_future()
        # An instant, and no count: an attempt of a process that is killed never ends.
        self._connecting_until = max(self._connecting_until, self._loop.time() + 2 * latency)
        await asyncio.sleep(2 * latency)
        listener = self._listeners.get((host, port))
        if listener is None or fault is not None or self.is_closed:
            raise ConnectionRefusedError(111, f"Connect call failed {(host, port)!r}")
        return Dialled(listener, latency)

    def open_connection(self, factory: Callable[[], asyncio.BaseProtocol], dialled: Dialled) -> tuple[End, Any]:
        listener = dialled.listener
        link = Link(self, listener.address, PROCESS.get(), dialled.latency)
        client = End(self._loop, link, copy_context(), listener.address)
        server = End(self._loop, link, listener.context, ("127.0.0.1", 1))
        client.peer, server.peer = server, client
        link.client = client
        protocol = factory()
        client.set_protocol(protocol)
        protocol.connection_made(client)
        if self._listeners.get(listener.address) is listener:
            self._loop.call_soon(server.accept, listener.factory, context=listener.context)
        else:
            self._loop.call_soon(client.break_off, ConnectionResetError("nobody listens any more"))
        return client, protocol


@dataclass(frozen=True, slots=True)
class Dialled:
    """In place of a connected socket."""

    listener: Listener
    latency: float

    def close(self) -> None: ...


class Listener:
    """In place of `asyncio.Server`, and of its one socket."""

    def __init__(self, network: Network, factory: Callable[[], asyncio.BaseProtocol], address: tuple[str, int]) -> None:
        self._network, self.factory, self.address = network, factory, address
        self.context = copy_context()
        self._process = PROCESS.get()
        if self._process is not None:
            self._process.listeners[self] = None
            self._process.is_listening.set()

    @property
    def sockets(self) -> tuple[Listener]:
        return (self,)

    def getsockname(self) -> tuple[str, int]:
        return self.address

    def is_serving(self) -> bool:
        return True

    def close(self) -> None:
        self._network.forget(self)
        if self._process is not None:
            self._process.listeners.pop(self, None)

    async def wait_closed(self) -> None: ...


class Link:
    """One connection: whose turn it is to speak, and what happens to the request that is under way."""

    __slots__ = ("_address", "_asking", "_network", "_process", "client", "fault", "latency")

    def __init__(
        self, network: Network, address: tuple[str, int], process: VirtualProcess | None, latency: float
    ) -> None:
        self._network, self._address, self._process, self.latency = network, address, process, latency
        self._asking = False
        self.fault: NetFault | None = None
        self.client: End

    def carries(self, sender: End) -> NetFault | None:
        """The fault that what this end writes now meets, if any."""
        asks = sender is self.client
        if asks and not self._asking:
            self.fault = self._network.weather.on_request(self._address, self._process)
        if asks:
            self._network.asking[self] = None
        else:
            self.finish()
        self._asking = asks
        if asks:
            return self.fault if self.fault in {NetFault.RESET_BEFORE, NetFault.REQUEST_LOST} else None
        return self.fault if self.fault in {NetFault.RESET_AFTER, NetFault.ANSWER_LOST} else None

    def finish(self) -> None:
        """The answer begins, or none will come."""
        self._network.asking.pop(self, None)


class End(asyncio.Transport):
    """One end of a connection. `context`: that of the process that it belongs to."""

    peer: End

    def __init__(self, loop: VirtualLoop, link: Link, context: Context, peername: tuple[str, int]) -> None:
        super().__init__({"peername": peername, "sockname": ("127.0.0.1", 1)})
        self._loop, self._link, self._context = loop, link, context
        self._protocol: Any = None
        self._closing = self._lost = self._paused = self._ended = False
        self._unread: deque[bytes | None] = deque()
        self._last_arrival = 0.0
        self._process = context.get(PROCESS)
        if self._process is not None:
            self._process.ends[self] = None

    def accept(self, factory: Callable[[], asyncio.BaseProtocol]) -> None:
        self._protocol = factory()
        self._protocol.connection_made(self)
        self._read_on()

    # ---- for the protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> Any:
        return self._protocol

    def is_closing(self) -> bool:
        return self._closing

    def is_reading(self) -> bool:
        return not self._paused and not self._closing

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        if self._paused:
            self._paused = False
            self._loop.call_soon(self._read_on, context=self._context)

    def get_write_buffer_size(self) -> int:
        return 0

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return 0, 65536

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def can_write_eof(self) -> bool:
        return False

    def write(self, data: Any) -> None:
        if self._closing or not data:
            return
        match self._link.carries(self):
            case None:
                self._arrive(bytes(data))
            case NetFault.RESET_BEFORE | NetFault.RESET_AFTER:
                self._reset()
            case _:
                pass  # lost, and nobody is told

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        if self._closing:
            return
        self._closing = True
        self._arrive(None)
        self._loop.call_soon(self._lose, None, context=self._context)

    def abort(self) -> None:
        if not self._lost:
            self.vanish(ConnectionResetError("the other side broke the connection off"))
            self._loop.call_soon(self._lose, None, context=self._context)

    # ---- for the network

    def vanish(self, failure: Exception | None) -> None:
        """This end is gone without a word to its own protocol; the other sees a reset, or the end of the stream."""
        self._closing = True
        peer = self.peer
        if failure is None:
            self._arrive(None)
        else:
            self._loop.call_at(self._next_arrival(), peer.break_off, failure, context=peer._context)
        self._leave_process()

    def break_off(self, failure: Exception) -> None:
        if not self._lost:
            self._closing = True
            self._lose(failure)

    def _reset(self) -> None:
        """The connection breaks on the way: both ends see it."""
        failure = ConnectionResetError(104, "Connection reset by peer")
        when = self._loop.time() + self._link.latency
        self._closing = True
        for end in (self, self.peer):
            self._loop.call_at(when, end.break_off, failure, context=end._context)

    def _arrive(self, data: bytes | None) -> None:
        self._loop.call_at(self._next_arrival(), self.peer._receive, data, context=self.peer._context)

    def _next_arrival(self) -> float:
        """In the order in which it was sent, and never two at once: a loop looks again before it reads the next."""
        self._last_arrival = max(self._loop.time() + self._link.latency, self._last_arrival + TURN)
        return self._last_arrival

    def _receive(self, data: bytes | None) -> None:
        if self._lost:
            return
        self._unread.append(data)
        self._read_on()

    def _read_on(self) -> None:
        while self._unread and not self._paused and not self._lost and self._protocol is not None:
            data = self._unread.popleft()
            if data is None:
                self._end_of_stream()
            elif not self._closing:
                self._protocol.data_received(data)

    def _end_of_stream(self) -> None:
        if not self._closing and self._protocol.eof_received():
            return
        if not self._closing:
            self._closing = True
            self._arrive(None)
        self._lose(None)

    def _lose(self, failure: Exception | None) -> None:
        if self._lost:
            return
        self._lost = True
        self._link.finish()
        self._leave_process()
        if self._protocol is not None:
            self._protocol.connection_lost(failure)

    def _leave_process(self) -> None:
        if self._process is not None:
            self._process.ends.pop(self, None)

"""The fake Discord's gateway: hello, identify, resume, heartbeats, and what is sent again after a gap."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.adapters.discord.fake_state import APPLICATION, bot_account

BACKLOG = 1000
HEARTBEAT = 41_250
Json = dict[str, Any]


@dataclass
class Session:
    id: str
    sequence: int = 0
    socket: web.WebSocketResponse | None = None
    sent: deque[Json] = field(default_factory=lambda: deque(maxlen=BACKLOG))

    async def dispatch(self, event: str, data: Json) -> None:
        """Sends an event, or keeps it for when the session is resumed."""
        self.sequence += 1
        frame = {"op": 0, "t": event, "s": self.sequence, "d": data}
        self.sent.append(frame)
        await self.send(frame)

    async def send(self, frame: Json) -> None:
        if self.socket is not None and not self.socket.closed:
            try:
                await self.socket.send_str(json.dumps(frame))
            except ConnectionError:
                self.socket = None


class FakeGateway:
    def __init__(self, token: str) -> None:
        self.token = token
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.intents: list[int] = []
        self.beats = 0
        self.starts_left = 1000
        self.changed = asyncio.Condition()

    @property
    def connected(self) -> list[Session]:
        return [each for each in self.sessions.values() if each.socket is not None and not each.socket.closed]

    async def until_connected(self, number: int = 1, seconds: float = 60.0) -> None:
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: len(self.connected) == number)

    async def broadcast(self, event: str, data: Json) -> None:
        """To every session: two processes with one token both hear everything."""
        await asyncio.gather(*(each.dispatch(event, data) for each in self.sessions.values()))

    async def cut(self, code: int = 4000) -> None:
        """Ends every connection; the sessions can be resumed."""
        for each in self.connected:
            assert each.socket is not None
            await each.socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        for each in self.connected:
            await each.send({"op": 7, "d": None})

    async def invalidate(self) -> None:
        """Ends every session for good."""
        for each in self.connected:
            await each.send({"op": 9, "d": False})
        self.sessions.clear()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": HEARTBEAT}})
        session: Session | None = None
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    break
                frame = json.loads(message.data)
                if frame["op"] == 1:
                    self.beats += 1
                    await socket.send_json({"op": 11})
                elif frame["op"] == 2:
                    session = await self._identify(socket, frame["d"])
                elif frame["op"] == 6:
                    session = await self._resume(socket, frame["d"])
        finally:
            if session is not None and session.socket is socket:
                session.socket = None
            await self._notify()
        return socket

    async def _identify(self, socket: web.WebSocketResponse, data: Json) -> Session | None:
        if data["token"] != self.token:
            await socket.close(code=4004)
            return None
        self.identified += 1
        self.starts_left -= 1
        self.intents.append(data["intents"])
        session = Session(secrets.token_hex(8), socket=socket)
        self.sessions[session.id] = session
        ready = {
            "v": 10,
            "user": bot_account(),
            "guilds": [],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": str(APPLICATION), "flags": 0},
        }
        await session.dispatch("READY", ready)
        await self._notify()
        return session

    async def _resume(self, socket: web.WebSocketResponse, data: Json) -> Session | None:
        session = self.sessions.get(data["session_id"])
        if session is None or data["token"] != self.token:
            await socket.send_json({"op": 9, "d": False})
            return None
        self.resumed += 1
        session.socket = socket
        for frame in [each for each in session.sent if each["s"] > data["seq"]]:
            await session.send(frame)
        await session.dispatch("RESUMED", {})
        await self._notify()
        return session

    async def _notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()

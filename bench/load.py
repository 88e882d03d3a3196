"""Sends ready-made HTTP requests over many connections, at little cost to the machine that is measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    seconds: float
    body: bytes


class Http:
    """`connections` kept open to a port of this machine; each sends its next request when the last is answered."""

    def __init__(self, port: int, connections: int) -> None:
        self._port, self._connections = port, connections

    async def send(self, requests: Iterable[bytes]) -> list[Answered]:
        waiting, answers = iter(requests), list[Answered]()
        pairs = await asyncio.gather(*(self._open() for _ in range(self._connections)))
        await asyncio.gather(*(self._drain(reader, writer, waiting, answers) for reader, writer in pairs))
        return answers

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port)

    async def _drain(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        waiting: Iterator[bytes],
        answers: list[Answered],
    ) -> None:
        for request in waiting:
            begun = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.partition(b":")[2])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            body = await reader.readexactly(length)
            answers.append(Answered(int(head.split(maxsplit=2)[1]), time.perf_counter() - begun, body))
        writer.close()
        await writer.wait_closed()

"""What is no HTTP, or hardly: a short answer with our headers, at no cost, and one line of a kind in the log."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from adapters.web.middleware import HEADERS
from tests.adapters.web.process import HOST, head, process, say
from tests.databases import Databases

ENCODED = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n"
BAD = {
    "a long word": b"a" * 60_000 + b"\r\n\r\n",
    "a long address": b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "slashes": b"/" * 60_000 + b"\r\n\r\n",
    "schemes": b"GET " + b"x://" * 15_000 + b" HTTP/1.1\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "another version": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("16030100f8010000f40303") + bytes(range(200)),
    "zeros": bytes(60_000),
    "a header without a name": b"GET / HTTP/1.1\r\n" + HOST + b": x\r\n\r\n",
    "a header with a space": b"GET / HTTP/1.1\r\n" + HOST + b"X Y: z\r\n\r\n",
    "a long header": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 60_000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: a\r\n" % n for n in range(2000)) + b"\r\n",
    "two lengths": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "no number for a length": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: x\r\n\r\n",
    "a length and chunks": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a bad chunk": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "a bad chunk for nobody": b"POST /nothing HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcdefgh",
    "a good one and a bad one": b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n" + b"\x00" * 3000 + b"\r\n\r\n",
}
ZIPPED = gzip.compress(bytes(50_000_000))
OTHER = {
    "what is not zipped": (ENCODED % (b"gzip", 4) + b"abcd", 415),
    "a zipped bomb": (ENCODED % (b"gzip", len(ZIPPED)) + ZIPPED, 415),
    "an encoding of its own": (ENCODED % (b"\xff", 4) + b"abcd", 415),
    "a long name of a file": (b"GET /static/" + b"a" * 5000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "a file that ends": (b"GET /static/%00 HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "nothing there": (b"GET /nothing HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "a method that does not work": (b"DELETE / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "another method": (b"PROPFIND / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "too long": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999\r\n\r\n", 413),
    "an expectation": (b"GET / HTTP/1.1\r\n" + HOST + b"Expect: cake\r\n\r\n", 417),
}


def is_ours(headers: dict[str, str]) -> bool:
    return all(headers.get(name.lower()) == value for name, value in HEADERS.items())


@pytest.mark.process
async def test_what_is_no_http_costs_a_short_line_and_gets_our_headers(databases: Databases) -> None:
    said: list[str] = []
    async with process(databases.fresh("sqlite"), said=said) as base:
        port = int(base.rpartition(":")[2])
        for name, what in BAD.items():
            answer = await say(port, what)
            status, headers = head(answer)
            assert status in {400, 431}, (name, answer[:500])
            assert is_ours(headers), (name, headers)
            assert len(answer) < 6000, name
            assert b"aiohttp" not in answer, name
        for name, (what, expected_status) in OTHER.items():
            status, headers = head(await say(port, what))
            assert (status, is_ours(headers)) == (expected_status, True), (name, headers)
        assert head(await say(port, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"))[0] == 200
    lines = [json.loads(each) for each in said if each.startswith("{")]
    told = [each for each in lines if each["level"] != "info"]
    assert told, "something of it is said"
    assert all(len(json.dumps(each)) < 300 for each in told), told
    assert len(told) <= 4, "one line of a kind, however many there are"
    assert not [each for each in said if "Traceback" in each]


@pytest.mark.process
async def test_a_malformed_request_costs_no_more_than_a_good_one(databases: Databases) -> None:
    """CPU time of the process itself: what was said of sixty thousand letters once took ten seconds."""
    url = databases.fresh("sqlite")
    pids: list[int] = []
    async with process(url, pids=pids) as base:
        port = int(base.rpartition(":")[2])
        before = cpu_seconds(pids[0])
        for _ in range(20):
            assert head(await say(port, BAD["a long word"]))[0] in {400, 431}
        assert cpu_seconds(pids[0]) - before < 2


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

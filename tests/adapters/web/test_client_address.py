"""Whose request it is: the peer itself, or whom a proxy of ours names."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from adapters.web.client_address import client_address


@pytest.mark.parametrize(
    ("peer", "said", "address"),
    [
        ("8.8.8.8", ["198.51.100.1"], "8.8.8.8"),  # a stranger may say what they like
        ("::ffff:8.8.8.8", ["198.51.100.1"], "8.8.8.8"),  # as a socket for both kinds of address names it
        ("::ffff:127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("100.64.0.7", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["spoofed, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["203.0.113.9", "198.51.100.1"], "198.51.100.1"),  # the proxy wrote a line of its own
        ("127.0.0.1", ["203.0.113.9, 203.0.113.10", "spoofed, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1", ""], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1,"], "127.0.0.1"),
        ("127.0.0.1", ["not an address"], "127.0.0.1"),
        ("127.0.0.1", ["9" * 100_000], "127.0.0.1"),
        ("127.0.0.1", ["٣.3.3.3"], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1:51234"], "198.51.100.1"),
        ("127.0.0.1", ["[2001:db8:1:2:3:4:5:6]:51234"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["2001:db8:1:2:6:5:4:3"], "2001:db8:1:2::/64"),
        ("fe80::1%eth0", ["2001:db8::1"], "2001:db8::/64"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("", [""], "unknown"),
    ],
)
def test_whose_request_it_is(peer: str, said: list[str], address: str) -> None:
    headers = CIMultiDict([("X-Forwarded-For", each) for each in said])
    request = make_mocked_request("GET", "/join/x", headers=headers).clone(remote=peer)
    assert client_address(request) == address

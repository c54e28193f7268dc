"""Whose budget a request is on."""

import ipaddress

import pytest

from app.serving.peers import client

PROXIES = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.5", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.7", "203.0.113.5"),  # a stranger's word
        ("10.0.0.2", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.2", "192.0.2.1, 198.51.100.7", "198.51.100.7"),  # what was said before the proxy is not believed
        ("10.0.0.2", "198.51.100.7, 10.9.9.9", "198.51.100.7"),  # two proxies
        ("10.0.0.2", "10.0.0.3", "10.0.0.3"),
        ("10.0.0.2", "", "10.0.0.2"),
        ("10.0.0.2", "nonsense", "10.0.0.2"),
        ("10.0.0.2", "<script>" * 1000, "10.0.0.2"),
        ("10.0.0.2", "unknown, 198.51.100.7", "198.51.100.7"),
        ("::1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),  # who has one address of a network has them all
        ("2001:db8:1:2:ffff::9", "", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.5", "", "203.0.113.5"),
        ("::ffff:10.0.0.2", "198.51.100.7", "198.51.100.7"),
        ("", "198.51.100.7", "unknown"),
    ],
)
def test_a_learner_is_told_by_the_last_address_that_is_no_proxys(peer: str, forwarded: str, expected: str):
    assert client(peer, forwarded, PROXIES) == expected


def test_without_proxies_nothing_is_believed():
    assert client("127.0.0.1", "198.51.100.7", ()) == "127.0.0.1"

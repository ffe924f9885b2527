"""Which addresses may be called when somebody else names the host."""

import ipaddress

import pytest

from lti.reachable import is_allowed, may_call

CLOSED = {
    "this machine": ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1"],
    "no address": ["0.0.0.0", "::", "::ffff:0.0.0.0"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd00::1", "fec0::1"],
    "private, as IPv6": [
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "::10.0.0.1",
        "2002:a00:1::",
        "64:ff9b:1::a00:1",
    ],
    "link-local and metadata": ["169.254.169.254", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254"],
    "metadata elsewhere": ["100.100.100.200", "192.0.0.192", "168.63.129.16", "::ffff:168.63.129.16"],
    "shared": ["100.64.0.1"],
    "several": ["224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "4000::1", "5f00::1"],
    "examples and trials": [
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.1",
        "2001:db8::1",
        "100::1",
    ],
    "tunnels": ["192.88.99.1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2002:808:808::1"],
}
OPEN = ["8.8.8.8", "193.51.224.1", "172.32.0.1", "2a00:1450:4007::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", [each for group in CLOSED.values() for each in group])
def test_what_is_not_public_may_not_be_called(address: str) -> None:
    assert not may_call(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", OPEN)
def test_what_is_public_may(address: str) -> None:
    assert may_call(ipaddress.ip_address(address))
    assert not is_allowed(ipaddress.ip_address(address), ())


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("10.20.0.0/16", "10.20.1.1", "10.21.0.1"),
        ("10.20.0.0/16", "::ffff:10.20.1.1", "::ffff:10.21.1.1"),
        ("10.20.0.0/16", "64:ff9b::a14:101", "64:ff9b::a15:101"),
        ("127.0.0.0/8", "127.0.0.1", "::1"),
        ("::1/128", "::1", "127.0.0.1"),
        ("fd00:1::/32", "fd00:1::5", "fd00:2::5"),
    ],
)
def test_a_setting_opens_a_network_and_no_other(network: str, inside: str, outside: str) -> None:
    allowed = [ipaddress.ip_network(network)]
    assert may_call(ipaddress.ip_address(inside), allowed)
    assert is_allowed(ipaddress.ip_address(inside), allowed)
    assert not may_call(ipaddress.ip_address(outside), allowed)

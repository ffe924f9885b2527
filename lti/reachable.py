"""Which network addresses may be called when somebody else names the host: public ones, and those a setting allows."""

import ipaddress
from collections.abc import Collection

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Addresses that look public and lead inside: IPv4 written as IPv6 by a gateway (unwrapped and judged as IPv4), and
# tunnels, which are nobody's way to an LMS.
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_CLOSED: tuple[Network, ...] = (
    ipaddress.IPv4Network("168.63.129.16/32"),  # Azure's own services to the machines it hosts
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocol assignments; Oracle's metadata among them
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays
    ipaddress.IPv6Network("2001::/23"),  # protocol assignments; Teredo among them
    ipaddress.IPv6Network("2002::/16"),  # 6to4
)


def may_call(address: Address, allowed: Collection[Network] = ()) -> bool:
    """Tell whether an address may be called: it is of an allowed network, or a public one.

    Not public: private, shared, loopback, link-local (cloud metadata), multicast, reserved, unspecified, tunnels; an
    IPv4 address within an IPv6 one (mapped, NAT64) is judged as what it is.
    """
    if is_allowed(address, allowed):
        return True
    inner = _unwrapped(address)
    if any(inner in network for network in _CLOSED) or inner.is_multicast or inner.is_reserved:
        return False
    return inner.is_global and (inner.version == 4 or inner in _GLOBAL_UNICAST)


def is_allowed(address: Address, allowed: Collection[Network]) -> bool:
    """Tell whether a setting names the address's network: only there is plain http enough."""
    return any(candidate in network for candidate in (address, _unwrapped(address)) for network in allowed)


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address inside an IPv6 one that a machine or its gateway would call, or the address itself."""
    if address.version == 4:
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address

"""Addresses of peers as settings give them: the forms that `channel.open_channel` takes, and no other."""

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated

from pydantic import AfterValidator

_DNS = re.compile(r"dns:(//[^/]*/)?")
_NAME = re.compile(r"[^\s:,/\[\]]+")
_FORMS = "HOST:PORT, dns:///HOST:PORT, ipv4:IP:PORT,... or ipv6:[IP]:PORT,... for replicas, or unix:PATH"


def checked_address(address: str) -> str:
    """`address` itself. Raises ValueError that tells what is wrong when nobody can be at it."""
    scheme, _, rest = address.partition(":")
    if scheme == "unix":
        if not rest:
            raise ValueError(f"must be {_FORMS}")
    elif scheme in ("ipv4", "ipv6"):
        for replica in rest.split(","):
            _check(replica, IPv4Address if scheme == "ipv4" else _ipv6)
    else:
        _check(_DNS.sub("", address, count=1), _host)
    return address


PeerAddress = Annotated[str, AfterValidator(checked_address)]


def _check(place: str, check_host: Callable[[str], object]) -> None:
    host, _, port = place.rpartition(":")
    check_host(host)
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ValueError(f"the port of {place!r} must be 1 to 65535")


def _host(host: str) -> None:
    if host.startswith("["):
        _ipv6(host)
    elif not _NAME.fullmatch(host):
        raise ValueError(f"must be {_FORMS}")


def _ipv6(host: str) -> None:
    if not (host.startswith("[") and host.endswith("]")):
        raise ValueError(f"{host!r} must be an IPv6 address in brackets")
    IPv6Address(host[1:-1])

"""What the doctors of several services check: names, ports, disks and clocks."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.common.doctor import Finding

MIB = 2**20
# Certificates, leases and times in reports bear no more; a call there and back takes some of it.
MOST_SKEW_SECONDS = 5.0
_NOT_AN_ADDRESS = "is not host:port"
_SCHEMES = ("unix:", "unix-abstract:", "ipv4:", "ipv6:", "vsock:")


def is_a_name(address: str) -> bool:
    """Whether it is `host:port`, and not a socket, a list, or whatever else gRPC takes."""
    return address.startswith("dns:") or ("://" not in address and not address.startswith(_SCHEMES))


def host_and_port(address: str) -> tuple[str, int]:
    """The parts of `host:port`, `[v6]:port` or `dns:///host:port`. Raises ValueError."""
    host, _, port = address.removeprefix("dns:").lstrip("/").rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(f"{address!r} {_NOT_AN_ADDRESS}")
    return host.strip("[]"), int(port)


def ips_of(address: str) -> list[str]:
    """The IP addresses behind `host:port`. Raises OSError, or ValueError if it is none."""
    host, port = host_and_port(address)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:  # a label of more than 63 characters, say
        raise ValueError(f"{address!r} {_NOT_AN_ADDRESS}") from None
    return sorted({str(entry[4][0]) for entry in found})


def network(addresses: Iterable[str], *, do: str) -> Finding:
    """Whether every name among the addresses means something here; a network knows its own only."""
    known, unknown = [], []
    for address in filter(is_a_name, addresses):
        try:
            ips_of(address)
            known.append(address)
        except (OSError, ValueError) as error:
            unknown.append(f"{address} ({getattr(error, 'strerror', None) or error})")
    if unknown:
        told = f"wrong network? These names are unknown here: {', '.join(unknown)}"
        return Finding("network", ok=False, told=told, do=do)
    return Finding("network", ok=True, told=f"all names are known: {', '.join(known)}")


def reach(check: str, address: str, *, do: str, timeout_seconds: float = 3.0) -> Finding:
    """Whether somebody accepts connections at `host:port`."""
    try:
        with socket.create_connection(host_and_port(address), timeout=timeout_seconds):
            return Finding(check, ok=True, told="accepts connections")
    except ValueError:
        return Finding(check, ok=False, told=f"{address!r} {_NOT_AN_ADDRESS}", do=do)
    except OSError as error:
        return Finding(check, ok=False, told=f"{error.strerror or error}", do=do)


def folder(check: str, path: Path, *, do: str) -> Finding:
    """Whether files can be written in a folder now: one is, synced, and removed again."""
    try:
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return Finding(check, ok=False, told=f"{path}: {error.strerror}", do=do)
    return Finding(check, ok=True, told=f"{path} takes files")


def room(check: str, path: Path, *, least_bytes: int, do: str) -> Finding:
    """Whether the disk under `path` has `least_bytes` free."""
    try:
        free = shutil.disk_usage(path).free
    except OSError as error:
        return Finding(check, ok=False, told=f"{path}: {error.strerror}", do=do)
    told = f"{free / MIB:,.0f} MiB free"
    if free < least_bytes:
        return Finding(check, ok=False, told=f"{told}, less than {least_bytes / MIB:,.0f}", do=do)
    return Finding(check, ok=True, told=told)


def clock(
    now: datetime,
    *,
    ahead_of_us: Mapping[str, float] | None = None,
    past: Mapping[str, datetime] | None = None,
) -> Finding:
    """Whether this machine's clock agrees with others, and is later than what surely lies in the past.

    `ahead_of_us`: by how many seconds each of those is ahead of it; `past`: instants, each with what
    happened then. That this very program was installed is always among them.
    """
    installed = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    latest = now + timedelta(seconds=MOST_SKEW_SECONDS)
    wrong = [
        f"it says {now:%Y-%m-%d %H:%M:%S} UTC, and {what} was at {then:%Y-%m-%d %H:%M:%S}"
        for what, then in {"the installation": installed, **(past or {})}.items()
        if then > latest
    ]
    others = ahead_of_us or {}
    wrong += [_skew(name, seconds) for name, seconds in others.items() if abs(seconds) > MOST_SKEW_SECONDS]
    if wrong:
        do = "set it, and keep it right with NTP; a virtual machine may need its host's time"
        return Finding("clock", ok=False, told="; ".join(wrong), do=do)
    agreed = f", within {MOST_SKEW_SECONDS:g} s of {', '.join(others)}" if others else ""
    return Finding("clock", ok=True, told=f"{now:%Y-%m-%d %H:%M:%S} UTC{agreed}")


def _skew(name: str, seconds: float) -> str:
    return f"{abs(seconds):,.0f} s {'behind' if seconds > 0 else 'ahead of'} {name}"

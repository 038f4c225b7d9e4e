"""What a doctor found: one line per check, for people or as JSON, and the exit code that sums it up."""

import json
import socket
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked. `told` is what was seen; `do` what to do about it, empty if ok."""

    check: str
    ok: bool
    told: str
    do: str = ""


def show(findings: Iterable[Finding], *, as_json: bool) -> int:
    """Prints the findings, each as soon as it is there; 0 if all are ok, else 1."""
    sick = False
    for finding in findings:
        sick = sick or not finding.ok
        sys.stdout.write(_line(finding, as_json=as_json) + "\n")
        sys.stdout.flush()
    return int(sick)


def reach(check: str, address: str, *, do: str, timeout_seconds: float = 3.0) -> Finding:
    """Whether somebody accepts connections at `host:port`."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        return Finding(check, ok=False, told=f"{address!r} is not host:port", do=do)
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=timeout_seconds):
            return Finding(check, ok=True, told="accepts connections")
    except OSError as error:
        return Finding(check, ok=False, told=f"{error.strerror or error}", do=do)


def _line(finding: Finding, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(asdict(finding), ensure_ascii=False)
    remedy = f"; {finding.do}" if finding.do else ""
    return f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}: {finding.told}{remedy}"

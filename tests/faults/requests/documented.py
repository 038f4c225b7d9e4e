"""Which statuses the protos say that a method ends with, read from their comments."""

import re
from functools import cache
from pathlib import Path

import grpc

_PROTOS = Path(__file__).parents[3] / "protos" / "interview" / "v1"
_STATUSES = re.compile(rf"\b({'|'.join(code.name for code in grpc.StatusCode)})\b")


@cache
def documented(service: str, method: str) -> frozenset[str]:
    """What stands above the service and above the method, but for INTERNAL: a fault of ours, never met."""
    text = (_PROTOS / f"{_snake(service)}.proto").read_text()
    of_service = _above(text, rf"service {service} {{")
    of_method = _above(text, rf"  rpc {method}\(")
    return frozenset(_STATUSES.findall(of_service + of_method)) - {"INTERNAL"}


def _above(text: str, line: str) -> str:
    """The comment right above the line that begins so."""
    found = re.search(rf"((?:^ *//.*\n)+){line}", text, re.MULTILINE)
    assert found, f"no comment above {line}"
    return found[1]


def _snake(service: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", service).lower()

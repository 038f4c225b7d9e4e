"""What one broker says about the cluster: Kafka's Metadata request, version 4, by hand.

A client library asks whichever broker it likes; after a kill or a freeze the brokers know different things,
and a test has to know that every one of them has heard the news.
Format: Kafka protocol guide, "Metadata API".
"""

import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

_API_KEY, _API_VERSION, _CORRELATION_ID = 3, 4, 1
_TIMEOUT_SECONDS = 2.0

T = TypeVar("T")


@dataclass(frozen=True)
class Partition:
    """A partition: its leader (-1: none) and the brokers that have all its records."""

    leader: int
    in_sync: frozenset[int]


@dataclass(frozen=True)
class View:
    """The cluster as one broker sees it; `topics` has only those asked for that it knows."""

    brokers: frozenset[int]
    topics: dict[str, dict[int, Partition]]


def ask(host: str, port: int, topics: Sequence[str] = ()) -> View:
    """Asks one broker for its view. Raises OSError if it does not answer in 2 s."""
    with socket.create_connection((host, port), timeout=_TIMEOUT_SECONDS) as connection:
        connection.sendall(_request(topics))
        with connection.makefile("rb") as answer:
            (size,) = struct.unpack(">i", _exactly(answer.read, 4))
            return _Reader(_exactly(answer.read, size)).view()


def _exactly(read: Callable[[int], bytes], size: int) -> bytes:
    data = read(size)
    if len(data) < size:
        raise ConnectionResetError("the broker hung up in the middle of its answer")
    return data


def _request(topics: Sequence[str]) -> bytes:
    header = struct.pack(">hhi", _API_KEY, _API_VERSION, _CORRELATION_ID) + _string("speakalka-tests")
    names = struct.pack(">i", len(topics)) + b"".join(map(_string, topics))
    body = header + names + struct.pack(">?", False)  # do not create them
    return struct.pack(">i", len(body)) + body


def _string(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">h", len(encoded)) + encoded


class _Reader:
    """Reads the fields of an answer one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def view(self) -> View:
        self._number("i")  # correlation id
        self._number("i")  # throttle time
        brokers = self._array(self._broker)
        self._text()  # cluster id
        self._number("i")  # controller
        topics = self._array(self._topic)
        return View(frozenset(brokers), {name: found for error, name, found in topics if error == 0})

    def _broker(self) -> int:
        number = self._number("i")
        self._text()  # host
        self._number("i")  # port
        self._text()  # rack
        return number

    def _topic(self) -> tuple[int, str, dict[int, Partition]]:
        error, name = self._number("h"), self._text()
        self._number("b")  # internal
        return error, name, dict(self._array(self._partition))

    def _partition(self) -> tuple[int, Partition]:
        self._number("h")  # error; a missing leader shows as -1
        number, leader = self._number("i"), self._number("i")
        self._array(lambda: self._number("i"))  # replicas
        return number, Partition(leader, frozenset(self._array(lambda: self._number("i"))))

    def _array(self, item: Callable[[], T]) -> list[T]:
        return [item() for _ in range(self._number("i"))]

    def _text(self) -> str:
        size = max(0, self._number("h"))  # -1: null
        self._position += size
        return self._data[self._position - size : self._position].decode()

    def _number(self, code: str) -> int:
        layout = struct.Struct(f">{code}")
        (number,) = layout.unpack_from(self._data, self._position)
        self._position += layout.size
        return int(number)

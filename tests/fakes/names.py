"""A name server on this machine that knows every name, and under one address."""

import asyncio
import socket
import struct
import time
from typing import Any

_A = 1
_ANSWERED = b"\x81\x80"
_NAME_OF_THE_QUESTION = b"\xc0\x0c"


class FakeNames(asyncio.DatagramProtocol):
    """Answers questions for an IPv4 address; `asked` is when each came, by `time.monotonic`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.asked: list[float] = []

    async def __aenter__(self) -> "FakeNames":
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self.port: int = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """One question: a header of 12 bytes, a name that ends with an empty label, type and class."""
        end = data.index(b"\0", 12) + 5
        (kind,) = struct.unpack(">H", data[end - 4 : end - 2])
        answer = b""
        if kind == _A:
            self.asked.append(time.monotonic())
            address = socket.inet_aton(self.address)
            answer = _NAME_OF_THE_QUESTION + struct.pack(">HHIH", _A, 1, 0, len(address)) + address
        counts = struct.pack(">HHHH", 1, bool(answer), 0, 0)
        self._transport.sendto(data[:2] + _ANSWERED + counts + data[12:end] + answer, addr)

"""A model's server in a process of its own that always says the same."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any


@contextmanager
def serving(reply: bytes, delay_seconds: float = 0.0) -> Iterator[str]:
    """The base URL of a server that answers every request with `reply`, after `delay_seconds`."""
    ours, its = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(its, reply, delay_seconds), daemon=True
    )
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/v1"
    finally:
        process.terminate()
        process.join()


def _serve(told: Connection, reply: bytes, delay_seconds: float) -> None:
    asyncio.run(_served(told, reply, delay_seconds))


async def _served(told: Connection, reply: bytes, delay_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(reply)}\r\n\r\n".encode()
    )

    class Replies(asyncio.Protocol):
        """Reads whole requests by their length and answers each."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self._transport: Any = transport
            self._read = b""

        def data_received(self, data: bytes) -> None:
            self._read += data
            while b"\r\n\r\n" in self._read:
                headers, _, rest = self._read.partition(b"\r\n\r\n")
                length = int(headers.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                if len(rest) < length:
                    return
                self._read = rest[length:]
                loop.call_later(delay_seconds, self._transport.write, head + reply)

    server = await loop.create_server(Replies, "127.0.0.1", 0)
    told.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()

"""Ports of 127.0.0.1 that stay ours while nobody listens on them.

Brokers bind their ports late, and a dead broker must get the same port back. So each port is held by a
socket that is bound and does not listen. It was bound without SO_REUSEADDR, which fails if anybody else has
the port; then the option is set, which lets Java, which always sets it, listen beside us. Anybody looking
for a free port sees it taken, and a connection to it is refused as to a dead broker.
"""

import errno
import random
import socket
import sys
from collections.abc import Sequence

# Below 32768: from there on the kernel gives ports to outgoing connections.
_RANGE = range(20_000, 32_000)
_HOST = "127.0.0.1"


class HeldPorts:
    """Some ports, held until `release()`."""

    def __init__(self, count: int, wanted: Sequence[int] = ()) -> None:
        """Holds the `wanted` ports and as many free ones as are missing to `count`.

        Raises OSError if a wanted port is taken.
        """
        self._sockets: list[socket.socket] = []
        try:
            self._sockets.extend(_hold_wanted(port) for port in wanted)
            self._hold_free(count - len(wanted))
        except OSError:
            self.release()
            raise
        self.numbers: list[int] = [held.getsockname()[1] for held in self._sockets]
        if sys.platform != "linux":  # elsewhere nobody could listen beside us
            self.release()

    def _hold_free(self, count: int) -> None:
        candidates = iter(random.sample(_RANGE, len(_RANGE)))
        while count > 0:
            try:
                self._sockets.append(_hold(next(candidates)))
            except OSError:
                continue
            count -= 1

    def release(self) -> None:
        """Gives the ports back."""
        while self._sockets:
            self._sockets.pop().close()


def _hold(port: int) -> socket.socket:
    held = socket.socket()
    _bind_or_close(held, port)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return held


def _hold_wanted(port: int) -> socket.socket:
    """Also takes a port whose last user has just left, where the strict way would wait a minute."""
    with socket.socket() as visitor:
        if visitor.connect_ex((_HOST, port)) == 0:
            raise OSError(errno.EADDRINUSE, f"port {port} is taken")
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    _bind_or_close(held, port)
    return held


def _bind_or_close(held: socket.socket, port: int) -> None:
    try:
        held.bind((_HOST, port))
    except OSError:
        held.close()
        raise

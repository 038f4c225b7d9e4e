"""Work in a process of its own, whose CPU is measured alone."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from typing import Any

import uvloop

# Serves until cancelled; calls what it is given with an address or whatever else callers need.
Serve = Callable[[Callable[[Any], None]], Awaitable[None]]


class Served:
    """A server in a child process: `told` is what it said of itself, `cpu()` the seconds it has used."""

    def __init__(self, serve: Serve) -> None:
        self._ours, its = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=_run, args=(serve, its), daemon=True)
        self._process.start()
        self.told: Any = self._ours.recv()

    def cpu(self) -> float:
        """Seconds of CPU since it was started."""
        self._ours.send("cpu")
        return float(self._ours.recv())

    def close(self) -> None:
        """Ends it."""
        self._process.terminate()
        self._process.join()


def _run(serve: Serve, pipe: Connection) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        serving = asyncio.ensure_future(serve(pipe.send))

        def answer() -> None:
            pipe.recv()
            pipe.send(time.process_time())

        loop.add_reader(pipe.fileno(), answer)
        await serving

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())

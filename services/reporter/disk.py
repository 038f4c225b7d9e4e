"""The fallback directory for the event loop: its calls run in threads, so that a slow disk stops nothing."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from services.reporter.backlog import Backlog
from services.reporter.delivery import Look
from services.reporter.fallback import Fallback, Found
from services.reporter.files import OpenFolder, open_folder
from services.reporter.record import Record
from services.reporter.whole_files import Doubts

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_THREADS = 16


class Disk:
    """`await disk.run(disk.fallback.file, record)`."""

    def __init__(self, path: Path, open_root: OpenFolder = open_folder) -> None:
        doubts: Doubts = set()
        self.fallback = Fallback(path, open_root, doubts)
        self.backlog = Backlog(path, open_root, doubts)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="disk")

    async def run(
        self, call: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """What `call` returns, or raises."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: call(*args, **kwargs))

    async def look(self, record: Record) -> Found:
        """As `fallback.look`, without the way through a thread while nothing waits at all."""
        if self.fallback.is_empty():
            return Found(Look.NOTHING)
        return await self.run(self.fallback.look, record)

    def close(self) -> None:
        """Waits for what runs, and ends the threads."""
        self._threads.shutdown()

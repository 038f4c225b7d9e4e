"""Sends what waits in the fallback directory, oldest first, whenever Kafka takes records."""

import asyncio
from collections.abc import Iterator

from services.common import logs
from services.common.clock import Clock
from services.reporter.backlog import Waiting
from services.reporter.circuit import Circuit
from services.reporter.delivery import Sent
from services.reporter.disk import Disk
from services.reporter.file_sender import FileSender
from services.reporter.prober import first_of
from services.reporter.window import SIZE

EVERY_SECONDS = 5.0

log = logs.get_logger()


class Redelivery:
    """Works while the circuit is closed and the directory's lock is ours."""

    def __init__(self, file_sender: FileSender, circuit: Circuit, disk: Disk, clock: Clock) -> None:
        self._file_sender = file_sender
        self._circuit = circuit
        self._disk = disk
        self._clock = clock
        self._one_pass = asyncio.Lock()
        self._trouble = ""

    async def run(self) -> None:
        """Redelivers until cancelled."""
        while True:
            await self._circuit.closed()
            await self._pass()
            await first_of(self._clock.sleep(EVERY_SECONDS), self._circuit.opened())

    async def probe_oldest(self) -> bool:
        """Sends the oldest file to see whether Kafka takes records; False if none of ours waits."""
        async with self._one_pass:
            for waiting in await self._waiting():
                if await self._file_sender.deliver(waiting, probe=True) in (Sent.ACKED, Sent.FAILED):
                    return True
        return False

    async def finish(self) -> None:
        """Returns when no file is on its way. To be called when the circuit has opened for good."""
        async with self._one_pass:
            return

    async def _pass(self) -> None:
        async with self._one_pass:
            files = await self._waiting()
            shared = iter(files)
            async with asyncio.TaskGroup() as group:
                for _ in range(min(SIZE, len(files))):
                    group.create_task(self._work(shared))

    async def _work(self, files: Iterator[Waiting]) -> None:
        for waiting in files:
            if not self._circuit.is_closed:
                return
            await self._file_sender.deliver(waiting, probe=False)

    async def _waiting(self) -> list[Waiting]:
        backlog = self._disk.backlog
        try:
            ours = await self._disk.run(backlog.is_ours_to_send)
            files = await self._disk.run(backlog.waiting) if ours else []
        except OSError as error:
            if self._trouble != str(error):
                log.warning("the fallback directory cannot be listed", why=error.strerror)
            self._trouble = str(error)
            return []
        self._trouble = ""
        return files

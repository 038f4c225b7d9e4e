"""The reporter's process."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from interview.v1.reporter_service_pb2_grpc import add_ReporterServiceServicer_to_server

from services.common import logs
from services.common.clock import SystemClock
from services.common.server import MIB, Server, run
from services.reporter.disk import Disk
from services.reporter.keys import Keys
from services.reporter.publisher import Publisher
from services.reporter.receipts import Receipts
from services.reporter.road import FilesOnly
from services.reporter.service import ReporterServicer
from services.reporter.settings import ReporterSettings
from services.reporter.watch import Watch


def main() -> None:
    settings = ReporterSettings.load()
    logs.configure("reporter", settings.log_level)
    run(serve(settings))


async def serve(settings: ReporterSettings) -> None:
    """Serves until SIGTERM or SIGINT."""
    disk = Disk(settings.report_fallback_dir)
    road = FilesOnly()
    publisher = Publisher(settings.kafka_topic, road, disk, Keys(), Receipts())
    server = Server("interview.v1.ReporterService", settings, receive_limit_bytes=5 * MIB)
    add_ReporterServiceServicer_to_server(ReporterServicer(publisher), server.grpc)
    watch = Watch(server.set_ready, road, disk, SystemClock())
    await _while_running(_serve(server, publisher), watch.run())
    disk.close()


async def _serve(server: Server, publisher: Publisher) -> None:
    async with server:
        await server.wait_for_signal()
    await publisher.finish()


async def _while_running(main: Coroutine[Any, Any, None], *others: Coroutine[Any, Any, None]) -> None:
    """Runs `main` to its end with `others` beside it; one of those that fails ends the process, loudly."""
    async with asyncio.TaskGroup() as group:
        beside = [group.create_task(other) for other in others]
        await main
        for task in beside:
            task.cancel()


if __name__ == "__main__":
    main()

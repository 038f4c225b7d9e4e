"""The reporter's process, and its commands for people: `python -m services.reporter --help`."""

import asyncio
import os
import sys
from collections.abc import Coroutine, Iterable
from typing import Any

from interview.v1.reporter_service_pb2_grpc import add_ReporterServiceServicer_to_server

from services.common import logs
from services.common.clock import SystemClock
from services.common.doctor import Finding, examine
from services.common.server import MIB, Server, run
from services.common.stray_variables import warn_of_strays
from services.reporter import commands, doctor
from services.reporter.disk import Disk
from services.reporter.file_sender import FileSender
from services.reporter.gateway import FilesOnly, Gateway
from services.reporter.kafka.admin import brokers_of, look_at
from services.reporter.kafka.config import connection_config, patience_seconds, producer_config, variables_in
from services.reporter.kafka.reading import read_topic
from services.reporter.kafka.sink import KafkaRefusesSettings, KafkaSink
from services.reporter.kafka_gateway import KafkaGateway
from services.reporter.keys import Keys
from services.reporter.prober import Prober, Schedule
from services.reporter.publisher import Publisher
from services.reporter.receipts import Receipts
from services.reporter.redelivery import Redelivery
from services.reporter.service import ReporterServicer
from services.reporter.settings import ReporterSettings
from services.reporter.topic import Topic
from services.reporter.watch import Watch


def main() -> None:
    asked = commands.parsed(sys.argv[1:])
    if asked.command == "doctor":
        sys.exit(examine(asked, ReporterSettings.load, _findings))
    settings = ReporterSettings.load()
    logs.configure("reporter", settings.log_level)
    if asked.command:
        sys.exit(commands.run(asked, settings, _kafka_for_people(settings)))
    warn_of_strays(ReporterSettings, os.environ)
    run(serve(settings))


async def serve(settings: ReporterSettings) -> None:
    """Serves until SIGTERM or SIGINT."""
    disk, keys, receipts = Disk(settings.report_fallback_dir), Keys(), Receipts()
    kafka = _Kafka(settings, disk, keys, receipts) if settings.kafka_bootstrap_servers else None
    gateway: Gateway = kafka.gateway if kafka else FilesOnly()
    publisher = Publisher(settings.kafka_topic, gateway, disk, keys, receipts)
    server = Server("interview.v1.ReporterService", settings, receive_limit_bytes=5 * MIB)
    add_ReporterServiceServicer_to_server(ReporterServicer(publisher), server.grpc)
    watch = Watch(server.set_ready, gateway, disk, SystemClock())
    beside = [watch.run(), *((kafka.prober.run(), kafka.redelivery.run()) if kafka else ())]
    await _while_running(_serve(server, publisher, kafka), *beside)
    disk.close()


class _Kafka:
    """All that is needed when Kafka is configured."""

    def __init__(self, settings: ReporterSettings, disk: Disk, keys: Keys, receipts: Receipts) -> None:
        clock = SystemClock()
        self.sink = _sink(settings)
        self.gateway = KafkaGateway(self.sink, patience_seconds(settings))
        file_sender = FileSender(settings.kafka_topic, self.gateway, disk, keys, receipts)
        self.redelivery = Redelivery(file_sender, self.gateway.circuit, disk, clock)
        schedule = Schedule(settings.kafka_connect_max_retries, settings.kafka_connect_backoff_seconds)
        self.prober = Prober(self.gateway.circuit, self.sink, self.redelivery.probe_oldest, schedule, clock)

    async def close(self) -> None:
        """What is unsent is given up, and so filed."""
        self.gateway.circuit.stop()
        await self.sink.close()
        await self.redelivery.finish()


def _findings(settings: ReporterSettings) -> Iterable[Finding]:
    connection = connection_config(settings)
    looks = doctor.KafkaLooks(
        brokers=lambda: brokers_of(connection),
        topic=lambda: look_at(_topic(settings), connection, make=False),
    )
    return doctor.findings(settings, looks)


def _kafka_for_people(settings: ReporterSettings) -> commands.Kafka:
    return commands.Kafka(read=lambda: read_topic(settings.kafka_topic, connection_config(settings)))


def _topic(settings: ReporterSettings) -> Topic:
    return Topic(
        settings.kafka_topic, settings.kafka_topic_partitions, settings.kafka_topic_replication_factor
    )


def _sink(settings: ReporterSettings) -> KafkaSink:
    try:
        return KafkaSink(_topic(settings), producer_config(settings), connection_config(settings))
    except KafkaRefusesSettings as error:
        raise SystemExit(f"{variables_in(str(error))}: {error}") from None


async def _serve(server: Server, publisher: Publisher, kafka: _Kafka | None) -> None:
    async with server:
        await server.wait_for_signal()
    if kafka:
        await kafka.close()
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

"""What does PublishReport cost on top of Kafka? One report at a time, and 64 at once.

`python -m bench.publish`: three real brokers, a real reporter, reports of 20 KB. One at a time against a
producer that sends and flushes, plus a bare gRPC echo of the same bytes; 64 at once against the barest bridge
from a poll thread to asyncio, without gRPC: with all of them in flight, and with as many as the reporter
allows itself, which is what bounds duplicates after a crash. All are kept alive and take turns in random
order. Needs what `make kafka` needs.
"""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

import asyncio
import multiprocessing
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import grpc.aio
from confluent_kafka import KafkaError, Message, Producer
from interview.v1.reporter_service_pb2 import PublishReportRequest

from bench.rows import tell_rounds
from services.reporter.kafka_config import producer_config
from services.reporter.settings import ReporterSettings
from services.reporter.window import SIZE
from tests.faults.kafka.callers import ANSWER, Callers, callers_of, reports_of
from tests.faults.kafka.reporters import Reporters
from tests.kafka_cluster import KafkaCluster, prepare

ROUNDS = 9
ONE_BY_ONE = 40
AT_ONCE = 64
MANY = 320
TOPIC = "step3"

Slice = Callable[[], Awaitable[float]]


def main() -> None:
    """Measures and prints three rows."""
    prepare()
    with (
        KafkaCluster() as brokers,
        tempfile.TemporaryDirectory() as home,
        Reporters(Path(home), brokers.bootstrap_servers, TOPIC) as reporters,
        _echo_server() as echo_address,
    ):
        rounds = asyncio.run(_rounds(reporters.start().lasting_address, echo_address, brokers))
    ours, flushed, echoed = ([round_[name] * 1000 for round_ in rounds] for name in ("one", "flush", "echo"))
    print(
        f"p50 of PublishReport {statistics.median(ours):.2f} ms, of echo {statistics.median(echoed):.2f} ms"
    )
    tell_rounds(
        "10 PublishReport to DELIVERED, p50, less echo",
        [one - echo for one, echo in zip(ours, echoed, strict=True)],
        flushed,
        "ms",
        at_most=1.5,
    )
    for against, name in (("bridge", "all"), ("windowed", f"{SIZE}")):
        tell_rounds(
            f"10 64 callers / bridge, {name} in flight",
            [round_["many"] for round_ in rounds],
            [round_[against] for round_ in rounds],
            "reports/s",
            at_least=0.8,
        )


async def _rounds(reporter: str, echo: str, brokers: KafkaCluster) -> list[dict[str, float]]:
    settings = ReporterSettings(kafka_bootstrap_servers=brokers.bootstrap_servers)
    async with callers_of(reporter) as callers, grpc.aio.insecure_channel(echo) as channel:
        with _Bridge(settings) as bridge:
            slices: dict[str, Slice] = {
                "one": lambda: _one_by_one(callers),
                "many": lambda: _many(callers),
                "flush": lambda: asyncio.to_thread(bridge.flushed_p50),
                "bridge": lambda: bridge.rate(AT_ONCE),
                "windowed": lambda: bridge.rate(SIZE),
                "echo": lambda: _echoed(channel),
            }
            return [await _round(slices) for _ in range(ROUNDS + 1)][1:]  # the first one warms up


async def _round(slices: dict[str, Slice]) -> dict[str, float]:
    order = random.sample(sorted(slices), len(slices))
    return {name: await slices[name]() for name in order}


_runs = iter(range(1_000_000))


async def _one_by_one(callers: Callers) -> float:
    """p50 in seconds."""
    seconds = []
    for report in reports_of(f"one{next(_runs)}", ONE_BY_ONE, ANSWER):
        begun = time.perf_counter()
        await callers.publish(report)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


async def _many(callers: Callers) -> float:
    """Reports per second."""
    shared = iter(reports_of(f"many{next(_runs)}", MANY, ANSWER))

    async def work() -> None:
        for report in shared:
            await callers.publish(report)

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return MANY / (time.perf_counter() - begun)


class _Bridge:
    """A producer with the reporter's own settings, a thread that polls it, and nothing else."""

    def __init__(self, settings: ReporterSettings) -> None:
        self._value = bytes(len(_request()))
        self._producer = Producer(producer_config(settings))
        self._flushing = Producer(producer_config(settings))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._poll)

    def __enter__(self) -> _Bridge:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def flushed_p50(self) -> float:
        """Seconds to send one record and flush."""
        seconds = []
        for number in range(ONE_BY_ONE):
            begun = time.perf_counter()
            self._flushing.produce(TOPIC, self._value, str(number), on_delivery=_check)
            self._flushing.flush()
            seconds.append(time.perf_counter() - begun)
        return statistics.median(seconds)

    async def rate(self, in_flight: int) -> float:
        """Records per second."""
        shared = iter(range(MANY))
        begun = time.perf_counter()
        await asyncio.gather(*(self._work(shared) for _ in range(in_flight)))
        return MANY / (time.perf_counter() - begun)

    async def _work(self, numbers: Iterator[int]) -> None:
        loop = asyncio.get_running_loop()
        for number in numbers:
            acked: asyncio.Future[None] = loop.create_future()

            def hear(error: KafkaError | None, message: Message, acked: asyncio.Future[None] = acked) -> None:
                _check(error, message)
                loop.call_soon_threadsafe(acked.set_result, None)

            self._producer.produce(TOPIC, self._value, str(number), on_delivery=hear)
            await acked

    def _poll(self) -> None:
        while not self._over.is_set():
            self._producer.poll(0.1)


def _check(error: KafkaError | None, _: Message) -> None:
    if error:
        raise RuntimeError(error.str())


def _request() -> bytes:
    return PublishReportRequest(report=reports_of("size", 1, ANSWER)[0]).SerializeToString()


async def _echoed(channel: grpc.aio.Channel) -> float:
    """p50 in seconds of a call that is answered with nothing."""
    call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/echo/Echo")
    request, seconds = _request(), []
    for _ in range(ONE_BY_ONE):
        begun = time.perf_counter()
        await call(request)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


@contextmanager
def _echo_server() -> Iterator[str]:
    """The address of a bare grpc.aio server in a process of its own."""
    ours, its = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve_echo, args=(its,), daemon=True)
    process.start()
    try:
        yield f"127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve_echo(told: Connection) -> None:
    asyncio.run(_echo(told))


async def _echo(told: Connection) -> None:
    async def answer(_: bytes, __: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        return b""

    server = grpc.aio.server()
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(answer)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("echo", {"Echo": handler})])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    told.send(port)
    await server.wait_for_termination()


if __name__ == "__main__":
    main()

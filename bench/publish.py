"""What does PublishReport cost on top of Kafka? One report at a time, and 64 at once.

`python -m bench.publish`: three real brokers, a real reporter, reports of 20 KB. One at a time against a
producer that sends and flushes in a tight loop, plus a bare gRPC echo of the same bytes, and against the
service one would write in an hour (bare gRPC, MessageToDict, json, produce; nothing checked, nothing safe),
which is itself set against the tight loop: what no such service gets under. 64 at once against that service,
and against the barest bridge from a poll thread to asyncio, without gRPC: each with all of them in flight,
and with as many as the reporter allows itself, which is what bounds duplicates after a crash. All are kept
alive and take turns in random order. Needs what `make kafka` needs.
"""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

import asyncio
import json
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
from typing import Any

import grpc.aio
import uvloop
from confluent_kafka import KafkaError, Message, Producer
from google.protobuf.json_format import MessageToDict
from interview.v1.reporter_service_pb2 import PublishReportRequest, PublishReportResponse
from interview.v1.reporter_service_pb2_grpc import (
    ReporterServiceServicer,
    add_ReporterServiceServicer_to_server,
)

from bench.rows import tell_rounds
from services.reporter.kafka.config import producer_config
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
    """Measures and prints seven rows."""
    prepare()
    with (
        KafkaCluster() as brokers,
        tempfile.TemporaryDirectory() as home,
        Reporters(Path(home), brokers.bootstrap_servers, TOPIC) as reporters,
        _plain_server(brokers.bootstrap_servers, AT_ONCE) as plain,
        _plain_server(brokers.bootstrap_servers, SIZE) as windowed,
    ):
        rounds = asyncio.run(_rounds(reporters.start().lasting_address, plain, windowed, brokers))
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
    tell_rounds(
        "10 PublishReport to DELIVERED, p50 / a plain gRPC service",
        ours,
        [round_["plain_one"] * 1000 for round_ in rounds],
        "ms",
        at_most=1.5,
    )
    tell_rounds(
        "10 a plain gRPC service, p50, less echo",
        [(round_["plain_one"] - round_["echo"]) * 1000 for round_ in rounds],
        flushed,
        "ms",
        at_most=1.5,
    )
    rivals = {
        "plain": "a plain gRPC service",
        "plain_windowed": f"that service, {SIZE} in flight",
        "windowed": f"bridge, {SIZE} in flight",
        "bridge": "bridge, all in flight",
    }
    for rival, name in rivals.items():
        tell_rounds(
            f"10 64 callers / {name}",
            [round_["many"] for round_ in rounds],
            [round_[rival] for round_ in rounds],
            "reports/s",
            at_least=0.8,
        )


async def _rounds(reporter: str, plain: str, windowed: str, brokers: KafkaCluster) -> list[dict[str, float]]:
    async with (
        callers_of(reporter) as callers,
        callers_of(plain) as plain_callers,
        callers_of(windowed) as windowed_callers,
        grpc.aio.insecure_channel(plain) as channel,
    ):
        with _Bridge(brokers.bootstrap_servers) as bridge:
            slices: dict[str, Slice] = {
                "one": lambda: _one_by_one(callers),
                "many": lambda: _many(callers),
                "plain": lambda: _many(plain_callers),
                "plain_windowed": lambda: _many(windowed_callers),
                "plain_one": lambda: _one_by_one(plain_callers),
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

    def __init__(self, servers: str) -> None:
        config = producer_config(ReporterSettings(kafka_bootstrap_servers=servers))
        self._value = bytes(len(_request()))
        self._producer = Producer(config)
        self._flushing = Producer(config)
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

    async def send(self, value: bytes, key: str) -> None:
        """Returns when Kafka has it."""
        loop = asyncio.get_running_loop()
        acked: asyncio.Future[None] = loop.create_future()

        def hear(error: KafkaError | None, message: Message) -> None:
            _check(error, message)
            loop.call_soon_threadsafe(acked.set_result, None)

        self._producer.produce(TOPIC, value, key, on_delivery=hear)
        await acked

    async def _work(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            await self.send(self._value, str(number))

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
def _plain_server(servers: str, in_flight: int) -> Iterator[str]:
    """The address of a bare grpc.aio server in a process of its own: an echo, and a plain PublishReport."""
    ours, its = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve_plainly, args=(its, servers, in_flight), daemon=True)
    process.start()
    try:
        yield f"127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve_plainly(told: Connection, servers: str, in_flight: int) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, _Bridge(servers) as bridge:
        runner.run(_plain(told, bridge, in_flight))


class _PlainServicer(ReporterServiceServicer):
    def __init__(self, bridge: _Bridge, in_flight: int) -> None:
        self._bridge = bridge
        self._places = asyncio.Semaphore(in_flight)

    async def PublishReport(  # noqa: N802 - its name in the proto
        self,
        request: PublishReportRequest,
        context: grpc.aio.ServicerContext[Any, Any],  # noqa: ARG002 - gRPC's arguments
    ) -> PublishReportResponse:
        value = json.dumps(MessageToDict(request.report), ensure_ascii=False).encode()
        async with self._places:
            await self._bridge.send(value, request.report.interview_id)
        return PublishReportResponse()


async def _plain(told: Connection, bridge: _Bridge, in_flight: int) -> None:
    async def echo(_: bytes, __: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        return b""

    server = grpc.aio.server()
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(echo)
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("echo", {"Echo": handler})])
    add_ReporterServiceServicer_to_server(_PlainServicer(bridge, in_flight), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    told.send(port)
    await server.wait_for_termination()


if __name__ == "__main__":
    main()

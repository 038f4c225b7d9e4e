# ruff: noqa: N802, ARG002 (gRPC names its methods in CamelCase and gives each a context)
"""What is logged of a peer that is away: one line when it begins and one when it is over, no storm."""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import grpc
import grpc.aio
import pytest
from interview.v1 import emotion_service_pb2 as pb
from interview.v1.emotion_service_pb2_grpc import (
    EmotionServiceServicer,
    EmotionServiceStub,
    add_EmotionServiceServicer_to_server,
)
from structlog.testing import capture_logs
from structlog.typing import EventDict

from services.common.channel import PeerMethod, open_channel, watch
from services.common.clock import SystemClock
from services.common.errors import InvalidField, Overloaded
from services.common.interceptors import Context
from services.common.peer_log import AGAIN_SECONDS, PeerLog
from services.common.server import MIB, Server
from services.common.settings import ServerSettings
from tests.fakes.clock import FakeClock
from tests.rpc.orchestra import eventually

SERVICE = "interview.v1.EmotionService"
METHOD = f"/{SERVICE}/AnalyzeFrames"


class Reader(EmotionServiceServicer):
    """Raises `fault` if there is one."""

    def __init__(self) -> None:
        self.fault: Exception | None = None

    async def AnalyzeFrames(
        self,
        request: pb.AnalyzeFramesRequest,
        context: Context,
    ) -> pb.AnalyzeFramesResponse:
        if self.fault:
            raise self.fault
        return pb.AnalyzeFramesResponse()


class Hasty(SystemClock):
    """Seconds pass a hundred times as fast."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 100)


@asynccontextmanager
async def serving(reader: Reader, port: int = 0, *, ready: bool = True) -> AsyncIterator[Server]:
    server = Server(SERVICE, ServerSettings(port=port, metrics_port=0), receive_limit_bytes=MIB)
    add_EmotionServiceServicer_to_server(reader, server.grpc)
    async with server:
        await server.set_ready(ready)
        yield server


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    with capture_logs() as lines:
        yield lines


def said(logged: list[EventDict]) -> list[str]:
    return [line["event"] for line in logged if "peer" in line]


async def call(
    method: PeerMethod[pb.AnalyzeFramesRequest, pb.AnalyzeFramesResponse], *, ready: bool = False
) -> None:
    try:
        await method(pb.AnalyzeFramesRequest(), timeout_seconds=30 if ready else 5)
    except grpc.aio.AioRpcError:
        return


async def test_many_calls_to_a_peer_that_is_away_say_it_once(logged: list[EventDict]) -> None:
    """Two hundred calls fail, one line; the first that is answered says how many there were."""
    reader = Reader()
    async with serving(reader) as server:
        port = server.port
    async with open_channel(f"127.0.0.1:{port}", SERVICE) as channel:
        method = PeerMethod(
            METHOD, EmotionServiceStub(channel).AnalyzeFrames, PeerLog("emotion", SystemClock())
        )
        await asyncio.gather(*(call(method) for _ in range(200)))
        [line] = [line for line in logged if "peer" in line]
        assert (line["event"], line["peer"], line["log_level"]) == ("peer is away", "emotion", "warning")
        assert line["why"].startswith("UNAVAILABLE: ")
        async with serving(reader, port):
            async with asyncio.timeout(30):
                while said(logged) != ["peer is away", "peer is back"]:
                    await call(method)
        assert next(line["failures"] for line in logged if line["event"] == "peer is back") >= 200


@pytest.mark.parametrize(
    ("fault", "lines"),
    [
        (InvalidField("name", "is empty"), []),
        (Overloaded("busy"), ["peer is away"]),
        (OSError(), ["peer is away"]),
    ],
)
async def test_a_peer_that_refuses_a_bad_call_is_not_away(
    logged: list[EventDict], fault: Exception, lines: list[str]
) -> None:
    """The caller's fault says nothing of the peer; its own does."""
    reader = Reader()
    reader.fault = fault
    async with serving(reader) as server, open_channel(f"127.0.0.1:{server.port}", SERVICE) as channel:
        await channel.channel_ready()
        method = PeerMethod(
            METHOD, EmotionServiceStub(channel).AnalyzeFrames, PeerLog("emotion", SystemClock())
        )
        await call(method)
    assert said(logged) == lines


async def test_a_peer_that_nobody_calls_is_told_of_too(logged: list[EventDict]) -> None:
    """Not ready, ready, gone: each once, with no call at all."""
    async with serving(Reader(), ready=False) as server:
        channel = open_channel(f"127.0.0.1:{server.port}", SERVICE)
        watching = asyncio.create_task(watch(channel, PeerLog("emotion", Hasty()), Hasty()))
        await eventually(lambda: len(said(logged)) == 1)
        await server.set_ready(True)
        await eventually(lambda: len(said(logged)) == 2)
    watching.cancel()
    await channel.close()
    assert said(logged) == ["peer is away", "peer is back"]


def test_a_peer_that_comes_and_goes_is_told_of_once_a_minute(logged: list[EventDict]) -> None:
    """One replica of two fails: every other call; and a new reason waits its turn as well."""
    clock = FakeClock()
    peer = PeerLog("emotion", clock)
    for _ in range(500):
        peer.failed("UNAVAILABLE: one")
        peer.answered()
    assert said(logged) == ["peer is away", "peer is back"]
    peer.failed("UNAVAILABLE: two")
    assert len(logged) == 2
    clock.advance(AGAIN_SECONDS)
    peer.failed("UNAVAILABLE: two")
    peer.failed("UNAVAILABLE: three")
    assert [line["why"] for line in logged[2:]] == ["UNAVAILABLE: two"]

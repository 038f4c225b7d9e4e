"""A real emotion service under load: the same answers, honest health, and no trace of a frame."""

from __future__ import annotations  # the stub's async type is known to type checkers only

import asyncio
import os
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import cv2
import grpc.aio
import numpy as np
import pytest
from grpc_health.v1 import health_pb2
from interview.v1 import emotion_service_pb2
from interview.v1.emotion_service_pb2_grpc import EmotionServiceStub

from tests.fakes import pictures
from tests.needs import needs_env
from tests.rpc.test_emotion import (
    EXAMPLE,
    MAX_BYTES,
    SERVICE,
    Process,
    analyze,
    files_in,
    health,
    port_in,
    started,
)

IS_LARGE = os.environ.get("FAULTS") == "large"
CALLERS = 8
CALLS = 125 if IS_LARGE else 4
FRAMES_PER_CALL = 4
FLOOD = 40
LARGEST_GROWTH_MIB = 250
MARK = b"this text is in the picture of a candidate"


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[tuple[Process, str, str]]:
    """The service, its port and that of its metrics; its home and temporary folder are `tmp_path`."""
    async with started(
        DEEPFACE_HOME=str(needs_env("DEEPFACE_HOME")),
        EMOTION_LOG_LEVEL="DEBUG",
        HOME=str(tmp_path),
        TMPDIR=str(tmp_path),
    ) as process:
        line = await process.line_with("listening")
        await process.line_with('"ready"')
        yield process, port_in(line), line.split('"metrics_port":')[1].split(",")[0].rstrip("}\n ")


def frames() -> list[bytes]:
    """Frames with the example's face at several places and sizes, one without, one broken."""
    photo = cv2.imread(str(EXAMPLE))
    assert photo is not None
    made = [pictures.png(320, 240), EXAMPLE.read_bytes()[:900]]
    for side in (140, 170, 200, 240, 280, 310):
        frame = np.full((320, 400, 3), 90, np.uint8)
        frame[4 : 4 + side, side // 4 : side // 4 + side] = cv2.resize(photo, (side, side))
        made.append(bytes(cv2.imencode(".jpg", frame)[1]))
    return made


def told(reply: emotion_service_pb2.AnalyzeFramesResponse) -> list[bytes]:
    return [frame.SerializeToString(deterministic=True) for frame in reply.frames]


def dumped(pid: int) -> tuple[str, str, int]:
    """How large a core file may be (soft, hard), and which kinds of memory go into any dump."""
    limits = Path(f"/proc/{pid}/limits").read_text()
    (soft, hard) = next(line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core"))
    return soft, hard, int(Path(f"/proc/{pid}/coredump_filter").read_text(), 16)


async def test_eight_callers_get_the_boxes_of_one_and_probes_are_answered(
    process: tuple[Process, str, str],
) -> None:
    """What a lone caller gets, bit for bit; health and metrics answer meanwhile."""
    _, port, metrics_port = process
    made = frames()
    batches = [[made[(start + n) % len(made)] for n in range(FRAMES_PER_CALL)] for start in range(len(made))]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = EmotionServiceStub(channel)
        alone = [told(await analyze(stub, *batch)) for batch in batches]

        async def caller(number: int) -> None:
            for call in range(CALLS):
                place = (number + call) % len(batches)
                assert told(await analyze(stub, *batches[place])) == alone[place]

        callers = asyncio.gather(*(caller(number) for number in range(CALLERS)))
        probes = 0
        while not callers.done():
            assert await health(port, SERVICE) == health_pb2.HealthCheckResponse.SERVING
            page = await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{metrics_port}/metrics")
            with page:
                assert b"speakalka_frames_total" in await asyncio.to_thread(page.read)
            probes += 1
        await callers
    assert probes > 0


async def test_a_flood_is_shed_before_memory_grows(process: tuple[Process, str, str]) -> None:
    """Photos in calls of 8 MiB, ten times as many as fit: those are served, the others told to come back."""
    service, port, _ = process
    large = [EXAMPLE.read_bytes().ljust(MAX_BYTES, b"\0")] * 16
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = EmotionServiceStub(channel)
        await analyze(stub, *large)
        before = peak_mib(service.pid)
        ended = await asyncio.gather(*(analyze(stub, *large) for _ in range(FLOOD)), return_exceptions=True)
    refused = [one for one in ended if isinstance(one, grpc.aio.AioRpcError)]
    assert {one.code() for one in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert len(ended) - len(refused) >= 1
    assert await health(port, SERVICE) == health_pb2.HealthCheckResponse.SERVING
    assert peak_mib(service.pid) - before <= LARGEST_GROWTH_MIB


def peak_mib(pid: int) -> float:
    """The most memory that a process has held so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


async def test_nothing_of_a_frame_is_kept_or_told(process: tuple[Process, str, str], tmp_path: Path) -> None:
    """Not in loud logs, metrics, replies, errors, files, dumps: neither its text nor its bytes."""
    service, port, metrics_port = process
    good = EXAMPLE.read_bytes()
    marked = good[:2] + pictures.segment(0xFE, MARK) + good[2:]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = EmotionServiceStub(channel)
        reply = await analyze(stub, marked, marked[:-50], MARK, b"\x89PNG\r\n\x1a\n" + MARK)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await analyze(stub, marked + MARK * 20_000)
    page = await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{metrics_port}/metrics")
    with page:
        metrics = await asyncio.to_thread(page.read)
    assert dumped(service.pid) == ("0", "0", 0)
    service.terminate()
    status, out, err = await service.end()
    said = [reply.SerializeToString(), str(refused.value).encode(), metrics, out.encode(), err.encode()]
    kept = [path.read_bytes() for path in files_in(tmp_path)]
    body = good[len(good) // 2 :][:16]
    for place in (*said, *kept):
        assert MARK not in place
        assert body not in place
        assert repr(body)[2:-1].encode() not in place
    assert status == 0

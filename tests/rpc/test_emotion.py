"""AnalyzeFrames over a real channel: readings, outcomes, and each error with its details."""

from __future__ import annotations  # the stub's async type is known to type checkers only

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import grpc
import grpc.aio
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from interview.v1 import core_pb2, emotion_service_pb2
from interview.v1.emotion_service_pb2_grpc import (
    EmotionServiceStub,
    add_EmotionServiceServicer_to_server,
)
from prometheus_client import REGISTRY

from services.common.errors import Overloaded
from services.common.server import MIB, Server
from services.emotion.deepface_analyzer import load_analyzer
from services.emotion.reading import FaceAnalyzer
from services.emotion.service import EmotionServicer
from services.emotion.settings import EmotionSettings
from services.emotion.without_weights import WithoutWeights
from tests.fakes import pictures
from tests.fakes.emotion import FakeAnalyzer
from tests.needs import needs_env

if TYPE_CHECKING:
    from interview.v1.emotion_service_pb2_grpc import EmotionServiceAsyncStub as Stub

SERVICE = "interview.v1.EmotionService"
EXAMPLE = Path(__file__).parents[2] / "examples" / "photos" / "eileen_collins.jpg"
MAX_BYTES = 512 * 1024

Outcome = emotion_service_pb2.FrameOutcome


@pytest.fixture
def analyzer() -> FaceAnalyzer:
    return FakeAnalyzer()


@pytest.fixture
async def stub(analyzer: FaceAnalyzer) -> AsyncIterator[Stub]:
    settings = EmotionSettings(port=0, metrics_port=0, drain_seconds=1)
    server = Server(SERVICE, settings, receive_limit_bytes=10 * MIB)
    add_EmotionServiceServicer_to_server(EmotionServicer(analyzer), server.grpc)
    async with server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield EmotionServiceStub(channel)
    await analyzer.close()


async def analyze(stub: Stub, *frames: bytes) -> emotion_service_pb2.AnalyzeFramesResponse:
    return await stub.AnalyzeFrames(
        emotion_service_pb2.AnalyzeFramesRequest(frames=frames), timeout=60, wait_for_ready=True
    )


async def failure(stub: Stub, *frames: bytes) -> tuple[grpc.StatusCode, str, dict[str, object]]:
    """Code, reason and details (by message name) of a call that fails."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await analyze(stub, *frames)
    status = rpc_status.from_call(cast(Any, caught.value))  # stubs know the sync call only
    assert status is not None
    details: dict[str, object] = {}
    for packed in status.details:
        for kind in (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest, error_details_pb2.RetryInfo):
            if packed.Is(kind.DESCRIPTOR):
                message = kind()
                packed.Unpack(message)
                details[kind.DESCRIPTOR.name] = message
    return caught.value.code(), details["ErrorInfo"].reason, details  # type: ignore[attr-defined]  # untyped


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("speakalka_frames_total", {"outcome": outcome}) or 0


async def test_a_reading_is_the_mean_of_the_accepted(stub: Stub) -> None:
    """All seven emotions in the order of the enum, the primary one, and how many frames it rests on."""
    reply = await analyze(stub, b"fear", b"anger", b"no_face", b"fear", b"fear")
    assert reply.reading.primary_emotion == core_pb2.EMOTION_FEAR
    assert reply.reading.confidence == 0.75
    assert reply.reading.accepted_frames == 4
    assert [(e.emotion, e.probability) for e in reply.reading.emotions] == [
        (1, 0),
        (2, 0),
        (3, 0),
        (4, 0.25),
        (5, 0),
        (6, 0.75),
        (7, 0),
    ]
    assert list(reply.outcomes) == [1, 1, 4, 1, 1]


async def test_each_frame_tells_what_was_seen(stub: Stub) -> None:
    """The outcome, the face's box and its sharpness; nothing is said of a face that was not found."""
    seen, unseen = (await analyze(stub, b"fear", b"no_face")).frames
    assert seen.outcome == Outcome.FRAME_OUTCOME_ACCEPTED
    assert (seen.face.left, seen.face.top, seen.face.width, seen.face.height) == (10, 20, 100, 110)
    assert seen.sharpness == 0.5
    assert unseen.outcome == Outcome.FRAME_OUTCOME_NO_FACE
    assert not unseen.HasField("face")
    assert not unseen.HasField("sharpness")


async def test_refused_frames_are_counted_and_nothing_is_made_up(stub: Stub) -> None:
    """Each outcome is told and counted; without an accepted frame the reading is absent, not neutral."""
    names = ["unreadable", "too_many_pixels", "no_face", "several_faces", "face_too_small", "blurred"]
    before = [counted(name) for name in names]
    reply = await analyze(stub, *(name.encode() for name in names))
    assert not reply.HasField("reading")
    assert [Outcome.Name(o) for o in reply.outcomes] == [f"FRAME_OUTCOME_{name.upper()}" for name in names]
    assert [counted(name) - was for name, was in zip(names, before, strict=True)] == [1] * 6


@pytest.mark.parametrize(
    ("frames", "field"),
    [
        ([], "frames"),
        ([b"fear"] * 17, "frames"),
        ([bytes(MAX_BYTES)] * 17, "frames"),
        ([b"fear", b"fear", b"fear", bytes(MAX_BYTES + 1)], "frames[3]"),
    ],
)
async def test_limits(stub: Stub, frames: list[bytes], field: str) -> None:
    """No frames, 17 frames, 512 KiB and a byte: INVALID_ARGUMENT that names the field."""
    code, reason, details = await failure(stub, *frames)
    assert (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    bad = details["BadRequest"]
    assert isinstance(bad, error_details_pb2.BadRequest)
    assert [violation.field for violation in bad.field_violations] == [field]


async def test_overload(stub: Stub, analyzer: FakeAnalyzer) -> None:
    """Too many waiting frames: RESOURCE_EXHAUSTED with RetryInfo."""
    analyzer.failure = Overloaded("64 frames wait here")
    code, reason, details = await failure(stub, b"fear")
    assert (code, reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert "RetryInfo" in details


class TestWithoutWeights:
    @pytest.fixture
    def analyzer(self) -> FaceAnalyzer:
        return WithoutWeights()

    async def test_calls_are_told(self, stub: Stub) -> None:
        """UNAVAILABLE with its reason, and no RetryInfo: a repeat does not help."""
        code, reason, details = await failure(stub, b"fear")
        assert (code, reason) == (grpc.StatusCode.UNAVAILABLE, "WEIGHTS_MISSING")
        assert "RetryInfo" not in details

    async def test_bad_requests_are_bad_all_the_same(self, stub: Stub) -> None:
        """The caller's fault is told first."""
        code, _, _ = await failure(stub)
        assert code is grpc.StatusCode.INVALID_ARGUMENT


class TestRealModel:
    @pytest.fixture
    def analyzer(self) -> FaceAnalyzer:
        return load_analyzer(EmotionSettings(deepface_home=needs_env("DEEPFACE_HOME"), workers=2))

    async def test_a_smile_among_bombs(self, stub: Stub) -> None:
        """The example's photo is read; what is broken beside it is counted, and the call is OK."""
        good = EXAMPLE.read_bytes()
        bomb = pictures.png(20_000, 20_000, rows=20)
        reply = await analyze(stub, bomb, good, b"no picture", good[:5000], good, pictures.png(640, 480))
        assert [Outcome.Name(o).removeprefix("FRAME_OUTCOME_") for o in reply.outcomes] == [
            "TOO_MANY_PIXELS",
            "ACCEPTED",
            "UNREADABLE",
            "UNREADABLE",
            "ACCEPTED",
            "NO_FACE",
        ]
        assert reply.reading.primary_emotion == core_pb2.EMOTION_HAPPINESS
        assert reply.reading.accepted_frames == 2
        assert sum(e.probability for e in reply.reading.emotions) == pytest.approx(1)


class Process:
    """`python -m services.emotion` as a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.lines: list[str] = []

    @property
    def pid(self) -> int:
        return self._process.pid

    async def line_with(self, text: str) -> str:
        """The first line of standard error from here on that holds `text`."""
        assert self._process.stderr is not None
        async with asyncio.timeout(60):
            while line := (await self._process.stderr.readline()).decode():
                self.lines.append(line)
                if text in line:
                    return line
        pytest.fail(f"ended without {text!r}: {self.lines}")

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    async def stop(self) -> int:
        self.terminate()
        return await self._process.wait()

    async def end(self) -> tuple[int, str, str]:
        """Exit status, standard output, standard error."""
        out, err = await asyncio.wait_for(self._process.communicate(), 60)
        return await self._process.wait(), out.decode(), err.decode()


@asynccontextmanager
async def started(*arguments: str, **variables: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.emotion", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "EMOTION_PORT": "0", "EMOTION_METRICS_PORT": "0", **variables},
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def health(port: str, service: str) -> int:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)  # its stubs have no methods
        reply = await stub.Check(
            health_pb2.HealthCheckRequest(service=service), timeout=30, wait_for_ready=True
        )
    return int(reply.status)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def port_in(line: str) -> str:
    return line.split('"address":"127.0.0.1:')[1].split('"', maxsplit=1)[0]


async def test_without_weights_the_server_runs_and_is_not_ready(tmp_path: Path) -> None:
    """One line names DEEPFACE_HOME and the command; the process lives and is NOT_SERVING."""
    async with started(DEEPFACE_HOME=str(tmp_path)) as process:
        port = port_in(await process.line_with("listening"))
        (complaint,) = [line for line in process.lines if "weights" in line]
        assert str(tmp_path) in complaint
        assert "DEEPFACE_HOME" in complaint
        assert "python -m services.emotion fetch-weights" in complaint
        assert await health(port, "") == health_pb2.HealthCheckResponse.SERVING
        assert await health(port, SERVICE) == health_pb2.HealthCheckResponse.NOT_SERVING
        assert await process.stop() == 0
        assert files_in(tmp_path) == []


async def test_with_weights_the_server_is_ready() -> None:
    """Real weights: SERVING, a real reading, and an orderly end."""
    async with started(DEEPFACE_HOME=str(needs_env("DEEPFACE_HOME"))) as process:
        port = port_in(await process.line_with("listening"))
        await process.line_with('"ready"')
        assert await health(port, SERVICE) == health_pb2.HealthCheckResponse.SERVING
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            reply = await analyze(EmotionServiceStub(channel), EXAMPLE.read_bytes())
        assert reply.reading.primary_emotion == core_pb2.EMOTION_HAPPINESS
        assert await process.stop() == 0


async def test_weights_of_another_sum_are_not_used() -> None:
    """DEEPFACE_WEIGHTS_SHA256 that does not fit: one line says both sums, and nothing is served."""
    async with started(
        DEEPFACE_HOME=str(needs_env("DEEPFACE_HOME")), DEEPFACE_WEIGHTS_SHA256="ab" * 32
    ) as process:
        assert "ab" * 32 in await process.line_with("weights")
        port = port_in(await process.line_with("listening"))
        assert await health(port, SERVICE) == health_pb2.HealthCheckResponse.NOT_SERVING
        assert await process.stop() == 0


async def test_fetching_offline_is_one_line(tmp_path: Path) -> None:
    """Without a network fetch-weights ends soon, with status 1 and one line, and leaves no file."""
    nobody = "http://127.0.0.1:9"  # port 9: nobody listens
    async with started(
        *("fetch-weights", "--timeout-seconds", "20"),
        DEEPFACE_HOME=str(tmp_path),
        HTTPS_PROXY=nobody,
        https_proxy=nobody,
        NO_PROXY="",
        no_proxy="",
    ) as process:
        status, out, err = await process.end()
        (line,) = [line for line in err.splitlines() if line.startswith("fetch-weights:")]
        assert "facial_expression_model_weights.onnx" in line
        assert "cannot be reached" in line
        assert "Traceback" not in err
        assert (status, out) == (1, "")
        assert files_in(tmp_path) == []


async def test_fetching_what_is_there() -> None:
    """With the weights in place there is nothing to do, and nothing is done."""
    async with started("fetch-weights", DEEPFACE_HOME=str(needs_env("DEEPFACE_HOME"))) as process:
        status, out, err = await process.end()
        assert (status, err) == (0, "")
        assert "nothing to do" in out

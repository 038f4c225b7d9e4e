"""Line 12: what does a frame cost, beside deepface's own ways?

`python -m bench.emotion [--seconds 5] [--frames 10000]`: a real emotion service in a process of its own,
frames of 640 x 480 (the example's photo in a frame, JPEG). One caller against DeepFace.analyze in a loop; p50
of a single frame; eight callers against deepface's own gRPC server (extra `grpc`) at its default worker count
and at its best; the floor (decode, one cascade over the picture, one network call); start to SERVING; memory.
Both sides take turns in each round. Needs DEEPFACE_HOME.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import cv2
import grpc.aio
import numpy as np
from interview.v1.emotion_service_pb2 import AnalyzeFramesRequest
from interview.v1.emotion_service_pb2_grpc import EmotionServiceStub

from bench.emotion_processes import cpu_seconds, ours, resident_mib, rival
from bench.emotion_quality import framed
from bench.rows import Row, tell, tell_rounds
from services.emotion.deepface_analyzer import MODEL, OnnxEmotionModel
from services.emotion.frames import checked_header
from services.emotion.opencv.cascades import FACE_CASCADE, carried_cascade
from services.emotion.opencv.pictures import blank_face, decode
from services.emotion.weights import weights_folder

PHOTO = Path(__file__).parents[1] / "examples" / "photos" / "eileen_collins.jpg"
ROUNDS = 3
PER_CALL = 16
RIVAL_WORKERS = (1, 2)  # 1 is its default

Call = Callable[[], Awaitable[int]]
"""One call; returns how many frames it carried."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5, help="of each side in each round [5]")
    parser.add_argument("--frames", type=int, default=10_000, help="for the memory [10000]")
    arguments = parser.parse_args()
    asyncio.run(measure(one_frame(), arguments.seconds, arguments.frames))


async def measure(frame: bytes, seconds: float, frames: int) -> None:
    """Prints all rows."""
    with ours() as service:
        took = service.start_seconds
        cpu = f"{cpu_seconds(service.pid):.2f} s of CPU"
        tell(Row("12 start to SERVING", took, 3, "s", took / 3, "<= 1", took <= 3, cpu))
        async with grpc.aio.insecure_channel(service.address) as channel:
            stub: Any = EmotionServiceStub(channel)  # its stubs know the sync call only
            await one_caller(stub, frame, seconds, service.pid)
            await eight_callers(stub, frame, seconds)
            await memory(stub, frame, frames, service.pid)


def one_frame() -> bytes:
    """640 x 480, JPEG, one face."""
    photo = cv2.imread(str(PHOTO))
    if photo is None:
        raise SystemExit(f"{PHOTO} cannot be read")
    return bytes(cv2.imencode(".jpg", framed(photo, np.random.default_rng(12)))[1])


async def one_caller(stub: Any, frame: bytes, seconds: float, pid: int) -> None:
    """Frames of one caller per second and per second of CPU, p50 of a single frame, and the floor."""
    rates: list[tuple[float, float]] = []
    per_cpu: list[tuple[float, float]] = []
    singles: list[tuple[float, float]] = []
    floors: list[float] = []
    for _ in range(ROUNDS):
        before = time.process_time()
        theirs = await durations(lambda: analyzed(frame), seconds)
        their_cpu = time.process_time() - before
        single = await durations(calling(stub, frame, 1), seconds)
        before = cpu_seconds(pid)
        batches = await durations(calling(stub, frame, PER_CALL), seconds)
        our_cpu = cpu_seconds(pid) - before
        # The first of each, which is not among the durations, costs CPU too.
        per_cpu.append((PER_CALL * (len(batches) + 1) / our_cpu, (len(theirs) + 1) / their_cpu))
        floors.append(floor(frame))
        rates.append((PER_CALL * len(batches) / sum(batches), len(theirs) / sum(theirs)))
        singles.append((1000 * statistics.median(single), 1000 * statistics.median(theirs)))
    print(f"floor (decode, cascade, one network call): {statistics.median(floors):.1f} ms")
    show("12 one caller", rates, "frames/s", at_least=5)
    show("12 one caller, per second of CPU", per_cpu, "frames", at_least=5)
    show("12 p50 of a single frame", singles, "ms", at_most=0.2)


def show(line: str, rounds: list[tuple[float, float]], unit: str, **goal: float) -> None:
    """A row from pairs of ours and theirs."""
    tell_rounds(line, [one for one, _ in rounds], [other for _, other in rounds], unit, **goal)


async def eight_callers(stub: Any, frame: bytes, seconds: float) -> None:
    """Frames a second of eight callers, beside deepface's server with each number of workers."""
    rates: dict[int, list[tuple[float, float]]] = {}
    for workers in RIVAL_WORKERS:
        with rival(workers) as address:
            async with grpc.aio.insecure_channel(address) as channel:
                for _ in range(ROUNDS):
                    theirs = await rate(rival_calling(channel, frame), 8, seconds)
                    rates.setdefault(workers, []).append(
                        (await rate(calling(stub, frame, 4), 8, seconds), theirs)
                    )
    best = max(RIVAL_WORKERS, key=lambda workers: statistics.median(theirs for _, theirs in rates[workers]))
    show("12 eight callers, its default 1 worker", rates[1], "frames/s", at_least=6)
    show(f"12 eight callers, its best: {best} workers", rates[best], "frames/s", at_least=3)


async def memory(stub: Any, frame: bytes, frames: int, pid: int) -> None:
    """Resident memory after all frames, beside that after the first tenth."""
    call = calling(stub, frame, PER_CALL)
    sent, early = 0, 0.0
    while sent < frames:
        sent += await call()
        early = early or (resident_mib(pid) if sent >= frames / 10 else 0.0)
    late = resident_mib(pid)
    met = late <= 350 and abs(late / early - 1) <= 0.05
    tell(
        Row(f"12 memory after {sent} frames", late, early, "MiB", late / early, "<= 1.05", met, "<= 350 MiB")
    )


async def durations(call: Call, seconds: float) -> list[float]:
    """Seconds of each of the calls made one after the other, after a first one that is not counted."""
    await call()
    took: list[float] = []
    while sum(took) < seconds:
        started = time.perf_counter()
        await call()
        took.append(time.perf_counter() - started)
    return took


async def rate(call: Call, callers: int, seconds: float) -> float:
    """Frames a second of so many callers at once."""
    ends = time.perf_counter() + seconds

    async def caller() -> int:
        frames = 0
        while time.perf_counter() < ends:
            frames += await call()
        return frames

    started = time.perf_counter()
    frames = sum(await asyncio.gather(*(caller() for _ in range(callers))))
    return frames / (time.perf_counter() - started)


def calling(stub: Any, frame: bytes, frames: int) -> Call:
    """AnalyzeFrames with so many frames. Fails unless all are accepted."""
    request = AnalyzeFramesRequest(frames=[frame] * frames)

    async def call() -> int:
        reply = await stub.AnalyzeFrames(request, timeout=120)
        if reply.reading.accepted_frames != frames:
            raise SystemExit(f"not all frames were accepted: {reply.outcomes}")
        return frames

    return call


async def analyzed(frame: bytes) -> int:
    """DeepFace.analyze, from the same bytes."""
    from deepface import DeepFace  # type: ignore[import-untyped]  # noqa: PLC0415  the engine is chosen by now

    DeepFace.analyze(cv2.imdecode(np.frombuffer(frame, np.uint8), cv2.IMREAD_COLOR), actions=["emotion"])
    return 1


def floor(frame: bytes) -> float:
    """Milliseconds of the least that could do: decode, deepface's cascade, one network call."""
    cascade = cv2.CascadeClassifier(str(carried_cascade(FACE_CASCADE)))
    model = OnnxEmotionModel(weights_folder(Path(os.environ["DEEPFACE_HOME"])) / MODEL.name)
    took = []
    for _ in range(8):
        started = time.perf_counter()
        grey = decode(frame, checked_header(frame, 1 << 20))
        cascade.detectMultiScale(grey, 1.1, 10)
        model.classify([blank_face()])
        took.append(1000 * (time.perf_counter() - started))
    return statistics.median(took)


def rival_calling(channel: grpc.aio.Channel, frame: bytes) -> Call:
    """Analyze of deepface's own server: one picture per call."""
    from deepface.api.proto import deepface_pb2, deepface_pb2_grpc  # type: ignore[import-untyped]  # noqa: PLC0415

    stub = deepface_pb2_grpc.DeepFaceServiceStub(channel)
    request = deepface_pb2.AnalyzeRequest(img=deepface_pb2.Image(content=frame), actions=["emotion"])

    async def call() -> int:
        """0 when it failed: its workers share one cascade, which then finds no face at times."""
        try:
            await stub.Analyze(request, timeout=20)
        except grpc.aio.AioRpcError as error:
            print(f"deepface's server: {error.code().name}")
            return 0
        return 1

    return call


if __name__ == "__main__":
    main()

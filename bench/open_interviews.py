"""What do open interviews cost an orchestrator? Memory, and the wait for GetInterview: 10 against 5,000.

`python -m bench.open_interviews`: two real orchestrators on SQLite, one with few and one with many interviews
that wait for their callers; they are read in turns.
"""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

import asyncio
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import grpc.aio
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub

from bench.rows import Row, tell
from tests.fakes.messages import technical
from tests.faults.orchestrator.replicas import orchestrator

if TYPE_CHECKING:  # there in the type stubs only
    from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceAsyncStub

FEW, MANY = 10, 5_000
ROUNDS = 6
READS = 500
AT_ONCE = 16
MIB = 1024 * 1024


def main() -> None:
    """Measures and prints two rows."""
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name).resolve()
        with (
            orchestrator(folder, f"sqlite:///{folder}/few.db") as one,
            orchestrator(folder, f"sqlite:///{folder}/many.db") as other,
        ):
            asyncio.run(_measure(one.address, other.address, other.pid))


async def _measure(one: str, other: str, pid: int) -> None:
    async with grpc.aio.insecure_channel(one) as idle, grpc.aio.insecure_channel(other) as busy:
        stubs = [OrchestratorServiceStub(idle), OrchestratorServiceStub(busy)]
        ids = [await _begun(stub, FEW) for stub in stubs]
        for stub, begun in zip(stubs, ids, strict=True):
            await _reads(stub, begun)  # warms up
        before = _resident(pid)
        ids[1] += await _begun(stubs[1], MANY - FEW)
        seconds: list[list[float]] = [[], []]
        for side in [0, 1] * ROUNDS:
            seconds[side] += await _reads(stubs[side], ids[side])
        after = _resident(pid)
    few, many = (statistics.quantiles(side, n=100)[98] for side in seconds)
    growth = (after - before) / MIB
    tell(
        Row(f"RSS with {MANY:,} open interviews", after / MIB, before / MIB, "MiB", after / before,
            "+ <= 50", growth <= 50, f"growth {growth:.1f} MiB")
    )  # fmt: skip
    ratio = many / few
    tell(
        Row(f"GetInterview p99, {MANY:,} open / {FEW}", many * 1000, few * 1000, "ms", ratio,
            "<= 2.0", ratio <= 2, f"{ROUNDS * READS:,} reads of each, one at a time")
    )  # fmt: skip


async def _begun(stub: OrchestratorServiceAsyncStub, count: int) -> list[str]:
    request = pb.StartInterviewRequest(specification=technical("Python", "SQL", "Git", follow_ups=2))
    numbers, ids = iter(range(count)), []

    async def caller() -> None:
        for _ in numbers:
            ids.append((await stub.StartInterview(request, timeout=60)).interview_id)

    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    return ids


async def _reads(stub: OrchestratorServiceAsyncStub, ids: list[str]) -> list[float]:
    """Seconds of each."""
    seconds = []
    for _ in range(READS):
        request = pb.GetInterviewRequest(interview_id=random.choice(ids))
        begun = time.perf_counter()
        await stub.GetInterview(request, timeout=60)
        seconds.append(time.perf_counter() - begun)
    return seconds


def _resident(pid: int) -> int:
    """Bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the kernel tells no RSS")


if __name__ == "__main__":
    main()

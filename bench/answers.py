"""What does SubmitAnswer cost in the orchestrator, and how long does it make a caller wait?

`python -m bench.answers`: a real orchestrator on SQLite, its judge and reporter instant, in another process.
Its CPU per answer against the sum of its parts, each measured bare beside it: a gRPC call served, the calls
it makes, the rows it writes. Its latency, with a judge of 20 ms and 8 answers in flight, against a bare front
that only passes the answer on, and against one that does what no orchestrator may leave out: it writes the
answer durably before it asks the judge, and the score before it replies.
"""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
from interview.v1 import evaluator_service_pb2 as evaluator_pb
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceStub
from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub

from bench.interceptors import METHOD, serve_bare
from bench.rivals import Served
from bench.rows import tell_rounds
from bench.steps import BareSqlite
from services.common import logs
from tests.fakes.evaluator import scored
from tests.fakes.messages import technical
from tests.fakes.script import Script
from tests.faults.orchestrator.replicas import Replica, orchestrator
from tests.rpc.orchestra import Peers

if TYPE_CHECKING:  # there in the type stubs only
    from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceAsyncStub

ROUNDS = 9
INTERVIEWS = 48
TOPICS = tuple("ABCDE")
IN_FLIGHT = 8
JUDGE_SECONDS = 0.02
ANSWER = "слово " * 80
DOCUMENT_BYTES = 4_500  # of an interview half way through
# Of one answer: the call to the judge and its share of the call to the reporter; two writes of the interview
# and its share of the two of the report.
CALLS = 1 + 1 / len(TOPICS)
WRITES = 2 + 2 / len(TOPICS)


def main() -> None:
    """Measures and prints three rows."""
    logs.configure("bench", "ERROR")
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name).resolve()
        cost = asyncio.run(_costs(folder))
        waits = asyncio.run(_waits(folder))
    ours, parts = ([round_[side] * 1000 for round_ in cost] for side in ("ours", "parts"))
    tell_rounds("2 SubmitAnswer, CPU of the orchestrator", ours, parts, "ms CPU", at_most=1.5)
    ours, front, keeping = (
        [(round_[side] - JUDGE_SECONDS) * 1000 for round_ in waits] for side in ("ours", "front", "keeping")
    )
    tell_rounds("3 SubmitAnswer, p50 over the judge's", ours, front, "ms", at_most=1.5)
    tell_rounds("3 the same, against a front that keeps", ours, keeping, "ms", at_most=1.5)


class Judge(Script[evaluator_pb.EvaluateAnswerRequest, evaluator_pb.EvaluateAnswerResponse]):
    """Gives everything a 5, after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(scored(5))
        self._seconds = seconds

    async def __call__(self, *_: Any) -> evaluator_pb.EvaluateAnswerResponse:
        if self._seconds:
            await asyncio.sleep(self._seconds)
        return scored(5)


async def serve_peers(seconds: float, tell: Callable[[Any], None]) -> None:
    """Evaluator and reporter."""
    sys.stderr = open(os.devnull, "w")  # noqa: ASYNC230, SIM115 (the log's, as long as the process lives)
    logs.configure("bench", "ERROR")
    peers = Peers()
    peers.evaluator.evaluate = Judge(seconds)
    async with peers:
        tell(f"127.0.0.1:{peers.port}")
        await asyncio.get_running_loop().create_future()


async def serve_front(evaluator: str, kept_in: Path | None, tell: Callable[[Any], None]) -> None:
    """Passes the answer on to the judge and his verdict back; with a file, writes both steps to it."""
    judge = EvaluatorServiceStub(grpc.aio.insecure_channel(evaluator))
    kept = BareSqlite(kept_in, bytes(DOCUMENT_BYTES)) if kept_in else None

    async def submit(
        request: pb.SubmitAnswerRequest, _: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.SubmitAnswerResponse:
        if kept:
            await kept.put(request.interview_id)
        asked = evaluator_pb.EvaluateAnswerRequest(answer_text=request.answer_text)
        outcome = await judge.EvaluateAnswer(asked, timeout=30)
        if kept:
            await kept.put(request.interview_id)
        reply = pb.SubmitAnswerResponse()
        reply.answer.score = outcome.evaluation.score
        return reply

    handler: grpc.RpcMethodHandler[Any, Any] = grpc.unary_unary_rpc_method_handler(
        submit,
        request_deserializer=pb.SubmitAnswerRequest.FromString,
        response_serializer=pb.SubmitAnswerResponse.SerializeToString,
    )
    service = "interview.v1.OrchestratorService"
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(service, {"SubmitAnswer": handler})]
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    tell(f"127.0.0.1:{port}")
    await server.wait_for_termination()


def _served(folder: Path, peers: Served) -> Replica:
    addresses = {f"ORCHESTRATOR_{peer}_ADDRESS": peers.told for peer in ("EVALUATOR", "EMOTION", "REPORTER")}
    return orchestrator(folder, f"sqlite:///{folder}/{os.urandom(4).hex()}.db", **addresses)


async def _costs(folder: Path) -> list[dict[str, float]]:
    peers, bare = Served(partial(serve_peers, 0.0)), Served(serve_bare)
    sqlite = BareSqlite(folder / "bare.db")
    try:
        with _served(folder, peers) as served:
            async with (
                grpc.aio.insecure_channel(served.address) as channel,
                grpc.aio.insecure_channel(bare.told) as echo,
            ):
                rounds, before = [], await _parts(echo, bare, sqlite)
                for _ in range(ROUNDS + 1):
                    stub = OrchestratorServiceStub(channel)
                    ids = await _begin_all(stub)
                    begun = _cpu_of(served.pid)
                    answers = await _answer_all(stub, ids)
                    ours = (_cpu_of(served.pid) - begun) / len(answers)
                    after = await _parts(echo, bare, sqlite)
                    rounds.append({"ours": ours, "parts": (before + after) / 2})
                    before = after
                return rounds[1:]  # the first one warms up
    finally:
        sqlite.close()
        peers.close()
        bare.close()


async def _parts(echo: grpc.aio.Channel, bare: Served, sqlite: BareSqlite) -> float:
    """S + k C + w W: seconds of CPU."""
    call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = echo.unary_unary(METHOD)
    calls, body = 600, bytes(1024)
    server, client = bare.cpu(), time.process_time()
    numbers = iter(range(calls))

    async def caller() -> None:
        for _ in numbers:
            await call(body, timeout=30)

    await asyncio.gather(*(caller() for _ in range(IN_FLIGHT)))
    serving, calling = (bare.cpu() - server) / calls, (time.process_time() - client) / calls
    writing = time.process_time()
    for _ in range(200):
        await sqlite.step()
    return serving + CALLS * calling + WRITES * (time.process_time() - writing) / 200


async def _waits(folder: Path) -> list[dict[str, float]]:
    peers = Served(partial(serve_peers, JUDGE_SECONDS))
    front = Served(partial(serve_front, peers.told, None))
    keeping = Served(partial(serve_front, peers.told, folder / "front.db"))
    try:
        with _served(folder, peers) as served:
            async with (
                grpc.aio.insecure_channel(served.address) as channel,
                grpc.aio.insecure_channel(front.told) as passing,
                grpc.aio.insecure_channel(keeping.told) as writing,
            ):
                sides = {
                    "ours": partial(_hold_all, OrchestratorServiceStub(channel)),
                    "front": partial(_pass_all, OrchestratorServiceStub(passing)),
                    "keeping": partial(_pass_all, OrchestratorServiceStub(writing)),
                }
                rounds = []
                for _ in range(ROUNDS + 1):
                    order = random.sample(sorted(sides), len(sides))
                    rounds.append({side: statistics.median(await sides[side]()) for side in order})
                return rounds[1:]  # the first one warms up
    finally:
        keeping.close()
        front.close()
        peers.close()


async def _begin_all(stub: OrchestratorServiceAsyncStub) -> list[str]:
    request = pb.StartInterviewRequest(specification=technical(*TOPICS))
    return [(await stub.StartInterview(request, timeout=30)).interview_id for _ in range(INTERVIEWS)]


async def _answer_all(stub: OrchestratorServiceAsyncStub, ids: list[str]) -> list[float]:
    """Seconds of each answer."""
    shared, seconds = iter(ids), []

    async def caller() -> None:
        for interview_id in shared:
            for number in range(len(TOPICS)):
                answer = pb.SubmitAnswerRequest(
                    interview_id=interview_id, question_id=f"q{number + 1}", answer_text=ANSWER
                )
                begun = time.perf_counter()
                await stub.SubmitAnswer(answer, timeout=30)
                seconds.append(time.perf_counter() - begun)

    await asyncio.gather(*(caller() for _ in range(IN_FLIGHT)))
    return seconds


async def _hold_all(stub: OrchestratorServiceAsyncStub) -> list[float]:
    return await _answer_all(stub, await _begin_all(stub))


async def _pass_all(stub: OrchestratorServiceAsyncStub) -> list[float]:
    numbers, seconds = iter(range(INTERVIEWS * len(TOPICS))), []

    async def caller() -> None:
        for number in numbers:
            answer = pb.SubmitAnswerRequest(interview_id=str(number % INTERVIEWS), answer_text=ANSWER)
            begun = time.perf_counter()
            await stub.SubmitAnswer(answer, timeout=30)
            seconds.append(time.perf_counter() - begun)

    await asyncio.gather(*(caller() for _ in range(IN_FLIGHT)))
    return seconds


def _cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()

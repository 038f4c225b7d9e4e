"""`python -m services.orchestrator` as a process: its settings, its stop, its files, its metrics."""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

import asyncio
import json
import os
import signal
import sys
import urllib.request
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import grpc.aio
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub

from services.common.channel import open_channel
from tests.fakes.evaluator import scored
from tests.fakes.messages import technical
from tests.postgres import PostgresServer
from tests.rpc.orchestra import Peers, failure

if TYPE_CHECKING:  # there in the type stubs only
    from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceAsyncStub

SERVICE = "interview.v1.OrchestratorService"
ROOT = Path(__file__).parents[2]


def environment(folder: Path, peers: Peers | None, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORCHESTRATOR_")}
    address = f"127.0.0.1:{peers.port}" if peers else "127.0.0.1:1"
    return {
        **kept,
        "ORCHESTRATOR_PORT": "0",
        "ORCHESTRATOR_METRICS_PORT": "0",
        "ORCHESTRATOR_DATABASE_URL": f"sqlite:///{folder}/orchestrator.db",
        **{f"ORCHESTRATOR_{peer}_ADDRESS": address for peer in ("EVALUATOR", "EMOTION", "REPORTER")},
        **more,
    }


async def started(env: dict[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.orchestrator", cwd=ROOT, env=env, stdout=PIPE, stderr=PIPE
    )


class Running:
    """A process that listens, and a stub to it."""

    def __init__(self, process: Process, line: dict[str, object], channel: grpc.aio.Channel) -> None:
        self.process = process
        self.metrics_port = line["metrics_port"]
        self.stub: OrchestratorServiceAsyncStub = OrchestratorServiceStub(channel)

    async def stopped(self) -> int:
        """Its exit code after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            return await self.process.wait()


@asynccontextmanager
async def running(env: dict[str, str]) -> AsyncIterator[Running]:
    """The process once it is ready; killed if the test left it."""
    process = await started(env)
    try:
        line = await _listening(process)
        async with open_channel(str(line["address"]), SERVICE) as channel:
            ready = OrchestratorServiceStub(channel).GetInterview(
                pb.GetInterviewRequest(interview_id="interview_none"), timeout=10, wait_for_ready=True
            )
            assert (await failure(ready)).code is grpc.StatusCode.NOT_FOUND
            yield Running(process, line, channel)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _listening(process: Process) -> dict[str, object]:
    assert process.stderr
    async with asyncio.timeout(20):
        async for raw in process.stderr:
            line: dict[str, object] = json.loads(raw)
            if line["event"] == "listening":
                return line
    raise AssertionError("it ended before it listened")


async def start(stub: OrchestratorServiceAsyncStub) -> str:
    reply = await stub.StartInterview(pb.StartInterviewRequest(specification=technical()), timeout=10)
    return reply.interview_id


async def answer(stub: OrchestratorServiceAsyncStub, interview_id: str) -> pb.SubmitAnswerResponse:
    request = pb.SubmitAnswerRequest(interview_id=interview_id, question_id="q1", answer_text="my answer")
    return await stub.SubmitAnswer(request, timeout=20)


async def test_sigterm_drains_and_exits_0(tmp_path: Path, peers: Peers) -> None:
    """A running call is completed with its score, then the process ends with 0."""
    peers.evaluator.evaluate.otherwise = scored(8)
    peers.evaluator.evaluate.hold()
    async with running(environment(tmp_path, peers)) as process:
        interview_id = await start(process.stub)
        call = asyncio.create_task(answer(process.stub, interview_id))
        await peers.evaluator.evaluate.called()
        ended = asyncio.create_task(process.stopped())
        done, _ = await asyncio.wait({ended}, timeout=0.2)
        assert not done
        peers.evaluator.evaluate.release()
        reply = await call
        assert (reply.answer.score, reply.state) == (8, core.INTERVIEW_STATE_COMPLETED)
        assert reply.delivery.topic == "step3"
        assert await ended == 0


async def test_kill_9_loses_no_acknowledged_answer(tmp_path: Path, peers: Peers) -> None:
    """Killed while the judge was at it: the next process judges the stored answer and delivers the report."""
    peers.evaluator.evaluate.hold()
    async with running(environment(tmp_path, peers)) as process:
        interview_id = await start(process.stub)
        call = asyncio.create_task(failure(answer(process.stub, interview_id)))
        await peers.evaluator.evaluate.called()
        process.process.kill()
        assert (await call).code is grpc.StatusCode.UNAVAILABLE
    peers.evaluator.evaluate.release()
    async with running(environment(tmp_path, peers)) as process:
        reply = await answer(process.stub, interview_id)
        assert (reply.answer.score, reply.delivery.topic) == (5, "step3")
        assert await process.stopped() == 0


async def test_a_second_process_on_the_file_says_so_in_one_line(tmp_path: Path) -> None:
    """Exit code not 0, one line that names the variable and PostgreSQL; the first one goes on."""
    async with running(environment(tmp_path, None)) as first:
        code, line = await refused(environment(tmp_path, None))
        assert code != 0
        assert line.startswith("ORCHESTRATOR_DATABASE_URL: ")
        assert "PostgreSQL" in line
        assert await start(first.stub)


async def test_replicas_share_one_postgresql(
    tmp_path: Path, peers: Peers, postgres_server: PostgresServer
) -> None:
    """What one of two processes keeps the other one finds: start here, answer there, read here."""
    env = environment(tmp_path, peers, ORCHESTRATOR_DATABASE_URL=await postgres_server.new_database())
    async with running(env) as one, running(env) as other:
        interview_id = await start(one.stub)
        reply = await answer(other.stub, interview_id)
        assert (reply.answer.score, reply.delivery.topic) == (5, "step3")
        assert await answer(one.stub, interview_id) == reply
        assert (await one.stopped(), await other.stopped()) == (0, 0)
    assert len(peers.evaluator.evaluate.requests) == 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ORCHESTRATOR_PORT", "no port"),
        ("ORCHESTRATOR_DATABASE_URL", "sqlite:////dev/null/x.db"),
        ("ORCHESTRATOR_DATABASE_URL", "postgresql://me@127.0.0.1:1/none"),
    ],
)
async def test_a_bad_setting_ends_the_start_with_one_line(tmp_path: Path, variable: str, value: str) -> None:
    """Exit code not 0; the line names the variable; no traceback."""
    code, line = await refused(environment(tmp_path, None, **{variable: value}))
    assert code != 0
    assert line.startswith(f"{variable}: ")


async def refused(env: dict[str, str]) -> tuple[int | None, str]:
    """Exit code and the one line that the process left."""
    process = await started(env)
    async with asyncio.timeout(20):
        out, err = await process.communicate()
    assert out == b""
    lines = err.decode().splitlines()
    assert len(lines) == 1, err
    return process.returncode, lines[0]


async def test_the_metrics_page_has_the_names_of_the_design(tmp_path: Path, peers: Peers) -> None:
    """Ours with their labels, and the RPC metrics of both sides."""
    async with running(environment(tmp_path, peers)) as process:
        await answer(process.stub, await start(process.stub))
        url = f"http://127.0.0.1:{process.metrics_port}/metrics"
        shown = await asyncio.to_thread(_read, url)
    for sample in (
        'speakalka_answers_total{judge="rubric",outcome="scored"} 1.0',
        'speakalka_interviews_total{kind="TECHNICAL",transition="started"} 1.0',
        'speakalka_interviews_total{kind="TECHNICAL",transition="completed"} 1.0',
        "speakalka_outbox_reports 0.0",
        "speakalka_outbox_oldest_seconds 0.0",
        "speakalka_outbox_parked_total 0.0",
        "speakalka_late_results_total 0.0",
        "speakalka_judge_failures_total 0.0",
        f'server_handled_total{{grpc_code="OK",grpc_method="SubmitAnswer",grpc_service="{SERVICE}",',
        'client_handled_total{grpc_code="OK",grpc_method="PublishReport",grpc_service="interview.v1.Reporter',
    ):
        assert sample in shown


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as reply:
        return str(reply.read().decode())


async def test_no_word_of_the_candidate_is_logged(tmp_path: Path, peers: Peers) -> None:
    """Neither name nor answer nor evaluation; the request id of the call is on its lines."""
    peers.evaluator.evaluate.otherwise = scored(8, "Evaluated words.")
    process = await started(environment(tmp_path, peers, ORCHESTRATOR_LOG_LEVEL="DEBUG"))
    try:
        line = await _listening(process)
        async with open_channel(str(line["address"]), SERVICE) as channel:
            stub = OrchestratorServiceStub(channel)
            request = pb.StartInterviewRequest(specification=technical())
            interview_id = (await stub.StartInterview(request, timeout=10, wait_for_ready=True)).interview_id
            await answer(stub, interview_id)
        process.send_signal(signal.SIGTERM)
        _, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    logged = err.decode()
    for secret in ("Анна", "my answer", "Evaluated words", "Python start?"):
        assert secret not in logged
        assert json.dumps(secret) not in logged
    lines = [json.loads(line) for line in logged.splitlines()]
    settled = next(line for line in lines if line["event"] == "answer settled")
    assert settled["request_id"] in {
        line["request_id"] for line in lines if line.get("method") == "SubmitAnswer"
    }

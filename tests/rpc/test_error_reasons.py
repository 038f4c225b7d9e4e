"""Every ErrorReason over the wire: status and details are what its comment in error_reason.proto promises."""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.rpc import error_details_pb2
from interview.v1 import core_pb2 as core
from interview.v1 import evaluator_service_pb2 as evaluator_pb
from interview.v1 import reporter_service_pb2 as reporter_pb
from interview.v1.emotion_service_pb2 import AnalyzeFramesRequest
from interview.v1.emotion_service_pb2_grpc import EmotionServiceStub
from interview.v1.error_reason_pb2 import ErrorReason
from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceStub
from interview.v1.reporter_service_pb2_grpc import ReporterServiceStub

from services.emotion.without_weights import WithoutWeights
from services.orchestrator import clients, interview
from tests.fakes.clock import FakeClock
from tests.fakes.emotion_service import WeightsMissing
from tests.fakes.evaluator import JudgeAway
from tests.fakes.llm_server import LlmServer
from tests.fakes.messages import consented, technical
from tests.fakes.reports import interview_report
from tests.rpc.all_services import ORCHESTRATOR, Services, all_services
from tests.rpc.evaluator_channel import evaluator
from tests.rpc.openai_judge import openai_judge
from tests.rpc.orchestra import Failure, Orchestra, Waits, failure

PROTO = Path(__file__).parents[2] / "protos" / "interview" / "v1" / "error_reason.proto"


@dataclass(frozen=True)
class Promise:
    """What the comment of a reason says."""

    status: str
    metadata: set[str]
    retry_info: bool
    bad_request: bool


@dataclass(frozen=True)
class Stage:
    """Where a failure is brought about."""

    services: Services
    folder: Path
    patch: pytest.MonkeyPatch

    @property
    def orchestra(self) -> Orchestra:
        return self.services.orchestra


Producer = Callable[[Stage], Awaitable[Failure]]
PRODUCERS: dict[str, Producer] = {}


def promises() -> dict[str, Promise]:
    """By reason, read from the proto."""
    found = {}
    blocks = re.findall(r"((?:  //.*\n)+)  ERROR_REASON_(\w+) = [1-9]", PROTO.read_text())
    for comment, reason in blocks:
        text = " ".join(line.strip().removeprefix("//").strip() for line in comment.splitlines())
        told, example = text.split("Example:")
        info = json.loads(example)
        assert (info["reason"], info["domain"]) == (reason, "speakalka")
        status = re.match(r"([A-Z_]+)( with RetryInfo)?:", told.strip())
        assert status, f"{reason}: the comment begins with its status"
        found[reason] = Promise(
            status[1], set(info.get("metadata", {})), bool(status[2]), "BadRequest" in told
        )
    return found


def producer(produce: Producer) -> Producer:
    """Enters a function under the reason that it is named for."""
    PRODUCERS[produce.__name__.upper()] = produce
    return produce


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with all_services(tmp_path, WithoutWeights()) as services:
        yield Stage(services, tmp_path, monkeypatch)


def test_every_reason_has_its_test() -> None:
    """A reason that nothing brings about promises nothing."""
    names = {name.removeprefix("ERROR_REASON_") for name, number in ErrorReason.items() if number}
    assert set(promises()) == names
    assert set(PRODUCERS) == names


@pytest.mark.parametrize("reason", promises())
async def test_a_reason_comes_with_what_its_comment_promises(stage: Stage, reason: str) -> None:
    """Status, domain, the keys of the example's metadata, RetryInfo and BadRequest where it says so."""
    promised = promises()[reason]
    told = await PRODUCERS[reason](stage)
    info = told.detail(error_details_pb2.ErrorInfo)
    assert info is not None
    assert (told.code.name, info.reason, info.domain) == (promised.status, reason, "speakalka")
    assert set(info.metadata) == promised.metadata
    assert (told.retry_seconds is not None) == promised.retry_info
    assert told.retry_seconds is None or told.retry_seconds > 0
    assert bool(told.field) == promised.bad_request
    if promised.bad_request:
        assert info.metadata["field"] == told.field
    assert dict(told.error.trailing_metadata() or ())["x-request-id"]


@producer
async def invalid_field(stage: Stage) -> Failure:
    return await failure(stage.orchestra.start(core.InterviewSpecification()))


@producer
async def malformed_request(stage: Stage) -> Failure:
    call: Any = stage.services.channels[ORCHESTRATOR].unary_unary(f"/{ORCHESTRATOR}/GetInterview")
    return await failure(call(b"\xff\xff", timeout=10))


@producer
async def interview_not_found(stage: Stage) -> Failure:
    return await failure(stage.orchestra.shown("interview_01HZ"))


@producer
async def question_not_found(stage: Stage) -> Failure:
    return await failure(stage.orchestra.answer(await stage.orchestra.start(), "q9"))


@producer
async def answer_exists(stage: Stage) -> Failure:
    interview_id = await stage.orchestra.start()
    await stage.orchestra.answer(interview_id, text="one")
    return await failure(stage.orchestra.answer(interview_id, text="another"))


@producer
async def request_id_used(stage: Stage) -> Failure:
    await stage.orchestra.start(technical("A"), "7f1c")
    return await failure(stage.orchestra.start(technical("B"), "7f1c"))


@producer
async def interview_closed(stage: Stage) -> Failure:
    interview_id = await stage.orchestra.start()
    await stage.orchestra.finish(interview_id)
    return await failure(stage.orchestra.answer(interview_id))


@producer
async def report_not_ready(stage: Stage) -> Failure:
    return await failure(stage.orchestra.report(await stage.orchestra.start()))


@producer
async def consent_missing(stage: Stage) -> Failure:
    return await failure(stage.orchestra.add_frames(await stage.orchestra.start(), "a", b"picture"))


@producer
async def emotion_off(stage: Stage) -> Failure:
    peers = stage.orchestra.peers
    async with Orchestra(stage.folder / "off.db", peers, FakeClock(), emotion_policy="off") as off:
        return await failure(off.answer(await off.start(consented()), frames=[b"picture"]))


@producer
async def judge_unavailable(stage: Stage) -> Failure:
    stage.orchestra.peers.evaluator.evaluate.replies.append(JudgeAway("away"))
    return await failure(stage.orchestra.answer(await stage.orchestra.start()))


@producer
async def follow_up_unsupported(stage: Stage) -> Failure:
    request = evaluator_pb.GenerateFollowUpRequest(
        topic="Python", difficulty=2, turns=[evaluator_pb.Turn(question_text="Why?", answer_text="So.")]
    )
    stub = EvaluatorServiceStub(stage.services.channels[clients.EVALUATOR])
    return await failure(stub.GenerateFollowUp(request, timeout=10))


@producer
async def criteria_unsupported(stage: Stage) -> Failure:
    request = evaluator_pb.DraftCriteriaRequest(topic="Python", question_text="Why?", difficulty=1)
    stub = EvaluatorServiceStub(stage.services.channels[clients.EVALUATOR])
    return await failure(stub.DraftCriteria(request, timeout=10))


@producer
async def criteria_unusable(_: Stage) -> Failure:
    request = evaluator_pb.DraftCriteriaRequest(topic="Python", question_text="Почему?", difficulty=1)
    async with LlmServer() as llm, openai_judge(llm.url) as judge, evaluator(judge) as stub:
        llm.fail("bad_json")
        return await failure(stub.DraftCriteria(request, timeout=10))


@producer
async def weights_missing(stage: Stage) -> Failure:
    stub = EmotionServiceStub(stage.services.channels[clients.EMOTION])
    return await failure(stub.AnalyzeFrames(AnalyzeFramesRequest(frames=[b"picture"]), timeout=10))


@producer
async def overloaded(stage: Stage) -> Failure:
    orchestra, analyze = stage.orchestra, stage.orchestra.peers.emotion.analyze
    interview_id = await orchestra.start(consented())
    analyze.hold()
    running = [asyncio.create_task(orchestra.add_frames(interview_id, name, b"picture")) for name in "ab"]
    await analyze.called(2)
    told = await failure(orchestra.add_frames(interview_id, "c", b"picture"))
    analyze.release()
    await asyncio.gather(*running)
    return told


@producer
async def report_exists(stage: Stage) -> Failure:
    stub = ReporterServiceStub(stage.services.channels[clients.REPORTER])
    request = reporter_pb.PublishReportRequest(report=interview_report())
    await stub.PublishReport(request, timeout=10)
    request.report.candidate_name = "somebody else"
    return await failure(stub.PublishReport(request, timeout=10))


@producer
async def report_not_safe(stage: Stage) -> Failure:
    reports = stage.folder / "reports"
    if reports.exists():
        reports.rmdir()
    reports.write_text("a file stands where the directory should be")
    stub = ReporterServiceStub(stage.services.channels[clients.REPORTER])
    request = reporter_pb.PublishReportRequest(report=interview_report())
    return await failure(stub.PublishReport(request, timeout=10))


@producer
async def store_unavailable(stage: Stage) -> Failure:
    with closing(sqlite3.connect(stage.orchestra.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        return await failure(stage.orchestra.start())


@producer
async def stopping(stage: Stage) -> Failure:
    peers = stage.orchestra.peers
    peers.evaluator.evaluate.hold()
    async with Orchestra(stage.folder / "stopping.db", peers, FakeClock()) as stops:
        answer = stops.answer(await stops.start())
        running = asyncio.create_task(failure(answer))
        await peers.evaluator.evaluate.called()
    return await running


@producer
async def internal(stage: Stage) -> Failure:
    async def broken(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    stage.patch.setattr(stage.orchestra.interviews, "get", broken)
    return await failure(stage.orchestra.shown("interview_01HZ"))


@producer
async def interview_cancelled(stage: Stage) -> Failure:
    interview_id = await stage.orchestra.start()
    await stage.orchestra.cancel(interview_id)
    return await failure(stage.orchestra.report(interview_id))


@producer
async def interview_completed(stage: Stage) -> Failure:
    interview_id = await stage.orchestra.start()
    await stage.orchestra.finish(interview_id)
    return await failure(stage.orchestra.cancel(interview_id))


@producer
async def deadline_too_short(stage: Stage) -> Failure:
    peers = stage.orchestra.peers
    async with Orchestra(stage.folder / "hurried.db", peers, FakeClock(), Waits(read=60)) as hurried:
        return await failure(hurried.shown("interview_01HZ"))


@producer
async def emotion_unavailable(stage: Stage) -> Failure:
    interview_id = await stage.orchestra.start(consented())
    stage.orchestra.peers.emotion.analyze.replies.append(WeightsMissing("no weights"))
    return await failure(stage.orchestra.add_frames(interview_id, "a", b"picture"))


@producer
async def answer_settled(stage: Stage) -> Failure:
    interview_id = await stage.orchestra.start(consented("A", "B"))
    await stage.orchestra.answer(interview_id)
    return await failure(stage.orchestra.add_frames(interview_id, "a", b"picture"))


@producer
async def too_many_frames(stage: Stage) -> Failure:
    stage.patch.setattr(interview, "MAX_BATCHES", 1)
    interview_id = await stage.orchestra.start(consented())
    await stage.orchestra.add_frames(interview_id, "a", b"picture")
    return await failure(stage.orchestra.add_frames(interview_id, "b", b"picture"))

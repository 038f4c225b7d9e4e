"""Random bodies to every RPC of every service: a documented status each time, never INTERNAL."""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from interview.v1 import core_pb2 as core
from interview.v1 import emotion_service_pb2 as emotion_pb
from interview.v1 import evaluator_service_pb2 as evaluator_pb
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1 import reporter_service_pb2 as reporter_pb
from structlog.testing import capture_logs

from services.emotion.frames import checked_header
from services.emotion.reading import FrameOutcome, FrameReading, FrameRefused
from services.orchestrator import clients
from tests.fakes.messages import consented, technical
from tests.fakes.reports import interview_report
from tests.faults.requests.documented import documented
from tests.faults.requests.random_bodies import Bodies
from tests.rpc.all_services import ORCHESTRATOR, Services, all_services
from tests.rpc.orchestra import Failure

BODIES = 10_000 if os.environ.get("FAULTS") == "large" else 500
AT_ONCE = 8
SEED = 6


class Headers:
    """Reads what a picture says of itself, as the emotion service does first; sees no face in any."""

    async def analyze(self, frames: Sequence[bytes]) -> list[FrameReading]:
        return [FrameReading(self._outcome(frame)) for frame in frames]

    async def close(self) -> None:
        """Holds nothing."""

    def _outcome(self, frame: bytes) -> FrameOutcome:
        try:
            checked_header(frame, 16_777_216)
        except FrameRefused as refused:
            return refused.outcome
        return FrameOutcome.NO_FACE


def methods() -> list[MethodDescriptor]:
    """Every RPC there is."""
    pool = descriptor_pool.Default()
    services = (ORCHESTRATOR, clients.EVALUATOR, clients.EMOTION, clients.REPORTER)
    return [method for name in services for method in pool.FindServiceByName(name).methods]


def valid(method: MethodDescriptor, ids: Sequence[str]) -> list[Message]:
    """Requests that this method takes, as those to begin from."""
    request = GetMessageClass(method.input_type)
    spec = consented("A", "B")
    turn = evaluator_pb.Turn(question_text="Why?", answer_text="So.")
    made: list[Message] = []
    match method.name:
        case "StartInterview":
            made = [
                pb.StartInterviewRequest(specification=s, request_id=i)
                for s in (spec, technical())
                for i in ("", "7f1c")
            ]
        case "AssessInterview":
            answers = [pb.TranscriptAnswer(answer_text="one"), pb.TranscriptAnswer(declined=True)]
            made = [
                pb.AssessInterviewRequest(specification=spec, answers=answers, request_id=i)
                for i in ("", "as")
            ]
        case "SubmitAnswer":
            made = [
                pb.SubmitAnswerRequest(interview_id=i, question_id="q1", answer_text="so", frames=[b"x"])
                for i in ids
            ]
        case "AddFrames":
            made = [
                pb.AddFramesRequest(interview_id=i, question_id="q1", batch_id="a", frames=[b"x"])
                for i in ids
            ]
        case "EvaluateAnswer":
            made = [
                evaluator_pb.EvaluateAnswerRequest(
                    topic="A",
                    question_text="Why?",
                    answer_text="Because of the index.",
                    difficulty=1,
                    criteria=[core.Criterion(text="names the index", weight=1)],
                    reference_answer="Because of the index.",
                    earlier_turns=[turn],
                )
            ]
        case "GenerateFollowUp":
            made = [evaluator_pb.GenerateFollowUpRequest(topic="A", difficulty=2, turns=[turn])]
        case "AnalyzeFrames":
            made = [emotion_pb.AnalyzeFramesRequest(frames=[b"x", b"\xff\xd8\xff"])]
        case "PublishReport":
            made = [
                reporter_pb.PublishReportRequest(report=interview_report(room_id=room)) for room in ("", "r1")
            ]
        case _ if "interview_id" in method.input_type.fields_by_name:
            made = [request(interview_id=interview_id) for interview_id in ids]
        case _:
            made = [request()]
    return made


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    with capture_logs():  # a line for each call would be all that there is to read
        async with all_services(tmp_path, Headers()) as running:
            yield running


async def interviews(services: Services) -> list[str]:
    """Ids of interviews in every state."""
    orchestra = services.orchestra
    ids = [await orchestra.start(spec) for spec in (consented("A", "B"), technical("A"))]
    for end in (orchestra.finish, orchestra.cancel, orchestra.withdraw_consent):
        ids.append(await orchestra.start(consented("A", "B")))
        await orchestra.answer(ids[-1], frames=[b"x"])
        await end(ids[-1])
    return ids


@pytest.mark.parametrize(
    "method", methods(), ids=lambda method: method.full_name.removeprefix("interview.v1.")
)
async def test_random_bodies_get_a_documented_status(services: Services, method: MethodDescriptor) -> None:
    """What the comments of the proto list and nothing else, with a reason of ours; some get through."""
    ids = await interviews(services)
    bodies = Bodies(random.Random(f"{SEED} {method.full_name}"), valid(method, ids), ids)
    call = _call(services.channels[method.containing_service.full_name], method)
    allowed = documented(method.containing_service.name, method.name)
    seen: Counter[str] = Counter()

    async def some(count: int) -> None:
        for _ in range(count):
            body = bodies.next()
            told = await _status(call, body)
            assert told == "OK" or told in allowed, f"{told} for {body.hex()[:2000]}"
            seen[told] += 1

    await asyncio.gather(*(some(BODIES // AT_ONCE) for _ in range(AT_ONCE)))
    assert seen["INVALID_ARGUMENT"], seen
    assert len(seen) > 1, "none was a request that means something"


def _call(channel: grpc.aio.Channel, method: MethodDescriptor) -> Any:
    path = f"/{method.containing_service.full_name}/{method.name}"
    return channel.unary_stream(path) if method.server_streaming else channel.unary_unary(path)


async def _status(call: Any, body: bytes) -> str:
    try:
        running = call(body, timeout=60)
        if hasattr(running, "__aiter__"):
            async for _ in running:
                pass
        else:
            await running
    except grpc.aio.AioRpcError as error:
        told = Failure(error)
        return told.code.name if told.reason else f"{told.code.name} without a reason of ours"
    return "OK"

"""Callers who hold interviews and simply repeat what fails, and what they saw."""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import grpc
import grpc.aio
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceStub

from services.common.channel import open_channel
from tests.fakes.messages import technical

if TYPE_CHECKING:  # there in the type stubs only
    from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceAsyncStub

Reply = TypeVar("Reply")
TOPICS = ("A", "B", "C")
PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class Held:
    """One answer: what came of it, when it was first handed in, and when the reply came."""

    interview_id: str
    text: str
    answer: core.Answer
    begun: float
    ended: float


@dataclass
class Callers:
    """So many at once, over all orchestrators. `answered` is all that they were told."""

    addresses: Sequence[str]
    spec: core.InterviewSpecification = field(default_factory=lambda: technical(*TOPICS))
    # Of each answer: with it in every other interview, as a batch before it in those between.
    frames: Sequence[bytes] = ()
    answered: list[Held] = field(default_factory=list)
    interview_ids: list[str] = field(default_factory=list)

    async def __aenter__(self) -> Callers:
        self._channel = open_channel(f"ipv4:{','.join(self.addresses)}", "interview.v1.OrchestratorService")
        self.stub: OrchestratorServiceAsyncStub = OrchestratorServiceStub(self._channel)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()

    async def hold(self, interviews: int, at_once: int) -> None:
        """Returns when all are completed."""
        numbers = iter(range(interviews))

        async def caller() -> None:
            for number in numbers:
                await self._interview(number)

        await asyncio.gather(*(caller() for _ in range(at_once)))

    async def _interview(self, number: int) -> None:
        start = pb.StartInterviewRequest(specification=self.spec, request_id=f"request {number}")
        started = await repeated(lambda: self.stub.StartInterview(start, timeout=15))
        self.interview_ids.append(started.interview_id)
        asked = started.first_question
        while asked.question_id:
            text = f"answer {asked.question_id} of {number}"
            request = pb.SubmitAnswerRequest(
                interview_id=started.interview_id, question_id=asked.question_id, answer_text=text
            )
            if number % 2:
                await self.add_frames(started.interview_id, asked.question_id, "batch")
            else:
                request.frames.extend(self.frames)
            begun = time.monotonic()
            reply = await self.submit(request)
            self.answered.append(Held(started.interview_id, text, reply.answer, begun, time.monotonic()))
            asked = reply.next_question

    async def add_frames(self, interview_id: str, question_id: str, batch_id: str) -> None:
        """Sends the frames, if there are any, however often they have to be sent."""
        if self.frames:
            request = pb.AddFramesRequest(
                interview_id=interview_id, question_id=question_id, batch_id=batch_id, frames=self.frames
            )
            await repeated(lambda: self.stub.AddFrames(request, timeout=15))

    async def submit(self, request: pb.SubmitAnswerRequest) -> pb.SubmitAnswerResponse:
        """The reply, however often it has to be asked for."""
        return await repeated(lambda: self.stub.SubmitAnswer(request, timeout=75))

    async def report(self, interview_id: str) -> pb.GetReportResponse:
        """The report and where it is."""
        request = pb.GetReportRequest(interview_id=interview_id)
        return await repeated(lambda: self.stub.GetReport(request, timeout=15))


async def repeated(call: Callable[[], Awaitable[Reply]]) -> Reply:
    """The first reply; what fails for now is tried again."""
    again = {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.CANCELLED,
    }
    while True:
        try:
            return await call()
        except grpc.aio.AioRpcError as error:
            if error.code() not in again:
                raise
        await asyncio.sleep(PAUSE_SECONDS)

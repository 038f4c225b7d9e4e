"""The servicer: translates, calls, translates back."""

import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceServicer

from services.common.errors import DeadlineTooShort
from services.common.fields import checked_text
from services.common.interceptors import Context
from services.orchestrator import messages, replies, translate
from services.orchestrator.about import About
from services.orchestrator.answering import Answering
from services.orchestrator.frame_intake import FrameIntake
from services.orchestrator.frame_sums import FrameBatch
from services.orchestrator.interview import Interview, InterviewState
from services.orchestrator.interviews import Interviews
from services.orchestrator.outbox import Outbox
from services.orchestrator.store import StoredReport

# For callers that give no deadline.
READ_SECONDS = 5.0
FRAMES_SECONDS = 15.0
# What is left of the caller's time when it is told that its report still waits.
LAST_WORD_SECONDS = 0.2
LONGEST_ID = 128


@dataclass(frozen=True)
class Times:
    """Seconds: the longest wait for a report's receipt; the least that a read has to have left."""

    receipt: float = 5.0
    read: float = 0.02


@dataclass(eq=False)
class OrchestratorServicer(OrchestratorServiceServicer):
    """Implements interview.v1.OrchestratorService."""

    interviews: Interviews
    answering: Answering
    frames: FrameIntake
    outbox: Outbox
    about: About
    times: Times = Times()

    async def StartInterview(
        self, request: pb.StartInterviewRequest, context: Context
    ) -> pb.StartInterviewResponse:
        specification = translate.specification(request.specification)
        interview = await self.interviews.start(specification, _request_id(request.request_id))
        return pb.StartInterviewResponse(
            interview_id=interview.interview_id,
            first_question=replies.question(interview, interview.asked[0]),
        )

    async def SubmitAnswer(
        self, request: pb.SubmitAnswerRequest, context: Context
    ) -> pb.SubmitAnswerResponse:
        interview_id, question_id = _id(request.interview_id), _id(request.question_id, "question_id")
        submission = translate.submission(request)
        interview = await self.answering.submit(interview_id, submission)
        return replies.submitted(interview, question_id, await self._receipt(interview, context))

    async def AddFrames(self, request: pb.AddFramesRequest, context: Context) -> pb.AddFramesResponse:
        interview_id, question_id = _id(request.interview_id), _id(request.question_id, "question_id")
        batch = FrameBatch(question_id, request.batch_id, tuple(request.frames))
        seconds = _seconds_left(context, or_else=FRAMES_SECONDS)
        sums = await self.frames.add(interview_id, batch, timeout_seconds=seconds)
        return pb.AddFramesResponse(received_frames=sums.received, accepted_frames=sums.accepted)

    async def FinishInterview(
        self, request: pb.FinishInterviewRequest, context: Context
    ) -> pb.FinishInterviewResponse:
        interview = await self.interviews.finish(_id(request.interview_id))
        return replies.finished(interview, await self._receipt(interview, context))

    async def CancelInterview(
        self, request: pb.CancelInterviewRequest, context: Context
    ) -> pb.CancelInterviewResponse:
        return replies.cancelled(await self.answering.cancel(_id(request.interview_id)))

    async def WithdrawConsent(
        self, request: pb.WithdrawConsentRequest, context: Context
    ) -> pb.WithdrawConsentResponse:
        interview = await self.interviews.withdraw_consent(_id(request.interview_id))
        return replies.withdrawn(interview, await self._receipt(interview, context))

    async def GetInterview(
        self, request: pb.GetInterviewRequest, context: Context
    ) -> pb.GetInterviewResponse:
        self._check_read(context)
        interview = await self.interviews.get(_id(request.interview_id))
        completed = interview.state is InterviewState.COMPLETED
        stored = await self.interviews.report(interview.interview_id) if completed else None
        return replies.shown(interview, stored)

    async def GetReport(self, request: pb.GetReportRequest, context: Context) -> pb.GetReportResponse:
        self._check_read(context)
        stored = await self.interviews.report(_id(request.interview_id))
        return pb.GetReportResponse(report=messages.report(stored.report), delivery=replies.delivery(stored))

    async def AssessInterview(
        self, request: pb.AssessInterviewRequest, context: Context
    ) -> AsyncGenerator[pb.AssessInterviewResponse, None]:
        steps = self.answering.assess(translate.transcript(request), _request_id(request.request_id))
        async with aclosing(steps):
            async for step in steps:
                stored = await self._receipt(step.interview, context) if step.ended else None
                yield replies.assessed(step, stored)

    async def GetServiceInfo(
        self, request: pb.GetServiceInfoRequest, context: Context
    ) -> pb.GetServiceInfoResponse:
        self._check_read(context)
        judge = await self.about.judge_info(within_seconds=_seconds_left(context, or_else=READ_SECONDS))
        return replies.service_info(self.about, judge)

    async def _receipt(self, interview: Interview, context: Context) -> StoredReport | None:
        if interview.state is not InterviewState.COMPLETED:
            return None
        left = _seconds_left(context, or_else=math.inf) - LAST_WORD_SECONDS
        return await self.outbox.receipt(
            interview.interview_id, wait_seconds=max(0.0, min(self.times.receipt, left))
        )

    def _check_read(self, context: Context) -> None:
        left = _seconds_left(context, or_else=READ_SECONDS)
        if left < self.times.read:
            raise DeadlineTooShort(f"{left:.3f} s are left, a read takes {self.times.read} s")


def _seconds_left(context: Context, *, or_else: float) -> float:
    """What the caller leaves us; a caller without a deadline leaves `or_else`."""
    left = context.time_remaining()
    return or_else if left is None else left


def _request_id(value: str) -> str:
    return checked_text("request_id", value, longest=LONGEST_ID)


def _id(value: str, field: str = "interview_id") -> str:
    """Ids come back in error messages, which travel in headers: long ones would burst them."""
    return checked_text(field, value, shortest=1, longest=LONGEST_ID)

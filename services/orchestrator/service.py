"""The servicer: translates, calls, translates back."""

from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceServicer

from services.common.fields import checked_text
from services.common.interceptors import Context
from services.orchestrator import messages, replies, translate
from services.orchestrator.frame_intake import FrameIntake
from services.orchestrator.frame_sums import FrameBatch
from services.orchestrator.interview import Interview, InterviewState
from services.orchestrator.interviews import Interviews
from services.orchestrator.judging import Judging
from services.orchestrator.outbox import Outbox
from services.orchestrator.store import StoredReport

RECEIPT_WAIT_SECONDS = 5.0
FRAMES_SECONDS = 15.0
LONGEST_ID = 128


class OrchestratorServicer(OrchestratorServiceServicer):
    """Implements interview.v1.OrchestratorService."""

    def __init__(
        self,
        interviews: Interviews,
        judging: Judging,
        frames: FrameIntake,
        outbox: Outbox,
        *,
        receipt_wait_seconds: float = RECEIPT_WAIT_SECONDS,
    ) -> None:
        """`receipt_wait_seconds`: how long the end of an interview waits to hear where its report is."""
        self._interviews = interviews
        self._judging = judging
        self._frames = frames
        self._outbox = outbox
        self._receipt_wait_seconds = receipt_wait_seconds

    async def StartInterview(
        self, request: pb.StartInterviewRequest, context: Context
    ) -> pb.StartInterviewResponse:
        request_id = checked_text("request_id", request.request_id, longest=LONGEST_ID)
        interview = await self._interviews.start(translate.specification(request.specification), request_id)
        return pb.StartInterviewResponse(
            interview_id=interview.interview_id,
            first_question=replies.question(interview, interview.asked[0]),
        )

    async def SubmitAnswer(
        self, request: pb.SubmitAnswerRequest, context: Context
    ) -> pb.SubmitAnswerResponse:
        interview_id, question_id = _id(request.interview_id), _id(request.question_id, "question_id")
        submission = translate.submission(request)
        interview = await self._interviews.receive(interview_id, submission)
        if interview.unsettled(question_id):
            interview = await self._judging.settle(interview_id, question_id, submission.frames)
        return replies.submitted(interview, question_id, await self._receipt(interview))

    async def AddFrames(self, request: pb.AddFramesRequest, context: Context) -> pb.AddFramesResponse:
        interview_id, question_id = _id(request.interview_id), _id(request.question_id, "question_id")
        batch = FrameBatch(question_id, request.batch_id, tuple(request.frames))
        seconds = _seconds_left(context, or_else=FRAMES_SECONDS)
        sums = await self._frames.add(interview_id, batch, timeout_seconds=seconds)
        return pb.AddFramesResponse(received_frames=sums.received, accepted_frames=sums.accepted)

    async def FinishInterview(
        self, request: pb.FinishInterviewRequest, context: Context
    ) -> pb.FinishInterviewResponse:
        interview = await self._interviews.finish(_id(request.interview_id))
        return replies.finished(interview, await self._receipt(interview))

    async def CancelInterview(
        self, request: pb.CancelInterviewRequest, context: Context
    ) -> pb.CancelInterviewResponse:
        interview = await self._interviews.cancel(_id(request.interview_id))
        self._judging.drop(interview.interview_id)
        return replies.cancelled(interview)

    async def WithdrawConsent(
        self, request: pb.WithdrawConsentRequest, context: Context
    ) -> pb.WithdrawConsentResponse:
        interview = await self._interviews.withdraw_consent(_id(request.interview_id))
        return replies.withdrawn(interview, await self._receipt(interview))

    async def GetInterview(
        self, request: pb.GetInterviewRequest, context: Context
    ) -> pb.GetInterviewResponse:
        interview = await self._interviews.get(_id(request.interview_id))
        completed = interview.state is InterviewState.COMPLETED
        stored = await self._interviews.report(interview.interview_id) if completed else None
        return replies.shown(interview, stored)

    async def GetReport(self, request: pb.GetReportRequest, context: Context) -> pb.GetReportResponse:
        stored = await self._interviews.report(_id(request.interview_id))
        return pb.GetReportResponse(report=messages.report(stored.report), delivery=replies.delivery(stored))

    async def _receipt(self, interview: Interview) -> StoredReport | None:
        if interview.state is not InterviewState.COMPLETED:
            return None
        return await self._outbox.receipt(interview.interview_id, wait_seconds=self._receipt_wait_seconds)


def _seconds_left(context: Context, *, or_else: float) -> float:
    """What the caller leaves us; a caller without a deadline leaves `or_else`."""
    left = context.time_remaining()
    return or_else if left is None else left


def _id(value: str, field: str = "interview_id") -> str:
    """Ids come back in error messages, which travel in headers: long ones would burst them."""
    return checked_text(field, value, shortest=1, longest=LONGEST_ID)

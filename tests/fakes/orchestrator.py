# ruff: noqa: N802 (gRPC names its methods in CamelCase)
"""An orchestrator in memory, for tests of its clients: real RPC, scores that the test decides."""

from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.interview_report_pb2 import InterviewReport, ReportAnswer
from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceServicer

from services.common.errors import Conflict, DomainError, NotAllowed, NotFound
from services.common.interceptors import Context


class InterviewNotFound(NotFound):
    """There is no such interview."""

    reason = "INTERVIEW_NOT_FOUND"


class AnswerExists(Conflict):
    """The question has another answer already."""

    reason = "ANSWER_EXISTS"


class InterviewCompleted(NotAllowed):
    """The interview is completed."""

    reason = "INTERVIEW_COMPLETED"


@dataclass
class Held:
    """One interview as the fake holds it."""

    interview_id: str
    specification: core.InterviewSpecification
    asked: list[core.AskedQuestion] = field(default_factory=list)
    answers: list[core.Answer] = field(default_factory=list)
    state: core.InterviewState = core.INTERVIEW_STATE_IN_PROGRESS
    batches: dict[str, dict[str, int]] = field(default_factory=dict)  # frames by batch, by question

    def next_question(self) -> core.AskedQuestion | None:
        """Deepens a topic after a score of 7 and more while prepared questions are left, else moves on."""
        names = [topic.name for topic in self.specification.topics]
        at, depth = (names.index(self.asked[-1].topic), self.asked[-1].depth + 1) if self.asked else (0, 0)
        as_given = self.specification.policy.mode == core.POLICY_MODE_AS_GIVEN
        if self.answers and (
            (self.answers[-1].score < 7 and not as_given)
            or depth > len(self.specification.topics[at].follow_ups)
        ):
            at, depth = at + 1, 0
        if at == len(names):
            return None
        topic = self.specification.topics[at]
        prepared = [topic.start_question, *topic.follow_ups][depth]
        question_id = f"q{len(self.asked) + 1}"
        self.asked.append(
            core.AskedQuestion(
                question_id=question_id,
                text=prepared.text,
                topic=topic.name,
                difficulty=depth + 1,
                depth=depth,
            )
        )
        return self.asked[-1]


class FakeOrchestrator(OrchestratorServiceServicer):
    """`judge(answer text)` gives each answer its score, None for none at all.

    `failures` holds errors that the next calls of a method end with, before or (`after`) once the
    call did its work. `requests` is everything that was called. The rest is settable by the test.
    """

    def __init__(self, judge: Callable[[str], int | None] = lambda _: 5) -> None:
        self._judge = judge
        self.requests: list[object] = []
        self.failures: dict[str, deque[DomainError]] = {}
        self.failures_after: dict[str, deque[DomainError]] = {}
        self.judge_known = True
        self.generated_questions: deque[str] = deque()
        self.reading: core.EmotionReading | None = None
        self.receipts: deque[core.Delivery] = deque()
        self.ends: deque[core.InterviewState] = deque()
        self.interviews: dict[str, Held] = {}
        self._by_request_id: dict[str, str] = {}

    async def StartInterview(
        self, request: pb.StartInterviewRequest, _: Context
    ) -> pb.StartInterviewResponse:
        self._called("StartInterview", request)
        interview_id = f"interview_{len(self.interviews)}"
        if request.request_id:
            interview_id = self._by_request_id.setdefault(request.request_id, interview_id)
        if interview_id not in self.interviews:
            self.interviews[interview_id] = Held(interview_id, request.specification)
            self.interviews[interview_id].next_question()
        self._fail(self.failures_after, "StartInterview")
        return pb.StartInterviewResponse(
            interview_id=interview_id, first_question=self.interviews[interview_id].asked[0]
        )

    async def SubmitAnswer(self, request: pb.SubmitAnswerRequest, _: Context) -> pb.SubmitAnswerResponse:
        self._called("SubmitAnswer", request)
        held = self._held(request.interview_id)
        number = int(request.question_id.removeprefix("q")) - 1
        if number == len(held.answers):
            held.answers.append(self._answer(held.asked[number], request))
            self._ask_next(held)
        if held.answers[number].answer_text != request.answer_text:
            raise AnswerExists("another answer stands already")
        self._fail(self.failures_after, "SubmitAnswer")
        following = held.asked[number + 1 : number + 2]
        return pb.SubmitAnswerResponse(
            answer=held.answers[number],
            next_question=following[0] if following else None,
            state=held.state,
            progress=self._progress(held),
        )

    async def AddFrames(self, request: pb.AddFramesRequest, _: Context) -> pb.AddFramesResponse:
        self._called("AddFrames", request)
        batches = self._held(request.interview_id).batches.setdefault(request.question_id, {})
        batches[request.batch_id] = len(request.frames)
        return pb.AddFramesResponse(
            received_frames=sum(batches.values()), accepted_frames=sum(batches.values())
        )

    async def FinishInterview(
        self, request: pb.FinishInterviewRequest, _: Context
    ) -> pb.FinishInterviewResponse:
        self._called("FinishInterview", request)
        held = self._held(request.interview_id)
        if self.ends:
            return pb.FinishInterviewResponse(state=self.ends.popleft())
        held.state = core.INTERVIEW_STATE_COMPLETED
        return pb.FinishInterviewResponse(
            state=held.state, report=_report(held), delivery=self._receipt(held)
        )

    async def CancelInterview(
        self, request: pb.CancelInterviewRequest, _: Context
    ) -> pb.CancelInterviewResponse:
        self._called("CancelInterview", request)
        held = self._held(request.interview_id)
        if held.state == core.INTERVIEW_STATE_COMPLETED:
            raise InterviewCompleted("its report stands")
        held.state = core.INTERVIEW_STATE_CANCELLED
        return pb.CancelInterviewResponse(state=held.state, progress=self._progress(held))

    async def WithdrawConsent(
        self, request: pb.WithdrawConsentRequest, _: Context
    ) -> pb.WithdrawConsentResponse:
        self._called("WithdrawConsent", request)
        held = self._held(request.interview_id)
        response = pb.WithdrawConsentResponse(state=held.state)
        if held.specification.HasField("emotion_consent"):
            for answer in held.answers:
                answer.ClearField("emotion")
            response.withdraw_time.FromJsonString("2026-11-22T10:00:00Z")
        if held.state == core.INTERVIEW_STATE_COMPLETED:
            response.delivery.CopyFrom(self._receipt(held))
        return response

    async def GetInterview(self, request: pb.GetInterviewRequest, _: Context) -> pb.GetInterviewResponse:
        self._called("GetInterview", request)
        held = self._held(request.interview_id)
        return pb.GetInterviewResponse(
            interview_id=held.interview_id,
            specification=held.specification,
            state=held.state,
            answers=held.answers,
            current_question=held.asked[-1] if len(held.asked) > len(held.answers) else None,
            progress=self._progress(held),
        )

    async def GetReport(self, request: pb.GetReportRequest, _: Context) -> pb.GetReportResponse:
        self._called("GetReport", request)
        held = self._held(request.interview_id)
        return pb.GetReportResponse(report=_report(held), delivery=self._receipt(held))

    async def AssessInterview(
        self, request: pb.AssessInterviewRequest, context: Context
    ) -> AsyncGenerator[pb.AssessInterviewResponse, None]:
        self._called("AssessInterview", request)
        as_given = core.InterviewSpecification()
        as_given.CopyFrom(request.specification)
        as_given.policy.mode = core.POLICY_MODE_AS_GIVEN
        start = pb.StartInterviewRequest(request_id=request.request_id, specification=as_given)
        held = self._held((await self.StartInterview(start, context)).interview_id)
        told = pb.AssessInterviewResponse(interview_id=held.interview_id)
        yield told
        for number, answer in enumerate(request.answers, start=1):
            submitted = await self.SubmitAnswer(
                pb.SubmitAnswerRequest(
                    interview_id=held.interview_id,
                    question_id=f"q{number}",
                    answer_text=answer.answer_text,
                    declined=answer.declined,
                ),
                context,
            )
            told.answer.CopyFrom(submitted.answer)
            told.progress.CopyFrom(submitted.progress)
            yield told
        ended = await self.FinishInterview(pb.FinishInterviewRequest(interview_id=held.interview_id), context)
        yield pb.AssessInterviewResponse(
            interview_id=held.interview_id, state=ended.state, report=ended.report, delivery=ended.delivery
        )

    async def GetServiceInfo(
        self, request: pb.GetServiceInfoRequest, _: Context
    ) -> pb.GetServiceInfoResponse:
        self._called("GetServiceInfo", request)
        return pb.GetServiceInfoResponse(
            version="0.0.0",
            judge=pb.JudgeInfo(judge="fake") if self.judge_known else None,
            emotion_policy=pb.EMOTION_POLICY_CONSENT,
            languages=[core.LANGUAGE_RU, core.LANGUAGE_EN],
            limits=pb.ServiceLimits(questions=100, answer_bytes=32 * 1024),
        )

    def _called(self, method: str, request: object) -> None:
        self.requests.append(request)
        self._fail(self.failures, method)

    @staticmethod
    def _fail(failures: dict[str, deque[DomainError]], method: str) -> None:
        if failures.get(method):
            raise failures[method].popleft()

    def _held(self, interview_id: str) -> Held:
        if interview_id not in self.interviews:
            raise InterviewNotFound(f"no interview {interview_id!r}", interview_id=interview_id)
        return self.interviews[interview_id]

    def _answer(self, question: core.AskedQuestion, request: pb.SubmitAnswerRequest) -> core.Answer:
        score = 0 if request.declined else self._judge(request.answer_text)
        answer = core.Answer(
            question=question,
            answer_text=request.answer_text,
            declined=request.declined,
            state=core.ANSWER_STATE_UNSCORED if score is None else core.ANSWER_STATE_SCORED,
            score=score,
            evaluation="" if score is None else f"Worth {score}.",
            unscored_reason=core.UNSCORED_REASON_NOTHING_TO_JUDGE_BY if score is None else None,
        )
        if score is not None:
            answer.provenance.judge = "rule:declined" if request.declined else "fake"
        if request.frames and self.reading:
            answer.emotion.CopyFrom(self.reading)
        return answer

    def _ask_next(self, held: Held) -> None:
        if self.generated_questions:
            last = held.asked[-1]
            question = core.AskedQuestion(
                question_id=f"q{len(held.asked) + 1}",
                text=self.generated_questions.popleft(),
                topic=last.topic,
                difficulty=last.difficulty + 1,
                depth=last.depth + 1,
                generated=True,
            )
            held.asked.append(question)
        elif held.next_question() is None:
            held.state = core.INTERVIEW_STATE_COMPLETED

    @staticmethod
    def _progress(held: Held) -> core.Progress:
        return core.Progress(
            questions_asked=len(held.asked),
            answers_settled=len(held.answers),
            max_questions=20,
            topics_begun=len({question.topic for question in held.asked}),
            topics_total=len(held.specification.topics),
        )

    def _receipt(self, held: Held) -> core.Delivery:
        if self.receipts:
            return self.receipts.popleft()
        return core.Delivery(
            report_id=f"{held.interview_id}.1",
            status=core.DELIVERY_STATUS_FILED,
            file_name="technical_interview_report.json",
        )


def _report(held: Held) -> InterviewReport:
    scores = [answer.score for answer in held.answers if answer.HasField("score")]
    return InterviewReport(
        report_id=f"{held.interview_id}.1",
        interview_id=held.interview_id,
        candidate_name=held.specification.candidate_name,
        completion_time="2026-11-22 10:30:45",
        questions_asked=len(held.asked),
        topics_covered=list(dict.fromkeys(answer.question.topic for answer in held.answers)),
        average_score=round(sum(scores) / len(scores), 2) if scores else None,
        scored_answers=len(scores),
        unscored_answers=len(held.answers) - len(scores),
        answers=[_report_answer(answer) for answer in held.answers],
    )


def _report_answer(answer: core.Answer) -> ReportAnswer:
    return ReportAnswer(
        question=answer.question,
        answer_text=answer.answer_text,
        score=answer.score if answer.HasField("score") else None,
        evaluation=answer.evaluation,
        provenance=answer.provenance,
        emotion=answer.emotion if answer.HasField("emotion") else None,
    )

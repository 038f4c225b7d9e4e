"""What the machine and the model have between them: peers that do as they are told, and what callers see."""

from collections.abc import Sequence
from typing import Any

from interview.v1 import core_pb2 as core
from interview.v1 import evaluator_service_pb2 as evaluator_pb
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.interview_report_pb2 import InterviewReport

from tests.fakes.evaluator import JudgeAway, WritesNoQuestions, criteria, question, scored, unscored
from tests.fakes.messages import consented
from tests.fakes.script import Script
from tests.faults.orchestrator.model import Asked, Interview, Rules


class TextJudge(Script[evaluator_pb.EvaluateAnswerRequest, evaluator_pb.EvaluateAnswerResponse]):
    """Gives "7|…" a 7 and "x|…" no score."""

    def __init__(self) -> None:
        super().__init__(scored(0))
        self.away = False

    async def __call__(
        self, request: evaluator_pb.EvaluateAnswerRequest, metadata: Any
    ) -> evaluator_pb.EvaluateAnswerResponse:
        if self.away:
            raise JudgeAway("away")
        await super().__call__(request, metadata)
        worth = request.answer_text.partition("|")[0]
        return unscored(core.UNSCORED_REASON_REFUSED) if worth == "x" else scored(int(worth))


class Writer(Script[evaluator_pb.GenerateFollowUpRequest, evaluator_pb.GenerateFollowUpResponse]):
    """Numbers the questions that it writes for an interview."""

    def __init__(self) -> None:
        super().__init__(question("?"))
        self.writes = True

    async def __call__(
        self, request: evaluator_pb.GenerateFollowUpRequest, metadata: Any
    ) -> evaluator_pb.GenerateFollowUpResponse:
        if not self.writes:
            raise WritesNoQuestions("not now")
        await super().__call__(request, metadata)
        written = sum(known.startswith("Generated") for known in request.known_questions)
        return question(f"Generated {written}?")


class Drafter(Script[evaluator_pb.DraftCriteriaRequest, evaluator_pb.DraftCriteriaResponse]):
    """Drafts something else every time."""

    def __init__(self) -> None:
        super().__init__(criteria("?"))

    async def __call__(
        self, request: evaluator_pb.DraftCriteriaRequest, metadata: Any
    ) -> evaluator_pb.DraftCriteriaResponse:
        await super().__call__(request, metadata)
        return criteria(f"draft {len(self.requests)}")


def compare(model: Interview, told: pb.GetInterviewResponse) -> None:
    """The interview is what the model says."""
    assert core.InterviewState.Name(told.state) == f"INTERVIEW_STATE_{model.state}"
    assert [shown(answer) for answer in told.answers] == [answer.shown for answer in model.answers]
    assert [a.question.text for a in told.answers] == [q.text for q in model.asked[: len(model.answers)]]
    waits: Asked | None = model.asked[-1] if model.open else None
    assert told.current_question.text == (waits.text if waits else "")
    assert told.progress.questions_asked == len(model.asked)


def reported(model: Interview, sent: Sequence[InterviewReport]) -> None:
    """Each revision was sent with the same content however often; the newest says what the model says."""
    by_id = {report.report_id: report for report in sent}
    assert all(report == by_id[report.report_id] for report in sent)
    newest = max(by_id.values(), key=lambda report: report.revision)
    assert newest.revision == model.revision
    told = [(a.score if a.HasField("score") else None, a.emotion.accepted_frames) for a in newest.answers]
    assert told == [(answer.score, answer.faces) for answer in model.answers]


def shown(answer: core.Answer) -> tuple[str, str, int | None, str, int]:
    reason_name = core.UnscoredReason.Name(answer.unscored_reason).removeprefix("UNSCORED_REASON_")
    return (
        answer.answer_text,
        core.AnswerState.Name(answer.state).removeprefix("ANSWER_STATE_"),
        answer.score if answer.HasField("score") else None,
        "" if reason_name == "UNSPECIFIED" else reason_name,
        answer.emotion.accepted_frames,
    )


def specification(rules: Rules) -> core.InterviewSpecification:
    """As a caller would send it."""
    topics = [
        core.Topic(
            name=f"T{t}",
            start_question=core.PreparedQuestion(text=f"T{t} start?"),
            follow_ups=[core.PreparedQuestion(text=f"T{t} follow-up {n}?") for n in range(1, follow_ups + 1)],
        )
        for t, follow_ups in enumerate(rules.prepared)
    ]
    mode = core.POLICY_MODE_AS_GIVEN if rules.as_given else core.POLICY_MODE_ADAPTIVE
    policy = core.Policy(
        mode=mode,
        min_score_threshold=rules.threshold,
        max_depth=rules.max_depth,
        max_questions=rules.max_questions,
    )
    made = core.InterviewSpecification(
        kind=core.INTERVIEW_KIND_TECHNICAL, candidate_name="Анна", topics=topics, policy=policy
    )
    if rules.consent:
        made.emotion_consent.CopyFrom(consented().emotion_consent)
    return made


def transcript(rules: Rules, texts: Sequence[str], request_id: str) -> pb.AssessInterviewRequest:
    """An interview that was held."""
    answers = [pb.TranscriptAnswer(answer_text=text) for text in texts]
    return pb.AssessInterviewRequest(
        request_id=request_id, specification=specification(rules), answers=answers
    )

# ruff: noqa: N802 (gRPC names its methods in CamelCase)
"""An evaluator that says what the test wants."""

from interview.v1 import core_pb2 as core
from interview.v1 import evaluator_service_pb2 as pb
from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceServicer

from services.common.errors import NotAllowed, Unavailable
from services.common.interceptors import Context
from tests.fakes.script import Script, metadata_of


class JudgeAway(Unavailable):
    """The model is away."""

    reason = "JUDGE_UNAVAILABLE"


class WritesNoQuestions(NotAllowed):
    """The judge at work writes no questions."""

    reason = "FOLLOW_UP_UNSUPPORTED"


class DraftsNoCriteria(NotAllowed):
    """The judge at work drafts no criteria."""

    reason = "CRITERIA_UNSUPPORTED"


def scored(score: int, text: str = "Worth it.") -> pb.EvaluateAnswerResponse:
    """A score with one verdict and a provenance."""
    return pb.EvaluateAnswerResponse(
        evaluation=pb.Evaluation(
            score=score,
            text=text,
            verdicts=[
                core.CriterionVerdict(criterion="names it", weight=2, verdict=core.VERDICT_MET, quote="it")
            ],
        ),
        provenance=_provenance(),
    )


def unscored(reason: core.UnscoredReason) -> pb.EvaluateAnswerResponse:
    """No score, and why."""
    return pb.EvaluateAnswerResponse(
        unscored=pb.Unscored(reason=reason, detail="No score for this."), provenance=_provenance()
    )


def question(text: str, *criteria: str) -> pb.GenerateFollowUpResponse:
    """A written question."""
    return pb.GenerateFollowUpResponse(
        question_text=text, criteria=[core.Criterion(text=c, weight=1) for c in criteria or ("says why",)]
    )


def _provenance() -> core.Provenance:
    return core.Provenance(judge="rubric", rubric_version="1", input_hash="ab12", flags=["a_flag"])


def criteria(*texts: str, prompt_version: str = "v1") -> pb.DraftCriteriaResponse:
    """A draft."""
    return pb.DraftCriteriaResponse(
        criteria=[core.Criterion(text=text, weight=1) for text in texts], prompt_version=prompt_version
    )


class FakeEvaluator(EvaluatorServiceServicer):
    """Scores 5, writes no questions and drafts no criteria, until told otherwise."""

    def __init__(self) -> None:
        self.evaluate: Script[pb.EvaluateAnswerRequest, pb.EvaluateAnswerResponse] = Script(scored(5))
        self.seconds_left: list[float] = []  # of each GetJudgeInfo's deadline
        self.info: Script[pb.GetJudgeInfoRequest, pb.GetJudgeInfoResponse] = Script(
            pb.GetJudgeInfoResponse(judge="rubric", rubric_version="1")
        )
        self.follow_up: Script[pb.GenerateFollowUpRequest, pb.GenerateFollowUpResponse] = Script(
            WritesNoQuestions("rubric writes no questions")
        )
        self.draft: Script[pb.DraftCriteriaRequest, pb.DraftCriteriaResponse] = Script(
            DraftsNoCriteria("rubric drafts no criteria")
        )

    def drafts(self, *texts: str, prompt_version: str = "v1") -> None:
        """From now on it drafts these criteria for every question, and says so."""
        self.info.otherwise = pb.GetJudgeInfoResponse(
            judge="openai", prompt_version=prompt_version, drafts_criteria=True
        )
        self.draft.otherwise = criteria(*texts, prompt_version=prompt_version)

    async def EvaluateAnswer(
        self, request: pb.EvaluateAnswerRequest, context: Context
    ) -> pb.EvaluateAnswerResponse:
        return await self.evaluate(request, metadata_of(context))

    async def GetJudgeInfo(
        self, request: pb.GetJudgeInfoRequest, context: Context
    ) -> pb.GetJudgeInfoResponse:
        self.seconds_left.append(context.time_remaining())
        return await self.info(request, metadata_of(context))

    async def GenerateFollowUp(
        self, request: pb.GenerateFollowUpRequest, context: Context
    ) -> pb.GenerateFollowUpResponse:
        return await self.follow_up(request, metadata_of(context))

    async def DraftCriteria(
        self, request: pb.DraftCriteriaRequest, context: Context
    ) -> pb.DraftCriteriaResponse:
        return await self.draft(request, metadata_of(context))

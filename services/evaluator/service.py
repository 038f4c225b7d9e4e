"""EvaluatorService: proto to domain to proto."""

from interview.v1 import evaluator_service_pb2 as pb
from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceServicer

from services.common.interceptors import Context
from services.evaluator import translate
from services.evaluator.judge import Judge

_REPLY_SHARE = 0.05
_REPLY_SECONDS = 0.25


class EvaluatorServicer(EvaluatorServiceServicer):
    """Hands each call to the judge, with the time that its caller leaves."""

    def __init__(self, judge: Judge, default_deadline_seconds: float) -> None:
        """`default_deadline_seconds` holds for calls without a deadline."""
        self._judge = judge
        self._default_deadline_seconds = default_deadline_seconds

    async def EvaluateAnswer(
        self, request: pb.EvaluateAnswerRequest, context: Context
    ) -> pb.EvaluateAnswerResponse:
        """One answer judged."""
        task = translate.answer_task(request)
        judgement = await self._judge.evaluate(task, within_seconds=self._within(context))
        return translate.judgement_message(judgement)

    async def GenerateFollowUp(
        self, request: pb.GenerateFollowUpRequest, context: Context
    ) -> pb.GenerateFollowUpResponse:
        """The next question of a topic."""
        task = translate.follow_up_task(request)
        follow_up = await self._judge.follow_up(task, within_seconds=self._within(context))
        return translate.follow_up_message(follow_up)

    async def DraftCriteria(
        self, request: pb.DraftCriteriaRequest, context: Context
    ) -> pb.DraftCriteriaResponse:
        """What answers to a question are to be judged by."""
        task = translate.draft_task(request)
        criteria = await self._judge.draft(task, within_seconds=self._within(context))
        return translate.criteria_message(criteria, self._judge.info)

    async def GetJudgeInfo(
        self,
        request: pb.GetJudgeInfoRequest,
        context: Context,
    ) -> pb.GetJudgeInfoResponse:
        """Which judge is at work."""
        return translate.info_message(self._judge.info)

    def _within(self, context: Context) -> float:
        """What the caller leaves, less what the reply needs: a deadline told is better than one passed."""
        left = context.time_remaining()
        seconds = self._default_deadline_seconds if left is None else max(left, 0.0)
        return seconds - min(_REPLY_SECONDS, seconds * _REPLY_SHARE)

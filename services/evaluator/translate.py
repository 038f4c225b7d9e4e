"""Between the messages of evaluator_service.proto and the domain."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from google.protobuf import duration_pb2
from interview.v1 import core_pb2
from interview.v1 import evaluator_service_pb2 as pb

from services.common.errors import InvalidField
from services.evaluator.evaluation import (
    AnswerTask,
    Criterion,
    CriterionVerdict,
    DraftTask,
    Evaluation,
    FollowUp,
    FollowUpTask,
    Judgement,
    Language,
    Provenance,
    Turn,
    Unscored,
    UnscoredReason,
    Verdict,
)
from services.evaluator.judge import JudgeInfo

Message = TypeVar("Message")
Noun = TypeVar("Noun")

_LANGUAGES = {
    core_pb2.LANGUAGE_UNSPECIFIED: Language.RU,
    core_pb2.LANGUAGE_RU: Language.RU,
    core_pb2.LANGUAGE_EN: Language.EN,
}
_VERDICTS = {
    core_pb2.VERDICT_MET: Verdict.MET,
    core_pb2.VERDICT_PARTLY_MET: Verdict.PARTLY_MET,
    core_pb2.VERDICT_NOT_MET: Verdict.NOT_MET,
}
_VERDICT_NUMBERS = {verdict: number for number, verdict in _VERDICTS.items()}
_REASONS = {
    UnscoredReason.REFUSED: core_pb2.UNSCORED_REASON_REFUSED,
    UnscoredReason.FILTERED: core_pb2.UNSCORED_REASON_FILTERED,
    UnscoredReason.INVALID_REPLY: core_pb2.UNSCORED_REASON_INVALID_REPLY,
    UnscoredReason.NOTHING_TO_JUDGE_BY: core_pb2.UNSCORED_REASON_NOTHING_TO_JUDGE_BY,
}


def answer_task(request: pb.EvaluateAnswerRequest) -> AnswerTask:
    """Raises InvalidField."""
    return AnswerTask(
        language=_language(request.language),
        topic=request.topic,
        question_text=request.question_text,
        answer_text=request.answer_text,
        difficulty=request.difficulty,
        criteria=_each("criteria", request.criteria, _criterion),
        reference_answer=request.reference_answer,
        earlier_turns=_each("earlier_turns", request.earlier_turns, _turn),
    )


def follow_up_task(request: pb.GenerateFollowUpRequest) -> FollowUpTask:
    """Raises InvalidField."""
    return FollowUpTask(
        language=_language(request.language),
        topic=request.topic,
        difficulty=request.difficulty,
        turns=_each("turns", request.turns, _turn),
        last_verdicts=_each("last_verdicts", request.last_verdicts, _verdict),
        known_questions=tuple(request.known_questions),
    )


def draft_task(request: pb.DraftCriteriaRequest) -> DraftTask:
    """Raises InvalidField."""
    return DraftTask(
        language=_language(request.language),
        topic=request.topic,
        question_text=request.question_text,
        difficulty=request.difficulty,
        reference_answer=request.reference_answer,
    )


def judgement_message(judgement: Judgement) -> pb.EvaluateAnswerResponse:
    """The response of EvaluateAnswer."""
    response = pb.EvaluateAnswerResponse(provenance=_provenance_message(judgement.provenance))
    if isinstance(judgement.outcome, Unscored):
        response.unscored.CopyFrom(_unscored_message(judgement.outcome))
    else:
        response.evaluation.CopyFrom(_evaluation_message(judgement.outcome))
    return response


def follow_up_message(follow_up: FollowUp) -> pb.GenerateFollowUpResponse:
    """The response of GenerateFollowUp."""
    return pb.GenerateFollowUpResponse(
        question_text=follow_up.question_text, criteria=_criterion_messages(follow_up.criteria)
    )


def criteria_message(criteria: Iterable[Criterion], info: JudgeInfo) -> pb.DraftCriteriaResponse:
    """The response of DraftCriteria."""
    return pb.DraftCriteriaResponse(
        criteria=_criterion_messages(criteria), prompt_version=info.prompt_version
    )


def info_message(info: JudgeInfo) -> pb.GetJudgeInfoResponse:
    """The response of GetJudgeInfo."""
    return pb.GetJudgeInfoResponse(
        judge=info.judge,
        model=info.model,
        prompt_version=info.prompt_version,
        rubric_version=info.rubric_version,
        generates_follow_ups=info.generates_follow_ups,
        drafts_criteria=info.drafts_criteria,
    )


def _each(field: str, messages: Iterable[Message], noun: Callable[[Message], Noun]) -> tuple[Noun, ...]:
    made: list[Noun] = []
    for index, message in enumerate(messages):
        try:
            made.append(noun(message))
        except InvalidField as error:
            raise error.under(f"{field}[{index}]") from None
    return tuple(made)


def _language(number: core_pb2.Language) -> Language:
    if number not in _LANGUAGES:
        raise InvalidField("language", f"is no language: {int(number)}")
    return _LANGUAGES[number]


def _criterion(message: core_pb2.Criterion) -> Criterion:
    return Criterion(message.text, _weight(message))


def _weight(message: core_pb2.Criterion | core_pb2.CriterionVerdict) -> float:
    """Unset, which is 0, means 1."""
    return message.weight or 1.0


def _criterion_messages(criteria: Iterable[Criterion]) -> list[core_pb2.Criterion]:
    return [core_pb2.Criterion(text=c.text, weight=c.weight) for c in criteria]


def _turn(message: pb.Turn) -> Turn:
    return Turn(message.question_text, message.answer_text)


def _verdict(message: core_pb2.CriterionVerdict) -> CriterionVerdict:
    if message.verdict not in _VERDICTS:
        raise InvalidField("verdict", f"is no verdict: {int(message.verdict)}")
    try:
        criterion = Criterion(message.criterion, _weight(message))
    except InvalidField as error:
        raise InvalidField("criterion" if error.field == "text" else error.field, error.why) from None
    return CriterionVerdict(criterion, _VERDICTS[message.verdict], message.quote, message.reason)


def _evaluation_message(evaluation: Evaluation) -> pb.Evaluation:
    return pb.Evaluation(
        score=evaluation.score, text=evaluation.text, verdicts=map(_verdict_message, evaluation.verdicts)
    )


def _unscored_message(unscored: Unscored) -> pb.Unscored:
    return pb.Unscored(reason=_REASONS[unscored.reason], detail=unscored.detail)


def _verdict_message(verdict: CriterionVerdict) -> core_pb2.CriterionVerdict:
    return core_pb2.CriterionVerdict(
        criterion=verdict.criterion.text,
        weight=verdict.criterion.weight,
        verdict=_VERDICT_NUMBERS[verdict.verdict],
        quote=verdict.quote,
        reason=verdict.reason,
    )


def _provenance_message(provenance: Provenance) -> core_pb2.Provenance:
    duration = duration_pb2.Duration()
    duration.FromNanoseconds(round(provenance.duration_seconds * 1e9))
    return core_pb2.Provenance(
        judge=provenance.judge,
        model=provenance.model,
        prompt_version=provenance.prompt_version,
        rubric_version=provenance.rubric_version,
        input_hash=provenance.input_hash,
        input_tokens=provenance.input_tokens,
        output_tokens=provenance.output_tokens,
        duration=duration,
        flags=provenance.flags,
    )

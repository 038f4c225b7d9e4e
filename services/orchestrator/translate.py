"""Callers' requests as our nouns; the way back is in replies.py."""

from datetime import UTC

from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from services.common.errors import InvalidField
from services.orchestrator import messages
from services.orchestrator.answering import Transcript
from services.orchestrator.interviews import Submission
from services.orchestrator.record_size import LARGEST_SPECIFICATION_BYTES, check_record
from services.orchestrator.specification import (
    MOST_QUESTIONS,
    Criterion,
    EmotionConsent,
    InterviewKind,
    Language,
    Policy,
    PolicyMode,
    PreparedQuestion,
    Specification,
    Topic,
)

_KINDS = {number: kind for kind, number in messages.KINDS.items()}
_LANGUAGES = {core.LANGUAGE_UNSPECIFIED: Language.RU} | {n: noun for noun, n in messages.LANGUAGES.items()}
_POLICY_MODES = {core.POLICY_MODE_UNSPECIFIED: PolicyMode.ADAPTIVE} | {
    n: noun for noun, n in messages.MODES.items()
}


def specification(message: core.InterviewSpecification) -> Specification:
    """What the caller wants held. Raises InvalidField with the path under `specification`."""
    try:
        made = Specification(
            kind=_kind(message.kind),
            candidate_name=message.candidate_name,
            topics=tuple(_topic(i, topic) for i, topic in enumerate(message.topics)),
            room_id=message.room_id,
            language=_language(message.language),
            policy=_policy(message),
            emotion_consent=_consent(message),
        )
        check_record(made)
        _check_size(message)
    except InvalidField as error:
        raise error.under("specification") from None
    return made


def submission(request: pb.SubmitAnswerRequest) -> Submission:
    """The answer as handed in. Raises InvalidField."""
    return Submission(
        question_id=request.question_id,
        text=request.answer_text,
        declined=request.declined,
        frames=tuple(request.frames),
    )


def transcript(request: pb.AssessInterviewRequest) -> Transcript:
    """An interview that was held. Raises InvalidField.

    Its questions are asked as given: where the policy does not say so, or for how many, it is filled in.
    """
    given = core.InterviewSpecification()
    given.CopyFrom(request.specification)
    prepared = sum(1 + len(topic.follow_ups) for topic in given.topics)
    if given.policy.mode not in (core.POLICY_MODE_UNSPECIFIED, core.POLICY_MODE_AS_GIVEN):
        raise InvalidField("specification.policy.mode", "must be POLICY_MODE_AS_GIVEN")
    given.policy.mode = core.POLICY_MODE_AS_GIVEN
    if not given.policy.HasField("max_questions"):
        given.policy.max_questions = min(max(prepared, 1), MOST_QUESTIONS)
    made = specification(given)
    if not 1 <= len(request.answers) <= prepared:
        why = f"must be 1 to {prepared}, as many as there are questions, there are {len(request.answers)}"
        raise InvalidField("answers", why)
    return Transcript(made, tuple(_transcript_answer(i, answer) for i, answer in enumerate(request.answers)))


def _transcript_answer(index: int, message: pb.TranscriptAnswer) -> Submission:
    try:
        return Submission(f"q{index + 1}", message.answer_text, message.declined)
    except InvalidField as error:
        raise error.under(f"answers[{index}]") from None


def _check_size(message: core.InterviewSpecification) -> None:
    size = message.ByteSize()
    if size > LARGEST_SPECIFICATION_BYTES:
        why = f"a specification has at most {LARGEST_SPECIFICATION_BYTES:,} bytes, this one has {size:,}"
        raise InvalidField("topics", why)


def _kind(number: core.InterviewKind) -> InterviewKind:
    if number not in _KINDS:
        raise InvalidField("kind", "must be INTERVIEW_KIND_ROOM or INTERVIEW_KIND_TECHNICAL")
    return _KINDS[number]


def _language(number: core.Language) -> Language:
    if number not in _LANGUAGES:
        raise InvalidField("language", "must be LANGUAGE_RU or LANGUAGE_EN")
    return _LANGUAGES[number]


def _topic(index: int, message: core.Topic) -> Topic:
    try:
        return Topic(
            name=message.name,
            start_question=_prepared("start_question", message.start_question),
            follow_ups=tuple(
                _prepared(f"follow_ups[{i}]", prepared) for i, prepared in enumerate(message.follow_ups)
            ),
        )
    except InvalidField as error:
        raise error.under(f"topics[{index}]") from None


def _prepared(path: str, message: core.PreparedQuestion) -> PreparedQuestion:
    try:
        return PreparedQuestion(
            text=message.text,
            reference_answer=message.reference_answer,
            criteria=tuple(_criterion(i, criterion) for i, criterion in enumerate(message.criteria)),
            difficulty=message.difficulty or None,
        )
    except InvalidField as error:
        raise error.under(path) from None


def _criterion(index: int, message: core.Criterion) -> Criterion:
    try:
        return messages.criterion_in(message)
    except InvalidField as error:
        raise error.under(f"criteria[{index}]") from None


def _policy(message: core.InterviewSpecification) -> Policy:
    given, default = message.policy, Policy()
    if given.mode not in _POLICY_MODES:
        raise InvalidField("policy.mode", "must be POLICY_MODE_ADAPTIVE or POLICY_MODE_AS_GIVEN")
    try:
        return Policy(
            mode=_POLICY_MODES[given.mode],
            min_score_threshold=_or(given, "min_score_threshold", default.min_score_threshold),
            max_depth=_or(given, "max_depth", default.max_depth),
            max_questions=_or(given, "max_questions", default.max_questions),
        )
    except InvalidField as error:
        raise error.under("policy") from None


def _or(message: core.Policy, field: str, default: int) -> int:
    return int(getattr(message, field)) if message.HasField(field) else default


def _consent(message: core.InterviewSpecification) -> EmotionConsent | None:
    if not message.HasField("emotion_consent"):
        return None
    given = message.emotion_consent
    if not given.HasField("given_at"):
        raise InvalidField("emotion_consent.given_at", "must be set")
    try:
        return EmotionConsent(given.given_by, given.given_at.ToDatetime(tzinfo=UTC), given.text_version)
    except InvalidField as error:
        raise error.under("emotion_consent") from None
    except (ValueError, OverflowError):
        raise InvalidField("emotion_consent.given_at", "is not a valid timestamp") from None

"""What an interview is made of as a message to callers; the way in is in translate.py."""

from interview.v1 import core_pb2 as core

from services.orchestrator import messages
from services.orchestrator.specification import PreparedQuestion, Specification, Topic


def specification_message(noun: Specification) -> core.InterviewSpecification:
    """What an interview is made of, as its caller gave it."""
    consent = noun.emotion_consent
    return core.InterviewSpecification(
        kind=messages.KINDS[noun.kind],
        room_id=noun.room_id,
        candidate_name=noun.candidate_name,
        language=messages.LANGUAGES[noun.language],
        topics=[_topic(topic) for topic in noun.topics],
        policy=core.Policy(
            mode=messages.MODES[noun.policy.mode],
            min_score_threshold=noun.policy.min_score_threshold,
            max_depth=noun.policy.max_depth,
            max_questions=noun.policy.max_questions,
        ),
        emotion_consent=core.EmotionConsent(
            given_by=consent.given_by,
            given_at=messages.timestamp(consent.given_at),
            text_version=consent.text_version,
        )
        if consent
        else None,
    )


def _topic(noun: Topic) -> core.Topic:
    return core.Topic(
        name=noun.name,
        start_question=_prepared(noun.start_question),
        follow_ups=[_prepared(prepared) for prepared in noun.follow_ups],
    )


def _prepared(noun: PreparedQuestion) -> core.PreparedQuestion:
    return core.PreparedQuestion(
        text=noun.text,
        reference_answer=noun.reference_answer,
        criteria=[messages.criterion(criterion) for criterion in noun.criteria],
        difficulty=noun.difficulty or 0,
    )

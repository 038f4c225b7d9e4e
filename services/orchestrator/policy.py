"""What to ask next: the interview policy of the design, as pure functions."""

from collections.abc import Callable
from dataclasses import dataclass

from services.orchestrator.answer import AnswerState, AskedQuestion
from services.orchestrator.interview import Interview
from services.orchestrator.judges import FollowUp
from services.orchestrator.specification import MAX_DIFFICULTY, PolicyMode, PreparedQuestion, Specification

Step = Callable[[Interview], Interview]


@dataclass(frozen=True, slots=True)
class Ask:
    """Put this question."""

    question: AskedQuestion


@dataclass(frozen=True, slots=True)
class Finish:
    """There is nothing left to ask."""


@dataclass(frozen=True, slots=True)
class Generate:
    """A follow-up is due, but none is prepared: have one written, or do `otherwise`."""

    topic_index: int
    difficulty: int
    depth: int
    otherwise: Ask | Finish


def first_question(specification: Specification) -> AskedQuestion:
    """The start question of the first topic."""
    return _start(specification, 0, number=1)


def decide(interview: Interview) -> Ask | Generate | Finish:
    """What comes after the last answer. Only for an interview whose step is due."""
    prepared = _next_prepared(interview)
    if interview.specification.policy.mode is PolicyMode.AS_GIVEN:
        return Ask(_follow_up(interview, prepared)) if prepared else _next_topic(interview)
    if not _deepens(interview):
        return _next_topic(interview)
    if prepared:
        return Ask(_follow_up(interview, prepared))
    last = interview.asked[-1]
    return Generate(last.topic_index, _harder(last), last.depth + 1, otherwise=_next_topic(interview))


def generated_question(interview: Interview, wanted: Generate, written: FollowUp) -> AskedQuestion:
    """The question to put once a follow-up was written."""
    return AskedQuestion(
        question_id=_question_id(interview),
        text=written.text,
        topic_index=wanted.topic_index,
        difficulty=wanted.difficulty,
        depth=wanted.depth,
        generated=True,
        criteria=written.criteria,
    )


def _deepens(interview: Interview) -> bool:
    """A good answer earns a follow-up while depth and budget allow; topics not begun keep their place."""
    policy, last, answer = interview.specification.policy, interview.asked[-1], interview.answers[-1]
    topics_not_begun = len(interview.specification.topics) - last.topic_index - 1
    return (
        answer.state is AnswerState.SCORED
        and answer.score is not None
        and answer.score >= policy.min_score_threshold
        and last.depth < policy.max_depth
        and policy.max_questions - len(interview.asked) > topics_not_begun
    )


def _next_prepared(interview: Interview) -> PreparedQuestion | None:
    topic_index = interview.asked[-1].topic_index
    used = sum(1 for q in interview.asked if q.topic_index == topic_index and not q.generated) - 1
    follow_ups = interview.specification.topics[topic_index].follow_ups
    return follow_ups[used] if used < len(follow_ups) else None


def _next_topic(interview: Interview) -> Ask | Finish:
    following = interview.asked[-1].topic_index + 1
    if following == len(interview.specification.topics):
        return Finish()
    return Ask(_start(interview.specification, following, number=len(interview.asked) + 1))


def _start(specification: Specification, topic_index: int, *, number: int) -> AskedQuestion:
    prepared = specification.topics[topic_index].start_question
    return AskedQuestion(
        question_id=f"q{number}",
        text=prepared.text,
        topic_index=topic_index,
        difficulty=1,
        depth=0,
        reference_answer=prepared.reference_answer,
        criteria=prepared.criteria,
    )


def _follow_up(interview: Interview, prepared: PreparedQuestion) -> AskedQuestion:
    last = interview.asked[-1]
    return AskedQuestion(
        question_id=_question_id(interview),
        text=prepared.text,
        topic_index=last.topic_index,
        difficulty=prepared.difficulty or _harder(last),
        depth=last.depth + 1,
        reference_answer=prepared.reference_answer,
        criteria=prepared.criteria,
    )


def _harder(question: AskedQuestion) -> int:
    return min(question.difficulty + 1, MAX_DIFFICULTY)


def _question_id(interview: Interview) -> str:
    return f"q{len(interview.asked) + 1}"

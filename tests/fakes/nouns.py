"""Specifications and interviews as tests need them: whole, small, changed where the test says."""

from dataclasses import replace
from datetime import timedelta

from services.orchestrator import policy
from services.orchestrator.answer import Answer, AskedQuestion
from services.orchestrator.interview import Interview
from services.orchestrator.judgement import CriterionVerdict, Judgement, Provenance, Verdict
from services.orchestrator.specification import (
    InterviewKind,
    Policy,
    PreparedQuestion,
    Specification,
    Topic,
)
from tests.fakes.clock import START

INTERVIEW_ID = "interview_01HZTEST"
PROVENANCE = Provenance(judge="rubric", rubric_version="1", duration_seconds=0.25, flags=("a_flag",))


def topic(name: str, *, follow_ups: int = 0) -> Topic:
    """A topic with a start question and so many prepared ones."""
    return Topic(
        name,
        PreparedQuestion(f"{name} start?", reference_answer=f"about {name}"),
        tuple(PreparedQuestion(f"{name} follow-up {i}?") for i in range(1, follow_ups + 1)),
    )


def specification(*topics: Topic, rules: Policy | None = None) -> Specification:
    """A technical interview on these topics; without any, on one."""
    return Specification(
        kind=InterviewKind.TECHNICAL,
        candidate_name="Анна",
        topics=topics or (topic("Python"),),
        policy=rules or Policy(),
    )


def begun(spec: Specification | None = None) -> Interview:
    """An interview whose first question waits for its answer."""
    spec = spec or specification()
    return Interview(INTERVIEW_ID, spec, (policy.first_question(spec),), touched_at=START)


def answer(question: AskedQuestion, text: str = "my answer") -> Answer:
    """A pending answer, received a minute after the start."""
    return Answer(question.question_id, text, received_at=START + timedelta(minutes=1))


def score(points: int) -> Judgement:
    """A judgement with one verdict."""
    verdict = CriterionVerdict("names it", 1.0, Verdict.MET, quote="it", reason="said so")
    return Judgement(points, f"worth {points}", (verdict,), PROVENANCE)


def answered(interview: Interview, points: int | None) -> Interview:
    """With its open question answered; None leaves the answer pending."""
    assert interview.open_question
    received = interview.received(answer(interview.open_question))
    return received if points is None else received.settled(received.answers[-1].question_id, score(points))


def at_difficulty(interview: Interview, difficulty: int) -> Interview:
    """With its last question as hard as that."""
    last = replace(interview.asked[-1], difficulty=difficulty)
    return replace(interview, asked=(*interview.asked[:-1], last))

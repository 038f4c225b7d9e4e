"""What is asked next: the table of the design, row by row, and what holds for every interview."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.interview import Interview
from services.orchestrator.judgement import Unscored, UnscoredReason
from services.orchestrator.judges import FollowUp
from services.orchestrator.policy import Ask, Finish, Generate, decide, first_question, generated_question
from services.orchestrator.specification import (
    Criterion,
    Policy,
    PolicyMode,
    PreparedQuestion,
    Specification,
    Topic,
)
from tests.fakes.clock import START
from tests.fakes.nouns import answered, at_difficulty, begun, score, specification, topic

PYTHON, SQL = topic("Python", follow_ups=2), topic("SQL")
AS_GIVEN = Policy(mode=PolicyMode.AS_GIVEN)


def asked(decision: Ask | Generate | Finish) -> str:
    assert isinstance(decision, Ask)
    return decision.question.text


def generated(interview: Interview, text: str) -> Interview:
    wanted = decide(interview)
    assert isinstance(wanted, Generate)
    return interview.asking(generated_question(interview, wanted, FollowUp(text, (Criterion("why"),))))


def stepped(interview: Interview) -> Interview:
    decision = decide(interview)
    assert isinstance(decision, Ask)
    return interview.asking(decision.question)


def test_the_first_question_starts_the_first_topic() -> None:
    """The start question of the first topic, difficulty 1 whatever it says, with what it is judged by."""
    first = Topic("Python", PreparedQuestion("Start?", "ref", (Criterion("c"),), difficulty=4))
    question = first_question(specification(first, SQL))
    assert (question.question_id, question.text, question.difficulty, question.depth) == (
        "q1",
        "Start?",
        1,
        0,
    )
    assert (question.reference_answer, question.criteria) == ("ref", (Criterion("c"),))


@pytest.mark.parametrize(
    ("points", "text"), [(7, "Python follow-up 1?"), (6, "SQL start?"), (10, "Python follow-up 1?")]
)
def test_a_score_at_the_threshold_earns_a_follow_up(points: int, text: str) -> None:
    """score >= min_score_threshold deepens; one point less goes to the next topic."""
    assert asked(decide(answered(begun(specification(PYTHON, SQL)), points))) == text


def test_the_threshold_is_the_callers() -> None:
    """min_score_threshold of the policy decides, not the default."""
    rules = Policy(min_score_threshold=3)
    assert asked(decide(answered(begun(specification(PYTHON, SQL, rules=rules)), 3))) == "Python follow-up 1?"


@pytest.mark.parametrize(("max_depth", "text"), [(0, "SQL start?"), (1, "Python follow-up 1?")])
def test_depth_zero_never_deepens(max_depth: int, text: str) -> None:
    """depth < max_depth: with 0 there are only start questions."""
    rules = Policy(max_depth=max_depth)
    assert asked(decide(answered(begun(specification(PYTHON, SQL, rules=rules)), 10))) == text


def test_a_topic_ends_at_max_depth() -> None:
    """After max_depth follow-ups the next topic comes, however good the answer and whatever is prepared."""
    interview = begun(specification(PYTHON, SQL, rules=Policy(max_depth=1)))
    deeper = stepped(answered(interview, 10))
    assert deeper.asked[-1].depth == 1
    assert asked(decide(answered(deeper, 10))) == "SQL start?"


@pytest.mark.parametrize(("max_questions", "text"), [(2, "SQL start?"), (3, "Python follow-up 1?")])
def test_topics_not_begun_keep_their_place_in_the_budget(max_questions: int, text: str) -> None:
    """A follow-up needs a budget above the topics not yet begun: equal is not enough."""
    rules = Policy(max_questions=max_questions)
    assert asked(decide(answered(begun(specification(PYTHON, SQL, rules=rules)), 10))) == text


def test_the_budget_ends_the_last_topic() -> None:
    """On the last topic a follow-up needs one question left; without it the interview finishes."""
    interview = begun(specification(PYTHON, rules=Policy(max_questions=1)))
    assert decide(answered(interview, 10)) == Finish()


def test_prepared_questions_come_in_their_order_before_any_is_generated() -> None:
    """First prepared, second prepared, then one is written."""
    interview = begun(specification(PYTHON, SQL))
    first = stepped(answered(interview, 9))
    second = stepped(answered(first, 9))
    assert [question.text for question in second.asked[1:]] == ["Python follow-up 1?", "Python follow-up 2?"]
    wanted = decide(answered(second, 9))
    assert isinstance(wanted, Generate)
    assert (wanted.topic_index, wanted.depth, wanted.difficulty) == (0, 3, 4)
    assert asked(wanted.otherwise) == "SQL start?"


def test_a_generated_question_is_one_step_harder_and_judged_by_its_criteria() -> None:
    """Its id goes on, it is marked generated, and its answer is judged by the criteria written with it."""
    question = generated(answered(begun(), 9), "Written?").asked[-1]
    assert (question.question_id, question.text, question.difficulty, question.depth) == (
        "q2",
        "Written?",
        2,
        1,
    )
    assert question.generated
    assert question.criteria == (Criterion("why"),)


def test_without_a_generator_the_last_topic_finishes() -> None:
    """Nothing prepared, nothing written, no topic left: what happens otherwise is the end."""
    wanted = decide(answered(begun(), 9))
    assert isinstance(wanted, Generate)
    assert wanted.otherwise == Finish()


def test_a_prepared_question_may_name_its_difficulty() -> None:
    """Its own difficulty counts; without one it is a step harder than the question before it."""
    hard = replace(PYTHON, follow_ups=(PreparedQuestion("Hard?", difficulty=5), PreparedQuestion("Next?")))
    interview = stepped(answered(begun(specification(hard, SQL)), 9))
    assert interview.asked[-1].difficulty == 5
    assert stepped(answered(interview, 9)).asked[-1].difficulty == 5


def test_difficulty_ends_at_five() -> None:
    """A step harder than 5 is 5, prepared or written."""
    prepared = at_difficulty(begun(specification(PYTHON)), 5)
    assert stepped(answered(prepared, 9)).asked[-1].difficulty == 5
    wanted = decide(answered(at_difficulty(begun(), 5), 9))
    assert isinstance(wanted, Generate)
    assert wanted.difficulty == 5


def test_an_answer_without_a_score_does_not_deepen() -> None:
    """UNSCORED goes to the next topic even at a threshold of 0."""
    interview = begun(specification(PYTHON, SQL, rules=Policy(min_score_threshold=0)))
    unscored = answered(interview, None).settled("q1", Unscored(UnscoredReason.REFUSED))
    assert asked(decide(unscored)) == "SQL start?"


@pytest.mark.parametrize("points", [0, 10])
def test_as_given_asks_every_prepared_question_in_order(points: int) -> None:
    """Whatever the scores: topic by topic, every prepared question once, then the end; nothing is written."""
    interview = begun(specification(topic("A", follow_ups=4), topic("B", follow_ups=1), rules=AS_GIVEN))
    while isinstance(decide(answered(interview, points)), Ask):
        interview = stepped(answered(interview, points))
    texts = [question.text for question in interview.asked]
    assert texts == ["A start?", *(f"A follow-up {i}?" for i in (1, 2, 3, 4)), "B start?", "B follow-up 1?"]
    assert decide(answered(interview, points)) == Finish()


def test_as_given_goes_on_without_a_score() -> None:
    """An UNSCORED answer leaves no prepared question out."""
    interview = answered(begun(specification(PYTHON, rules=AS_GIVEN)), None)
    assert asked(decide(interview.settled("q1", Unscored(UnscoredReason.REFUSED)))) == "Python follow-up 1?"


@st.composite
def specifications(draw: st.DrawFn) -> Specification:
    counts = draw(st.lists(st.integers(0, 4), min_size=1, max_size=5))
    mode = draw(st.sampled_from(PolicyMode))
    needed = len(counts) if mode is PolicyMode.ADAPTIVE else sum(counts) + len(counts)
    rules = Policy(
        mode=mode,
        min_score_threshold=draw(st.integers(0, 10)),
        max_depth=draw(st.integers(0, 5)),
        max_questions=draw(st.integers(needed, needed + 12)),
    )
    return specification(*(topic(f"T{i}", follow_ups=n) for i, n in enumerate(counts)), rules=rules)


def held(spec: Specification, data: st.DataObject) -> Interview:
    """The interview to its end, with any scores, and a generator that works or fails."""
    interview = begun(spec)
    while True:
        interview = answered(interview, None)
        last = interview.answers[-1].question_id
        points = data.draw(st.none() | st.integers(0, 10))
        outcome = Unscored(UnscoredReason.FILTERED) if points is None else score(points)
        interview = interview.settled(last, outcome)
        decision = decide(interview)
        if isinstance(decision, Generate):
            if data.draw(st.booleans()):
                interview = generated(interview, f"written {len(interview.asked)}")
                continue
            decision = decision.otherwise
        if isinstance(decision, Finish):
            return interview.finished(START)
        interview = interview.asking(decision.question)


@given(specifications(), st.data())
def test_every_interview_keeps_its_promises(spec: Specification, data: st.DataObject) -> None:
    """Never more than max_questions; every topic begun, in order; ids q1.. in order; no question twice."""
    interview = held(spec, data)
    assert len(interview.asked) <= spec.policy.max_questions
    assert list(dict.fromkeys(q.topic_index for q in interview.asked)) == list(range(len(spec.topics)))
    assert [q.topic_index for q in interview.asked] == sorted(q.topic_index for q in interview.asked)
    assert [q.question_id for q in interview.asked] == [f"q{i + 1}" for i in range(len(interview.asked))]
    assert len({q.text for q in interview.asked}) == len(interview.asked)
    assert all(1 <= q.difficulty <= 5 for q in interview.asked)
    if spec.policy.mode is PolicyMode.ADAPTIVE:
        assert all(q.depth <= spec.policy.max_depth for q in interview.asked)
    else:
        assert not any(q.generated for q in interview.asked)
        assert len(interview.asked) == sum(1 + len(t.follow_ups) for t in spec.topics)

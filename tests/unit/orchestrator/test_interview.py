"""The state machine of an interview: what each step does, what it refuses, and what it leaves alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.errors import DomainError
from services.orchestrator.answer import Answer, AnswerState
from services.orchestrator.interview import Interview, InterviewState
from services.orchestrator.judgement import EmotionAbsence, EmotionReading, Unscored, UnscoredReason
from services.orchestrator.policy import Ask, decide
from services.orchestrator.refusals import (
    AnswerExists,
    InterviewCancelled,
    InterviewClosed,
    InterviewCompleted,
    QuestionNotFound,
)
from services.orchestrator.specification import EmotionConsent
from tests.fakes.clock import START
from tests.fakes.nouns import answer, answered, begun, score, specification, topic

READING = EmotionReading((0.9, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0), accepted_frames=2)
OTHER = EmotionReading((0.1, 0.9, 0.0, 0.0, 0.0, 0.0, 0.0), accepted_frames=1)


def test_a_new_interview_waits_for_its_first_answer() -> None:
    """IN_PROGRESS with one open question, nothing pending, no step due."""
    interview = begun()
    assert interview.state is InterviewState.IN_PROGRESS
    assert interview.open_question == interview.asked[0]
    assert interview.pending_answer is None
    assert not interview.step_due


def test_an_answer_is_pending_until_it_is_settled() -> None:
    """Received: PENDING, no open question, no step due. Settled: a step is due."""
    received = answered(begun(), None)
    assert received.answers[0].state is AnswerState.PENDING
    assert received.open_question is None
    assert received.unsettled("q1")
    assert not received.step_due
    settled = received.settled("q1", score(8))
    assert settled.step_due
    assert settled.unsettled("q1")


def test_a_score_is_kept_with_all_it_rests_on() -> None:
    """Score, evaluation, verdicts and provenance of the judgement stand in the answer."""
    judged = score(8)
    kept = answered(begun(), 8).answers[0]
    assert (kept.state, kept.score, kept.evaluation) == (AnswerState.SCORED, 8, judged.text)
    assert (kept.verdicts, kept.provenance, kept.unscored_reason) == (
        judged.verdicts,
        judged.provenance,
        None,
    )


def test_no_score_is_kept_as_none() -> None:
    """UNSCORED has a reason and a line for a person, and no number."""
    outcome = Unscored(UnscoredReason.REFUSED, "no score for this")
    kept = answered(begun(), None).settled("q1", outcome).answers[0]
    assert (kept.state, kept.score) == (AnswerState.UNSCORED, None)
    assert (kept.unscored_reason, kept.evaluation) == (UnscoredReason.REFUSED, "no score for this")


def test_an_answer_touches_the_interview() -> None:
    """Only the caller's write counts as one: a score does not move `touched_at`."""
    received = answered(begun(), None)
    assert received.touched_at == START + timedelta(minutes=1)
    assert received.settled("q1", score(5)).touched_at == received.touched_at


@pytest.mark.parametrize("points", [None, 5])
def test_the_same_answer_again_changes_nothing(points: int | None) -> None:
    """Pending or settled, the very same answer gives the very same interview, whenever it comes."""
    interview = answered(begun(), points)
    later = replace(answer(interview.asked[0]), received_at=START + timedelta(hours=1), frames=3)
    assert interview.received(later) is interview


def test_the_same_answer_again_is_fine_after_the_end() -> None:
    """A repeat after COMPLETED is still a repeat."""
    completed = answered(begun(), 5).finished(START)
    assert completed.received(answer(completed.asked[0])) is completed


PENDING, SETTLED = answered(begun(), None), answered(begun(), 5)
Q1 = answer(begun().asked[0])
OTHER_TEXT, DECLINED = replace(Q1, text="other"), replace(Q1, text="", declined=True)


def unanswered_second() -> Interview:
    interview = answered(begun(specification(topic("A"), topic("B"))), 5)
    step = decide(interview)
    assert isinstance(step, Ask)
    return interview.asking(step.question)


@pytest.mark.parametrize(
    ("interview", "given", "error"),
    [
        pytest.param(begun(), replace(Q1, question_id="q2"), QuestionNotFound, id="not asked"),
        pytest.param(begun(), replace(Q1, question_id=""), QuestionNotFound, id="no id"),
        pytest.param(PENDING, OTHER_TEXT, AnswerExists, id="other text while pending"),
        pytest.param(SETTLED, OTHER_TEXT, AnswerExists, id="other text"),
        pytest.param(SETTLED, DECLINED, AnswerExists, id="declined now"),
        pytest.param(SETTLED, replace(Q1, declined=True), AnswerExists, id="declined with the same text"),
        pytest.param(SETTLED.finished(START), OTHER_TEXT, AnswerExists, id="other text after the end"),
        pytest.param(begun().finished(START), Q1, InterviewClosed, id="first answer after the end"),
        pytest.param(
            unanswered_second().finished(START), replace(Q1, question_id="q2"), InterviewClosed, id="q2 after"
        ),
    ],
)
def test_what_cannot_be_received_is_refused(
    interview: Interview, given: Answer, error: type[DomainError]
) -> None:
    """Each wrong answer has its own error, which names the interview."""
    with pytest.raises(error) as raised:
        interview.received(given)
    assert raised.value.metadata["interview_id"] == interview.interview_id


def test_finishing_waits_for_a_pending_answer() -> None:
    """Finished with an answer pending: FINISHING, not completed, no open question."""
    finishing = answered(begun(), None).finished(START)
    assert finishing.state is InterviewState.FINISHING
    assert finishing.completed_at is None
    assert finishing.open_question is None
    assert not finishing.step_due


def test_finishing_ends_when_the_last_answer_is_settled() -> None:
    """FINISHING, settled, finished: COMPLETED; nothing more is asked."""
    finishing = answered(begun(), None).finished(START)
    settled = finishing.settled("q1", score(9))
    assert not settled.step_due
    assert settled.finished(START).state is InterviewState.COMPLETED


def test_finishing_twice_changes_nothing() -> None:
    """COMPLETED stays as it is, with its first instant; FINISHING stays FINISHING."""
    completed = begun().finished(START)
    assert completed.finished(START + timedelta(hours=1)) is completed
    finishing = answered(begun(), None).finished(START)
    assert finishing.finished(START) == finishing


def test_the_instant_of_completion_has_whole_milliseconds() -> None:
    """The report's timestamp has milliseconds: what is below them is cut off, never rounded up."""
    now = START.replace(microsecond=999_999)
    assert begun().finished(now).completed_at == START.replace(microsecond=999_000)


def test_a_late_result_is_dropped() -> None:
    """Settled is settled: another outcome changes nothing, neither does one for a question not answered."""
    settled = answered(begun(), 5)
    assert settled.settled("q1", score(9)) is settled
    assert settled.settled("q1", Unscored(UnscoredReason.JUDGE_UNAVAILABLE)) is settled
    assert begun().settled("q1", score(9)) == begun()


def test_a_reading_is_added_once_and_only_while_pending() -> None:
    """The first reading stands; none comes after the score."""
    pending = answered(begun(), None)
    read = pending.with_reading("q1", READING, None)
    assert read.answers[0].emotion == READING
    assert read.with_reading("q1", OTHER, None) is read
    settled = answered(begun(), 5)
    assert settled.with_reading("q1", READING, None) is settled


def test_why_there_is_no_reading_is_kept() -> None:
    """An absence stands in the answer; saying it twice changes nothing."""
    read = answered(begun(), None).with_reading("q1", None, EmotionAbsence.NO_FACE)
    assert read.answers[0].emotion_absence is EmotionAbsence.NO_FACE
    assert read.with_reading("q1", None, EmotionAbsence.NO_FACE) is read


def test_an_earlier_answer_is_settled_for_good() -> None:
    """Once the next question is asked, the earlier answer waits for nothing."""
    assert not unanswered_second().unsettled("q1")


@pytest.mark.parametrize("text", ["Python start?", "  python   START? ", "Python follow-up 1?"])
def test_a_known_question_is_known_in_any_case_and_spacing(text: str) -> None:
    """Asked or only prepared: the same but for case and white space is the same question."""
    assert begun(specification(topic("Python", follow_ups=1))).knows(text)


def test_another_question_is_not_known() -> None:
    """A question of other words is new."""
    assert not begun().knows("Python end?")


def test_known_questions_are_listed_once() -> None:
    """The start question is both asked and prepared: it is listed once."""
    interview = begun(specification(topic("Python", follow_ups=1), topic("SQL")))
    assert interview.known_questions() == ("Python start?", "Python follow-up 1?", "SQL start?")


def test_cancelling_leaves_a_pending_answer_without_a_score() -> None:
    """CANCELLED with nothing left to do; what was scored stays scored; a late result is dropped."""
    for interview in (answered(begun(), None), answered(begun(), None).finished(START)):
        cancelled = interview.cancelled()
        assert cancelled.state is InterviewState.CANCELLED
        assert cancelled.answers[0].unscored_reason is UnscoredReason.INTERVIEW_CANCELLED
        assert not cancelled.unsettled("q1")
        assert cancelled.settled("q1", score(5)) is cancelled
        assert cancelled.cancelled() is cancelled
    assert answered(begun(), 8).cancelled().answers[0].score == 8


def test_an_end_is_an_end() -> None:
    """What is completed is not cancelled, what is cancelled is not completed."""
    with pytest.raises(InterviewCompleted):
        begun().finished(START).cancelled()
    with pytest.raises(InterviewCancelled):
        begun().cancelled().finished(START)


def test_a_withdrawn_consent_leaves_no_reading() -> None:
    """Erased where there was one, never added later; what never was to have one stays as it is."""
    consent = EmotionConsent("Анна", START, "v1")
    spec = replace(specification(topic("A"), topic("B")), emotion_consent=consent)
    read = answered(begun(spec), None).with_reading("q1", READING, None)
    withdrawn = read.consent_withdrawn(START)
    assert not withdrawn.consents
    assert withdrawn.answers[0].emotion_absence is EmotionAbsence.CONSENT_WITHDRAWN
    assert withdrawn.with_reading("q1", OTHER, None) is withdrawn
    assert withdrawn.consent_withdrawn(START) is withdrawn
    assert withdrawn.revision == 1
    plain = answered(begun(spec), 5)
    assert plain.consent_withdrawn(START).answers == plain.answers
    assert begun().consent_withdrawn(START).consent_withdrawn_at is None

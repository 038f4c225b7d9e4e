"""Documents: whatever an interview or a report holds comes back from the store as it was."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.orchestrator.answer import Answer, AnswerState, AskedQuestion
from services.orchestrator.documents import (
    DamagedDocument,
    interview_from_json,
    interview_to_json,
    report_from_json,
    report_to_json,
)
from services.orchestrator.interview import Interview, InterviewState
from services.orchestrator.judgement import (
    CriterionVerdict,
    EmotionAbsence,
    EmotionReading,
    Provenance,
    UnscoredReason,
    Verdict,
)
from services.orchestrator.report import build
from services.orchestrator.specification import (
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
from tests.fakes.nouns import begun

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(str.strip)
INSTANT = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
SHARE = st.floats(0, 1)
COUNT = st.integers(0, 2**31 - 1)


@st.composite
def readings(draw: st.DrawFn) -> EmotionReading:
    weights = draw(st.lists(st.floats(0.001, 1), min_size=7, max_size=7))
    return EmotionReading(tuple(weight / sum(weights) for weight in weights), draw(st.integers(1, 16)))


CRITERIA = st.lists(st.builds(Criterion, TEXT, st.floats(1e-9, 100)), max_size=3).map(tuple)
PREPARED = st.builds(PreparedQuestion, TEXT, TEXT | st.just(""), CRITERIA, st.none() | st.integers(1, 5))
VERDICTS = st.lists(
    st.builds(CriterionVerdict, TEXT, st.floats(0, 100), st.sampled_from(Verdict), TEXT, TEXT), max_size=3
).map(tuple)
PROVENANCE = st.builds(
    Provenance, TEXT, TEXT, TEXT, TEXT, TEXT, COUNT, COUNT, st.floats(0, 1e6), st.lists(TEXT).map(tuple)
)
POLICY = st.builds(
    Policy, st.sampled_from(PolicyMode), st.integers(0, 10), st.integers(0, 5), st.integers(4, 100)
)
CONSENT = st.builds(EmotionConsent, TEXT, INSTANT, TEXT)


@st.composite
def specifications(draw: st.DrawFn) -> Specification:
    prepared = draw(
        st.lists(PREPARED, min_size=2, max_size=4, unique_by=lambda q: " ".join(q.text.casefold().split()))
    )
    kind = draw(st.sampled_from(InterviewKind))
    return Specification(
        kind=kind,
        candidate_name=draw(TEXT),
        topics=(Topic("A", prepared[0], tuple(prepared[1:])),),
        room_id=draw(TEXT) if kind is InterviewKind.ROOM else "",
        language=draw(st.sampled_from(Language)),
        policy=draw(POLICY),
        emotion_consent=draw(st.none() | CONSENT),
    )


@st.composite
def interviews(draw: st.DrawFn) -> Interview:
    question = st.builds(
        AskedQuestion,
        TEXT,
        TEXT,
        st.just(0),
        st.integers(1, 5),
        st.integers(0, 20),
        st.booleans(),
        TEXT,
        CRITERIA,
    )
    asked = draw(st.lists(question, min_size=1, max_size=3, unique_by=lambda q: q.question_id).map(tuple))
    answers = [draw(answers_to(question)) for question in asked[: draw(st.integers(0, len(asked)))]]
    return Interview(
        interview_id=draw(TEXT),
        specification=draw(specifications()),
        asked=asked,
        touched_at=draw(INSTANT),
        answers=tuple(answers),
        state=draw(st.sampled_from(InterviewState)),
        completed_at=draw(st.none() | INSTANT),
    )


def answers_to(question: AskedQuestion) -> st.SearchStrategy[Answer]:
    return st.builds(
        Answer,
        question_id=st.just(question.question_id),
        text=TEXT,
        received_at=INSTANT,
        declined=st.booleans(),
        frames=st.integers(0, 16),
        state=st.sampled_from(AnswerState),
        score=st.none() | st.integers(0, 10),
        evaluation=TEXT,
        unscored_reason=st.none() | st.sampled_from(UnscoredReason),
        verdicts=VERDICTS,
        provenance=st.none() | PROVENANCE,
        emotion=st.none() | readings(),
        emotion_absence=st.none() | st.sampled_from(EmotionAbsence),
        follow_up_skipped=st.booleans(),
    )


QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(interviews())
def test_an_interview_comes_back_as_it_was(interview: Interview) -> None:
    """Every field, to the last bit of a float and the last microsecond; equal ones have equal bytes."""
    document = interview_to_json(interview)
    again = interview_from_json(document)
    assert again == interview
    assert interview_to_json(again) == document


@QUICK
@given(interviews(), INSTANT)
def test_a_report_comes_back_as_it_was(interview: Interview, instant: datetime) -> None:
    """The report that was built is the report that is published, also after a restart."""
    report = build(replace(interview, completed_at=instant), UTC)
    document = report_to_json(report)
    assert report_from_json(document) == report
    assert report_to_json(report_from_json(document)) == document


@pytest.mark.parametrize("read", [interview_from_json, report_from_json])
@pytest.mark.parametrize("document", [b"", b"{", b"[]", b'{"interview_id": 7, "candidate_name": "Secret"}'])
def test_a_damaged_document_is_told_without_its_content(read: object, document: bytes) -> None:
    """One error, whatever is wrong, and nothing of the document in it: it would end up in the log."""
    with pytest.raises(DamagedDocument) as raised:
        read(document)  # type: ignore[operator]
    assert "Secret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_document_that_breaks_a_rule_is_damaged() -> None:
    """A value no interview can have is the store's fault, not the caller's field."""
    document = interview_to_json(begun()).replace("Анна".encode(), b"")
    with pytest.raises(DamagedDocument, match="candidate_name"):
        interview_from_json(document)


def test_a_field_of_a_later_release_is_left_out() -> None:
    """Releases next to each other read each other's documents."""
    document = interview_to_json(begun())
    assert interview_from_json(document[:-1] + b', "new_in_next_release": 1}') == begun()

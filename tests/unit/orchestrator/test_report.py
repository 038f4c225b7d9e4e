"""The report: counts, means, shares and times as the contract of topic `step3` has them."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.answer import AskedQuestion
from services.orchestrator.documents import report_to_json
from services.orchestrator.interview import Interview
from services.orchestrator.judgement import Emotion, EmotionReading, Unscored, UnscoredReason
from services.orchestrator.messages import report as report_message
from services.orchestrator.report import build, summarize
from tests.fakes.clock import START
from tests.fakes.nouns import INTERVIEW_ID, answer, begun, score, specification, topic


def reading(*probabilities: float) -> EmotionReading:
    return EmotionReading((*probabilities, *[0.0] * (7 - len(probabilities))), accepted_frames=1)


def completed(*scores: int | None) -> Interview:
    """One topic per answer; None is UNSCORED."""
    names = [f"T{i}" for i in range(len(scores) or 1)]
    interview = begun(specification(*(topic(name) for name in names)))
    for i, points in enumerate(scores):
        outcome = Unscored(UnscoredReason.REFUSED) if points is None else score(points)
        question = AskedQuestion(f"q{i + 1}", f"T{i}?", i, 1, 0)
        asked = interview if i == 0 else interview.asking(question)
        received = asked.received(answer(asked.asked[-1]))
        interview = received.settled(asked.asked[-1].question_id, outcome)
    return interview.finished(START)


@pytest.mark.parametrize(
    ("scores", "average"),
    [((8, 7), 7.5), ((7, 7, 6), 6.67), ((10,), 10.0), ((0, 0, 1), 0.33), ((), None), ((None, None), None)],
)
def test_the_average_is_the_mean_of_the_scored_answers(
    scores: tuple[int | None, ...], average: float | None
) -> None:
    """Mean with 2 decimals; none without a scored answer: never 0 for want of a score."""
    assert build(completed(*scores), UTC).average_score == average


def test_answers_without_a_score_are_left_out_and_counted() -> None:
    """The average knows only scored answers; the report says how many there are of each."""
    report = build(completed(8, None, 7), UTC)
    assert (report.average_score, report.scored_answers, report.unscored_answers) == (7.5, 2, 1)
    assert len(report.answers) == 3
    assert report.answers[1].answer.score is None


def test_a_score_of_zero_counts() -> None:
    """0 is a score, not the lack of one."""
    report = build(completed(0, 10), UTC)
    assert (report.average_score, report.scored_answers) == (5.0, 2)


def test_topics_covered_are_those_with_an_answer_once_each() -> None:
    """In order, once each; a topic that was asked but not answered is not covered."""
    interview = completed(8)
    question = replace(interview.asked[0], question_id="q2", depth=1)
    again = interview.asked[0], question, AskedQuestion("q3", "never answered?", 0, 1, 0)
    answers = (*interview.answers, replace(interview.answers[0], question_id="q2"))
    report = build(replace(interview, asked=again, answers=answers), UTC)
    assert report.topics_covered == ("T0",)
    assert report.questions_asked == 3
    assert build(completed(1, 2, 3), UTC).topics_covered == ("T0", "T1", "T2")
    assert build(completed(), UTC).topics_covered == ()


def test_an_empty_interview_has_a_report() -> None:
    """Finished before any answer: counts of 0, no average, no emotions, no fault."""
    report = build(completed(), UTC)
    assert (report.questions_asked, report.answers, report.average_score) == (1, (), None)
    assert report.emotion == summarize([])


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("UTC", "2023-12-21 10:30:45"),
        ("Europe/Moscow", "2023-12-21 13:30:45"),
        ("America/New_York", "2023-12-21 05:30:45"),
    ],
)
def test_times_are_written_in_the_zone_of_the_settings(zone: str, written: str) -> None:
    """Completion and receipt of answers in REPORT_TIMEZONE, to the second, as the guide writes them."""
    instant = datetime(2023, 12, 21, 10, 30, 45, 789_000, tzinfo=UTC)
    interview = completed(5)
    answers = (replace(interview.answers[0], received_at=instant),)
    report = build(replace(interview, completed_at=instant, answers=answers), ZoneInfo(zone))
    assert report.completion_time == written
    assert report.answers[0].timestamp == written


def test_the_instant_keeps_its_milliseconds() -> None:
    """`complete_time` is the instant of completion to the millisecond, whatever the zone."""
    message = report_message(build(completed(5), ZoneInfo("Asia/Tokyo")))
    assert message.complete_time.ToMilliseconds() == int(START.timestamp() * 1000)
    assert message.complete_time.nanos == 123_000_000


def test_the_report_id_names_interview_and_revision() -> None:
    """`{interview_id}.1` for the first."""
    assert build(completed(5), UTC).report_id == f"{INTERVIEW_ID}.1"


def test_an_interview_under_way_has_no_report() -> None:
    """Building one is our fault, and said so."""
    with pytest.raises(ValueError, match="not completed"):
        build(begun(), UTC)


@given(st.lists(st.none() | st.integers(0, 10), max_size=6))
def test_two_builds_have_equal_bytes(scores: list[int | None]) -> None:
    """Stored document and message are the same bytes every time."""
    interview = completed(*scores)
    first, second = build(interview, UTC), build(interview, UTC)
    assert report_to_json(first) == report_to_json(second)
    encoded = [report_message(one).SerializeToString(deterministic=True) for one in (first, second)]
    assert encoded[0] == encoded[1]


def test_shares_are_of_analysed_answers_with_zeros_left_out() -> None:
    """Two of three neutral, one happy: 0.6667 and 0.3333, in the order of the emotions, nothing else."""
    summary = summarize([reading(0.2, 0.8), reading(0.9, 0.1), reading(0.6, 0.4)])
    assert summary.distribution == ((Emotion.NEUTRAL, 0.6667), (Emotion.HAPPINESS, 0.3333))
    assert summary.most_common is Emotion.NEUTRAL
    assert summary.total_analyses == 3
    assert summary.average_confidence == round((0.8 + 0.9 + 0.6) / 3, 4)


def test_a_tie_goes_to_the_higher_mean_probability() -> None:
    """One answer each: the emotion that was surer over all answers is the most common one."""
    assert summarize([reading(0.6, 0.4), reading(0.1, 0.9)]).most_common is Emotion.HAPPINESS
    assert summarize([reading(0.9, 0.1), reading(0.4, 0.6)]).most_common is Emotion.NEUTRAL


def test_no_readings_are_none_not_neutral() -> None:
    """Absent: null, {}, null, 0."""
    summary = summarize([])
    assert (summary.most_common, summary.distribution, summary.average_confidence) == (None, (), None)
    assert summary.total_analyses == 0
    message = report_message(build(completed(5), UTC)).emotion
    assert message.most_common_emotion == 0
    assert not message.HasField("average_confidence")


def test_answers_without_a_reading_are_not_analyses() -> None:
    """`total_analyses` counts answers with a reading, and shares are of those only."""
    interview = completed(5, 6)
    answers = (interview.answers[0], replace(interview.answers[1], emotion=reading(0.3, 0.7)))
    report = build(replace(interview, answers=answers), UTC)
    assert report.emotion.total_analyses == 1
    assert report.emotion.distribution == ((Emotion.HAPPINESS, 1.0),)
    message = report_message(report)
    assert not message.answers[0].HasField("emotion")
    assert message.answers[1].HasField("emotion")

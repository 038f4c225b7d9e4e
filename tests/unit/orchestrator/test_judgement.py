"""What judges and cameras may say: numbers out of range never become a noun, so they are never stored."""

import math

import pytest

from services.common.errors import InvalidField
from services.orchestrator.judgement import (
    CriterionVerdict,
    Emotion,
    EmotionReading,
    Judgement,
    Verdict,
    declined,
)
from services.orchestrator.judges import FollowUp
from services.orchestrator.specification import Criterion, Language
from tests.fakes.nouns import PROVENANCE


@pytest.mark.parametrize("score", [-1, 11])
def test_a_score_is_zero_to_ten(score: int) -> None:
    """One below and one above are refused."""
    with pytest.raises(InvalidField):
        Judgement(score, "", (), PROVENANCE)


def test_an_evaluation_has_at_most_4000_characters() -> None:
    """4,000 are fine, 4,001 are not."""
    Judgement(5, "я" * 4000, (), PROVENANCE)
    with pytest.raises(InvalidField):
        Judgement(5, "я" * 4001, (), PROVENANCE)


@pytest.mark.parametrize("weight", [math.nan, math.inf, -0.1, 100.1])
def test_the_weight_of_a_verdict_is_a_number(weight: float) -> None:
    """What JSON cannot hold would make the whole interview unreadable."""
    with pytest.raises(InvalidField):
        CriterionVerdict("c", weight, Verdict.MET)


@pytest.mark.parametrize(
    ("probabilities", "frames"),
    [
        ((), 1),
        ((1.0, 0, 0, 0, 0, 0), 1),
        ((0.0,) * 7, 1),
        ((2.0, -1.0, 0, 0, 0, 0, 0), 1),
        ((90.0, 10.0, 0, 0, 0, 0, 0), 1),
        ((math.nan, 1.0, 0, 0, 0, 0, 0), 1),
        ((1.0, 0, 0, 0, 0, 0, 0), 0),
    ],
)
def test_a_reading_is_seven_probabilities_of_at_least_one_frame(
    probabilities: tuple[float, ...], frames: int
) -> None:
    """Nothing, six, zeros, beyond 0..1, percent, no number, no frame: no reading, never a fake neutral."""
    with pytest.raises(InvalidField):
        EmotionReading(probabilities, frames)


def test_the_primary_emotion_is_the_most_probable_one() -> None:
    """The highest mean probability and its confidence; the first listed of equals."""
    reading = EmotionReading((0.1, 0.1, 0.5, 0.1, 0.1, 0.05, 0.05), 3)
    assert (reading.primary, reading.confidence) == (Emotion.SADNESS, 0.5)
    assert EmotionReading((0.4, 0.4, 0.2, 0, 0, 0, 0), 3).primary is Emotion.NEUTRAL


@pytest.mark.parametrize("text", ["", "  ", "я" * 2001, "a\0b"])
def test_a_written_question_keeps_the_limits_of_a_prepared_one(text: str) -> None:
    """Empty, too long, or with control characters: it is not asked."""
    with pytest.raises(InvalidField):
        FollowUp(text, (Criterion("c"),))


@pytest.mark.parametrize("count", [0, 13])
def test_a_written_question_has_something_to_judge_by(count: int) -> None:
    """1 to 12 criteria."""
    with pytest.raises(InvalidField):
        FollowUp("Why?", tuple(Criterion(f"c{i}") for i in range(count)))


@pytest.mark.parametrize(("language", "word"), [(Language.RU, "отказался"), (Language.EN, "passed")])
def test_a_declined_answer_is_zero_by_rule(language: Language, word: str) -> None:
    """Score 0, provenance rule:declined, a sentence in the interview's language."""
    judged = declined(language)
    assert (judged.score, judged.provenance.judge) == (0, "rule:declined")
    assert word in judged.text

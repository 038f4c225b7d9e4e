"""The arithmetic between verdicts and scores."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluator.evaluation import Criterion, CriterionVerdict, Verdict
from services.evaluator.scoring import (
    Band,
    Depth,
    MainPoint,
    band,
    coverage,
    model_score,
    round_half_up,
    rubric_score,
)

weights = st.floats(min_value=0.001, max_value=100, allow_nan=False)
verdicts = st.builds(
    CriterionVerdict,
    criterion=st.builds(Criterion, text=st.just("c"), weight=weights),
    verdict=st.sampled_from(Verdict),
)


def verdict(kind: Verdict, weight: float = 1.0) -> CriterionVerdict:
    return CriterionVerdict(Criterion("c", weight), kind)


@pytest.mark.parametrize(
    ("covered", "depth", "main_point", "score"),
    [
        (Fraction(1), Depth.NONE, MainPoint.RIGHT, 8),
        (Fraction(1), Depth.EXPLAINS_WHY, MainPoint.RIGHT, 9),
        (Fraction(1), Depth.SHOWS_PRACTICE, MainPoint.RIGHT, 10),
        (Fraction(3, 4), Depth.SHOWS_PRACTICE, MainPoint.RIGHT, 8),
        (Fraction(74, 100), Depth.SHOWS_PRACTICE, MainPoint.RIGHT, 6),
        (Fraction(1, 2), Depth.SHOWS_PRACTICE, MainPoint.RIGHT, 4),
        (Fraction(9, 16), Depth.NONE, MainPoint.RIGHT, 5),  # 4.5 goes up
        (Fraction(1), Depth.SHOWS_PRACTICE, MainPoint.WRONG, 3),
        (Fraction(1), Depth.NONE, MainPoint.OFF_TOPIC, 3),
        (Fraction(1, 4), Depth.NONE, MainPoint.WRONG, 2),
        (Fraction(0), Depth.SHOWS_PRACTICE, MainPoint.RIGHT, 0),
    ],
)
def test_the_models_score_follows_the_formula_of_the_design(
    covered: Fraction, depth: Depth, main_point: MainPoint, score: int
) -> None:
    """min(cap, round half up(8 · coverage) + depth), depth from 3/4 on, cap 3 when wrong or off topic."""
    assert model_score(covered, depth, main_point) == score


@pytest.mark.parametrize(
    ("covered", "score"),
    [(Fraction(0), 0), (Fraction(1, 20), 1), (Fraction(1, 4), 3), (Fraction(13, 20), 7), (Fraction(1), 10)],
)
def test_the_rubrics_score_is_ten_times_the_coverage_with_halves_rounded_up(
    covered: Fraction, score: int
) -> None:
    """0.05 gives 1 and 0.65 gives 7, where Python's round would give 0 and 6."""
    assert rubric_score(covered) == score


def test_coverage_is_the_weighted_mean_of_one_half_and_nothing() -> None:
    """3 · 1 + 2 · ½ + 1 · 0 of 6."""
    judged = [verdict(Verdict.MET, 3), verdict(Verdict.PARTLY_MET, 2), verdict(Verdict.NOT_MET, 1)]
    assert coverage(judged) == Fraction(2, 3)


def test_coverage_is_exact_in_the_weights_as_they_are_written() -> None:
    """Weights 0.1, 0.2 and 0.3 make exactly one half, so rounding is no matter of binary luck."""
    judged = [verdict(Verdict.MET, 0.1), verdict(Verdict.MET, 0.2), verdict(Verdict.NOT_MET, 0.3)]
    assert coverage(judged) == Fraction(1, 2)


@settings(deadline=None)
@given(st.lists(verdicts, min_size=1, max_size=12), st.sampled_from(Depth), st.sampled_from(MainPoint))
def test_scores_are_0_to_10_and_those_of_wrong_answers_at_most_3(
    judged: list[CriterionVerdict], depth: Depth, main_point: MainPoint
) -> None:
    """Whatever the verdicts and weights are."""
    covered = coverage(judged)
    assert 0 <= covered <= 1
    assert 0 <= rubric_score(covered) <= 10
    assert 0 <= model_score(covered, depth, main_point) <= (10 if main_point is MainPoint.RIGHT else 3)


@settings(deadline=None)
@given(st.lists(verdicts, min_size=1, max_size=12), st.data())
def test_a_better_verdict_never_lowers_a_score(judged: list[CriterionVerdict], data: st.DataObject) -> None:
    """Scores are monotonic in every criterion."""
    at = data.draw(st.integers(min_value=0, max_value=len(judged) - 1))
    better = [*judged[:at], verdict(Verdict.MET, judged[at].criterion.weight), *judged[at + 1 :]]
    for depth in Depth:
        low, high = (model_score(coverage(v), depth, MainPoint.RIGHT) for v in (judged, better))
        assert low <= high
    assert rubric_score(coverage(judged)) <= rubric_score(coverage(better))


@settings(deadline=None)
@given(st.integers(min_value=-1000, max_value=1000), st.integers(min_value=1, max_value=100))
def test_rounding_half_up_is_never_further_than_a_half(over: int, under: int) -> None:
    """-1/2 < rounded - value <= 1/2."""
    value = Fraction(over, under)
    assert -Fraction(1, 2) < round_half_up(value) - value <= Fraction(1, 2)


def test_bands_meet_without_a_gap() -> None:
    """0-3, 4-6, 7-8 and 9-10, as the design says."""
    named = [band(score) for score in range(11)]
    assert named == [Band.INCOMPLETE] * 4 + [Band.PARTLY_RIGHT] * 3 + [Band.GOOD] * 2 + [Band.STRONG] * 2

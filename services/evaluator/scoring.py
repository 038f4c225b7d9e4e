"""From verdicts to a score. Only this arithmetic makes scores; a judge gives verdicts."""

from collections.abc import Sequence
from enum import Enum
from fractions import Fraction

from services.evaluator.evaluation import CriterionVerdict, Verdict

HIGHEST = 10
CAP_WHEN_WRONG = 3
DEEP_FROM = Fraction(3, 4)

_HALVES = {Verdict.MET: 2, Verdict.PARTLY_MET: 1, Verdict.NOT_MET: 0}


class MainPoint(Enum):
    """Whether the answer is about the question and right in what matters most."""

    RIGHT = "right"
    WRONG = "wrong"
    OFF_TOPIC = "off_topic"


class Depth(Enum):
    """How far an answer goes beyond naming things; the value is what it adds to a good score."""

    NONE = 0
    EXPLAINS_WHY = 1
    SHOWS_PRACTICE = 2


class Band(Enum):
    """What a score means."""

    INCOMPLETE = "0-3: off topic or incomplete"
    PARTLY_RIGHT = "4-6: partly right"
    GOOD = "7-8: good"
    STRONG = "9-10: deep with practice; by the rubric: next to everything is there"


def coverage(verdicts: Sequence[CriterionVerdict]) -> Fraction:
    """The weighted mean of met (1), partly met (1/2) and not met (0), exactly. Needs at least one verdict."""
    weights = [_exact(verdict.criterion.weight) for verdict in verdicts]
    got = sum(weight * _HALVES[verdict.verdict] for weight, verdict in zip(weights, verdicts, strict=True))
    return Fraction(got, 2 * sum(weights))


def model_score(covered: Fraction, depth: Depth, main_point: MainPoint) -> int:
    """min(cap, round half up(8 · coverage) + depth).

    Depth counts from coverage 3/4; the cap is 3 when wrong or off topic, else 10.
    """
    cap = HIGHEST if main_point is MainPoint.RIGHT else CAP_WHEN_WRONG
    added = depth.value if covered >= DEEP_FROM else 0
    return min(cap, round_half_up(8 * covered) + added)


def rubric_score(covered: Fraction) -> int:
    """round half up(10 · coverage)."""
    return round_half_up(10 * covered)


def band(score: int) -> Band:
    """The band of a score 0 to 10."""
    if score <= 3:
        return Band.INCOMPLETE
    if score <= 6:
        return Band.PARTLY_RIGHT
    return Band.GOOD if score <= 8 else Band.STRONG


def _exact(weight: float) -> int | Fraction:
    """The decimal number that was meant; nearly all weights are whole, and whole numbers cost least."""
    return int(weight) if weight == int(weight) else Fraction(repr(weight))


def round_half_up(value: Fraction) -> int:
    """The nearest whole number; halves go up (Python's own round sends them to the even one)."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)

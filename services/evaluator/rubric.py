"""What the answers to one question are compared with, made ready once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.evaluator.evaluation import Criterion, Verdict
from services.evaluator.key_points import key_points
from services.evaluator.likeness import Reference
from services.evaluator.matching import Answer, Match
from services.evaluator.phrase import Phrase, phrase_of
from services.evaluator.sides import Sides, sides_of

KEPT = 64
"""So many questions are kept ready at a time."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which share of its words a criterion is met, or partly met."""

    met: float
    partly: float

    def verdict(self, match: Match) -> Verdict:
        """One word out of many shows nothing."""
        if match.weight <= 1 and match.share < 0.5:
            return Verdict.NOT_MET
        if match.share >= self.met:
            return Verdict.MET
        return Verdict.PARTLY_MET if match.share >= self.partly else Verdict.NOT_MET


CRITERION = Thresholds(met=0.5, partly=0.25)
KEY_POINT = Thresholds(met=0.3, partly=0.15)
"""A sentence of a reference answer says more than a good answer must: measured on human scores."""


@dataclass(frozen=True, slots=True)
class Point:
    """A criterion and the ways to say it, its own first, each with its thresholds."""

    criterion: Criterion
    ways: tuple[tuple[Phrase, Thresholds], ...]


@dataclass(frozen=True, slots=True)
class Rubric:
    """The points to be found; with the reference where they come from it."""

    points: tuple[Point, ...]
    sides: Sides
    reference: Reference | None


@lru_cache(KEPT)
def rubric_of(question: str, criteria: tuple[Criterion, ...], reference: str) -> Rubric:
    """The criteria, which sentences of the reference may say too; without criteria, those sentences."""
    statements = key_points(reference)
    sides = sides_of(question, [statement.text for statement in (*criteria, *statements)])
    phrases = [phrase_of(statement.text, question, sides) for statement in statements]
    if not criteria:
        points = tuple(Point(s, ((p, KEY_POINT),)) for s, p in zip(statements, phrases, strict=True))
        return Rubric(points, sides, _reference(question, reference, statements, sides))
    said = [(Answer(s.text, "", sides), p) for s, p in zip(statements, phrases, strict=True)]
    return Rubric(tuple(_point(criterion, question, sides, said) for criterion in criteria), sides, None)


def _reference(question: str, text: str, statements: Sequence[Criterion], sides: Sides) -> Reference | None:
    return Reference(question, text, [one.text for one in statements], sides) if statements else None


def _point(criterion: Criterion, question: str, sides: Sides, said: Sequence[tuple[Answer, Phrase]]) -> Point:
    """The criterion with the sentences of the reference that say it."""
    own = phrase_of(criterion.text, question, sides)
    others = [phrase for sentence, phrase in said if CRITERION.verdict(sentence.find(own)) is Verdict.MET]
    return Point(criterion, ((own, CRITERION), *((phrase, KEY_POINT) for phrase in others)))

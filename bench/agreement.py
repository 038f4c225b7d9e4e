"""How well two lists of scores agree, overall and within each question."""

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

_FEWEST = 3


@dataclass(frozen=True)
class Agreement:
    """None where a figure is undefined: a measure that never varies has no correlation.

    `pearson_within`: the mean over the questions with three or more answers that people scored differently;
    a measure that does not vary counts 0 there. `rmse`: what a line leaves that is fitted on other questions.
    `ordering`: of the pairs of answers to one question that people scored differently, the share that the
    measure puts in the same order; a tie counts half.
    """

    pearson: float | None
    spearman: float | None
    pearson_within: float | None
    rmse: float
    ordering: float | None


def agreement_of(questions: Sequence[str], measure: Sequence[float], human: Sequence[float]) -> Agreement:
    """`measure` and `human` by answer; `questions` says to which question each belongs."""
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for question, ours, theirs in zip(questions, measure, human, strict=True):
        pairs[question].append((ours, theirs))
    groups = list(pairs.values())
    return Agreement(
        pearson=pearson(measure, human),
        spearman=pearson(_ranks(measure), _ranks(human)),
        pearson_within=_within(groups),
        rmse=_rmse(groups),
        ordering=_ordering(groups),
    )


def pearson(one: Sequence[float], other: Sequence[float]) -> float | None:
    """The correlation; None where one of them never varies."""
    if len(set(one)) < 2 or len(set(other)) < 2:
        return None
    return statistics.correlation(one, other)


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 1; equal values share the mean of theirs."""
    places: dict[float, list[int]] = defaultdict(list)
    for rank, value in enumerate(sorted(values), start=1):
        places[value].append(rank)
    return [statistics.fmean(places[value]) for value in values]


def _within(groups: Sequence[Sequence[tuple[float, float]]]) -> float | None:
    found = []
    for group in groups:
        measure, human = zip(*group, strict=True)
        if len(group) >= _FEWEST and len(set(human)) > 1:
            found.append(pearson(measure, human) or 0.0)
    return statistics.fmean(found) if found else None


def _rmse(groups: Sequence[Sequence[tuple[float, float]]]) -> float:
    squares = []
    for number, group in enumerate(groups):
        others = [pair for other, pairs in enumerate(groups) if other != number for pair in pairs]
        slope, intercept = _line(others)
        squares += [(slope * measure + intercept - human) ** 2 for measure, human in group]
    return math.sqrt(statistics.fmean(squares))


def _line(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    measure, human = zip(*pairs, strict=True)
    if len(set(measure)) < 2:
        return 0.0, statistics.fmean(human)
    line = statistics.linear_regression(measure, human)
    return line.slope, line.intercept


def _ordering(groups: Sequence[Sequence[tuple[float, float]]]) -> float | None:
    right = pairs = 0.0
    for group in groups:
        for index, (ours, theirs) in enumerate(group):
            for other_ours, other_theirs in group[:index]:
                if theirs != other_theirs:
                    pairs += 1
                    agree = (ours - other_ours) * (theirs - other_theirs)
                    right += 1.0 if agree > 0 else 0.5 if ours == other_ours else 0.0
    return right / pairs if pairs else None

"""Does the rubric judge put answers in the order that everyone agrees on? By kind of bad answer.

`python -m bench.ordering [FILE...]`: the questions of tests/data/ordering, each with an answer that says all,
one that says half, and seven bad ones; with criteria, with criteria and reference, with the reference only.
"""

import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.grading import rubric_score
from services.evaluator.evaluation import AnswerTask, Criterion, Language

DATA = Path(__file__).parent.parent / "tests" / "data" / "ordering"
GOOD = ("full", "half")
WAYS = {"criteria": (True, False), "criteria and reference": (True, True), "reference": (False, True)}
"""What the judge is given, by name: criteria? a reference?"""


@dataclass(frozen=True)
class Order:
    """Pairs in the right order, and all of them, by the kind of the lower answer; the mean score by kind."""

    right: dict[str, int]
    pairs: dict[str, int]
    means: dict[str, float]

    @property
    def share(self) -> float:
        """Of all pairs."""
        return sum(self.right.values()) / sum(self.pairs.values())


def main() -> None:
    """Prints a table per file."""
    for file in [Path(name) for name in sys.argv[1:]] or sorted(DATA.glob("*.json")):
        questions = json.loads(file.read_text(encoding="utf-8"))
        print(f"{file.stem}: {len(questions)} questions")
        print(table({way: order_of(scores_of(questions, *given)) for way, given in WAYS.items()}))


def scores_of(
    questions: Sequence[dict[str, Any]], with_criteria: bool, with_reference: bool
) -> list[dict[str, int]]:
    """The score of each answer by its kind, a dict per question."""
    return [
        {kind: _score(one, answer, with_criteria, with_reference) for kind, answer in one["answers"].items()}
        for one in questions
    ]


def order_of(scores: Sequence[dict[str, int]]) -> Order:
    """Which pairs the scores of the same kinds of answers put in the right order. A tie is no order."""
    kinds = list(scores[0])
    right: dict[str, int] = defaultdict(int)
    pairs: dict[str, int] = defaultdict(int)
    for better, worse in pairs_of(kinds):
        right[worse] += sum(one[better] > one[worse] for one in scores)
        pairs[worse] += len(scores)
    means = {kind: statistics.fmean(one[kind] for one in scores) for kind in kinds}
    return Order(dict(right), dict(pairs), means)


def pairs_of(kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    """full > half > each of the others."""
    yield GOOD
    for kind in kinds:
        if kind not in GOOD:
            yield from ((better, kind) for better in GOOD)


def _score(question: dict[str, Any], answer: str, with_criteria: bool, with_reference: bool) -> int:
    task = AnswerTask(
        language=Language(question["language"]),
        topic=question["topic"],
        question_text=question["question"],
        answer_text=answer,
        difficulty=1,
        criteria=tuple(Criterion(text) for text in question["criteria"]) if with_criteria else (),
        reference_answer=question["reference"] if with_reference else "",
    )
    score = rubric_score(task)
    if score is None:
        raise ValueError(f"{question['id']} has nothing to judge by")
    return score


def table(orders: dict[str, Order]) -> str:
    """Pairs in the right order and mean score, by kind of answer and by what the judge was given."""
    kinds = next(iter(orders.values())).means
    lines = [f"{'':<20}" + "".join(f"{way:>26}" for way in orders)]
    for kind in kinds:
        cells = [f"{_pairs(order, kind):>16}{order.means[kind]:>10.1f}" for order in orders.values()]
        lines.append(f"{kind:<20}" + "".join(cells))
    lines.append(f"{'all pairs':<20}" + "".join(f"{order.share:>16.1%}{'':>10}" for order in orders.values()))
    return "\n".join(lines)


def _pairs(order: Order, kind: str) -> str:
    return f"{order.right[kind]}/{order.pairs[kind]}" if kind in order.pairs else ""


if __name__ == "__main__":
    main()

"""One row of a benchmark: a line of a table for people, a line of JSON in build/bench.jsonl for documents."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_ROWS = Path("build/bench.jsonl")


@dataclass(frozen=True)
class Row:
    """`ratio` is ours / against, median of rounds; `goal` its bound, as text; `met` whether it holds."""

    line: str
    ours: float
    against: float
    unit: str
    ratio: float
    goal: str
    met: bool
    note: str = ""


def tell(row: Row) -> None:
    """Prints the row and keeps it."""
    verdict = "met" if row.met else "NOT MET"
    print(
        f"{row.line:<44} {row.ours:>10.3f} {row.against:>10.3f} {row.unit:<10}"
        f" x{row.ratio:<6.2f} goal {row.goal:<8} {verdict}  {row.note}"
    )
    _ROWS.parent.mkdir(exist_ok=True)
    with _ROWS.open("a") as rows:
        rows.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def tell_rounds(
    line: str,
    ours: Sequence[float],
    against: Sequence[float],
    unit: str,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
) -> None:
    """A row from one pair of figures per round: the median of their ratios against the goal that is given."""
    ratios = [one / other for one, other in zip(ours, against, strict=True)]
    ratio = statistics.median(ratios)
    tell(
        Row(
            line=line,
            ours=statistics.median(ours),
            against=statistics.median(against),
            unit=unit,
            ratio=ratio,
            goal=f"<= {at_most}" if at_least is None else f">= {at_least}",
            met=(at_most is None or ratio <= at_most) and (at_least is None or ratio >= at_least),
            note=f"min {min(ratios):.2f} max {max(ratios):.2f}, {len(ratios)} rounds",
        )
    )

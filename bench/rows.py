"""One row of a benchmark: a line of a table for people, a line of JSON in build/bench.jsonl for documents."""

import json
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

"""How well does the rubric judge agree with people? Figures on answers that people scored, beside floors.

`python -m bench.grading CSV...`: columns question_id, question, reference, answer, score_0_10; if given also
criteria (a JSON array, or one a line, or parted by "|" or ";") and language (ru, en). Columns are parted by
commas, semicolons or tabs. Nothing is fitted to the files: the judge is as shipped, and the line behind RMSE
is fitted without the question it is used on. The last line is JSON.
"""

import asyncio
import csv
import io
import json
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.agreement import Agreement, agreement_of
from bench.floors import constant, idf_coverage, log_length, tf_idf_cosine
from services.common.clock import SystemClock
from services.common.errors import DomainError
from services.evaluator.evaluation import AnswerTask, Criterion, Evaluation, Language
from services.evaluator.rubric_judge import RubricJudge

COLUMNS = {"question_id", "question", "reference", "answer", "score_0_10"}


@dataclass(frozen=True)
class Graded:
    """An answer that a person scored, 0 to 10."""

    question_id: str
    task: AnswerTask
    score: float


def main() -> None:
    """Prints a table and, as the last line, JSON."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print(report([Path(name) for name in sys.argv[1:]]))


def report(files: Sequence[Path]) -> str:
    """The table and the JSON line of the answers in all `files` together."""
    graded = [one for file in files for one in read(file)]
    scored = [(one, score) for one in graded if (score := rubric_score(one.task)) is not None]
    if len({one.question_id for one, _ in scored}) < 2:
        sys.exit("at least two questions with answers that can be judged are needed")
    figures = agreements([one for one, _ in scored], [score for _, score in scored])
    questions = len({one.question_id for one, _ in scored})
    head = f"{len(scored)} answers to {questions} questions; {len(graded) - len(scored)} without a score"
    told: dict[str, object] = {
        "answers": len(scored),
        "questions": questions,
        "unscored": len(graded) - len(scored),
    }
    told |= {name: asdict(agreement) for name, agreement in figures.items()}
    return "\n".join([head, _table(figures), json.dumps(told, allow_nan=False)])


def agreements(graded: Sequence[Graded], scores: Sequence[float]) -> dict[str, Agreement]:
    """How well each measure agrees with the people's scores."""
    questions = [one.question_id for one in graded]
    human = [one.score for one in graded]
    answers = [one.task.answer_text for one in graded]
    references = [_reference(one.task) for one in graded]
    measures: dict[str, Sequence[float]] = {
        "rubric": scores,
        "constant": constant(answers),
        "length": log_length(answers),
        "tf_idf_cosine": tf_idf_cosine(references, answers),
        "idf_coverage": idf_coverage(references, answers),
    }
    return {name: agreement_of(questions, values, human) for name, values in measures.items()}


def read(file: Path) -> list[Graded]:
    """The rows of `file` that hold an answer. Ends the program with one line that names what is wrong."""
    csv.field_size_limit(1 << 20)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        sys.exit(f"{file} cannot be read: {error}")
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    missing = COLUMNS - set(rows.fieldnames or ())
    if missing:
        sys.exit(f"{file} has no column {', '.join(sorted(missing))}")
    return [_graded(file, rows.line_num, row) for row in rows if (row["answer"] or "").strip()]


def _graded(file: Path, line: int, row: dict[str, str]) -> Graded:
    try:
        return Graded(f"{file.name}:{row['question_id']}", _task(row), float(row["score_0_10"]))
    except (ValueError, TypeError, KeyError, DomainError) as error:
        sys.exit(f"{file}, line {line}: {error}")


def _delimiter(text: str) -> str:
    """What parts the columns of the first line."""
    head = text.split("\n", 1)[0]
    return max(",;\t", key=head.count)


def rubric_score(task: AnswerTask) -> int | None:
    """The score as a caller gets it; None where there is nothing to judge by."""
    judgement = asyncio.run(RubricJudge(SystemClock()).evaluate(task, within_seconds=60))
    return judgement.outcome.score if isinstance(judgement.outcome, Evaluation) else None


def _task(row: dict[str, str]) -> AnswerTask:
    russian = any("а" <= letter <= "я" for letter in row["question"].lower())
    language = row.get("language") or ("ru" if russian else "en")
    return AnswerTask(
        language=Language(language.strip().lower()),
        topic="grading",
        question_text=row["question"],
        answer_text=row["answer"],
        difficulty=1,
        criteria=_criteria(row.get("criteria") or ""),
        reference_answer=row.get("reference") or "",
    )


def _criteria(cell: str) -> tuple[Criterion, ...]:
    if not cell.lstrip().startswith("["):
        parts = cell.strip().splitlines()
        if len(parts) == 1:
            parts = re.split(r"\||;", cell)
        return tuple(Criterion(part.strip()) for part in parts if part.strip())
    given = [{"text": one} if isinstance(one, str) else one for one in json.loads(cell)]
    return tuple(Criterion(one["text"], float(one.get("weight", 1))) for one in given)


def _reference(task: AnswerTask) -> str:
    """What the floors compare with: the reference, or the criteria where there is none."""
    return task.reference_answer or "\n".join(criterion.text for criterion in task.criteria)


def _table(figures: dict[str, Agreement]) -> str:
    lines = [f"{'':<16}{'r':>8}{'spearman':>10}{'r within':>10}{'rmse':>8}{'ordering':>10}"]
    for name, one in figures.items():
        lines.append(
            f"{name:<16}{_number(one.pearson):>8}{_number(one.spearman):>10}{_number(one.pearson_within):>10}"
            f"{_number(one.rmse):>8}{_number(one.ordering):>10}"
        )
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.3f}"


if __name__ == "__main__":
    main()

"""How well the rubric judge tells answers apart: the figures of docs/scoring.md, held."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.grading import read
from bench.ordering import DATA, WAYS, order_of, scores_of
from tests.needs import needs_env

# The goal, 95 % with criteria and 85 % without, was set for the first two files together.
# The rest was measured, and must not fall.
FLOORS = {
    ("seen", "held_out"): {"criteria": 0.95, "criteria and reference": 0.945, "reference": 0.90},
    ("seen",): {"criteria": 0.97, "criteria and reference": 0.97, "reference": 0.94},
    ("held_out",): {"criteria": 0.93, "criteria and reference": 0.92, "reference": 0.855},
    ("fresh",): {"criteria": 0.95, "criteria and reference": 0.945, "reference": 0.795},
    ("unseen",): {"criteria": 0.875, "criteria and reference": 0.88, "reference": 0.915},
    ("last",): {"criteria": 0.86, "criteria and reference": 0.86, "reference": 0.895},
    ("advised",): {"criteria": 0.905, "criteria and reference": 0.905, "reference": 0.895},
}
ORDERED = ("seen", "held_out", "fresh", "unseen", "last", "advised")
BAD = {"wrong", "off_topic", "dont_know", "negated", "long_wrong", "question_repeated", "keywords"}


def questions(*files: str) -> list[dict[str, Any]]:
    return [one for file in files for one in json.loads((DATA / f"{file}.json").read_text(encoding="utf-8"))]


@pytest.mark.parametrize("way", WAYS)
def test_answers_come_in_the_order_everyone_agrees_on(way: str) -> None:
    """full > half > each bad answer, in as many of all pairs as docs/scoring.md says."""
    scored = {file: scores_of(questions(file), *WAYS[way]) for file in ORDERED}
    for files, floors in FLOORS.items():
        share = order_of([one for file in files for one in scored[file]]).share
        assert share >= floors[way], (files, share)


def test_the_ordered_answers_are_whole() -> None:
    """At least 60 questions in two languages, each with all kinds of answers, in no two files."""
    ordered = questions(*ORDERED)
    assert len({question["id"] for question in ordered}) == len(ordered) >= 60
    assert {question["language"] for question in ordered} == {"ru", "en"}
    for question in ordered:
        assert set(question["answers"]) == {"full", "half", *BAD}
        assert question["answers"]["full"] != question["reference"]


def grading(*files: Path) -> dict[str, Any]:
    """The last line of `python -m bench.grading`."""
    command = [sys.executable, "-m", "bench.grading", *map(str, files)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def test_scores_agree_with_those_of_people() -> None:
    """r of 0.48, and 0.51 within a question, on the Short Answer Feedback data; better than every floor."""
    figures = grading(*sorted(needs_env("GRADING_DIR").glob("*.csv")))
    rubric = figures["rubric"]
    assert rubric["pearson"] >= 0.48
    assert rubric["pearson_within"] >= 0.51
    assert rubric["rmse"] <= figures["constant"]["rmse"]
    for floor in ("length", "tf_idf_cosine", "idf_coverage"):
        for figure in ("pearson", "spearman", "pearson_within", "ordering"):
            assert rubric[figure] >= figures[floor][figure], (floor, figure)
        assert rubric["rmse"] <= figures[floor]["rmse"]


def test_any_csv_with_the_columns_will_do(tmp_path: Path) -> None:
    """Criteria and language are taken where given; an answer that nothing judges is counted apart."""
    file = tmp_path / "graded.csv"
    file.write_text(
        "question_id,question,reference,answer,score_0_10,criteria,language\n"
        "1,Что такое стек?,,Последний положенный элемент берут первым.,10,последний элемент берут первым,ru\n"
        "1,Что такое стек?,,Это такая таблица.,0,последний элемент берут первым,ru\n"
        '2,What is a queue?,,First in first out.,9,"[""first in first out""]",en\n'
        "2,What is a queue?,,No idea.,0,first in first out,en\n"
        "3,What is a heap?,,A tree.,5,,\n"
    )
    figures = grading(file)
    assert (figures["answers"], figures["questions"], figures["unscored"]) == (4, 2, 1)
    assert figures["rubric"]["ordering"] == 1.0
    assert figures["constant"]["pearson"] is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("question_id,question,answer,score_0_10\n1,a,b,5\n", "no column reference"),
        ("question_id,question,reference,answer,score_0_10\n1,a,b,c,good\n", "line 2: could not convert"),
        (
            "question_id,question,reference,answer,score_0_10,language\n1,a,b,c,5,ru\n2,a,b,c,5,xx\n",
            "line 3: 'xx' is not",
        ),
    ],
)
def test_a_csv_that_cannot_be_used_is_told_of_by_line(tmp_path: Path, text: str, told: str) -> None:
    """One line names the file, the line and what is wrong; no traceback."""
    file = tmp_path / "graded.csv"
    file.write_text(text)
    with pytest.raises(SystemExit) as ended:
        read(file)
    assert str(file) in str(ended.value)
    assert told in str(ended.value)


@pytest.mark.parametrize("cell", ['"[""lifo"", ""last first""]"', '"lifo\nlast first"', "lifo | last first"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_criteria_and_columns_may_be_parted_in_usual_ways(tmp_path: Path, cell: str, delimiter: str) -> None:
    """A JSON array, lines or bars; and what spreadsheets write."""
    file = tmp_path / "graded.csv"
    head = ["question_id", "question", "reference", "answer", "score_0_10", "criteria"]
    row = ["1", "What is a stack?", "", "Last in first out.", "10", cell]
    file.write_text(f"{delimiter.join(head)}\n{delimiter.join(row)}\n")
    (graded,) = read(file)
    assert [criterion.text for criterion in graded.task.criteria] == ["lifo", "last first"]

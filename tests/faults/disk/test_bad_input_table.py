"""Every row of the tables of bad input in docs/report.md is held by a test."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.fakes.bad_reports import BAD_REPORTS
from tests.faults.disk.test_damaged_files import DAMAGED

PAGE = Path(__file__).parents[3] / "docs" / "report.md"
TESTS = Path(__file__).parents[2]

# A row, and the cases of BAD_REPORTS or DAMAGED that hold it; or the file and the name of its own test.
REPORTS = {
    "a number that is none: NaN, infinite": {"average NaN", "average infinite", "reading NaN", "weight NaN"},
    "a time that is none, or an instant outside 1970 to 9999": {
        "February 30",
        "time with a zone",
        "bad answer time",
        "instant before 1970",
        "instant after 9999",
    },
    "a score outside 0 to 10": {"score 11", "score below 0"},
    "no interview id, or one that cannot be one": {"no interview id", "foreign interview id", "long id"},
    "a report id that does not match": {"report id of another", "report id of another revision"},
    "an id that would add a header or leave the directory": {"id that would add a header", "id with a path"},
    "no kind, or an unknown one": {"no kind", "unknown kind"},
    "text that is no UTF-8, a lone surrogate": ("rpc/test_reporter.py", "test_text_that_is_none_is_refused"),
    "a record over 4 MiB": {"over 4 MiB"},
    "a message over 5 MiB": ("rpc/test_reporter.py", "test_message_over_five_mib_is_refused"),
}
HERE = "faults/disk/test_damaged_files.py"
FILES = {
    "empty, not JSON, not UTF-8": {"empty", "not_json", "not_utf8"},
    "truncated": {"truncated"},
    "of the wrong shape": {"list", "wrong_shape"},
    "with NaN, a bad time, a score of 11": {"nan", "bad_time", "score_11"},
    "without an id, or with ids that do not match": {"no_id", "other_id"},
    "over 4 MiB": {"huge"},
    "a folder, a FIFO, a symbolic link": (HERE, "test_what_is_no_file"),
    "another owner's, and may be read": (HERE, "test_files_of_another_owner"),
    "another owner's, and may not be read": (HERE, "test_files_of_another_owner"),
}


def rows_of(heading: str) -> list[str]:
    """The first cells of the table with this first heading."""
    table = PAGE.read_text().split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return [re.split(r" \| ", line.removeprefix("| "))[0] for line in table.splitlines()[2:]]


@pytest.mark.parametrize(
    ("heading", "rows", "cases"),
    [
        ("a report with", REPORTS, {bad.what for bad in BAD_REPORTS}),
        ("a file that is", FILES, set(DAMAGED)),
    ],
)
def test_every_row_has_a_test(
    heading: str, rows: dict[str, set[str] | tuple[str, str]], cases: Iterable[str]
) -> None:
    """The page has exactly the rows that are tested."""
    assert rows_of(heading) == list(rows)
    for held_by in rows.values():
        if isinstance(held_by, tuple):
            file, name = held_by
            assert f"def {name}(" in (TESTS / file).read_text()
        else:
            assert held_by <= set(cases)

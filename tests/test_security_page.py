"""docs/security.md names a test for every threat, and each of them is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", PAGE)))


@pytest.mark.parametrize("name", NAMED)
def test_what_shows_it_is_there(name: str) -> None:
    """The file has a test function of this name."""
    file, _, function = name.partition("::")
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert function in tests


def test_every_threat_has_a_test() -> None:
    """Each row of its tables names one."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| threat |")]
    assert rows
    assert [row for row in rows if "::test_" not in row] == []

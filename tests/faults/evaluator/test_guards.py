"""Each guard of the evaluator is taken away once, and the tests notice: all if FAULTS=large, else some."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Guard:
    """`code` of services/evaluator/`file` becomes `without`; then `test` (of tests/) fails."""

    name: str
    file: str
    code: str
    without: str
    test: str


GUARDS = [Guard(**one) for one in json.loads((ROOT / "tests" / "data" / "guards.json").read_text("utf-8"))]
TAKEN_AWAY = GUARDS if os.environ.get("FAULTS") == "large" else GUARDS[:1]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code and its tests, to be spoilt."""
    folder = tmp_path_factory.mktemp("guards")
    for name in ("services", "tests", "bench", "protos"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def outcome_of(folder: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            *(f"tests/{test}" for test in tests),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}:{folder / 'protos'}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.parametrize("guard", TAKEN_AWAY, ids=lambda guard: guard.name)
def test_a_guard_that_is_gone_is_missed(copy: Path, guard: Guard) -> None:
    """A test fails, and by what the code does: not because it cannot be imported."""
    file = copy / "services" / "evaluator" / guard.file
    whole = file.read_text("utf-8")
    assert whole.count(guard.code) == 1, "the guard stands elsewhere by now"
    file.write_text(whole.replace(guard.code, guard.without), "utf-8")
    try:
        done = outcome_of(copy, guard.test)
    finally:
        file.write_text(whole, "utf-8")
    assert done.returncode == 1, done.stdout[-2_000:] + done.stderr[-2_000:]
    assert "1 failed" in done.stdout.splitlines()[-1], done.stdout[-2_000:]


def test_the_copy_is_what_is_tested(copy: Path) -> None:
    """With all its guards it passes: what fails above fails for the guard."""
    code = "import services.evaluator as s, sys; sys.exit(0 if s.__file__.startswith(sys.argv[1]) else 1)"
    env = {**os.environ, "PYTHONPATH": str(copy)}
    subprocess.run([sys.executable, "-c", code, str(copy)], cwd=copy, env=env, check=True, timeout=60)
    done = outcome_of(copy, *{guard.test for guard in TAKEN_AWAY})
    assert done.returncode == 0, done.stdout[-2_000:]

"""`make doctor` where the services run in Docker, which is a program here that notes what it is asked for."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKER = """#!/bin/sh
echo "$*" >> "$0.calls"
case "$*" in
    *"ps --status running --quiet"|*"--quiet orchestrator"|*"--quiet reporter") echo 0123abcd ;;
    *"ps --status"*) ;;
    *"run --rm --no-deps -T emotion doctor"*) exit 1 ;;
esac
"""


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """Of four services two run; the doctor of the third finds something."""
    program = tmp_path / "docker"
    program.write_text(DOCKER)
    program.chmod(0o755)
    return program


def test_each_service_is_examined_in_its_container(docker: Path) -> None:
    """One that runs in its own, one that does not in a new one; one fault is enough for exit code 1."""
    done = subprocess.run(
        [ROOT / "scripts" / "doctor.sh", "--json"],
        env={
            **os.environ,
            "PATH": f"{docker.parent}:{os.environ['PATH']}",
            "STACK": "docker compose -f a.yml",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    calls = docker.with_suffix(".calls").read_text().splitlines()
    assert [call for call in calls if " ps " not in call] == [
        "compose -f a.yml exec -T orchestrator python -m services.orchestrator doctor --json",
        "compose -f a.yml run --rm --no-deps -T evaluator doctor --json",
        "compose -f a.yml run --rm --no-deps -T emotion doctor --json",
        "compose -f a.yml exec -T reporter python -m services.reporter doctor --json",
    ]

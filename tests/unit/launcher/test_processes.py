"""How a process of ours is ended, and what is told when it ended by itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.launcher.processes import Running, ServiceFailed, last_lines, stop, wait_until_serving
from scripts.launcher.services import SERVICES


def run(tmp_path: Path, code: str) -> Running:
    """A process that runs `code` and has printed its first line."""
    log_file = tmp_path / "evaluator.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=log)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return Running(SERVICES[0], process, log_file)


def test_a_process_that_drains_is_waited_for(tmp_path: Path) -> None:
    """SIGTERM and an exit code of 0: nothing is said."""
    said: list[str] = []
    code = "import signal, sys; signal.signal(15, lambda *_: sys.exit(0)); print(flush=True); signal.pause()"
    assert stop(run(tmp_path, code), said.append)
    assert said == []


def test_a_process_that_ends_badly_is_told_with_its_log(tmp_path: Path) -> None:
    """Another exit code is told, with the end of the log."""
    said: list[str] = []
    code = "import signal, sys; signal.signal(15, lambda *_: sys.exit('lost'))"
    assert not stop(run(tmp_path, f"{code}; print(flush=True); signal.pause()"), said.append)
    assert "evaluator ended with code 1" in said[0]
    assert "    lost" in said[0]


def test_a_process_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    """After our patience the process is killed, and that is told; nothing is left behind."""
    said: list[str] = []
    running = run(
        tmp_path, "import signal; signal.signal(15, signal.SIG_IGN); print(flush=True); signal.pause()"
    )
    assert not stop(running, said.append, patience_seconds=0.2)
    assert said == ["evaluator did not stop in 0.2 s and was killed."]
    assert running.died


def test_a_process_that_dies_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    """Waiting for health ends as soon as the process does, with its last words."""
    running = run(tmp_path, "import sys; sys.exit('EVALUATOR_PORT: must be a number')")
    with pytest.raises(
        ServiceFailed, match=r"evaluator ended with code 1(?s:.*)EVALUATOR_PORT: must be a number"
    ):
        wait_until_serving(running, "", timeout_seconds=10)


def test_only_the_end_of_a_log_is_shown(tmp_path: Path) -> None:
    """The last lines, each cut to a readable length."""
    (tmp_path / "log").write_text("\n".join(["a", "b", "c" * 1000]))
    assert last_lines(tmp_path / "log", 2) == ["b", "c" * 400]

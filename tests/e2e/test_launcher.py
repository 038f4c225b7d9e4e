"""`make run` and `make serve` as processes."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kafka.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = (sys.executable, "-m", "scripts.launcher")
UNSET = ("KAFKA_BOOTSTRAP_SERVERS", "REPORT_FALLBACK_DIR", "ORCHESTRATOR_DATABASE_URL", "JUDGE")


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """That of a machine which knows neither Kafka nor a model."""
    return {k: v for k, v in os.environ.items() if k not in UNSET and not k.startswith("OPENAI_")}


def run(folder: Path, environment: dict[str, str], example: str = "technical") -> str:
    """What `make run` prints in `folder`, where store, logs and reports go."""
    done = subprocess.run(
        [*LAUNCHER, "run", str(ROOT / "examples" / f"{example}.yaml")],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def report_of(file: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(file.read_text(encoding="utf-8"))["report"]
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs of this module work, one after the other, as in a checkout."""
    return tmp_path_factory.mktemp("checkout")


@pytest.fixture(scope="module")
def first_run(folder: Path, environment: dict[str, str]) -> str:
    """What the first run printed."""
    return run(folder, environment)


def test_a_run_deepens_one_topic_and_no_other(folder: Path, first_run: str) -> None:
    """Good answers earn follow-ups on their topic; a middling and a bad one do not."""
    assert "Report    reports/technical_interview_report.json" in first_run
    answers = report_of(folder / "reports" / "technical_interview_report.json")["answers"]
    assert isinstance(answers, list)
    assert [(answer["topic"], answer["difficulty"]) for answer in answers] == [
        ("Python", 1),
        ("Python", 2),
        ("Python", 3),
        ("Алгоритмы", 1),
        ("Базы данных", 1),
    ]
    scores = [answer["score"] for answer in answers]
    assert min(scores[:2]) >= 7
    assert 4 <= scores[3] <= 6
    assert scores[4] <= 3


def test_the_picture_in_the_readme_is_what_a_run_shows(folder: Path, first_run: str) -> None:
    """Its scorecard, which ends it, has the scores that this machine's run gave."""
    assert "Report    reports/technical_interview_report.json" in first_run
    answers = report_of(folder / "reports" / "technical_interview_report.json")["answers"]
    assert isinstance(answers, list)
    pictured = re.findall(r"(\d+)/10", (ROOT / "docs" / "run.svg").read_text(encoding="utf-8"))
    assert pictured[-len(answers) :] == [str(answer["score"]) for answer in answers]


@pytest.mark.usefixtures("first_run")
def test_a_second_run_overwrites_nothing(folder: Path, environment: dict[str, str]) -> None:
    """The promised name stays with the first report; the second one says what its own is."""
    promised = folder / "reports" / "technical_interview_report.json"
    before = promised.read_bytes()
    said = run(folder, environment)
    assert promised.read_bytes() == before
    (other,) = set((folder / "reports").glob("technical_*.json")) - {promised}
    assert f"Report    reports/{other.name}" in said


def test_a_room_has_its_own_name(folder: Path, environment: dict[str, str]) -> None:
    """`make run KIND=room` leaves interview_report_{room_id}.json."""
    run(folder, environment, "room")
    report = report_of(folder / "reports" / "interview_report_backend-42.json")
    assert report["total_questions"] == 3


def test_a_service_that_cannot_start_is_told(tmp_path: Path, environment: dict[str, str]) -> None:
    """The end of its log is shown, the others are stopped, the exit code is not 0."""
    done = subprocess.run(
        [*LAUNCHER, "run", str(ROOT / "examples" / "technical.yaml")],
        cwd=tmp_path,
        env={**environment, "REPORT_TIMEZONE": "Moon/Crater"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 1
    assert "error: orchestrator ended with code 1" in done.stdout
    assert "REPORT_TIMEZONE" in done.stdout


@contextmanager
def serving(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """`make serve` until it has been asked to stop, which it must do well; the orchestrator's address."""
    with subprocess.Popen(
        [*LAUNCHER, "serve"], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield _address(process)
        finally:
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert "Stopped." in said


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        found = re.search(r"Clients call the orchestrator at (\S+)", line)
        if found:
            return found[1]
    raise AssertionError(f"make serve ended by itself:\n{said}")


def test_services_end_with_a_launcher_that_was_killed(tmp_path: Path, environment: dict[str, str]) -> None:
    """`kill -9` of `make serve`: its services drain and end too."""
    with subprocess.Popen(
        [*LAUNCHER, "serve"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        _address(process)
        services = _children(process.pid)
        assert len(services) == 4
        process.kill()
    wait_for(lambda: not any(map(_runs, services)), 30, "the services are gone")
    for log in (tmp_path / "build" / "logs").glob("*.log"):
        assert '"event":"stopped"' in log.read_text(), f"{log.name}: it was not let drain"


def _children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def _runs(pid: int) -> bool:
    """Whether there is such a process, and it is more than an entry that nobody has asked for."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_services_are_served_until_ctrl_c(tmp_path: Path, environment: dict[str, str]) -> None:
    """`make serve` says where the orchestrator is; clients are served there; Ctrl-C drains, exit code 0."""
    with serving(tmp_path, environment) as address:
        command = [sys.executable, "-m", "speakalka", "show", "interview_0", "--address", address]
        asked = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    assert asked.returncode == 1
    assert "INTERVIEW_NOT_FOUND" in asked.stdout


def test_ctrl_c_before_anything_runs_is_no_error(tmp_path: Path, environment: dict[str, str]) -> None:
    """While `make serve` is still looking for weights: it says that it stopped, exit code 0, no traceback."""
    with subprocess.Popen(
        [*LAUNCHER, "serve"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Looking for")
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert (said.split(), process.returncode) == (["Stopped."], 0)

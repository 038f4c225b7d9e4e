"""Kafka from end to end: a sample report through a reporter of its own to the topic, and read back.

In pytest it runs against three brokers of its own. By itself it runs against those of the environment:

    export KAFKA_BOOTSTRAP_SERVERS="kafka1:19092,kafka2:19093,kafka3:19094"
    export KAFKA_TOPIC="step3"
    python3 tests/test_kafka_integration.py

These are also the defaults. Nothing but Kafka must be running. If a step fails it exits with 1 and says why.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from tests.kafka_cluster import KafkaCluster

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Runs the steps against the environment's Kafka, in the project's own Python; the exit code."""
    home = ROOT / ".venv"
    if Path(sys.prefix) != home:
        _go_on_in(home)
    sys.path[0] = str(ROOT)
    from tests.kafka.round_trip import round_trip  # noqa: PLC0415 - needs what only .venv has

    return round_trip()


def _go_on_in(home: Path) -> NoReturn:
    python = home / "bin" / "python"
    if not python.exists():
        raise SystemExit(f"there is no {home}: run `make test` once, it makes one")
    os.execv(python, [str(python), __file__, *sys.argv[1:]])


def run(python: str, script: Path = Path(__file__), **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the script as a person would."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KAFKA_", "REPORT"))}
    return subprocess.run(
        [python, str(script)],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_sample_report_goes_round(kafka_cluster: KafkaCluster) -> None:
    """Run by itself it publishes a report, reads it back, shows it, and exits with 0."""
    ended = run(
        sys.executable, KAFKA_BOOTSTRAP_SERVERS=kafka_cluster.bootstrap_servers, KAFKA_TOPIC="step3-test"
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "acked:  step3-test, partition " in ended.stdout
    assert "Проверка связи" in ended.stdout


def test_bare_python_finds_the_environment(kafka_cluster: KafkaCluster) -> None:
    """Started with a `python3` that has none of our packages, it goes on in the project's own."""
    bare = shutil.which("python3", path=os.defpath)
    assert bare, "no python3 on the system's path"
    ended = run(bare, KAFKA_BOOTSTRAP_SERVERS=kafka_cluster.bootstrap_servers)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "topic:  step3\n" in ended.stdout


def test_without_environment_it_says_how_to_make_one(tmp_path: Path) -> None:
    """Where there is no .venv it names the make target that makes one."""
    copy = tmp_path / "tests" / "test_kafka_integration.py"
    copy.parent.mkdir()
    shutil.copy(__file__, copy)
    ended = run(sys.executable, copy)
    assert ended.returncode == 1
    assert "make test" in ended.stderr


def test_kafka_away_is_told() -> None:
    """Without Kafka it ends within the tries that the settings allow, exits with 1 and says why."""
    ended = run(
        sys.executable,
        KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1",
        KAFKA_CONNECT_MAX_RETRIES="2",
        KAFKA_CONNECT_BACKOFF_SECONDS="1",
    )
    assert ended.returncode == 1
    assert "FAILED: Kafka did not take the report: Kafka is away" in ended.stdout
    assert "127.0.0.1:1" in ended.stdout.partition("FAILED")[2]


def test_files_only_is_told() -> None:
    """With KAFKA_BOOTSTRAP_SERVERS empty there is nothing to test: exit 1, and why."""
    ended = run(sys.executable, KAFKA_BOOTSTRAP_SERVERS="")
    assert ended.returncode == 1
    assert "files only" in ended.stdout


if __name__ == "__main__":
    sys.exit(main())

"""The reporter's doctor: what it finds, what it names, what it advises, and that it changes nothing."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.common.doctor import Finding, show
from services.reporter.doctor import KafkaLooks, findings
from services.reporter.settings import ReporterSettings
from services.reporter.sink import SinkDown
from tests.faults.disk.troubles import small_disk

ROOT = Path(__file__).parents[3]


@pytest.fixture
def broker() -> Iterator[str]:
    """Something that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def settings(directory: Path, servers: str) -> ReporterSettings:
    return ReporterSettings(kafka_bootstrap_servers=servers, report_fallback_dir=directory)


def nothing() -> list[str]:
    return []


def found(
    given: ReporterSettings,
    topic: Callable[[], list[str]] = nothing,
    brokers: Callable[[], list[str]] = nothing,
    now: datetime | None = None,
) -> dict[str, Finding]:
    return {one.check: one for one in findings(given, KafkaLooks(brokers, topic), now)}


def test_all_is_well(broker: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names, broker, topic and directory are there: every line says ok, and the exit code is 0."""
    given = findings(settings(tmp_path, broker), KafkaLooks(lambda: [broker], nothing))
    assert show(given, as_json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["ok"] * 9
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_unknown_here_is_the_wrong_network(broker: str, tmp_path: Path) -> None:
    """Of two brokers the unknown one is named, with the network that knows it; the other one is ok."""
    given = found(settings(tmp_path, f"{broker}, kafka9.invalid:19092"))
    assert given["network"].told.startswith(
        "wrong network? These names are unknown here: kafka9.invalid:19092 "
    )
    assert "kafka-secure_default" in given["network"].do
    assert not given["broker kafka9.invalid:19092"].ok
    assert given[f"broker {broker}"].ok


def test_a_broker_that_is_away_is_named(broker: str, tmp_path: Path) -> None:
    """Nobody listens on its port: it fails, by name and port, and its name is no fault of the network."""
    given = found(settings(tmp_path, f"{broker},127.0.0.1:1"))
    assert given["network"].ok
    assert given["broker 127.0.0.1:1"].told == "Connection refused"
    assert given[f"broker {broker}"].ok


def test_brokers_that_send_their_clients_elsewhere_are_told(broker: str, tmp_path: Path) -> None:
    """The one that was asked answers, and the addresses it tells of lead nowhere from here."""
    advertised = [broker, "kafka9.invalid:9092", "127.0.0.1:1"]
    cluster = found(settings(tmp_path, broker), brokers=lambda: advertised)["cluster"]
    assert not cluster.ok
    assert cluster.told.endswith("cannot be reached here: kafka9.invalid:9092, 127.0.0.1:1")
    assert "advertised.listeners" in cluster.do


def test_an_address_without_a_port_is_named(tmp_path: Path) -> None:
    """What is no host:port is said to be none."""
    given = found(settings(tmp_path, "kafka1"))
    assert "is not host:port" in given["broker kafka1"].told
    assert "is not host:port" in given["network"].told


def test_a_topic_that_is_less_than_it_should_be_is_described(broker: str, tmp_path: Path) -> None:
    """The differences are told, with the advice to alter the topic by hand."""
    topic = found(settings(tmp_path, broker), lambda: ["partitions 1 instead of 3"])["topic step3"]
    assert (topic.ok, topic.told) == (False, "partitions 1 instead of 3")
    assert "alter" in topic.do


def test_a_topic_that_cannot_be_seen_says_why(broker: str, tmp_path: Path) -> None:
    """Kafka's own reason is told."""

    def look() -> list[str]:
        raise SinkDown("topic step3 is missing")

    given = found(settings(tmp_path, broker), look, look)
    for check in ("topic step3", "cluster"):
        assert (given[check].ok, given[check].told) == (False, "topic step3 is missing")


def test_without_kafka_only_the_directory_counts(tmp_path: Path) -> None:
    """Files only: no broker and no topic is looked for."""
    assert all(one.ok for one in found(settings(tmp_path, "")).values())


def test_a_full_volume_is_told(tmp_path: Path) -> None:
    """No byte can be filed: the directory fails with the system's reason, and what is free is told."""
    with small_disk(tmp_path / "volume") as volume:
        (volume / "other").write_bytes(b"x" * volume_bytes(volume))
        given = found(settings(volume, ""))
    assert given["fallback directory"].told.endswith("No space left on device")
    assert given["disk"].told.startswith("0 MiB free")
    assert "make room" in given["disk"].do


def volume_bytes(volume: Path) -> int:
    seen = os.statvfs(volume)
    return seen.f_bavail * seen.f_frsize


def test_a_clock_that_was_set_back_is_told(tmp_path: Path) -> None:
    """A waiting report from tomorrow: either it or the clock is wrong."""
    (tmp_path / "interview_report_7.json").write_text("{}")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    clock = found(settings(tmp_path, ""), now=yesterday)["clock"]
    assert not clock.ok
    assert "the newest waiting report was at" in clock.told
    assert "NTP" in clock.do


def doctor(**environment: str) -> "subprocess.CompletedProcess[str]":
    """The command as a person types it."""
    return subprocess.run(
        [sys.executable, "-m", "services.reporter", "doctor", "--json"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_without_brokers(tmp_path: Path) -> None:
    """All brokers stopped, a CA that is not there: named, exit 1, and nothing else on either stream."""
    servers = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "REPORT_FALLBACK_DIR": str(tmp_path)}
    done = doctor(**servers, KAFKA_SECURITY_PROTOCOL="SSL", KAFKA_SSL_CA_LOCATION="/nowhere/ca.pem")
    assert (done.returncode, done.stderr) == (1, "")
    given = {one["check"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert given["broker 127.0.0.1:1"]["told"] == "Connection refused"
    assert "ssl.ca.location" in given["topic step3"]["told"]


def test_the_command_with_a_bad_setting() -> None:
    """A setting that would end the start is a finding that names its variable."""
    done = doctor(KAFKA_TOPIC="two words", REPORTER_PORT="many")
    assert (done.returncode, done.stderr) == (1, "")
    checks = [json.loads(line)["check"] for line in done.stdout.splitlines()]
    assert checks == ["setting REPORTER_PORT", "setting KAFKA_TOPIC"]


def test_a_missing_directory_is_told_and_not_made(tmp_path: Path) -> None:
    """A doctor makes nothing."""
    away = tmp_path / "reports"
    assert not found(settings(away, ""))["fallback directory"].ok
    assert not away.exists()


def test_rejected_reports_need_a_person(tmp_path: Path) -> None:
    """A file in rejected/ fails, with the command that sends it again."""
    (tmp_path / "rejected").mkdir()
    (tmp_path / "rejected" / "technical_interview_report.json").write_text("{}")
    rejected = found(settings(tmp_path, ""))["rejected reports"]
    assert not rejected.ok
    assert "resend" in rejected.do


def test_json_has_a_line_per_check(capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` is one object a line; one failure makes the exit code 1."""
    seen = [Finding("a", ok=True, told="x"), Finding("b", ok=False, told="y", do="z")]
    assert show(seen, as_json=True) == 1
    assert capsys.readouterr().out.splitlines() == [
        '{"check": "a", "ok": true, "told": "x", "do": ""}',
        '{"check": "b", "ok": false, "told": "y", "do": "z"}',
    ]

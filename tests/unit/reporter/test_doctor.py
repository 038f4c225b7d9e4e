"""The reporter's doctor: what it finds, what it names, what it advises, and that it changes nothing."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.common.doctor import Finding, show
from services.reporter.doctor import findings
from services.reporter.settings import ReporterSettings
from services.reporter.sink import SinkDown


@pytest.fixture
def broker() -> Iterator[str]:
    """Something that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def settings(directory: Path, servers: str) -> ReporterSettings:
    return ReporterSettings(kafka_bootstrap_servers=servers, report_fallback_dir=directory)


def well() -> list[str]:
    return []


def found(given: ReporterSettings, look_at_topic: object = well) -> dict[str, Finding]:
    return {one.check: one for one in findings(given, look_at_topic)}  # type: ignore[arg-type]  # fakes


def test_all_is_well(broker: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Broker, topic and directory are there: every line says ok, and the exit code is 0."""
    assert show(findings(settings(tmp_path, broker), well), as_json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["ok"] * 6
    assert list(tmp_path.iterdir()) == []


def test_a_broker_that_is_away_is_named(broker: str, tmp_path: Path) -> None:
    """Of two brokers the dead one fails, by name and port; the other is ok."""
    given = found(settings(tmp_path, f"{broker}, nowhere.invalid:19092"))
    assert not given["broker nowhere.invalid:19092"].ok
    assert given[f"broker {broker}"].ok


def test_an_address_without_a_port_is_named(tmp_path: Path) -> None:
    """What is no host:port is said to be none."""
    assert "is not host:port" in found(settings(tmp_path, "kafka1"))["broker kafka1"].told


def test_a_topic_that_is_less_than_it_should_be_is_described(broker: str, tmp_path: Path) -> None:
    """The differences are told, with the advice to alter the topic by hand."""
    topic = found(settings(tmp_path, broker), lambda: ["partitions 1 instead of 3"])["topic step3"]
    assert (topic.ok, topic.told) == (False, "partitions 1 instead of 3")
    assert "alter" in topic.do


def test_a_topic_that_cannot_be_seen_says_why(broker: str, tmp_path: Path) -> None:
    """Kafka's own reason is told."""

    def look() -> list[str]:
        raise SinkDown("topic step3 is missing")

    topic = found(settings(tmp_path, broker), look)["topic step3"]
    assert (topic.ok, topic.told) == (False, "topic step3 is missing")


def test_without_kafka_only_the_directory_counts(tmp_path: Path) -> None:
    """Files only: no broker and no topic is looked for."""
    assert all(one.ok for one in found(settings(tmp_path, "")).values())


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

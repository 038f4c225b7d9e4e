"""The reporter's settings: names and defaults that are promised, and bad values."""

import os
from pathlib import Path

import pytest

from services.reporter.settings import ReporterSettings

NAMES = ("KAFKA_", "REPORT_", "REPORTER_")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(NAMES):
            monkeypatch.delenv(name)


def test_defaults() -> None:
    """Unset variables mean what the first release's table says."""
    settings = ReporterSettings.load()
    assert settings.kafka_bootstrap_servers == "kafka1:19092,kafka2:19093,kafka3:19094"
    assert settings.kafka_topic == "step3"
    assert (settings.kafka_connect_max_retries, settings.kafka_connect_backoff_seconds) == (8, 2)
    assert (settings.kafka_topic_partitions, settings.kafka_topic_replication_factor) == (3, 3)
    assert settings.report_fallback_dir == Path("reports")
    assert (settings.port, settings.metrics_port) == (50054, 9104)


def test_empty_servers_mean_files_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """KAFKA_BOOTSTRAP_SERVERS set to nothing is a value; other variables set to nothing are unset."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "")
    monkeypatch.setenv("KAFKA_TOPIC", "")
    settings = ReporterSettings.load()
    assert (settings.kafka_bootstrap_servers, settings.kafka_topic) == ("", "step3")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAFKA_TOPIC", "step 3"),
        ("KAFKA_CONNECT_MAX_RETRIES", "0"),
        ("KAFKA_CONNECT_MAX_RETRIES", "many"),
        ("KAFKA_CONNECT_BACKOFF_SECONDS", "-1"),
        ("KAFKA_CONNECT_BACKOFF_SECONDS", "nan"),
        ("KAFKA_TOPIC_PARTITIONS", "0"),
        ("KAFKA_TOPIC_REPLICATION_FACTOR", "-3"),
        ("KAFKA_SECURITY_PROTOCOL", "TLS"),
        ("REPORTER_PORT", "70000"),
    ],
)
def test_bad_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A bad value stops the start with one line that names the variable."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as caught:
        ReporterSettings.load()
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)

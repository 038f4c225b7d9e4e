"""What the services are started with."""

from pathlib import Path

import pytest

from scripts.launcher.environment import environment_with
from scripts.launcher.services import SERVICES, service_environment

EVALUATOR, EMOTION, REPORTER, ORCHESTRATOR = SERVICES


def test_the_process_environment_stands_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`.env` sets what is not set; a variable of the shell wins."""
    (tmp_path / ".env").write_text("KAFKA_TOPIC=from_file\nREPORT_TIMEZONE=Europe/Moscow\n")
    monkeypatch.setenv("KAFKA_TOPIC", "from_shell")
    found = environment_with(tmp_path / ".env")
    assert (found["KAFKA_TOPIC"], found["REPORT_TIMEZONE"]) == ("from_shell", "Europe/Moscow")


def test_no_file_is_no_fault(tmp_path: Path) -> None:
    """`.env` is optional."""
    assert "PATH" in environment_with(tmp_path / ".env")


def test_a_proxy_does_not_take_calls_to_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """gRPC honours http_proxy also for 127.0.0.1, unless told otherwise; what stood there stays."""
    monkeypatch.setenv("no_proxy", "intranet")
    monkeypatch.delenv("no_grpc_proxy", raising=False)
    assert environment_with(tmp_path / ".env")["no_grpc_proxy"] == "127.0.0.1,localhost,intranet"


def test_everything_stays_on_this_machine() -> None:
    """Whatever the environment says for a deployment, here services listen on 127.0.0.1 and in the clear."""
    deployed = {
        "ORCHESTRATOR_HOST": "0.0.0.0",
        "ORCHESTRATOR_PORT": "1",
        "ORCHESTRATOR_EVALUATOR_ADDRESS": "evaluator:50052",
        "ORCHESTRATOR_TLS_CERTIFICATE_FILE": "c.pem",
        "ORCHESTRATOR_PEER_CA_FILE": "ca.pem",
        "EVALUATOR_TLS_KEY_FILE": "k.pem",
        "REPORT_TIMEZONE": "Europe/Moscow",
    }
    found = service_environment(ORCHESTRATOR, SERVICES, deployed)
    assert found == {
        "ORCHESTRATOR_HOST": "127.0.0.1",
        "ORCHESTRATOR_PORT": "50051",
        "ORCHESTRATOR_METRICS_PORT": "9101",
        "ORCHESTRATOR_EVALUATOR_ADDRESS": "127.0.0.1:50052",
        "ORCHESTRATOR_EMOTION_ADDRESS": "127.0.0.1:50053",
        "ORCHESTRATOR_REPORTER_ADDRESS": "127.0.0.1:50054",
        "REPORT_TIMEZONE": "Europe/Moscow",
    }


def test_reports_go_to_files_unless_kafka_is_named() -> None:
    """Without KAFKA_BOOTSTRAP_SERVERS the reporter is told "files only"; with it, it is left as it is."""
    assert service_environment(REPORTER, SERVICES, {})["KAFKA_BOOTSTRAP_SERVERS"] == ""
    named = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092"}
    assert service_environment(REPORTER, SERVICES, named)["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:9092"


def test_files_of_settings_do_not_contradict_what_is_set_here(tmp_path: Path) -> None:
    """NAME_FILE of a variable that the launcher sets is left out; that of another one is passed on."""
    (tmp_path / "brokers").write_text("127.0.0.1:9092\n")
    given = {
        "REPORTER_PORT_FILE": "/run/secrets/port",
        "KAFKA_BOOTSTRAP_SERVERS_FILE": str(tmp_path / "brokers"),
    }
    found = service_environment(REPORTER, SERVICES, given)
    assert "REPORTER_PORT_FILE" not in found
    assert "KAFKA_BOOTSTRAP_SERVERS" not in found
    assert found["KAFKA_BOOTSTRAP_SERVERS_FILE"] == str(tmp_path / "brokers")

"""The compose files and the Dockerfile keep the promises that can be read off them, without an engine."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from services.common.settings import ServerSettings
from services.common.value_files import file_variable
from services.emotion.settings import EmotionSettings
from services.evaluator.settings import EvaluatorSettings
from services.orchestrator.settings import OrchestratorSettings
from services.reporter.settings import ReporterSettings
from tests.deploy_files import COMPOSE, KAFKA, OURS, PROMETHEUS, ROOT, WITHOUT_KAFKA

SETTINGS: dict[str, type[ServerSettings]] = {
    "orchestrator": OrchestratorSettings,
    "evaluator": EvaluatorSettings,
    "emotion": EmotionSettings,
    "reporter": ReporterSettings,
}

# Where a service starts in its container.
HOME = Path("/var/lib/speakalka")
EVERYTHING = {**OURS["services"], **KAFKA["services"]}

every_container = pytest.mark.parametrize("service", EVERYTHING.values(), ids=EVERYTHING)
every_service = pytest.mark.parametrize("name", SETTINGS)


@every_container
def test_ports_are_published_on_this_machine_only(service: dict[str, Any]) -> None:
    """Each published port names 127.0.0.1."""
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@every_container
def test_images_have_a_tag(service: dict[str, Any]) -> None:
    """No image floats."""
    tag = service["image"].rpartition(":")[2]
    assert re.fullmatch(r"v?\d+\.\d+(\.\d+)?", tag)


@every_container
def test_containers_can_do_little(service: dict[str, Any]) -> None:
    """Read-only root, no capabilities, no new privileges, bounded memory, processes and logs."""
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"memory", "pids"} <= service["deploy"]["resources"]["limits"].keys()
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()
    assert not service.get("privileged")


@every_container
def test_what_runs_on_is_watched(service: dict[str, Any]) -> None:
    """Whatever is restarted has a health check; whatever runs once has neither."""
    assert (service["restart"] == "unless-stopped") == ("healthcheck" in service)


def test_only_the_orchestrator_is_published() -> None:
    """One way in: the orchestrator, on its port; pages to look at are there if somebody asks for them."""
    published = {
        name: service["ports"]
        for name, service in OURS["services"].items()
        if "ports" in service and service.get("profiles") != ["observability"]
    }
    assert published == {"orchestrator": ["127.0.0.1:50051:50051"]}


def test_names_that_operators_type() -> None:
    """Containers, project and network have the names of the guide; whatever scales has no fixed name."""
    named = {name: service.get("container_name") for name, service in EVERYTHING.items()}
    assert named["orchestrator"] == "speakalka-interview"
    assert all(named[broker] == broker for broker in ("kafka1", "kafka2", "kafka3"))
    assert not any(named[name] for name in ("evaluator", "emotion", "reporter"))
    assert KAFKA["name"] == "kafka-secure"
    assert "networks" not in KAFKA
    assert OURS["networks"]["default"] == {"name": "kafka-secure_default", "external": True}


def test_no_service_waits_for_another() -> None:
    """There is no start order: a service whose peer is away says so and goes on."""
    assert not any("depends_on" in service for service in OURS["services"].values())


def test_without_kafka_the_file_is_the_delivery() -> None:
    """The overlay has a network of its own and no brokers."""
    assert WITHOUT_KAFKA["networks"]["default"]["external"] is False
    assert WITHOUT_KAFKA["networks"]["default"]["name"] != OURS["networks"]["default"]["name"]
    assert WITHOUT_KAFKA["services"] == {"reporter": {"environment": {"KAFKA_BOOTSTRAP_SERVERS": ""}}}


def loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> ServerSettings:
    """The settings of a service in its container."""
    for variable in os.environ:
        monkeypatch.delenv(variable)
    for variable, value in OURS["services"][name]["environment"].items():
        if value is not None:
            monkeypatch.setenv(variable, str(value))
    return SETTINGS[name].load()


@every_service
def test_every_setting_can_be_made(name: str) -> None:
    """What .env says reaches the container under a name the service reads; overlays mount files."""
    settings = SETTINGS[name]
    passed = OURS["services"][name]["environment"].keys()
    fields = settings.model_fields.items()
    known = {settings.variable(field) for field, _ in fields}
    by_file = {file_variable(variable) for variable in known}
    files = {settings.variable(field) for field, info in fields if "Path" in str(info.annotation)}
    # Ports stay as they are inside; the time to drain belongs to stop_grace_period.
    fixed = {settings.variable(field) for field in ("port", "metrics_port", "drain_seconds")}
    assert passed <= known | by_file
    assert known - passed <= files | fixed


@every_service
def test_services_start_with_what_they_are_given(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The values are valid, and the service can be reached from the other containers."""
    assert loaded(name, monkeypatch).host == "0.0.0.0"


@every_service
def test_health_checks_ask_the_service_itself(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe asks for the service's own name on the service's own port."""
    port = loaded(name, monkeypatch).port
    assert OURS["services"][name]["healthcheck"]["test"] == [
        "CMD",
        "python",
        "-m",
        "services.common.health_probe",
        f"127.0.0.1:{port}",
        f"interview.v1.{name.capitalize()}Service",
    ]


def test_the_orchestrator_finds_its_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Peers are called by the names and ports that they have in the network."""
    orchestrator = loaded("orchestrator", monkeypatch)
    assert isinstance(orchestrator, OrchestratorSettings)
    for name in ("evaluator", "emotion", "reporter"):
        address = f"{name}:{loaded(name, monkeypatch).port}"
        assert getattr(orchestrator, f"{name}_address") == address


def test_what_must_last_stands_on_volumes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Store, waiting reports and weights outlive their containers; nothing else is written to."""
    orchestrator = loaded("orchestrator", monkeypatch)
    assert isinstance(orchestrator, OrchestratorSettings)
    emotion = loaded("emotion", monkeypatch)
    assert isinstance(emotion, EmotionSettings)
    reporter = loaded("reporter", monkeypatch)
    assert isinstance(reporter, ReporterSettings)
    assert orchestrator.database_path
    assert mounts("orchestrator") == {str(HOME / orchestrator.database_path.parent): "store"}
    assert mounts("reporter") == {str(reporter.report_fallback_dir): "reports"}
    assert mounts("emotion") == {f"{emotion.deepface_home}:ro": "weights"}
    assert mounts("weights") == {str(emotion.deepface_home): "weights"}
    assert mounts("evaluator") == {}
    assert OURS["volumes"].keys() == {"store", "reports", "weights", "postgres", "prometheus", "grafana"}
    assert f"\nWORKDIR {HOME}\n" in (ROOT / "Dockerfile").read_text()


def mounts(name: str) -> dict[str, str]:
    """Volumes by where they are mounted."""
    volumes = [volume.partition(":") for volume in OURS["services"][name].get("volumes", [])]
    return {target: volume for volume, _, target in volumes}


@every_service
def test_services_are_not_root(name: str) -> None:
    """Image and compose file name the same user, who is not root."""
    user = OURS["services"][name]["user"]
    assert f"\nUSER {user}\n" in (ROOT / "Dockerfile").read_text()
    assert not user.startswith("0")


@every_service
def test_images_are_built_from_locked_requirements(name: str) -> None:
    """Each image's argument names a lock file with hashes."""
    assert OURS["services"][name]["build"]["args"]["SERVICE"] == name
    assert "--hash=sha256:" in (ROOT / "requirements" / f"{name}.txt").read_text()
    assert (ROOT / "Dockerfile").read_text().count("--require-hashes") == 2


@every_service
def test_images_are_named_after_the_version(name: str) -> None:
    """A release changes the tag with the version: no two builds of different code share one."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    service = OURS["services"][name]
    assert service["image"] == f"speakalka-{name}:{version}"
    assert service["build"]["args"]["VERSION"] == version
    assert f"\nARG VERSION={version}\n" in (ROOT / "Dockerfile").read_text()


def test_nothing_unnamed_goes_into_an_image() -> None:
    """The build context is an allow-list: no .env, store or report can slip in."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    assert allowed == {
        "LICENSE",
        "README.md",
        "clients/cli/speakalka",
        "deploy/sbom.py",
        "deploy/weights.sh",
        "protos/interview",
        "pyproject.toml",
        "requirements",
        "services",
    }


@every_service
def test_secrets_reach_a_container_as_files(name: str) -> None:
    """Each secret can be named by its file: the container gets the file, and a variable that says where."""
    service = OURS["services"][name]
    fields = SETTINGS[name].model_fields.items()
    secrets = {
        SETTINGS[name].variable(field) for field, info in fields if "SecretStr" in str(info.annotation)
    }
    secrets |= {"ORCHESTRATOR_DATABASE_URL"} & service["environment"].keys()
    assert {file_variable(secret) for secret in secrets} <= service["environment"].keys()
    text = COMPOSE.read_text()
    for secret in service.get("secrets", []):
        variable = OURS["secrets"][secret]["file"]
        assert variable == "/dev/null", "without a file there is an empty one"
        assert f":+/run/secrets/{secret}}}" in text


def test_profiles_start_nothing_by_themselves() -> None:
    """What is not one of the four services starts only when its profile is asked for."""
    profiles = {name: service.get("profiles") for name, service in OURS["services"].items()}
    assert {name for name, wanted in profiles.items() if not wanted} == set(SETTINGS)
    assert profiles["postgres"] == ["postgres"]
    assert profiles["prometheus"] == profiles["grafana"] == ["observability"]


@every_service
def test_prometheus_scrapes_every_replica(name: str) -> None:
    """Each service is asked at every address of its name, on its metrics port."""
    jobs = {job["job_name"]: job for job in PROMETHEUS["scrape_configs"]}
    (found,) = jobs[name]["dns_sd_configs"]
    port = SETTINGS[name].model_fields["metrics_port"].default
    assert (found["names"], found["type"], found["port"]) == ([name], "A", port)

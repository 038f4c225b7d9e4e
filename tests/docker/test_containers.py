"""What a container may do, seen from inside it, and what the images are made of."""

import json
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.docker.system import BROKERS, ROOT, SERVICES, System

every_container = pytest.mark.parametrize("container", [*SERVICES.values(), *BROKERS])
every_service = pytest.mark.parametrize("service", SERVICES)


@every_container
def test_a_container_can_do_little(system: System, container: str) -> None:
    """Its processes are not root, have no capability and can gain none; its root is read-only."""
    status = dict(
        line.split(":", 1) for line in system.inside(container, "cat", "/proc/1/status").splitlines()
    )
    assert "0" not in status["Uid"].split() + status["Gid"].split()
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"].strip() == "1"
    assert "Read-only file system" in system.inside(container, "touch", "/etc/here", status=1)


def test_only_the_orchestrator_is_published(system: System) -> None:
    """Of the four services one has a port, on 127.0.0.1."""
    shown = system.compose("ps", "--format", "{{.Service}} {{.Ports}}")
    published = [line for line in shown.splitlines() if "->" in line]
    assert len(published) == 1
    assert published[0].startswith(f"orchestrator {system.address}->50051/tcp")
    assert "0.0.0.0:" not in shown


def test_profiles_are_valid(system: System) -> None:
    """Compose takes the files with all profiles, and starts what each is for."""
    for profile, started in (("postgres", {"postgres"}), ("observability", {"prometheus", "grafana"})):
        services = system.compose("--profile", profile, "config", "--services").split()
        assert set(services) == SERVICES.keys() | started


@every_service
def test_an_image_lists_what_it_is_made_of(system: System, service: str) -> None:
    """Its SBOM names each locked requirement in its version, and exactly the packages that dpkg knows."""
    bill = json.loads(system.inside(SERVICES[service], "cat", "/opt/speakalka/sbom.cdx.json"))
    parts = {part["purl"] for part in bill["components"]}
    (python,) = (part["version"] for part in bill["components"] if part["name"] == "python")
    locked = pinned(ROOT / "requirements" / f"{service}.txt", python)
    assert locked
    assert {f"pkg:pypi/{pin.name}@{str(pin.specifier)[2:]}" for pin in locked} <= parts
    installed = system.inside(SERVICES[service], "dpkg-query", "-W", "-f", "${binary:Package}\n").split()
    assert len([purl for purl in parts if purl.startswith("pkg:deb/")]) == len(installed)


def pinned(lock: Path, python: str) -> list[Requirement]:
    """What a lock file wants on this kind of machine, for a version of Python."""
    lines = [line for line in lock.read_text().splitlines() if line[:1].isalpha()]
    pins = [Requirement(line.removesuffix("\\")) for line in lines]
    there = {"python_full_version": python}
    return [pin for pin in pins if pin.marker is None or pin.marker.evaluate(there)]


@every_service
def test_an_image_has_no_tools_to_build(system: System, service: str) -> None:
    """No compiler and no pip cache stay in it; its labels say what it is; it is stopped by SIGTERM."""
    image = f"speakalka-{service}:0.1.0"
    system.inside(SERVICES[service], "sh", "-c", "! command -v gcc cc g++ make && ! test -e /root/.cache")
    config = json.loads(system.run("docker", "image", "inspect", "-f", "{{json .Config}}", image))
    assert config["Labels"]["org.opencontainers.image.title"] == f"speakalka-{service}"
    assert config["Labels"]["org.opencontainers.image.base.name"] == "python:3.11-slim-bookworm"
    assert (config["User"], config["StopSignal"]) == ("10001:10001", "SIGTERM")


def test_a_secret_is_a_file(system: System, tmp_path: Path) -> None:
    """A key named by its file is in the container and in none of its variables; given twice, the service ends
    and names both variables."""
    key = tmp_path / "key"
    key.write_text("sk-secret-of-the-test\n")
    key.chmod(0o444)
    named = {"JUDGE": "openai", "OPENAI_MODEL": "model", "OPENAI_API_KEY_FILE": str(key)}
    system.compose("run", "--rm", "-d", "--name", "with-key", "evaluator", settings=named)
    try:
        system.inside("with-key", "grep", "-q", "sk-secret-of-the-test", "/run/secrets/openai_api_key")
        assert "sk-secret" not in system.run("docker", "inspect", "with-key")
        assert "sk-secret" not in system.inside("with-key", "env")
    finally:
        system.run("docker", "rm", "-f", "with-key")
    twice = {**named, "OPENAI_API_KEY": "sk-other"}
    said = system.compose("run", "--rm", "evaluator", status=1, settings=twice)
    assert "OPENAI_API_KEY and OPENAI_API_KEY_FILE are both set" in said

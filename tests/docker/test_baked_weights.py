"""An image of the emotion service that carries its weights."""

import pytest

from tests.docker.system import System
from tests.kafka.waiting import wait_for
from tests.needs import needs_env

IMAGE = "with-weights"
BUILD = (
    "docker",
    "build",
    "--build-arg",
    "SERVICE=emotion",
    "--build-arg",
    "WEIGHTS=baked",
    "-t",
    IMAGE,
    ".",
)
PROBE = ("python", "-m", "services.common.health_probe", "127.0.0.1:50053", "interview.v1.EmotionService")


@pytest.fixture
def image(system: System) -> str:
    """Built from the weights of the tests, after the other images: of its layers one is new."""
    given = f"given-weights={needs_env('DEEPFACE_HOME')}"
    system.run(*BUILD, "--build-context", given, timeout=600)
    return IMAGE


def test_baked_weights_need_no_volume_and_no_network(system: System, image: str) -> None:
    """The container alone becomes ready, and its doctor finds the recorded sum."""
    run = ("docker", "run", "--rm", "-d", "--read-only", "--network", "none", "--name", IMAGE, image)
    system.run(*run)
    try:
        ready = ("docker", "exec", IMAGE, "sh", "-c", f"{' '.join(PROBE)} >&2 && echo ready || true")
        wait_for(lambda: "ready" in system.run(*ready).split(), 60, "the container is ready")
        doctor = ("python", "-m", "services.emotion", "doctor")
        assert "SHA-256 as recorded, loads" in system.inside(IMAGE, *doctor)
    finally:
        system.run("docker", "rm", "-f", IMAGE)


def test_an_empty_volume_takes_baked_weights_over(system: System, image: str) -> None:
    """Mounted for reading only, as the compose file does it, it shows what the image carries."""
    there = ("--rm", "-v", "taken-over:/var/lib/speakalka/weights:ro", image, "doctor")
    assert "SHA-256 as recorded, loads" in system.run("docker", "run", *there)


def test_an_offline_build_without_weights_says_so(system: System) -> None:
    """It fails, and names the ways out."""
    nobody = ("--build-arg", "WEIGHTS_MIRROR=http://127.0.0.1:9")
    said = system.run(*BUILD, *nobody, status=1, timeout=600)
    assert "127.0.0.1: cannot be reached" in said
    assert "--build-context given-weights=FOLDER" in said

"""What the image's build does for its weights: the stage's own command, run here."""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from services.emotion.deepface_analyzer import MODEL
from services.emotion.weights import recorded_sha256, weights_folder
from tests.needs import needs_env

ROOT = Path(__file__).parents[3]
NOBODY = "http://127.0.0.1:9"  # port 9: nobody listens


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's
        """Says nothing."""


@pytest.fixture
def model() -> Path:
    return weights_folder(needs_env("DEEPFACE_HOME")) / MODEL.name


@pytest.fixture
def mirror(model: Path) -> Iterator[str]:
    handler = partial(Quiet, directory=str(model.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def bake(folder: Path, status: int = 0, **arguments: str) -> str:
    """What the build says, given its arguments; `folder` holds what is given, and gets the weights."""
    for name in ("given", "home"):
        (folder / name).mkdir(exist_ok=True)
    ended = subprocess.run(
        ["sh", str(ROOT / "deploy" / "weights.sh"), str(folder / "given"), str(folder / "baked")],
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder / "home"),
            "SERVICE": "emotion",
            "NO_PROXY": "127.0.0.1",
            **arguments,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == status, ended.stdout
    return ended.stdout


def give(folder: Path, model: Path) -> None:
    given = weights_folder(folder / "given")
    given.mkdir(parents=True)
    shutil.copy(model, given)


def test_by_default_an_image_has_no_weights(tmp_path: Path) -> None:
    """Nothing is fetched for an image that nobody wanted to carry them, of whichever service."""
    assert bake(tmp_path, SERVICE="reporter", WEIGHTS_MIRROR=NOBODY) == ""
    assert list((tmp_path / "baked").iterdir()) == []


def test_weights_are_fetched_and_checked(tmp_path: Path, mirror: str, model: Path) -> None:
    """From a mirror, with the sum that is asked for; whoever runs the image can read them."""
    sha256 = hashlib.sha256(model.read_bytes()).hexdigest()
    said = bake(tmp_path, WEIGHTS="baked", WEIGHTS_MIRROR=f"{mirror}/", WEIGHTS_SHA256=sha256)
    baked = weights_folder(tmp_path / "baked") / MODEL.name
    assert baked.read_bytes() == model.read_bytes()
    assert recorded_sha256(baked) == sha256
    assert baked.stat().st_mode & 0o777 == 0o644
    assert f"SHA-256 {sha256}" in said
    assert "100%" in said, "the download shows its progress"


def test_another_file_ends_the_build(tmp_path: Path, mirror: str) -> None:
    """A sum that does not fit: both are told, and there is no image."""
    said = bake(tmp_path, 1, WEIGHTS="baked", WEIGHTS_MIRROR=mirror, WEIGHTS_SHA256="ab" * 32)
    assert f"DEEPFACE_WEIGHTS_SHA256 says {'ab' * 32}" in said


def test_given_weights_need_no_network(tmp_path: Path, model: Path) -> None:
    """They are loaded, and their sum is recorded."""
    give(tmp_path, model)
    said = bake(tmp_path, WEIGHTS="baked", WEIGHTS_MIRROR=NOBODY)
    baked = weights_folder(tmp_path / "baked") / MODEL.name
    assert recorded_sha256(baked) == hashlib.sha256(model.read_bytes()).hexdigest()
    assert "nothing to do" in said


def test_a_broken_file_is_not_baked(tmp_path: Path, model: Path) -> None:
    """What cannot be loaded ends the build, however it came."""
    give(tmp_path, model)
    (weights_folder(tmp_path / "given") / MODEL.name).write_bytes(model.read_bytes()[:-5000])
    said = bake(tmp_path, 1, WEIGHTS="baked")
    assert "not a model that onnxruntime can load" in said
    assert said.splitlines()[-1] == "weights: these are not what they should be"


def test_offline_is_told(tmp_path: Path) -> None:
    """Nobody there: the build ends, with what to do instead."""
    *_, why, what = bake(tmp_path, 1, WEIGHTS="baked", WEIGHTS_MIRROR=NOBODY).splitlines()
    assert "127.0.0.1: cannot be reached" in why
    assert "--build-context given-weights=FOLDER" in what


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"WEIGHTS": "yes"}, "weights: WEIGHTS must be none or baked, is yes"),
        ({"WEIGHTS": "baked", "SERVICE": "reporter"}, "weights: WEIGHTS=baked is for SERVICE=emotion, not"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(
    tmp_path: Path, arguments: dict[str, str], why: str
) -> None:
    """An image that was to carry weights never comes out without them."""
    assert bake(tmp_path, 1, **arguments).startswith(why)


def test_the_image_takes_what_the_stage_made() -> None:
    """The last stage copies the checked folder to where the service looks, for the user who runs it."""
    *_, weights, last = (ROOT / "Dockerfile").read_text().split("\nFROM ")
    assert weights.startswith("dependencies AS weights\n")
    assert "sh /weights.sh /given /weights" in weights
    assert "\nCOPY --from=weights --chown=10001:10001 /weights /var/lib/speakalka/weights\n" in last
    assert "DEEPFACE_HOME=/var/lib/speakalka/weights " in last

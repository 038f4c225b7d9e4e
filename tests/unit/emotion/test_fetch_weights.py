"""Fetching from real HTTP servers on this machine: whole, wrong, cut off, silent, absent."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from services.emotion import fetch_weights
from services.emotion.deepface_analyzer import MODEL, check_file, load_analyzer
from services.emotion.fetch_weights import FetchFailed, fetch
from services.emotion.reading import WeightsMissing
from services.emotion.settings import EmotionSettings
from services.emotion.weights import WeightsFile, recorded_sha256, sha256_of, weights_folder
from tests.needs import needs_env

GOOD = b"weights" * 100_000


class Files(BaseHTTPRequestHandler):
    """/good is the file; /cut ends early, /tired once; /page is another, /silent says nothing; else 404."""

    content: bytes
    asked: list[str]
    over: threading.Event

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/silent":
            self.over.wait(30)
            return
        whole = ("/good", "/cut", "/tired", "http://weights.example/good")
        body = self.content if self.path in whole else b"<html>Please log in</html>"
        if (wanted := self.headers["Range"]) and self.path == "/tired":
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            self.asked.append(wanted)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            body = body[start:]
        else:
            self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = {"/cut": 1000, "/tired": 600_000 if self.asked == ["/tired"] else len(body)}
        self.wfile.write(body[: cut.get(self.path, len(body))])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's
        """Says nothing."""


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def content() -> bytes:
    return GOOD


@pytest.fixture
def base(asked: list[str], content: bytes) -> Iterator[str]:
    over = threading.Event()
    handler = type("Handler", (Files,), {"content": content, "asked": asked, "over": over})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        over.set()
        server.shutdown()
        thread.join()


def only_good(file: WeightsFile, path: Path) -> None:
    if path.read_bytes() != GOOD:
        raise WeightsMissing(f"{file.name} is not what it should be")


def get(folder: Path, *urls: str, seconds: float = 20) -> list[Path]:
    return fetch(folder, [WeightsFile("model.onnx", urls)], only_good, seconds)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_fetched_is_recorded(base: str, tmp_path: Path) -> None:
    """The file stands under its name, readable for others, its SHA-256 beside it, nothing else left."""
    folder = tmp_path / "home" / "weights"
    (path,) = get(folder, f"{base}/good")
    assert path.read_bytes() == GOOD
    assert recorded_sha256(path) == sha256_of(path)
    assert files(folder) == ["model.onnx", "model.onnx.sha256"]
    assert path.stat().st_mode & 0o044 == 0o044


def test_what_is_there_is_not_fetched(base: str, asked: list[str], tmp_path: Path) -> None:
    """A file that is there is left as it is, and nobody is asked."""
    (tmp_path / "model.onnx").write_bytes(b"mine")
    assert get(tmp_path, f"{base}/good") == []
    assert (tmp_path / "model.onnx").read_bytes() == b"mine"
    assert asked == []


@pytest.mark.parametrize("first", ["missing", "cut", "page"])
def test_the_next_address_is_tried(base: str, asked: list[str], tmp_path: Path, first: str) -> None:
    """An error, a file cut off or another page does not count: the backup address is asked."""
    (path,) = get(tmp_path, f"{base}/{first}", f"{base}/good")
    assert path.read_bytes() == GOOD
    assert asked == [f"/{first}", "/good"]


def test_a_wrong_file_is_not_kept(base: str, tmp_path: Path) -> None:
    """Nothing takes the file's place unless it is what it should be; one line says what happened."""
    with pytest.raises(FetchFailed, match=r"cannot download model\.onnx \(127\.0\.0\.1: model\.onnx is not"):
        get(tmp_path, f"{base}/page")
    assert files(tmp_path) == []


def test_a_second_try_goes_on_where_the_first_ended(base: str, asked: list[str], tmp_path: Path) -> None:
    """What came before a connection broke is kept, asked for no more, and nothing of it stays in the end."""
    with pytest.raises(FetchFailed, match="incomplete"):
        get(tmp_path, f"{base}/tired")
    (path,) = get(tmp_path, f"{base}/tired")
    assert path.read_bytes() == GOOD
    (wanted,) = [one for one in asked if one != "/tired"]
    assert 0 < int(wanted.removeprefix("bytes=").rstrip("-")) <= 600_000
    assert files(tmp_path) == ["model.onnx", "model.onnx.sha256"]


def test_two_at_once_do_not_spoil_each_other(base: str, tmp_path: Path) -> None:
    """While one is at work another is told so, and asks nobody."""
    with ThreadPoolExecutor(1) as other:
        slow = other.submit(get, tmp_path, f"{base}/silent", seconds=3)
        while not (tmp_path / ".fetch-weights" / "model.onnx.0").is_dir():
            assert not slow.done()
        with pytest.raises(FetchFailed, match="another fetch-weights is at work"):
            get(tmp_path, f"{base}/good")
        with pytest.raises(FetchFailed, match="not done"):
            slow.result()


def test_offline(tmp_path: Path) -> None:
    """Nobody there: one line that names the hosts, and says what to do."""
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{bound.getsockname()[1]}/good"
        with pytest.raises(FetchFailed, match=r"127\.0\.0\.1: cannot be reached.*by hand") as caught:
            get(tmp_path, address, address)
    assert "\n" not in str(caught.value)


def test_a_silent_server_is_given_up(base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each address has its own timeout, and the next one is asked."""
    monkeypatch.setattr(fetch_weights, "READ_SECONDS", 0.2)
    (path,) = get(tmp_path, f"{base}/silent", f"{base}/good")
    assert path.read_bytes() == GOOD


def test_all_together_has_a_bound(base: str, tmp_path: Path) -> None:
    """The whole try ends in time, whatever a server does, and leaves nothing behind."""
    with pytest.raises(FetchFailed, match=r"not done within 0\.5 s"):
        get(tmp_path, f"{base}/silent", seconds=0.5)
    assert files(tmp_path) == []


def test_a_proxy_is_asked(
    base: str, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the usual variable names one, it gets the whole address; nobody else is looked up."""
    monkeypatch.setenv("http_proxy", base)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    (path,) = get(tmp_path, "http://weights.example/good")
    assert path.read_bytes() == GOOD
    assert asked == ["http://weights.example/good"]


def test_a_folder_that_cannot_be_written_is_said(base: str, tmp_path: Path) -> None:
    """A file in the folder's way is told in one line, not a traceback."""
    (tmp_path / "weights").write_text("a file")
    with pytest.raises(FetchFailed, match="weights"):
        get(tmp_path / "weights" / "below", f"{base}/good")


class TestRealWeights:
    @pytest.fixture
    def content(self) -> bytes:
        return (weights_folder(needs_env("DEEPFACE_HOME")) / MODEL.name).read_bytes()

    def test_fetched_weights_can_be_loaded(self, base: str, tmp_path: Path) -> None:
        """The network that came over HTTP passes the real check and is loaded; a page does not pass."""
        model = WeightsFile(MODEL.name, (f"{base}/page", f"{base}/good"))
        fetch(weights_folder(tmp_path), [model], check_file, 20)
        settings = EmotionSettings(deepface_home=tmp_path, workers=1)
        load_analyzer(settings)
        (weights_folder(tmp_path) / MODEL.name).write_bytes(b"changed")
        with pytest.raises(WeightsMissing, match="SHA-256"):
            load_analyzer(settings)

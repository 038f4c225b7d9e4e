"""`speakalka` over TLS: whom it trusts, and what it shows of itself."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fakes.orchestrator import FakeOrchestrator
from tests.needs import left_out
from tests.rpc.cli.running import Speakalka, serving


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    if shutil.which("openssl") is None:
        left_out("openssl is not on the PATH")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    options = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=test"
    subject = ["-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-out", str(certificate), "-keyout", str(key)]
    subprocess.run(["openssl", "req", *options.split(), *subject, *files], check=True, capture_output=True)
    return certificate, key


def show(*options: str | Path) -> list[str | Path]:
    """A command that is over as soon as the orchestrator was reached: it knows no such interview."""
    return ["show", "interview_0", "--patience", "0", *options]


async def test_a_trusted_orchestrator_is_called(
    fake: FakeOrchestrator, certificate: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """With --ca-file the call goes over TLS and gets through; without it, it does not."""
    file, key = certificate
    async with serving(fake, file, key) as address:
        speakalka = Speakalka(address, capsys)
        assert "INTERVIEW_NOT_FOUND" in (await speakalka(*show("--ca-file", file))).flat
        assert "(UNAVAILABLE)" in (await speakalka(*show())).flat


async def test_a_client_certificate_is_shown(
    fake: FakeOrchestrator, certificate: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """An orchestrator that asks for a certificate gets that of --cert-file, and refuses those without."""
    file, key = certificate
    async with serving(fake, file, key, ca=file) as address:
        speakalka = Speakalka(address, capsys)
        ours = show("--ca-file", file, "--cert-file", file, "--key-file", key)
        assert "INTERVIEW_NOT_FOUND" in (await speakalka(*ours)).flat
        assert "(UNAVAILABLE)" in (await speakalka(*show("--ca-file", file))).flat

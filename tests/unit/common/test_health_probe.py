"""The probe of a container's health check, against the server that the services run on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.common import health_probe
from services.common.server import MIB, Server
from services.common.settings import Port, ServerSettings
from services.evaluator.settings import EvaluatorSettings
from tests.pki import make_pki

SERVICE = "interview.v1.EvaluatorService"


class AnyPort(ServerSettings):
    port: Port = 0
    metrics_port: Port = 0


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server(SERVICE, AnyPort(), receive_limit_bytes=MIB) as server:
        yield server


async def probe(*arguments: str) -> int:
    """The exit status."""
    with pytest.raises(SystemExit) as end:
        await asyncio.to_thread(health_probe.main, list(arguments))
    assert isinstance(end.value.code, int)
    return end.value.code


async def test_a_ready_service_is_healthy(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """SERVING is status 0."""
    await server.set_ready(True)
    capsys.readouterr()  # the server's log
    assert await probe(f"127.0.0.1:{server.port}", SERVICE) == 0
    assert capsys.readouterr().out == "SERVING\n"


async def test_a_service_that_is_not_ready_is_not_healthy(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """NOT_SERVING is status 1, though the process lives."""
    assert await probe(f"127.0.0.1:{server.port}", SERVICE) == 1
    assert capsys.readouterr().out == "NOT_SERVING\n"
    assert await probe(f"127.0.0.1:{server.port}") == 0


async def test_an_unknown_service_is_not_healthy(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that the server does not know is status 1, and one line says so."""
    assert await probe(f"127.0.0.1:{server.port}", "interview.v1.NoSuchService") == 1
    assert capsys.readouterr().out == f"no answer from 127.0.0.1:{server.port}: NOT_FOUND\n"


async def test_nobody_there_is_not_healthy(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """A port on which nobody listens any more is status 1, and one line says so."""
    address = f"127.0.0.1:{server.port}"
    await server.grpc.stop(None)
    assert await probe(address, SERVICE, "--timeout-seconds", "1") == 1
    assert capsys.readouterr().out.startswith(f"no answer from {address}: ")


@pytest.fixture(scope="module", params=["IP:127.0.0.1", "DNS:evaluator,DNS:localhost", "DNS:*.example.org"])
def pki(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates, be they good for 127.0.0.1 or for the service's names only."""
    return make_pki(tmp_path_factory.mktemp("pki"), request.param)


@asynccontextmanager
async def serving_with_tls(
    pki: Path, monkeypatch: pytest.MonkeyPatch, *, client_ca: str = ""
) -> AsyncIterator[str]:
    """A ready evaluator by the settings that stand in the environment, as in its container; its address."""
    names = {"CERTIFICATE": "us.pem", "KEY": "us.key", "CLIENT_CA": client_ca}
    for name, file in names.items():
        monkeypatch.setenv(f"EVALUATOR_TLS_{name}_FILE", str(pki / file) if file else "")
    settings = EvaluatorSettings(port=0, metrics_port=0)
    async with Server(SERVICE, settings, receive_limit_bytes=MIB) as server:
        await server.set_ready(True)
        yield f"127.0.0.1:{server.port}"


@pytest.mark.parametrize("client_ca", ["", "ca.pem"])
async def test_a_server_with_tls_is_probed_by_its_own_settings(
    pki: Path, monkeypatch: pytest.MonkeyPatch, client_ca: str
) -> None:
    """Also where it asks who calls: the same command as without TLS, whatever the certificate is good for."""
    async with serving_with_tls(pki, monkeypatch, client_ca=client_ca) as address:
        assert await probe(address, SERVICE) == 0
        assert await probe(address, "--settings-of", "evaluator") == 0


async def test_a_certificate_may_be_shown_that_is_not_the_servers(
    pki: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the server's own is not of the CA that its clients must be of, --certificate-file is shown."""
    async with serving_with_tls(pki, monkeypatch, client_ca="other_ca.pem") as address:
        assert await probe(address, SERVICE) == 1
        theirs = ("--certificate-file", str(pki / "them.pem"), "--key-file", str(pki / "them.key"))
        assert await probe(address, SERVICE, *theirs) == 0


async def test_a_renewed_certificate_is_taken_with_its_ca(pki: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server shows what it read at its start: renewed on the disk, --ca-file says that both are good."""
    async with serving_with_tls(pki, monkeypatch) as address:
        for name, file in (("CERTIFICATE", "them.pem"), ("KEY", "them.key")):
            monkeypatch.setenv(f"EVALUATOR_TLS_{name}_FILE", str(pki / file))
        assert await probe(address, SERVICE) == 1
        assert await probe(address, SERVICE, "--ca-file", str(pki / "ca.pem")) == 0


@pytest.mark.parametrize(
    ("name", "file", "told"),
    [("KEY", "them.key", "key values mismatch"), ("CERTIFICATE", "away.pem", "No such file")],
)
async def test_a_certificate_that_is_none_is_told(
    pki: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    file: str,
    told: str,
) -> None:
    """Status 1 and one line, not a traceback."""
    async with serving_with_tls(pki, monkeypatch) as address:
        capsys.readouterr()
        monkeypatch.setenv(f"EVALUATOR_TLS_{name}_FILE", str(pki / file))
        assert await probe(address, SERVICE) == 1
    line = capsys.readouterr().out.splitlines()[0].lower().replace("_", " ")
    assert told.lower() in line

"""`speakalka` as its process would run it, against an orchestrator in memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.orchestrator_service_pb2_grpc import add_OrchestratorServiceServicer_to_server
from speakalka.main import main
from structlog.testing import capture_logs

from services.common.errors import NotAllowed, Unavailable
from services.common.server import MIB, Server
from services.common.settings import ServerSettings
from tests.fakes.orchestrator import FakeOrchestrator

FILE = """
kind: technical
candidate_name: Анна [bold]Ковалёва[/bold]
consent: {given_by: Анна, given_at: 2026-11-22T10:00:00Z, text_version: v1}
topics:
  - name: Python
    questions:
      - {text: Start, answer: good one}
      - {text: Harder, answer: bad one, photo: face.jpg}
  - name: SQL
    questions:
      - {text: Index, answer: "[red]nothing[/red]"}
generated_answers:
  SQL: [written for it]
"""

SCORES = {"good one": 8, "bad one": 2, "[red]nothing[/red]": 5, "written for it": 6}


class StoreAway(Unavailable):
    """The store is away."""

    reason = "STORE_UNAVAILABLE"


class EmotionOff(NotAllowed):
    """This deployment reads no emotions."""

    reason = "EMOTION_OFF"


@asynccontextmanager
async def serving(
    fake: FakeOrchestrator, certificate: Path | None = None, key: Path | None = None, ca: Path | None = None
) -> AsyncIterator[str]:
    """The fake behind a real server, over TLS if it has a certificate; its address."""
    settings = ServerSettings(
        port=0,
        metrics_port=0,
        drain_seconds=1,
        tls_certificate_file=certificate,
        tls_key_file=key,
        tls_client_ca_file=ca,
    )
    server = Server("interview.v1.OrchestratorService", settings, receive_limit_bytes=10 * MIB)
    add_OrchestratorServiceServicer_to_server(fake, server.grpc)
    with capture_logs():  # stdout and stderr belong to the command here
        async with server:
            yield f"127.0.0.1:{server.port}"


def write(file: Path, text: str) -> None:
    """Writes the interview file anew."""
    file.write_text(text, encoding="utf-8")


class Ran:
    """What a run of the command came to."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        self.flat = " ".join(out.split())  # as if the terminal were endlessly wide


class Speakalka:
    """Runs the command as its process would, but for the process."""

    def __init__(self, address: str, capture: pytest.CaptureFixture[str]) -> None:
        self._address, self._capture = address, capture

    async def __call__(self, *arguments: str | Path) -> Ran:
        command = [str(argument) for argument in (*arguments, "--address", self._address)]
        return Ran(await asyncio.to_thread(main, command), *self._capture.readouterr())


def submitted(fake: FakeOrchestrator) -> Sequence[pb.SubmitAnswerRequest]:
    return [request for request in fake.requests if isinstance(request, pb.SubmitAnswerRequest)]

"""All four services, real and each on a real server, a channel to each; the orchestrator has fake peers."""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc.aio
from interview.v1.emotion_service_pb2_grpc import add_EmotionServiceServicer_to_server
from interview.v1.evaluator_service_pb2_grpc import add_EvaluatorServiceServicer_to_server
from interview.v1.reporter_service_pb2_grpc import add_ReporterServiceServicer_to_server

from services.common.clock import SystemClock
from services.common.server import MIB, Server
from services.common.settings import ServerSettings
from services.emotion.reading import FaceAnalyzer
from services.emotion.service import EmotionServicer
from services.evaluator.rubric_judge import RubricJudge
from services.evaluator.service import EvaluatorServicer
from services.orchestrator import clients
from services.reporter.disk import Disk
from services.reporter.gateway import FilesOnly
from services.reporter.keys import Keys
from services.reporter.publisher import Publisher
from services.reporter.receipts import Receipts
from services.reporter.service import ReporterServicer
from tests.fakes.clock import FakeClock
from tests.rpc.orchestra import Orchestra, Peers

ORCHESTRATOR = "interview.v1.OrchestratorService"


@dataclass(frozen=True)
class Services:
    """The orchestrator with its fake peers, and a channel to each service by its full name."""

    orchestra: Orchestra
    channels: dict[str, grpc.aio.Channel]


@asynccontextmanager
async def all_services(folder: Path, analyzer: FaceAnalyzer) -> AsyncIterator[Services]:
    """Runs them: the rubric judge, this analyzer, a reporter that has files only."""
    async with AsyncExitStack() as stack:
        peers = await stack.enter_async_context(Peers())
        orchestra = await stack.enter_async_context(Orchestra(folder / "store.db", peers, FakeClock()))
        channels = {ORCHESTRATOR: orchestra.channel}
        servers = {
            clients.EVALUATOR: _server(clients.EVALUATOR, MIB),
            clients.EMOTION: _server(clients.EMOTION, 10 * MIB),
            clients.REPORTER: _server(clients.REPORTER, 5 * MIB),
        }
        judge = EvaluatorServicer(RubricJudge(SystemClock()), 60)
        add_EvaluatorServiceServicer_to_server(judge, servers[clients.EVALUATOR].grpc)
        add_EmotionServiceServicer_to_server(EmotionServicer(analyzer), servers[clients.EMOTION].grpc)
        stack.push_async_callback(analyzer.close)
        disk = Disk(folder / "reports")
        stack.callback(disk.close)
        publisher = Publisher("step3", FilesOnly(), disk, Keys(), Receipts())
        stack.push_async_callback(publisher.finish)
        add_ReporterServiceServicer_to_server(ReporterServicer(publisher), servers[clients.REPORTER].grpc)
        for service, server in servers.items():
            await stack.enter_async_context(server)
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{server.port}")
            channels[service] = await stack.enter_async_context(channel)
        yield Services(orchestra, channels)


def _server(service: str, receive_limit_bytes: int) -> Server:
    settings = ServerSettings(port=0, metrics_port=0, drain_seconds=0.2)
    return Server(service, settings, receive_limit_bytes=receive_limit_bytes)

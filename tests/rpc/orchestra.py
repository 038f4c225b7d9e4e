"""The whole orchestrator between fake peers: real servers and channels, a store on disk, a clock to move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import grpc
import grpc.aio
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.emotion_service_pb2_grpc import add_EmotionServiceServicer_to_server
from interview.v1.evaluator_service_pb2_grpc import add_EvaluatorServiceServicer_to_server
from interview.v1.orchestrator_service_pb2_grpc import (
    OrchestratorServiceStub,
    add_OrchestratorServiceServicer_to_server,
)
from interview.v1.reporter_service_pb2_grpc import add_ReporterServiceServicer_to_server

from services.common.interceptors import ServerInterceptor
from services.common.server import MIB, Server
from services.common.settings import ServerSettings
from services.orchestrator import clients
from services.orchestrator.about import About
from services.orchestrator.answering import Answering
from services.orchestrator.drafting import DraftingJudge
from services.orchestrator.frame_intake import FrameIntake
from services.orchestrator.interviews import Interviews
from services.orchestrator.judging import Judging, Timing
from services.orchestrator.leases import Leases
from services.orchestrator.outbox import Outbox
from services.orchestrator.postgres_store import PostgresStore
from services.orchestrator.service import OrchestratorServicer, Times
from services.orchestrator.sqlite_store import SqliteStore
from services.orchestrator.store import Delivery
from services.orchestrator.upkeep import Patience, Upkeep
from tests.fakes.clock import FakeClock
from tests.fakes.emotion_service import FakeEmotion
from tests.fakes.evaluator import FakeEvaluator
from tests.fakes.messages import technical
from tests.fakes.reporter import FakeReporter

if TYPE_CHECKING:  # there in the type stubs only
    from interview.v1.orchestrator_service_pb2_grpc import OrchestratorServiceAsyncStub

Detail = TypeVar("Detail", bound=Message)

_IDS = count(1)


@dataclass(frozen=True)
class Waits:
    """Seconds, short enough for tests: those that are waited out on the machine's clock."""

    judge: float = 5.0
    emotion: float = 2.0
    receipt: float = 5.0
    outbox_poll: float = 0.05
    read: float = 0.0
    lease: float = 15.0


@dataclass
class Peers:
    """The fakes and where they listen."""

    evaluator: FakeEvaluator = field(default_factory=FakeEvaluator)
    emotion: FakeEmotion = field(default_factory=FakeEmotion)
    reporter: FakeReporter = field(default_factory=FakeReporter)
    port: int = 0

    async def __aenter__(self) -> Peers:
        self._server = grpc.aio.server(
            interceptors=[ServerInterceptor()], options=[("grpc.max_receive_message_length", 10 * MIB)]
        )
        add_EvaluatorServiceServicer_to_server(self.evaluator, self._server)
        add_EmotionServiceServicer_to_server(self.emotion, self._server)
        add_ReporterServiceServicer_to_server(self.reporter, self._server)
        healthy = health.aio.HealthServicer()
        for service in (clients.EVALUATOR, clients.EMOTION, clients.REPORTER):
            await healthy.set(service, health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(healthy, self._server)
        self.port = self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        evaluator = self.evaluator
        for script in (evaluator.evaluate, evaluator.follow_up, evaluator.draft, evaluator.info):
            script.release()
        self.emotion.analyze.release()
        self.reporter.publish.release()
        await self._server.stop(0)


@dataclass
class Orchestra:
    """One orchestrator on the store at `path` or, given a URL, in that PostgreSQL.

    Its outbox works by itself, its upkeep when it is told to.
    """

    path: Path | str
    peers: Peers
    clock: FakeClock
    waits: Waits = Waits()
    emotion_policy: str = "consent"

    async def __aenter__(self) -> Orchestra:
        self._stack = AsyncExitStack()
        self.store = await self._open_store()
        self._stack.push_async_callback(self.store.close)
        channel = grpc.aio.insecure_channel(f"127.0.0.1:{self.peers.port}")
        self._stack.push_async_callback(channel.close)
        emotions = clients.EmotionClient(channel)
        judge = DraftingJudge(clients.EvaluatorClient(channel), self.store, self.clock)
        self._stack.push_async_callback(judge.close)
        reads_emotions = self.emotion_policy == "consent"
        self.interviews = Interviews(
            self.store,
            self.clock,
            new_id=lambda: f"interview_{next(_IDS)}",
            timezone=ZoneInfo("Europe/Moscow"),
            reads_emotions=reads_emotions,
        )
        self.judging = Judging(
            self.interviews,
            Leases(self.store, self.clock, renew_seconds=self.waits.lease / 3),
            judge,
            emotions,
            self.clock,
            Timing(judge=self.waits.judge, emotion_wait=self.waits.emotion),
        )
        self._stack.push_async_callback(self.judging.close)
        self.outbox = Outbox(
            self.store, clients.ReporterClient(channel), self.clock, poll_seconds=self.waits.outbox_poll
        )
        self.server = Server(
            "interview.v1.OrchestratorService",
            ServerSettings(port=0, metrics_port=0, drain_seconds=0.2),
            receive_limit_bytes=10 * MIB,
        )
        servicer = OrchestratorServicer(
            self.interviews,
            Answering(self.interviews, self.judging),
            FrameIntake(self.interviews, emotions, most_at_once=2),
            self.outbox,
            About(judge, reads_emotions=reads_emotions, version="1.2.3"),
            Times(receipt=self.waits.receipt, read=self.waits.read),
        )
        add_OrchestratorServiceServicer_to_server(servicer, self.server.grpc)
        patience = Patience(pending=3600, idle=86400)
        self.upkeep = Upkeep(
            self.store, self.interviews, self.judging, self.clock, patience, self.server.set_ready
        )
        worker = asyncio.create_task(self.outbox.run())
        self._stack.push_async_callback(_end, worker)
        await self._stack.enter_async_context(self.server)
        await self.server.set_ready(True)
        self.channel = grpc.aio.insecure_channel(f"127.0.0.1:{self.server.port}")
        self.stub: OrchestratorServiceAsyncStub = OrchestratorServiceStub(self.channel)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        await self.channel.close()  # last: its callers hear how the server ended

    async def crash(self) -> None:
        """Ends it as kill -9 does: connections break, and nothing more is written."""
        await self.server.grpc.stop(None)
        if isinstance(self.store, SqliteStore):
            database = self.store._database
            await asyncio.wrap_future(database._thread.submit(database._db.close))
        else:
            self.store._database._pool.terminate()
        await self.__aexit__()

    async def _open_store(self) -> SqliteStore | PostgresStore:
        if isinstance(self.path, Path):
            return SqliteStore(self.path, busy_seconds=0.05)
        return await PostgresStore.open(self.path, lease_seconds=self.waits.lease)

    async def start(self, spec: core.InterviewSpecification | None = None, request_id: str = "") -> str:
        """The id of a new interview."""
        request = pb.StartInterviewRequest(specification=spec or technical(), request_id=request_id)
        return (await self.stub.StartInterview(request, timeout=10)).interview_id

    async def answer(
        self, interview_id: str, question_id: str = "q1", text: str = "my answer", **more: Any
    ) -> pb.SubmitAnswerResponse:
        """What SubmitAnswer says. `timeout` may be given."""
        timeout = more.pop("timeout", 20)
        request = pb.SubmitAnswerRequest(
            interview_id=interview_id, question_id=question_id, answer_text=text, **more
        )
        return await self.stub.SubmitAnswer(request, timeout=timeout)

    async def add_frames(
        self, interview_id: str, batch_id: str, *frames: bytes, question_id: str = "q1"
    ) -> pb.AddFramesResponse:
        """What AddFrames says."""
        request = pb.AddFramesRequest(
            interview_id=interview_id, question_id=question_id, batch_id=batch_id, frames=frames
        )
        return await self.stub.AddFrames(request, timeout=20)

    async def finish(self, interview_id: str) -> pb.FinishInterviewResponse:
        """What FinishInterview says."""
        return await self.stub.FinishInterview(
            pb.FinishInterviewRequest(interview_id=interview_id), timeout=20
        )

    async def cancel(self, interview_id: str) -> pb.CancelInterviewResponse:
        """What CancelInterview says."""
        return await self.stub.CancelInterview(
            pb.CancelInterviewRequest(interview_id=interview_id), timeout=20
        )

    async def withdraw_consent(self, interview_id: str) -> pb.WithdrawConsentResponse:
        """What WithdrawConsent says."""
        return await self.stub.WithdrawConsent(
            pb.WithdrawConsentRequest(interview_id=interview_id), timeout=20
        )

    async def shown(self, interview_id: str) -> pb.GetInterviewResponse:
        """The interview as it stands."""
        return await self.stub.GetInterview(pb.GetInterviewRequest(interview_id=interview_id), timeout=10)

    async def report(self, interview_id: str) -> pb.GetReportResponse:
        """The report and where it is."""
        return await self.stub.GetReport(pb.GetReportRequest(interview_id=interview_id), timeout=10)

    async def until(self, interview_id: str, question_id: str = "q1") -> pb.GetInterviewResponse:
        """The interview once nothing is under way for this answer."""
        await eventually(lambda: not self.judging.is_running(interview_id, question_id))
        return await self.shown(interview_id)

    async def delivered(self, interview_id: str) -> Delivery:
        """Where the report is once it no longer waits."""
        return (await self.outbox.receipt(interview_id, wait_seconds=10)).delivery


async def eventually(condition: Callable[[], bool]) -> None:
    """Returns once it holds; fails after ten seconds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (what is asked about tells nobody when it changes)
            await asyncio.sleep(0.005)


async def _end(worker: asyncio.Task[None]) -> None:
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)


@dataclass(frozen=True)
class Failure:
    """What a caller was told."""

    error: grpc.aio.AioRpcError

    @property
    def code(self) -> grpc.StatusCode:
        """The status code."""
        return self.error.code()

    @property
    def reason(self) -> str:
        """The reason in ErrorInfo; empty without."""
        found = self.detail(error_details_pb2.ErrorInfo)
        return found.reason if found else ""

    @property
    def field(self) -> str:
        """The field in BadRequest; empty without."""
        found = self.detail(error_details_pb2.BadRequest)
        return found.field_violations[0].field if found else ""

    @property
    def retry_seconds(self) -> float | None:
        """The delay in RetryInfo; None without."""
        found = self.detail(error_details_pb2.RetryInfo)
        return found.retry_delay.ToNanoseconds() / 1e9 if found else None

    def detail(self, kind: type[Detail]) -> Detail | None:
        """The detail of this kind, if there is one."""
        status = rpc_status.from_call(self.error)  # type: ignore[arg-type]  # it has all that is read
        for packed in status.details if status else ():
            found = kind()
            if packed.Unpack(found):
                return found
        return None


async def failure(call: Any) -> Failure:
    """What the call failed with."""
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return Failure(raised.value)

"""Runs the orchestrator: `python -m services.orchestrator`."""

import asyncio
import os
import sys
from collections.abc import Iterable
from contextlib import AsyncExitStack
from importlib.metadata import version
from zoneinfo import ZoneInfo

from interview.v1.orchestrator_service_pb2_grpc import add_OrchestratorServiceServicer_to_server
from ulid import ULID

from services.common import logs
from services.common.channel import open_channel, watch
from services.common.clock import SystemClock
from services.common.doctor import Finding, examine, parsed
from services.common.dumps import keep_memory_out_of_dumps
from services.common.server import MIB, Server, run
from services.common.stray_variables import warn_of_strays
from services.orchestrator import clients, doctor, postgres_store, sqlite_store
from services.orchestrator.about import About
from services.orchestrator.answering import Answering
from services.orchestrator.drafting import DraftingJudge
from services.orchestrator.frame_intake import FrameIntake
from services.orchestrator.interviews import Interviews
from services.orchestrator.judging import Judging, Timing
from services.orchestrator.leases import Leases
from services.orchestrator.outbox import Outbox
from services.orchestrator.postgres_store import PostgresStore
from services.orchestrator.service import OrchestratorServicer
from services.orchestrator.settings import OrchestratorSettings
from services.orchestrator.sqlite_store import SqliteStore
from services.orchestrator.store import Store
from services.orchestrator.store_look import StoreLook
from services.orchestrator.upkeep import Patience, Upkeep


def main() -> None:
    """Reads the settings and serves until told to stop, or examines (`doctor`)."""
    asked = parsed("orchestrator")
    if asked.command == "doctor":
        sys.exit(examine(asked, OrchestratorSettings.load, _findings))
    settings = OrchestratorSettings.load()
    logs.configure("orchestrator", settings.log_level)
    warn_of_strays(OrchestratorSettings, os.environ)
    run(serve(settings))


async def serve(settings: OrchestratorSettings) -> None:
    """Serves until SIGTERM or SIGINT."""
    keep_memory_out_of_dumps()
    clock = SystemClock()
    store = await _open_store(settings)
    tls = settings.peer_tls
    async with AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        evaluator = open_channel(
            settings.evaluator_address, clients.EVALUATOR, reads=["GetJudgeInfo"], tls=tls
        )
        emotion = open_channel(settings.emotion_address, clients.EMOTION, tls=tls)
        reporter = open_channel(settings.reporter_address, clients.REPORTER, tls=tls)
        for channel in (evaluator, emotion, reporter):
            stack.push_async_callback(channel.close)
        asked, emotions = clients.EvaluatorClient(evaluator), clients.EmotionClient(emotion)
        judge = DraftingJudge(asked, store, clock)
        stack.push_async_callback(judge.close)
        deliverer = clients.ReporterClient(reporter)
        reads_emotions = settings.emotion_policy == "consent"
        interviews = Interviews(
            store,
            clock,
            new_id=lambda: f"interview_{ULID()}",
            timezone=ZoneInfo(settings.report_timezone),
            reads_emotions=reads_emotions,
        )
        judging = Judging(
            interviews,
            Leases(store, clock),
            judge,
            emotions,
            clock,
            Timing(judge=settings.judge_timeout_seconds, emotion_wait=settings.emotion_wait_seconds),
        )
        stack.push_async_callback(judging.close)
        frames = FrameIntake(interviews, emotions, settings.max_frame_batches)
        about = About(judge, reads_emotions=reads_emotions, version=version("speakalka"))
        outbox = Outbox(store, deliverer, clock)
        server = Server("interview.v1.OrchestratorService", settings, receive_limit_bytes=10 * MIB)
        add_OrchestratorServiceServicer_to_server(
            OrchestratorServicer(interviews, Answering(interviews, judging), frames, outbox, about),
            server.grpc,
        )
        patience = Patience(settings.pending_timeout_seconds, settings.interview_idle_timeout_seconds)
        upkeep = Upkeep(store, interviews, judging, clock, patience, server.set_ready)
        watched = [(evaluator, asked.peer), (reporter, deliverer.peer)]
        if reads_emotions:
            watched.append((emotion, emotions.peer))
        work = [outbox.run(), upkeep.run(), *(watch(channel, peer, clock) for channel, peer in watched)]
        workers = [asyncio.create_task(each) for each in work]
        stack.push_async_callback(_end, workers)
        await stack.enter_async_context(server)
        await server.wait_for_signal()


async def _open_store(settings: OrchestratorSettings) -> Store:
    if settings.database_path is not None:
        return SqliteStore(settings.database_path)
    return await PostgresStore.open(settings.database_url)


def _findings(settings: OrchestratorSettings) -> Iterable[Finding]:
    return doctor.findings(settings, lambda: _look_at_store(settings))


def _look_at_store(settings: OrchestratorSettings) -> StoreLook:
    if settings.database_path is not None:
        return sqlite_store.look_at(settings.database_path)
    return asyncio.run(postgres_store.look_at(settings.database_url))


async def _end(workers: list[asyncio.Task[None]]) -> None:
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)


if __name__ == "__main__":
    main()

"""Callers of a reporter that dies and comes back: each repeats a report until it hears OK."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import grpc
import grpc.aio
from interview.v1 import core_pb2, interview_report_pb2, reporter_service_pb2
from interview.v1.reporter_service_pb2_grpc import ReporterServiceStub

from tests.fakes.reports import interview_report

CALLERS = 32
ANSWER = "Функция с yield возвращает генератор. " * 280  # makes a record of 20 KB
_PAUSE_SECONDS = 0.2
_DEADLINE_SECONDS = 45.0
_OPTIONS = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 200)]

Report = interview_report_pb2.InterviewReport


def reports_of(prefix: str, count: int, answer: str = "") -> list[Report]:
    """Reports of technical interviews, each of its own; `answer` makes them as large as wished."""
    reports = [interview_report(f"interview_{prefix}x{number}") for number in range(count)]
    for report in reports if answer else []:
        report.answers[0].answer_text = answer
    return reports


class Callers:
    """They share one channel. `receipts` is what was acknowledged, by report id, in the order heard."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._reporter = ReporterServiceStub(channel)
        self.receipts: dict[str, list[core_pb2.Delivery]] = defaultdict(list)
        self.repeated = 0
        self._places = asyncio.Semaphore(CALLERS)

    async def publish(self, report: Report) -> core_pb2.Delivery:
        """One call. Raises grpc.RpcError."""
        request = reporter_service_pb2.PublishReportRequest(report=report)
        reply = await self._reporter.PublishReport(request, timeout=_DEADLINE_SECONDS)
        self.receipts[report.report_id].append(reply.delivery)
        return reply.delivery

    async def insist(self, report: Report) -> core_pb2.Delivery:
        """Calls until it hears OK, as the orchestrator's outbox does."""
        while True:
            try:
                return await self.publish(report)
            except grpc.RpcError:
                self.repeated += 1
                await asyncio.sleep(_PAUSE_SECONDS)

    async def insist_on_all(self, reports: Sequence[Report]) -> list[core_pb2.Delivery]:
        """All of them, at most CALLERS at once; their receipts in the same order."""
        return await asyncio.gather(*map(self._in_turn, reports))

    async def _in_turn(self, report: Report) -> core_pb2.Delivery:
        async with self._places:
            return await self.insist(report)


@asynccontextmanager
async def callers_of(address: str) -> AsyncIterator[Callers]:
    """Callers of the reporter at `address`, whether or not it is there yet."""
    async with grpc.aio.insecure_channel(address, options=_OPTIONS) as channel:
        yield Callers(channel)

"""The reporter, called over gRPC and spoken of in our own nouns."""

import grpc
import grpc.aio
from interview.v1 import core_pb2 as core
from interview.v1 import reporter_service_pb2 as reporter_pb
from interview.v1.reporter_service_pb2_grpc import ReporterServiceStub

from services.common.channel import PeerMethod
from services.common.clock import SystemClock
from services.common.peer_log import PeerLog
from services.orchestrator import messages
from services.orchestrator.clients.failures import told
from services.orchestrator.clients.names import REPORTER
from services.orchestrator.outbox import ReporterUnavailable, ReportRefused
from services.orchestrator.report import Report
from services.orchestrator.store import Delivery, DeliveryStatus

PUBLISH_SECONDS = 45.0
# What the reporter receives at most. A larger report would fail the same way for ever: a person has to look.
LARGEST_PUBLISH_BYTES = 5 * 1024 * 1024

_STATUSES = {
    core.DeliveryStatus.Value(f"DELIVERY_STATUS_{status.name}"): status
    for status in (DeliveryStatus.DELIVERED, DeliveryStatus.FILED, DeliveryStatus.REJECTED)
}


class ReporterClient:
    """Implements Reporter."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        stub = ReporterServiceStub(channel)
        self.peer = PeerLog("reporter", SystemClock())
        self._publish = PeerMethod(f"/{REPORTER}/PublishReport", stub.PublishReport, self.peer)

    async def publish(self, report: Report) -> Delivery:
        request = reporter_pb.PublishReportRequest(report=messages.report(report))
        if request.ByteSize() > LARGEST_PUBLISH_BYTES:
            raise ReportRefused(
                f"the report has {request.ByteSize():,} bytes, more than the reporter receives"
            )
        try:
            delivery = (await self._publish(request, timeout_seconds=PUBLISH_SECONDS)).delivery
        except grpc.aio.AioRpcError as error:
            if error.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.ALREADY_EXISTS):
                raise ReportRefused(told(error)) from error
            raise ReporterUnavailable(told(error)) from error
        if delivery.status not in _STATUSES:
            raise ReporterUnavailable(f"the reporter's receipt is none: status {delivery.status}")
        return Delivery(
            status=_STATUSES[delivery.status],
            topic=delivery.topic,
            partition=delivery.partition,
            offset=delivery.offset,
            file_name=delivery.file_name,
            detail=delivery.detail,
        )

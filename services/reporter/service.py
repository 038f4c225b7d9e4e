"""ReporterService: a report in, where it is out."""

from __future__ import annotations  # gRPC's classes are generic in their stubs only

from interview.v1 import reporter_service_pb2, reporter_service_pb2_grpc

from services.common import logs
from services.common.errors import InvalidField
from services.common.interceptors import Context
from services.reporter.metrics import REPORTS
from services.reporter.publisher import Publisher
from services.reporter.receipts import ReportExists
from services.reporter.translate import delivery_of, report_in

log = logs.get_logger()


class ReporterServicer(reporter_service_pb2_grpc.ReporterServiceServicer):
    """Speaks `interview.v1` for a publisher."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def PublishReport(
        self, request: reporter_service_pb2.PublishReportRequest, context: Context
    ) -> reporter_service_pb2.PublishReportResponse:
        try:
            receipt = await self._publisher.publish(report_in(request))
        except (InvalidField, ReportExists) as error:
            REPORTS["refused"].inc()
            log.warning("report refused", report_id=request.report.report_id[:100], why=error.message)
            raise
        return reporter_service_pb2.PublishReportResponse(delivery=delivery_of(receipt))

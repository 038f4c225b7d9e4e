# ruff: noqa: N802 (gRPC names its methods in CamelCase)
"""A reporter that answers what the test wants."""

from interview.v1 import core_pb2 as core
from interview.v1 import reporter_service_pb2 as pb
from interview.v1.reporter_service_pb2_grpc import ReporterServiceServicer

from services.common.errors import Conflict, InvalidField, Unavailable
from services.common.interceptors import Context
from tests.fakes.script import Script, metadata_of


class NotSafe(Unavailable):
    """The report could be neither delivered nor filed."""

    reason = "REPORT_NOT_SAFE"


class ReportExists(Conflict):
    """Another content was published under this id."""

    reason = "REPORT_EXISTS"


BREAKS_A_RULE = InvalidField("report.candidate_name", "must not be empty")
DELIVERED = pb.PublishReportResponse(
    delivery=core.Delivery(status=core.DELIVERY_STATUS_DELIVERED, topic="step3", partition=2, offset=41)
)
FILED = pb.PublishReportResponse(
    delivery=core.Delivery(status=core.DELIVERY_STATUS_FILED, file_name="technical_interview_report.json")
)


class FakeReporter(ReporterServiceServicer):
    """Delivers, until told otherwise."""

    def __init__(self) -> None:
        self.publish: Script[pb.PublishReportRequest, pb.PublishReportResponse] = Script(DELIVERED)

    async def PublishReport(
        self, request: pb.PublishReportRequest, context: Context
    ) -> pb.PublishReportResponse:
        return await self.publish(request, metadata_of(context))

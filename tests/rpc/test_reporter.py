"""ReporterService over a real channel, files only: what it answers, and what is on the disk afterwards."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import grpc
import grpc.aio
import orjson
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from interview.v1 import core_pb2, interview_report_pb2, reporter_service_pb2
from interview.v1.reporter_service_pb2_grpc import (
    ReporterServiceStub,
    add_ReporterServiceServicer_to_server,
)

from services.common.server import MIB, Server
from services.reporter.disk import Disk
from services.reporter.gateway import FilesOnly
from services.reporter.keys import Keys
from services.reporter.publisher import Publisher
from services.reporter.receipts import Receipts
from services.reporter.service import ReporterServicer
from services.reporter.settings import ReporterSettings
from tests.fakes.bad_reports import BAD_REPORTS
from tests.fakes.reports import INTERVIEW_ID, interview_report

if TYPE_CHECKING:  # there in the type stubs only
    from interview.v1.reporter_service_pb2_grpc import ReporterServiceAsyncStub


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
async def channel(directory: Path) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a reporter that has files only."""
    disk = Disk(directory)
    publisher = Publisher("step3", FilesOnly(), disk, Keys(), Receipts())
    settings = ReporterSettings(port=0, metrics_port=0)
    server = Server("interview.v1.ReporterService", settings, receive_limit_bytes=5 * MIB)
    add_ReporterServiceServicer_to_server(ReporterServicer(publisher), server.grpc)
    async with server, grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield channel
    await publisher.finish()
    disk.close()


@pytest.fixture
def stub(channel: grpc.aio.Channel) -> ReporterServiceAsyncStub:
    return ReporterServiceStub(channel)


async def publish(
    stub: ReporterServiceAsyncStub, report: interview_report_pb2.InterviewReport
) -> core_pb2.Delivery:
    response = await stub.PublishReport(reporter_service_pb2.PublishReportRequest(report=report), timeout=10)
    return response.delivery


async def refusal(
    stub: ReporterServiceAsyncStub, report: interview_report_pb2.InterviewReport
) -> tuple[grpc.StatusCode, dict[str, Any]]:
    """The status code of a call that must fail, and its details by the name of their type."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await publish(stub, report)
    status = rpc_status.from_call(cast(Any, caught.value))
    kinds = (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest, error_details_pb2.RetryInfo)
    details = {}
    for packed in status.details:
        for kind in kinds:
            if packed.Is(kind.DESCRIPTOR):
                details[kind.DESCRIPTOR.name] = message = kind()
                packed.Unpack(message)
    return caught.value.code(), details


def files(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()} if directory.exists() else set()


def block(directory: Path) -> None:
    directory.write_text("a file stands where the directory should be")


def unblock(directory: Path) -> None:
    directory.unlink()


def size_of(path: Path) -> int:
    return path.stat().st_size


async def test_technical_report_gets_the_promised_name(
    stub: ReporterServiceAsyncStub, directory: Path
) -> None:
    """A technical report is FILED as technical_interview_report.json and the file is the record."""
    delivery = await publish(stub, interview_report())
    assert delivery.status == core_pb2.DELIVERY_STATUS_FILED
    assert delivery.report_id == f"{INTERVIEW_ID}.1"
    assert delivery.file_name == "technical_interview_report.json"
    record = orjson.loads((directory / delivery.file_name).read_bytes())
    assert record["report"]["report_id"] == delivery.report_id
    assert files(directory) == {delivery.file_name}


async def test_room_report_gets_the_promised_name(stub: ReporterServiceAsyncStub, directory: Path) -> None:
    """A room's report is FILED as interview_report_{room_id}.json."""
    delivery = await publish(stub, interview_report(room_id="room-7"))
    assert delivery.file_name == "interview_report_room-7.json"
    assert files(directory) == {delivery.file_name}


async def test_room_id_with_a_path_stays_in_the_directory(
    stub: ReporterServiceAsyncStub, directory: Path
) -> None:
    """A room id `../../etc/passwd` is encoded: the file lies in the directory."""
    delivery = await publish(stub, interview_report(room_id="../../etc/passwd"))
    assert delivery.file_name == "interview_report_~2E~2E~2F~2E~2E~2Fetc~2Fpasswd.json"
    assert files(directory) == {delivery.file_name}


async def test_taken_name_is_not_overwritten(stub: ReporterServiceAsyncStub, directory: Path) -> None:
    """Where another report has the bare name, the report id goes into the name."""
    await publish(stub, interview_report("interview_A"))
    before = (directory / "technical_interview_report.json").read_bytes()
    delivery = await publish(stub, interview_report("interview_B"))
    assert delivery.file_name == "technical_interview_report.interview_B.1.json"
    assert (directory / "technical_interview_report.json").read_bytes() == before


async def test_repeat_gets_the_same_receipt(stub: ReporterServiceAsyncStub, directory: Path) -> None:
    """The same report again, by fifty callers at once and later, gets one receipt and makes one file."""
    report = interview_report()
    receipts = await asyncio.gather(*(publish(stub, report) for _ in range(50)))
    receipts.append(await publish(stub, report))
    assert all(receipt == receipts[0] for receipt in receipts)
    assert files(directory) == {"technical_interview_report.json"}


async def test_other_content_is_already_there(stub: ReporterServiceAsyncStub, directory: Path) -> None:
    """Another content under a report id is refused with ALREADY_EXISTS; the first one stands."""
    await publish(stub, interview_report())
    before = (directory / "technical_interview_report.json").read_bytes()
    code, details = await refusal(stub, interview_report(candidate_name="Другое Имя"))
    assert code is grpc.StatusCode.ALREADY_EXISTS
    assert details["ErrorInfo"].reason == "REPORT_EXISTS"
    assert details["ErrorInfo"].metadata["report_id"] == f"{INTERVIEW_ID}.1"
    assert (directory / "technical_interview_report.json").read_bytes() == before


async def test_disk_away_and_back(stub: ReporterServiceAsyncStub, directory: Path) -> None:
    """Without a disk the caller keeps the report (UNAVAILABLE, RetryInfo); with it a repeat is FILED."""
    block(directory)
    code, details = await refusal(stub, interview_report())
    assert code is grpc.StatusCode.UNAVAILABLE
    assert details["ErrorInfo"].reason == "REPORT_NOT_SAFE"
    assert details["RetryInfo"].retry_delay.seconds > 0
    unblock(directory)
    assert (await publish(stub, interview_report())).status == core_pb2.DELIVERY_STATUS_FILED
    shutil.rmtree(directory)
    again = await publish(stub, interview_report("interview_B"))
    assert files(directory) == {again.file_name}


async def test_caller_that_leaves_changes_nothing(stub: ReporterServiceAsyncStub, directory: Path) -> None:
    """A report is seen to its end although its caller's deadline passed; the repeat hears of it."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.PublishReport(
            reporter_service_pb2.PublishReportRequest(report=interview_report()), timeout=0.000_001
        )
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await publish(stub, interview_report())
    assert files(directory) == {"technical_interview_report.json"}


async def test_bad_reports_are_refused_by_field(stub: ReporterServiceAsyncStub, directory: Path) -> None:
    """A report that breaks a rule is INVALID_ARGUMENT with the field's path, and leaves nothing behind."""
    fields = {}
    for bad in BAD_REPORTS:
        code, details = await refusal(stub, bad.report())
        assert (code, details["ErrorInfo"].reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD"), bad
        fields[bad.what] = [violation.field for violation in details["BadRequest"].field_violations]
    assert fields == {bad.what: [bad.field] for bad in BAD_REPORTS}
    assert files(directory) == set()


async def test_message_over_five_mib_is_refused(stub: ReporterServiceAsyncStub, directory: Path) -> None:
    """A message over the receive limit does not reach the servicer: RESOURCE_EXHAUSTED."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await publish(stub, _huge())
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert files(directory) == set()


def _huge() -> interview_report_pb2.InterviewReport:
    report = interview_report()
    report.answers[0].answer_text = "a" * (5 * MIB)
    return report


@pytest.mark.parametrize("bytes_of_it", [b"\xed\xa0\x80", b"\xff\xfe\xfd"], ids=["surrogate", "no UTF-8"])
@pytest.mark.parametrize("where", ["interview_A", "Имя"])
async def test_text_that_is_none_is_refused(
    channel: grpc.aio.Channel, directory: Path, where: str, bytes_of_it: bytes
) -> None:
    """A half of a surrogate pair, in a name or in what becomes a header, is no text: INVALID_ARGUMENT."""
    good = reporter_service_pb2.PublishReportRequest(
        report=interview_report("interview_A")
    ).SerializeToString()
    text = where.encode()
    bad = good.replace(text, text[: len(text) - 3] + bytes_of_it)
    assert bad != good
    call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
        "/interview.v1.ReporterService/PublishReport"
    )
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(bad, timeout=10)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert files(directory) == set()


async def test_empty_request_is_refused(stub: ReporterServiceAsyncStub) -> None:
    """A request without a report is INVALID_ARGUMENT, like a report without its fields."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.PublishReport(reporter_service_pb2.PublishReportRequest(), timeout=10)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_largest_record_is_taken(stub: ReporterServiceAsyncStub, directory: Path) -> None:
    """A record of exactly 4 MiB is filed."""
    report = interview_report()
    delivery = await publish(stub, report)
    size = size_of(directory / delivery.file_name)
    report.answers[1].answer_text += "a" * (4 * MIB - size)
    report.interview_id = INTERVIEW_ID[:-1] + "7"
    report.report_id = f"{report.interview_id}.1"
    delivery = await publish(stub, report)
    assert size_of(directory / delivery.file_name) == 4 * MIB

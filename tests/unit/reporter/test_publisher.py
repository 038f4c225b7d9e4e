"""Publishing with Kafka up, away, coming back and refusing: what callers hear and where the report is."""

import asyncio
import errno
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from services.reporter.receipts import Outcome, Receipt, Receipts, ReportExists, ReportNotSafe
from services.reporter.record import decode
from tests.fakes.reporting import BARE, Reporting, eventually, record
from tests.fakes.reports import interview_report
from tests.fakes.sink import AWAY, DENIED, TOO_LARGE


@pytest.fixture
async def reporting(tmp_path: Path) -> AsyncIterator[Reporting]:
    reporting = Reporting(tmp_path / "reports")
    yield reporting
    reporting.sink.release()
    await reporting.publisher.finish()
    reporting.disk.close()


A, B = interview_report("interview_A"), interview_report("interview_B")


async def test_delivered(reporting: Reporting) -> None:
    """Kafka up: DELIVERED names topic, partition and offset; no file."""
    reporting.circuit.close()
    assert await reporting.publish(A) == Receipt("interview_A.1", Outcome.DELIVERED, "step3", 0, 0)
    assert (await reporting.publish(B)).offset == 1
    assert reporting.files() == set()


async def test_waits_for_the_first_look(reporting: Reporting) -> None:
    """Before the first look at the topic a report is neither sent nor filed; the look decides."""
    one = asyncio.create_task(reporting.publish(A))
    await asyncio.sleep(0.05)
    assert (reporting.sink.sent, reporting.files(), one.done()) == ([], set(), False)
    reporting.circuit.open("brokers away")
    assert (await one).outcome is Outcome.FILED
    assert (await one).detail == "Kafka is away: brokers away"


async def test_failed_send_is_filed_and_opens_the_circuit(reporting: Reporting) -> None:
    """A send that fails by the cluster's fault: FILED, and the next report is filed without being sent."""
    reporting.circuit.close()
    reporting.sink.fate = lambda _: AWAY
    assert (await reporting.publish(A)).file_name == BARE
    assert (await reporting.publish(B)).outcome is Outcome.FILED
    assert reporting.sink.sent == ["interview_A.1"]
    assert not reporting.circuit.is_closed


async def test_operators_fault_is_filed(reporting: Reporting) -> None:
    """A missing permission is no fault of the report: FILED, and the detail says it."""
    reporting.circuit.close()
    reporting.sink.fate = lambda _: DENIED
    receipt = await reporting.publish(A)
    assert (receipt.outcome, receipt.detail) == (Outcome.FILED, "not allowed")


async def test_refused_record_is_sent_alone_before_it_is_rejected(reporting: Reporting) -> None:
    """A refusal in company may be a neighbour's: the record is sent again alone, and then stands aside."""
    reporting.circuit.close()
    reporting.sink.fate = lambda record: TOO_LARGE if record.report_id == "interview_A.1" else None
    receipt, neighbour = await asyncio.gather(reporting.publish(A), reporting.publish(B))
    assert receipt == Receipt(
        "interview_A.1",
        Outcome.REJECTED,
        file_name="rejected/technical_interview_report.interview_A.1.json",
        detail="too large; too large",
    )
    assert neighbour.outcome is Outcome.DELIVERED
    assert reporting.sink.sent.count("interview_A.1") == 2
    assert (reporting.directory / receipt.file_name).exists()
    assert reporting.circuit.is_closed


async def test_refused_because_of_a_neighbour_is_delivered(reporting: Reporting) -> None:
    """A record that Kafka takes alone is DELIVERED, whatever was said of it in company."""
    reporting.circuit.close()
    refusals = [TOO_LARGE]
    reporting.sink.fate = lambda _: refusals.pop() if refusals else None
    assert (await reporting.publish(A)).outcome is Outcome.DELIVERED


async def test_fifty_callers(reporting: Reporting) -> None:
    """The same report fifty times at once: sent once, one receipt for all; again later: the same."""
    reporting.circuit.close()
    reporting.sink.hold()
    calls = [asyncio.create_task(reporting.publish(A)) for _ in range(50)]
    await eventually(lambda: bool(reporting.sink.sent))
    reporting.sink.release()
    receipts = set(await asyncio.gather(*calls))
    receipts.add(await reporting.publish(A))
    assert len(receipts) == 1
    assert reporting.sink.sent == ["interview_A.1"]


async def test_other_content_is_refused(reporting: Reporting) -> None:
    """Another content under an id that is on its way, or was answered: ReportExists; the first stands."""
    other = interview_report("interview_A", candidate_name="Другое Имя")
    reporting.circuit.close()
    reporting.sink.hold()
    first = asyncio.create_task(reporting.publish(A))
    await eventually(lambda: bool(reporting.sink.sent))
    with pytest.raises(ReportExists):
        await reporting.publish(other)
    reporting.sink.release()
    await first
    with pytest.raises(ReportExists):
        await reporting.publish(other)
    assert reporting.sink.report_ids == ["interview_A.1"]


async def test_caller_that_leaves_changes_nothing(reporting: Reporting) -> None:
    """A report belongs to a task of its own: a cancelled caller's is delivered; a repeat hears it."""
    reporting.circuit.close()
    reporting.sink.hold()
    caller = asyncio.create_task(reporting.publish(A))
    await eventually(lambda: bool(reporting.sink.sent))
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    reporting.sink.release()
    assert (await reporting.publish(A)).outcome is Outcome.DELIVERED
    assert reporting.sink.sent == ["interview_A.1"]


async def test_nothing_is_in_company_of_the_same_interview(reporting: Reporting) -> None:
    """Revisions of one interview go one after the other; other interviews do not wait for them."""
    reporting.circuit.close()
    reporting.sink.hold()
    calls = [
        asyncio.create_task(reporting.publish(report))
        for report in (A, interview_report("interview_A", 2), B)
    ]
    await eventually(lambda: len(reporting.sink.sent) == 2)
    assert sorted(reporting.sink.sent) == ["interview_A.1", "interview_B.1"]
    reporting.sink.release()
    await asyncio.gather(*calls)
    assert reporting.sink.report_ids.index("interview_A.1") < reporting.sink.report_ids.index("interview_A.2")


async def test_at_most_sixteen_in_flight(reporting: Reporting) -> None:
    """However many callers, at most 16 records are on their way."""
    reporting.circuit.close()
    reporting.sink.hold()
    calls = [asyncio.create_task(reporting.publish(interview_report(f"interview_{i}"))) for i in range(60)]
    await eventually(lambda: reporting.sink.in_flight == 16)
    reporting.sink.release()
    assert {(await call).outcome for call in calls} == {Outcome.DELIVERED}
    assert reporting.sink.most_in_flight == 16


async def test_without_a_place_when_the_circuit_opens(reporting: Reporting) -> None:
    """Who waits for a place is filed at once when the circuit opens; what is in flight, when it fails."""
    reporting.circuit.close()
    reporting.sink.hold()
    calls = [asyncio.create_task(reporting.publish(interview_report(f"interview_{i}"))) for i in range(20)]
    await eventually(lambda: reporting.sink.in_flight == 16)
    reporting.circuit.open("brokers away")
    await eventually(lambda: sum(call.done() for call in calls) == 4)
    reporting.sink.fate = lambda _: AWAY
    reporting.sink.release()
    assert {(await call).outcome for call in calls} == {Outcome.FILED}
    assert len(reporting.files()) == 20
    assert len(reporting.sink.sent) == 16


async def test_late_ack_does_not_close(reporting: Reporting) -> None:
    """An ack of a record sent before the circuit opened is an ack, but no sign that Kafka is back."""
    reporting.circuit.close()
    reporting.sink.hold()
    call = asyncio.create_task(reporting.publish(A))
    await eventually(lambda: reporting.sink.in_flight == 1)
    reporting.circuit.open("brokers away")
    reporting.sink.release()
    assert (await call).outcome is Outcome.DELIVERED
    assert not reporting.circuit.is_closed


async def test_without_a_place_for_too_long(tmp_path: Path) -> None:
    """A report that gets no place within the patience of the settings is filed."""
    reporting = Reporting(tmp_path / "reports", patience_seconds=0.05)
    reporting.circuit.close()
    reporting.sink.hold()
    calls = [asyncio.create_task(reporting.publish(interview_report(f"interview_{i}"))) for i in range(17)]
    await eventually(lambda: any(call.done() for call in calls))
    [filed] = [call.result() for call in calls if call.done()]
    assert (filed.outcome, filed.detail[:22]) == (Outcome.FILED, "0.05 s without a place")
    reporting.sink.release()
    await asyncio.gather(*calls)
    reporting.disk.close()


async def test_report_that_waits_already_is_not_sent(reporting: Reporting) -> None:
    """A report found in a file, by a reporter that knows nothing of it: FILED, and only the file is sent."""
    reporting.disk.fallback.file(record("interview_A"))
    reporting.circuit.close()
    assert await reporting.publish(A) == Receipt("interview_A.1", Outcome.FILED, file_name=BARE)
    assert reporting.sink.sent == []


async def test_later_revision_is_filed_behind_an_earlier_one(reporting: Reporting) -> None:
    """While revision 1 waits in a file, revision 2 is filed too, also with Kafka up."""
    reporting.disk.fallback.file(record("interview_A"))
    reporting.circuit.close()
    receipt = await reporting.publish(interview_report("interview_A", 2))
    assert (receipt.outcome, receipt.detail) == (Outcome.FILED, "an earlier revision of it waits")
    assert reporting.sink.sent == []


async def test_disk_gone_and_kafka_up(reporting: Reporting) -> None:
    """Without a disk reports are delivered all the same: OK comes after the ack."""
    reporting.directory.write_text("in the way")
    reporting.circuit.close()
    assert (await reporting.publish(A)).outcome is Outcome.DELIVERED


async def test_both_gone_and_back(reporting: Reporting) -> None:
    """Neither Kafka nor disk: an error that says both, and nothing remembered: a repeat is tried anew."""
    reporting.circuit.open("brokers away")
    reporting.layer.fails = lambda _: errno.ENOSPC
    with pytest.raises(ReportNotSafe) as caught:
        await reporting.publish(A)
    assert "ENOSPC" in caught.value.message
    reporting.layer.fails = lambda _: None
    assert (await reporting.publish(A)).outcome is Outcome.FILED


async def test_rejected_without_a_disk_is_no_ok(reporting: Reporting) -> None:
    """A refused record that cannot be set aside stays the caller's."""
    reporting.circuit.close()
    reporting.sink.fate = lambda _: TOO_LARGE
    reporting.layer.fails = lambda what: errno.EIO if what.startswith("sync rejected") else None
    with pytest.raises(ReportNotSafe):
        await reporting.publish(A)


async def test_file_redelivered_while_its_repeat_waits(reporting: Reporting) -> None:
    """A repeat that comes while its file is on its way hears where it went, and sends nothing itself."""
    name = reporting.disk.fallback.file(record("interview_A"))
    reporting.sink.hold()
    async with reporting.running():
        await eventually(lambda: reporting.sink.in_flight == 1)
        repeat = asyncio.create_task(reporting.publish(A))
        await asyncio.sleep(0.02)
        reporting.sink.release()
        assert (await repeat).outcome is Outcome.DELIVERED
    assert (reporting.sink.sent, name in reporting.files()) == (["interview_A.1"], False)


def test_receipt_of_a_file_from_another_release() -> None:
    """A file with fewer added keys is the same report; with another score it is another content."""
    ours = record("interview_A")
    older = orjson.loads(ours.value)
    del older["report"]["language"]
    receipts, receipt = Receipts(), Receipt("interview_A.1", Outcome.DELIVERED)
    receipts.keep_of_file(decode(orjson.dumps(older)), receipt)
    assert receipts.of(ours) == receipt
    older["report"]["answers"][0]["score"] = 7
    receipts.keep_of_file(decode(orjson.dumps(older)), receipt)
    with pytest.raises(ReportExists):
        receipts.of(ours)


def test_receipts_are_forgotten_oldest_first() -> None:
    """The last receipts are remembered, no more."""
    receipts = Receipts(remembered=2)
    for interview_id in ("interview_A", "interview_B", "interview_C"):
        receipts.keep(record(interview_id), Receipt(f"{interview_id}.1", Outcome.FILED))
    assert receipts.of(record("interview_A")) is None
    assert receipts.of(record("interview_C")) == Receipt("interview_C.1", Outcome.FILED)

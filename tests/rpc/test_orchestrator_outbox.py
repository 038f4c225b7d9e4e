"""The way of a report to the reporter: nothing is lost, there are no hot loops, every receipt is kept."""

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import grpc
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import reporter_service_pb2 as reporter_pb

from services.orchestrator import metrics
from services.orchestrator.clients.reporter import LARGEST_PUBLISH_BYTES, ReporterClient
from services.orchestrator.outbox import ReportRefused
from services.orchestrator.report import build
from services.orchestrator.store import DeliveryStatus, StoreUnavailable
from tests.fakes.clock import START, FakeClock
from tests.fakes.nouns import answered, begun
from tests.fakes.reporter import BREAKS_A_RULE, DELIVERED, FILED, NotSafe, ReportExists
from tests.rpc.orchestra import Orchestra, Peers, Waits, eventually, failure

IMPATIENT = Waits(receipt=0.2)


async def ended(orchestra: Orchestra) -> str:
    """The id of an interview that was answered to its end."""
    interview_id = await orchestra.start()
    await orchestra.answer(interview_id)
    return interview_id


async def test_the_last_answer_tells_where_the_report_is(orchestra: Orchestra, peers: Peers) -> None:
    """COMPLETED with topic, partition and offset; every other call says the same."""
    interview_id = await orchestra.start()
    reply = await orchestra.answer(interview_id)
    assert reply.state == core.INTERVIEW_STATE_COMPLETED
    told = reply.delivery
    assert (told.report_id, told.status) == (f"{interview_id}.1", core.DELIVERY_STATUS_DELIVERED)
    assert (told.topic, told.partition, told.offset) == ("step3", 2, 41)
    assert (await orchestra.shown(interview_id)).delivery == told
    assert (await orchestra.report(interview_id)).delivery == told
    assert (await orchestra.finish(interview_id)).delivery == told
    assert len(peers.reporter.publish.requests) == 1


async def test_what_is_published_is_what_is_shown(orchestra: Orchestra, peers: Peers) -> None:
    """Byte for byte, and it says what the interview was."""
    interview_id = await ended(orchestra)
    shown = (await orchestra.report(interview_id)).report
    assert peers.reporter.publish.requests[0].report == shown
    assert (shown.candidate_name, shown.average_score, list(shown.topics_covered)) == (
        "Анна",
        5.0,
        ["Python"],
    )
    assert shown.completion_time == "2026-11-22 13:00:00"  # Moscow
    assert shown.complete_time.nanos == 123_000_000


async def test_a_filed_report_names_its_file(orchestra: Orchestra, peers: Peers) -> None:
    """FILED with the name of the file."""
    peers.reporter.publish.otherwise = FILED
    interview_id = await orchestra.start()
    told = (await orchestra.answer(interview_id)).delivery
    assert (told.status, told.file_name) == (core.DELIVERY_STATUS_FILED, "technical_interview_report.json")


@pytest.mark.parametrize("how", ["fails", "hangs"])
async def test_an_absent_reporter_does_not_fail_the_end(database: Path, peers: Peers, how: str) -> None:
    """WAITING in the reply after a bounded wait; later it is delivered, and a repeat says so."""
    clock = FakeClock()
    async with Orchestra(database, peers, clock, IMPATIENT) as orchestra:
        if how == "fails":
            peers.reporter.publish.otherwise = NotSafe("disk full")
        else:
            peers.reporter.publish.hold()
        interview_id = await orchestra.start()
        reply = await orchestra.answer(interview_id)
        assert (reply.answer.score, reply.state) == (5, core.INTERVIEW_STATE_COMPLETED)
        assert reply.delivery.status == core.DELIVERY_STATUS_WAITING
        peers.reporter.publish.otherwise = DELIVERED
        peers.reporter.publish.release()
        clock.advance(1)
        assert (await orchestra.delivered(interview_id)).status is DeliveryStatus.DELIVERED
        assert (await orchestra.finish(interview_id)).delivery.topic == "step3"


async def test_a_waiting_report_says_why(database: Path, peers: Peers) -> None:
    """The reporter's words stand in `detail`."""
    async with Orchestra(database, peers, FakeClock(), IMPATIENT) as orchestra:
        peers.reporter.publish.otherwise = NotSafe("disk full")
        interview_id = await ended(orchestra)
        assert "disk full" in (await orchestra.report(interview_id)).delivery.detail


async def test_the_pauses_grow_to_half_a_minute(database: Path, peers: Peers) -> None:
    """1, 2, 4, 8, 16, 30, 30 seconds between tries; nothing is sent in between."""
    clock = FakeClock()
    async with Orchestra(database, peers, clock, Waits(receipt=0.1, outbox_poll=0.01)) as orchestra:
        peers.reporter.publish.otherwise = NotSafe("away")
        interview_id = await ended(orchestra)
        for tries, pause in enumerate((1, 2, 4, 8, 16, 30, 30), start=1):
            await attempts(orchestra, interview_id, tries)
            due = clock.now() + timedelta(seconds=pause)
            assert await orchestra.store.claim_reports(due - timedelta(seconds=0.1), 9) == []
            assert len(peers.reporter.publish.requests) == tries
            clock.advance(pause)


async def attempts(orchestra: Orchestra, interview_id: str, count: int) -> None:
    async with asyncio.timeout(10):
        while (await orchestra.store.report(interview_id)).attempts < count:  # noqa: ASYNC110 (it tells nobody)
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("error", [BREAKS_A_RULE, ReportExists("another one stands")])
async def test_a_refused_report_is_parked_and_counted(
    orchestra: Orchestra, peers: Peers, error: Exception
) -> None:
    """INVALID_ARGUMENT and ALREADY_EXISTS: REJECTED with the reason, one count, never sent again."""
    parked = metrics.OUTBOX_PARKED._value.get()
    peers.reporter.publish.otherwise = error
    interview_id = await orchestra.start()
    told = (await orchestra.answer(interview_id)).delivery
    assert told.status == core.DELIVERY_STATUS_REJECTED
    assert told.detail
    assert metrics.OUTBOX_PARKED._value.get() == parked + 1
    orchestra.clock.advance(3600)
    await orchestra.outbox._round()
    assert len(peers.reporter.publish.requests) == 1


@pytest.mark.parametrize("status", [core.DELIVERY_STATUS_UNSPECIFIED, core.DELIVERY_STATUS_WAITING, 99])
async def test_a_receipt_that_is_none_is_not_kept(database: Path, peers: Peers, status: int) -> None:
    """No fact about where the report is: it waits, with a pause, and is sent again."""
    async with Orchestra(database, peers, FakeClock(), IMPATIENT) as orchestra:
        nothing = reporter_pb.PublishReportResponse()
        nothing.delivery.status = status  # type: ignore[assignment]  # enums are open
        peers.reporter.publish.replies.append(nothing)
        interview_id = await ended(orchestra)
        told = (await orchestra.report(interview_id)).delivery
        assert (told.status, "receipt is none" in told.detail) == (core.DELIVERY_STATUS_WAITING, True)
        assert len(peers.reporter.publish.requests) == 1
        orchestra.clock.advance(1)
        await orchestra.delivered(interview_id)
        assert len(peers.reporter.publish.requests) == 2


async def test_a_fault_of_ours_makes_no_hot_loop(
    database: Path, peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected exception on the way to the reporter is paused like any other failure."""
    clock = FakeClock()
    async with Orchestra(database, peers, clock, Waits(receipt=0.3, outbox_poll=0.01)) as orchestra:
        calls = 0

        async def broken(_: object) -> None:
            nonlocal calls
            calls += 1
            raise RuntimeError("boom")

        with monkeypatch.context() as patch:
            patch.setattr(orchestra.outbox._reporter, "publish", broken)
            interview_id = await ended(orchestra)
        assert calls == 1
        clock.advance(1)
        assert (await orchestra.delivered(interview_id)).status is DeliveryStatus.DELIVERED


async def test_a_store_that_does_not_take_the_receipt_makes_no_hot_loop(
    database: Path, peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent again with the next poll at the soonest; once the store is back the receipt is kept."""
    async with Orchestra(database, peers, FakeClock(), Waits(receipt=0.5, outbox_poll=0.2)) as orchestra:

        async def away(*_: object) -> None:
            raise StoreUnavailable("disk full")

        with monkeypatch.context() as patch:
            patch.setattr(orchestra.store, "settle_report", away)
            interview_id = await ended(orchestra)
        assert len(peers.reporter.publish.requests) <= 4
        assert (await orchestra.delivered(interview_id)).status is DeliveryStatus.DELIVERED


async def test_the_outbox_outlives_a_store_that_is_away(
    orchestra: Orchestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Store away or a fault in its rows: the worker goes on and delivers when it is back."""

    async def away(*_: object) -> None:
        raise StoreUnavailable("disk full")

    async def broken(*_: object) -> None:
        raise RuntimeError("boom")

    for failing in (away, broken):
        with monkeypatch.context() as patch:
            patch.setattr(orchestra.store, "claim_reports", failing)
            interview_id = await orchestra.start()
            await orchestra.interviews.finish(interview_id)
            await asyncio.sleep(0.15)  # three polls
        assert (await orchestra.delivered(interview_id)).status is DeliveryStatus.DELIVERED


async def test_a_restart_delivers_what_was_waiting(database: Path, peers: Peers) -> None:
    """The report was written with the end of the interview: another process hands it over."""
    clock = FakeClock()
    peers.reporter.publish.otherwise = NotSafe("away")
    async with Orchestra(database, peers, clock, IMPATIENT) as first:
        interview_id = await ended(first)
    peers.reporter.publish.otherwise = DELIVERED
    clock.advance(60)
    async with Orchestra(database, peers, clock) as second:
        assert (await second.delivered(interview_id)).offset == 41


async def test_every_report_reaches_its_end(database: Path, peers: Peers) -> None:
    """Fifty reports, every third try failing, at most 16 in flight: each is delivered."""
    clock = FakeClock()
    async with Orchestra(database, peers, clock, Waits(receipt=0.05, outbox_poll=0.01)) as orchestra:
        peers.reporter.publish.hold()
        ids = [await orchestra.start() for _ in range(50)]
        for interview_id in ids:
            await orchestra.interviews.finish(interview_id)
        await peers.reporter.publish.called(16)
        await orchestra.outbox._round()
        assert len(peers.reporter.publish.requests) == 16
        peers.reporter.publish.replies.extend((DELIVERED, DELIVERED, NotSafe("away")) * 20)
        peers.reporter.publish.release()
        async with asyncio.timeout(20):
            while (await orchestra.store.backlog()).reports:
                clock.advance(30)
                await asyncio.sleep(0.02)  # a poll or two
        for interview_id in ids:
            assert (await orchestra.delivered(interview_id)).status is DeliveryStatus.DELIVERED


async def test_a_receipt_is_not_waited_for_longer_than_it_takes(orchestra: Orchestra, peers: Peers) -> None:
    """Ten callers at the end of one interview: one publication, all get its receipt, no waiter stays."""
    interview_id = await orchestra.start()
    peers.reporter.publish.hold()
    calls = [asyncio.create_task(orchestra.finish(interview_id)) for _ in range(10)]
    await peers.reporter.publish.called()
    peers.reporter.publish.release()
    replies = await asyncio.gather(*calls)
    assert all(reply.delivery.topic == "step3" for reply in replies)
    assert len(peers.reporter.publish.requests) == 1
    assert orchestra.outbox._receipts._awaited == {}


async def test_no_waiter_stays_when_its_caller_leaves(orchestra: Orchestra, peers: Peers) -> None:
    """A caller who goes while the report is under way leaves nothing behind."""
    interview_id = await orchestra.start()
    peers.reporter.publish.hold()
    call = asyncio.create_task(orchestra.finish(interview_id))
    await peers.reporter.publish.called()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await eventually(lambda: orchestra.outbox._receipts._awaited == {})


async def test_the_backlog_is_shown(database: Path, peers: Peers) -> None:
    """How many reports wait and for how long the oldest has; 0 and 0 once they are gone."""
    clock = FakeClock()
    async with Orchestra(database, peers, clock, IMPATIENT) as orchestra:
        peers.reporter.publish.otherwise = NotSafe("away")
        for _ in range(2):
            await orchestra.interviews.finish(await orchestra.start())
        clock.advance(40)
        await orchestra.outbox._show_backlog()
        assert metrics.OUTBOX_REPORTS._value.get() == 2
        assert 40 <= metrics.OUTBOX_OLDEST._value.get() < 41


async def test_before_the_end_there_is_no_report(orchestra: Orchestra) -> None:
    """FAILED_PRECONDITION, REPORT_NOT_READY; NOT_FOUND for what does not exist."""
    interview_id = await orchestra.start()
    failed = await failure(orchestra.report(interview_id))
    assert (failed.code, failed.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "REPORT_NOT_READY")
    assert (await failure(orchestra.report("interview_none"))).reason == "INTERVIEW_NOT_FOUND"


async def test_an_interview_that_was_never_answered_has_a_report(orchestra: Orchestra, peers: Peers) -> None:
    """Finished at once: published with no answers and no average."""
    interview_id = await orchestra.start()
    finished = await orchestra.finish(interview_id)
    assert list(finished.report.answers) == []
    assert not finished.report.HasField("average_score")
    assert len(peers.reporter.publish.requests) == 1


async def test_a_report_too_large_to_send_is_refused_here() -> None:
    """Over 5 MiB gRPC would fail it the same way for ever: it is parked, where an alert sees it."""
    interview = answered(begun(), 5)
    long = replace(interview.answers[0], text="x" * LARGEST_PUBLISH_BYTES)
    ended = replace(interview, answers=(long,)).finished(START)
    async with grpc.aio.insecure_channel("127.0.0.1:1") as nobody:
        with pytest.raises(ReportRefused, match="more than the reporter receives"):
            await ReporterClient(nobody).publish(build(ended, UTC))

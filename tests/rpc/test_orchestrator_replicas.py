"""Two orchestrators on one PostgreSQL: whichever is asked, and whichever dies, each answer is judged once."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from interview.v1 import core_pb2 as core

from services.orchestrator import metrics
from services.orchestrator.store import DeliveryStatus
from tests.fakes.clock import FakeClock, RunningClock
from tests.fakes.evaluator import JudgeAway, question, scored
from tests.fakes.messages import technical
from tests.postgres import PostgresServer
from tests.rpc.orchestra import Orchestra, Peers, Waits, eventually, failure

SHORT = Waits(lease=2.0)  # long enough that a busy machine renews it in time


@pytest.fixture
async def url(postgres_server: PostgresServer) -> str:
    return await postgres_server.new_database()


@pytest.fixture
async def one(url: str, peers: Peers) -> AsyncIterator[Orchestra]:
    async with Orchestra(url, peers, RunningClock(), SHORT) as running:
        yield running


@pytest.fixture
async def other(url: str, peers: Peers) -> AsyncIterator[Orchestra]:
    async with Orchestra(url, peers, RunningClock(), SHORT) as running:
        yield running


async def judging(orchestra: Orchestra, peers: Peers) -> tuple[str, "asyncio.Task[object]"]:
    """An interview whose first answer the judge is at, and the call that waits for it."""
    interview_id = await orchestra.start(technical("A", "B"))
    peers.evaluator.evaluate.hold()
    call = asyncio.create_task(orchestra.answer(interview_id))
    await peers.evaluator.evaluate.called()
    return interview_id, call


async def test_a_repeat_on_another_replica_waits_for_the_result(
    one: Orchestra, other: Orchestra, peers: Peers
) -> None:
    """Longer than a lease lasts, for it is renewed: one call to the judge, the same reply for both."""
    interview_id, call = await judging(one, peers)
    repeats = [asyncio.create_task(other.answer(interview_id)) for _ in range(5)]
    done, _ = await asyncio.wait(repeats, timeout=1.5 * SHORT.lease)
    assert not done
    peers.evaluator.evaluate.release()
    reply = await call
    assert [await repeat for repeat in repeats] == [reply] * 5
    assert len(peers.evaluator.evaluate.requests) == 1


async def test_a_repeat_takes_over_from_a_replica_that_died(
    one: Orchestra, other: Orchestra, peers: Peers
) -> None:
    """Its lease runs out and the judge is asked again: once more, and no more."""
    interview_id, call = await judging(one, peers)
    repeats = [asyncio.create_task(other.answer(interview_id)) for _ in range(5)]
    await one.crash()
    await asyncio.gather(call, return_exceptions=True)
    await peers.evaluator.evaluate.called(2)
    peers.evaluator.evaluate.release()
    assert {(await repeat).answer.score for repeat in repeats} == {5}
    assert len(peers.evaluator.evaluate.requests) == 2


async def test_a_repeat_takes_over_at_once_when_the_judge_failed_elsewhere(
    url: str, peers: Peers, one: Orchestra
) -> None:
    """The lease of one who gives up for now is dropped: nobody waits for it to run out."""
    interview_id, call = await judging(one, peers)
    async with Orchestra(url, peers, RunningClock(), Waits(lease=60)) as patient:
        repeat = asyncio.create_task(patient.answer(interview_id, timeout=20))
        peers.evaluator.evaluate.replies.append(JudgeAway("away"))
        peers.evaluator.evaluate.release()
        assert (await failure(call)).reason == "JUDGE_UNAVAILABLE"
        assert (await repeat).answer.score == 5


async def test_of_two_results_the_first_stands(one: Orchestra, other: Orchestra, peers: Peers) -> None:
    """A frozen replica comes back with its own result: dropped, counted; its caller gets the other one."""
    interview_id, call = await judging(one, peers)
    late = metrics.LATE_RESULTS._value.get()
    one.judging.leases.renew_seconds = 3600  # it does not get to renew
    await asyncio.sleep(SHORT.lease / 3)  # one renewal may be under way already
    repeat = asyncio.create_task(other.answer(interview_id))
    await peers.evaluator.evaluate.called(2)
    peers.evaluator.evaluate.replies.extend((scored(3, "One."), scored(4, "Two.")))
    peers.evaluator.evaluate.release()
    replies = [await call, await repeat]
    assert replies[0] == replies[1]
    assert (await one.shown(interview_id)).answers[0].score in (3, 4)
    assert metrics.LATE_RESULTS._value.get() == late + 1


async def test_upkeep_leaves_alone_what_another_replica_is_at(url: str, peers: Peers) -> None:
    """And takes over once that one has died."""
    clock = FakeClock()
    async with (
        Orchestra(url, peers, clock, SHORT) as worker,
        Orchestra(url, peers, RunningClock(), SHORT) as one,
    ):
        interview_id, call = await judging(one, peers)
        clock.jump((RunningClock().now() - clock.now()).total_seconds() + 60)
        await worker.upkeep.round()
        assert not worker.upkeep._under_way
        await one.crash()
        await asyncio.gather(call, return_exceptions=True)
        peers.evaluator.evaluate.release()
        async with asyncio.timeout(10):
            while not (await worker.shown(interview_id)).answers[0].HasField("score"):
                await worker.upkeep.round()
                await asyncio.sleep(0.05)
    assert len(peers.evaluator.evaluate.requests) == 2


async def test_a_kill_between_score_and_next_question_resumes_elsewhere(
    one: Orchestra, other: Orchestra, peers: Peers
) -> None:
    """The stored score is not judged again; the question that was to come is asked by the other replica."""
    interview_id = await one.start(technical("A", "B"))
    peers.evaluator.evaluate.otherwise = scored(9)
    peers.evaluator.follow_up.otherwise = question("Why so?")
    peers.evaluator.follow_up.hold()
    call = asyncio.create_task(one.answer(interview_id))
    await peers.evaluator.follow_up.called()
    await one.crash()
    await asyncio.gather(call, return_exceptions=True)
    peers.evaluator.follow_up.release()
    reply = await other.answer(interview_id)
    assert (reply.answer.score, reply.next_question.text) == (9, "Why so?")
    assert len(peers.evaluator.evaluate.requests) == 1


async def test_finishing_on_another_replica_does_not_take_the_judgement_over(
    one: Orchestra, other: Orchestra, peers: Peers
) -> None:
    """FINISHING at once; the one who is at it completes the interview; one call to the judge."""
    interview_id, call = await judging(one, peers)
    assert (await other.finish(interview_id)).state == core.INTERVIEW_STATE_FINISHING
    peers.evaluator.evaluate.release()
    await call
    finished = await other.finish(interview_id)
    assert (finished.state, finished.report.answers[0].score) == (core.INTERVIEW_STATE_COMPLETED, 5)
    assert len(peers.evaluator.evaluate.requests) == 1


async def test_an_interview_cancelled_on_another_replica_ends_the_wait(
    one: Orchestra, other: Orchestra, peers: Peers
) -> None:
    """The judge's result is dropped; a repeat that waited elsewhere sees that it was cancelled."""
    interview_id, call = await judging(one, peers)
    repeat = asyncio.create_task(other.answer(interview_id))
    await eventually(lambda: other.judging.is_running(interview_id, "q1"))
    await other.cancel(interview_id)
    peers.evaluator.evaluate.release()
    for reply in (await call, await repeat):
        assert reply.answer.unscored_reason == core.UNSCORED_REASON_INTERVIEW_CANCELLED  # type: ignore[attr-defined]


async def test_what_a_replica_knew_is_never_the_last_word(
    one: Orchestra, other: Orchestra, peers: Peers
) -> None:
    """A repeat, a question it has not seen and an end: each is as the other replica left it."""
    interview_id, call = await judging(one, peers)
    peers.evaluator.evaluate.replies.append(JudgeAway("away"))
    peers.evaluator.evaluate.release()
    assert (await failure(call)).reason == "JUDGE_UNAVAILABLE"
    settled = await other.answer(interview_id)
    assert await one.answer(interview_id) == settled
    assert len(peers.evaluator.evaluate.requests) == 2
    begun = await one.start(technical("A", "B", "C"))
    await one.answer(begun, "q1")
    await other.answer(begun, "q2")
    assert (await one.answer(begun, "q3")).state == core.INTERVIEW_STATE_COMPLETED
    begun = await one.start(technical("A", "B"))
    await one.answer(begun, "q1")
    await other.cancel(begun)
    assert (await failure(one.answer(begun, "q2"))).reason == "INTERVIEW_CLOSED"
    assert (await one.cancel(begun)).state == core.INTERVIEW_STATE_CANCELLED


async def test_every_report_is_sent_once_and_heard_of_everywhere(
    one: Orchestra, other: Orchestra, peers: Peers
) -> None:
    """Thirty interviews that end on one of two replicas: thirty publications, and both know each receipt."""
    ids = [await one.start() for _ in range(30)]
    await asyncio.gather(*(replica.finish(i) for i in ids for replica in (one, other)))
    for interview_id in ids:
        told = await one.delivered(interview_id)
        assert told.status is DeliveryStatus.DELIVERED
        assert await other.delivered(interview_id) == told
    published = [request.report.report_id for request in peers.reporter.publish.requests]
    assert sorted(published) == sorted(f"{interview_id}.1" for interview_id in ids)

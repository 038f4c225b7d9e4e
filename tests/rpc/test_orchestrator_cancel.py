"""CancelInterview: the end without a report, whatever is under way."""

import asyncio

import grpc
import pytest
from interview.v1 import core_pb2 as core

from tests.fakes.messages import consented, technical
from tests.rpc.orchestra import Orchestra, Peers, eventually, failure


async def test_a_cancelled_interview_takes_no_answer_and_has_no_report(
    orchestra: Orchestra, peers: Peers
) -> None:
    """CANCELLED, also when asked again; nothing reaches the reporter; the answers so far are still shown."""
    interview_id = await orchestra.start(technical("A", "B"))
    first = await orchestra.answer(interview_id)
    for reply in [await orchestra.cancel(interview_id) for _ in range(2)]:
        assert reply.state == core.INTERVIEW_STATE_CANCELLED
        assert reply.progress.answers_settled == 1
    closed = await failure(orchestra.answer(interview_id, "q2"))
    assert (closed.code, closed.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "INTERVIEW_CLOSED")
    for call in (orchestra.finish(interview_id), orchestra.report(interview_id)):
        refused = await failure(call)
        assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "INTERVIEW_CANCELLED")
    shown = await orchestra.shown(interview_id)
    assert (shown.state, list(shown.answers)) == (core.INTERVIEW_STATE_CANCELLED, [first.answer])
    assert not shown.HasField("current_question")
    assert not shown.HasField("delivery")
    assert (await orchestra.answer(interview_id)).answer == first.answer
    assert peers.reporter.publish.requests == []


async def test_a_completed_interview_keeps_its_report(orchestra: Orchestra) -> None:
    """FAILED_PRECONDITION, INTERVIEW_COMPLETED."""
    interview_id = await orchestra.start()
    report = (await orchestra.finish(interview_id)).report
    refused = await failure(orchestra.cancel(interview_id))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "INTERVIEW_COMPLETED")
    assert (await orchestra.report(interview_id)).report == report


@pytest.mark.parametrize("finishing", [False, True], ids=["in progress", "finishing"])
async def test_a_judgement_under_way_is_dropped(orchestra: Orchestra, peers: Peers, finishing: bool) -> None:
    """Evaluator and emotion service are told to stop; the waiting caller hears of no score."""
    interview_id = await orchestra.start(consented("A", "B"))
    peers.evaluator.evaluate.hold()
    peers.emotion.analyze.hold()
    waiting = asyncio.create_task(orchestra.answer(interview_id, frames=[b"picture"]))
    await peers.evaluator.evaluate.called()
    await peers.emotion.analyze.called()
    if finishing:
        await orchestra.finish(interview_id)
    await orchestra.cancel(interview_id)
    reply = await waiting
    assert (reply.state, reply.answer.state) == (core.INTERVIEW_STATE_CANCELLED, core.ANSWER_STATE_UNSCORED)
    assert reply.answer.unscored_reason == core.UNSCORED_REASON_INTERVIEW_CANCELLED
    assert not reply.HasField("next_question")
    await eventually(lambda: peers.evaluator.evaluate.cancelled == 1 and peers.emotion.analyze.cancelled == 1)


async def test_a_judgement_of_another_replica_comes_too_late(orchestra: Orchestra, peers: Peers) -> None:
    """Only the row knows of the end: the score that comes after it is not kept."""
    interview_id = await orchestra.start(technical("A", "B"))
    peers.evaluator.evaluate.hold()
    waiting = asyncio.create_task(orchestra.answer(interview_id))
    await peers.evaluator.evaluate.called()
    await orchestra.interviews.cancel(interview_id)
    peers.evaluator.evaluate.release()
    reply = await waiting
    assert (reply.state, reply.answer.state) == (core.INTERVIEW_STATE_CANCELLED, core.ANSWER_STATE_UNSCORED)
    assert len((await orchestra.shown(interview_id)).answers) == 1


async def test_nobody_works_on_a_cancelled_interview(orchestra: Orchestra, peers: Peers) -> None:
    """Neither its answer nor its age wakes the worker."""
    interview_id = await orchestra.start()
    peers.evaluator.evaluate.hold()
    waiting = asyncio.create_task(orchestra.answer(interview_id))
    await peers.evaluator.evaluate.called()
    await orchestra.cancel(interview_id)
    await waiting
    orchestra.clock.advance(100_000)
    await orchestra.upkeep.round()
    assert (await orchestra.shown(interview_id)).state == core.INTERVIEW_STATE_CANCELLED
    assert len(peers.evaluator.evaluate.requests) == 1

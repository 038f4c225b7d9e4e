"""What goes on although nobody calls: after a restart, while the judge is away, for lost callers."""

import asyncio
from pathlib import Path

import grpc
import pytest
from interview.v1 import core_pb2 as core

from services.orchestrator import metrics
from services.orchestrator.interviews import Submission
from services.orchestrator.sqlite_store import SqliteStore
from services.orchestrator.store import StoreUnavailable
from tests.fakes.clock import FakeClock
from tests.fakes.evaluator import JudgeAway, question, scored
from tests.fakes.messages import consented, technical
from tests.rpc.orchestra import Orchestra, Peers, eventually, failure

HOUR = 3600.0


async def pending(orchestra: Orchestra, peers: Peers, spec: core.InterviewSpecification | None = None) -> str:
    """The id of an interview whose first answer the judge did not take."""
    interview_id = await orchestra.start(spec or technical("A", "B"))
    peers.evaluator.evaluate.replies.append(JudgeAway("away"))
    assert (await failure(orchestra.answer(interview_id))).code is grpc.StatusCode.UNAVAILABLE
    return interview_id


async def judged(orchestra: Orchestra) -> None:
    """One round of upkeep and all that it began."""
    await orchestra.upkeep.round()
    await eventually(lambda: not orchestra.upkeep._under_way)


async def test_a_pending_answer_is_judged_after_a_restart(database: Path, peers: Peers) -> None:
    """Stored, process gone, another one: the answer is judged without any call."""
    clock = FakeClock()
    async with Orchestra(database, peers, clock) as first:
        interview_id = await pending(first, peers)
    clock.advance(10)
    async with Orchestra(database, peers, clock) as second:
        await judged(second)
        shown = await second.shown(interview_id)
    assert shown.answers[0].score == 5
    assert shown.current_question.topic == "B"


async def test_a_judgement_cut_off_by_a_stop_is_begun_again(database: Path, peers: Peers) -> None:
    """Its caller is told UNAVAILABLE, STOPPING, with RetryInfo; the next process judges the answer."""
    clock = FakeClock()
    async with Orchestra(database, peers, clock) as first:
        interview_id = await first.start()
        peers.evaluator.evaluate.hold()
        call = asyncio.create_task(failure(first.answer(interview_id)))
        await peers.evaluator.evaluate.called()
    failed = await call
    assert (failed.code, failed.reason) == (grpc.StatusCode.UNAVAILABLE, "STOPPING")
    assert failed.retry_seconds
    peers.evaluator.evaluate.release()
    clock.advance(10)
    async with Orchestra(database, peers, clock) as second:
        await judged(second)
        assert (await second.shown(interview_id)).answers[0].score == 5


async def test_a_score_without_its_next_question_gets_it_after_a_restart(
    database: Path, peers: Peers
) -> None:
    """Score stored, process gone while the question was written: only the question is made up for."""
    clock = FakeClock()
    peers.evaluator.evaluate.otherwise = scored(9)
    peers.evaluator.follow_up.hold()
    async with Orchestra(database, peers, clock) as first:
        interview_id = await first.start(technical("A", "B"))
        await failure(first.answer(interview_id, timeout=0.3))
        assert (await first.shown(interview_id)).answers[0].score == 9
    peers.evaluator.follow_up.release()
    peers.evaluator.follow_up.otherwise = question("Why so?")
    clock.advance(10)
    async with Orchestra(database, peers, clock) as second:
        await judged(second)
        assert (await second.shown(interview_id)).current_question.text == "Why so?"
    assert len(peers.evaluator.evaluate.requests) == 1


async def test_the_caller_goes_first(orchestra: Orchestra, peers: Peers) -> None:
    """For five seconds a pending answer is left to its caller, who still has the frames."""
    interview_id = await pending(orchestra, peers)
    orchestra.clock.advance(4.9)
    await judged(orchestra)
    assert (await orchestra.shown(interview_id)).answers[0].state == core.ANSWER_STATE_PENDING
    orchestra.clock.advance(0.1)
    await judged(orchestra)
    assert (await orchestra.shown(interview_id)).answers[0].state == core.ANSWER_STATE_SCORED


async def test_an_absent_judge_is_asked_again_with_growing_pauses(orchestra: Orchestra, peers: Peers) -> None:
    """2, 4, 8, 16, 30, 30 seconds: rounds in between call nobody."""
    await pending(orchestra, peers)
    peers.evaluator.evaluate.otherwise = JudgeAway("away")
    orchestra.clock.advance(5)
    await judged(orchestra)
    for calls, pause in enumerate((2, 4, 8, 16, 30, 30), start=2):
        orchestra.clock.advance(pause - 0.1)
        await judged(orchestra)
        assert len(peers.evaluator.evaluate.requests) == calls
        orchestra.clock.advance(0.1)
        await judged(orchestra)
        assert len(peers.evaluator.evaluate.requests) == calls + 1


async def test_a_fault_of_ours_is_tried_again_with_pauses_too(
    orchestra: Orchestra, peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected exception in judging makes no hot loop and does not end upkeep."""
    await pending(orchestra, peers)
    calls = 0

    async def broken(*_: object, **__: object) -> None:
        nonlocal calls
        calls += 1
        raise RuntimeError("boom")

    monkeypatch.setattr(orchestra.judging.judge, "evaluate", broken)
    orchestra.clock.advance(5)
    for _ in range(5):
        await judged(orchestra)
    assert calls == 1
    orchestra.clock.advance(2)
    await judged(orchestra)
    assert calls == 2


async def test_an_answer_that_waited_an_hour_stays_without_a_score(
    orchestra: Orchestra, peers: Peers
) -> None:
    """PENDING_TIMEOUT after its receipt: UNSCORED(JUDGE_UNAVAILABLE), and the interview moves on."""
    interview_id = await pending(orchestra, peers)
    orchestra.clock.advance(HOUR + 0.1)
    await orchestra.upkeep.round()
    shown = await orchestra.shown(interview_id)
    assert shown.answers[0].unscored_reason == core.UNSCORED_REASON_JUDGE_UNAVAILABLE
    assert not shown.answers[0].HasField("score")
    assert shown.current_question.topic == "B"
    assert len(peers.evaluator.evaluate.requests) == 1


async def test_what_is_being_judged_is_not_given_up(orchestra: Orchestra, peers: Peers) -> None:
    """A clock that jumps an hour ahead costs no answer the score that is on its way."""
    interview_id = await orchestra.start(technical("A", "B"))
    peers.evaluator.evaluate.hold()
    call = asyncio.create_task(orchestra.answer(interview_id))
    await peers.evaluator.evaluate.called()
    orchestra.clock.advance(HOUR + 0.1)
    await orchestra.upkeep.round()
    peers.evaluator.evaluate.release()
    assert (await call).answer.score == 5


async def test_a_clock_that_was_set_back_does_not_hold_up_a_pending_answer(
    orchestra: Orchestra, peers: Peers
) -> None:
    """Received an hour from now, by the clock: judged all the same, not in an hour."""
    interview_id = await pending(orchestra, peers)
    orchestra.clock.jump(-HOUR)
    await judged(orchestra)
    assert (await orchestra.shown(interview_id)).answers[0].score == 5


async def test_an_interview_that_is_finishing_is_not_kept_waiting_for_ever(
    orchestra: Orchestra, peers: Peers
) -> None:
    """FINISHING with an answer that waited an hour: COMPLETED with a report."""
    interview_id = await pending(orchestra, peers)
    await orchestra.finish(interview_id)
    orchestra.clock.advance(HOUR + 0.1)
    await orchestra.upkeep.round()
    report = (await orchestra.report(interview_id)).report
    assert report.unscored_answers == 1
    assert report.answers[0].unscored_reason == core.UNSCORED_REASON_JUDGE_UNAVAILABLE


async def test_giving_up_keeps_why_there_is_no_reading(orchestra: Orchestra, peers: Peers) -> None:
    """Frames came and the process forgot them: the answer says so instead of looking as if none had come."""
    interview_id = await orchestra.start(consented("A", "B"))
    await orchestra.interviews.receive(interview_id, Submission("q1", "my answer", frames=(b"jpeg",)))
    orchestra.clock.advance(HOUR + 0.1)
    await orchestra.upkeep.round()
    answer = (await orchestra.shown(interview_id)).answers[0]
    assert answer.unscored_reason == core.UNSCORED_REASON_JUDGE_UNAVAILABLE
    assert answer.emotion_absence == core.EMOTION_ABSENCE_UNAVAILABLE
    assert peers.emotion.analyze.requests == []


async def test_a_declined_answer_is_zero_however_long_it_waited(orchestra: Orchestra) -> None:
    """The rule needs no judge: an hour of ours does not cost the candidate's answer its meaning."""
    interview_id = await orchestra.start(technical("A", "B"))
    await orchestra.interviews.receive(interview_id, Submission("q1", "", declined=True))
    orchestra.clock.advance(HOUR + 0.1)
    await orchestra.upkeep.round()
    answer = (await orchestra.shown(interview_id)).answers[0]
    assert (answer.state, answer.score) == (core.ANSWER_STATE_SCORED, 0)


async def test_an_abandoned_interview_finishes_with_what_there_is(orchestra: Orchestra) -> None:
    """A day without a write by its caller: COMPLETED, its report delivered; a second less: still open."""
    interview_id = await orchestra.start(technical("A", "B"))
    await orchestra.answer(interview_id)
    orchestra.clock.advance(24 * HOUR)
    await orchestra.upkeep.round()
    assert (await orchestra.shown(interview_id)).state == core.INTERVIEW_STATE_IN_PROGRESS
    counted = metrics.INTERVIEWS.labels("TECHNICAL", "abandoned")._value.get()
    orchestra.clock.advance(1)
    await orchestra.upkeep.round()
    report = (await orchestra.report(interview_id)).report
    assert (report.scored_answers, report.questions_asked) == (1, 2)
    assert metrics.INTERVIEWS.labels("TECHNICAL", "abandoned")._value.get() == counted + 1
    assert (await orchestra.delivered(interview_id)).topic == "step3"


async def test_an_answer_in_the_last_moment_keeps_the_interview_open(orchestra: Orchestra) -> None:
    """Found abandoned, answered before it was ended: it is not ended."""
    interview_id = await orchestra.start(technical("A", "B"))
    since = orchestra.clock.now()
    orchestra.clock.advance(25 * HOUR)
    await orchestra.answer(interview_id)
    await orchestra.interviews.abandon(interview_id, since)
    assert (await orchestra.shown(interview_id)).state == core.INTERVIEW_STATE_IN_PROGRESS


async def test_one_damaged_interview_does_not_hold_up_the_others(orchestra: Orchestra, peers: Peers) -> None:
    """It is logged and left; the other one is judged in the same round."""
    damaged = await pending(orchestra, peers)
    orchestra.clock.advance(1)
    sound = await pending(orchestra, peers)
    statement = "UPDATE interviews SET document = ?, version = version + 1 WHERE interview_id = ?"
    assert isinstance(orchestra.store, SqliteStore)
    await orchestra.store._database.run(lambda db: db.execute(statement, (b"{}", damaged)))
    orchestra.clock.advance(10)
    await judged(orchestra)
    assert (await orchestra.shown(sound)).answers[0].score == 5


async def test_readiness_follows_the_store(orchestra: Orchestra, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away: not ready, with the reason; back: ready again."""
    told: list[tuple[bool, str]] = []

    async def set_ready(ready: bool, why: str) -> None:
        told.append((ready, why))

    async def away() -> list[str]:
        raise StoreUnavailable("disk full")

    orchestra.upkeep.set_ready = set_ready
    await orchestra.upkeep.round()
    with monkeypatch.context() as patch:
        patch.setattr(orchestra.store, "unsettled", away)
        await orchestra.upkeep.round()
    await orchestra.upkeep.round()
    assert told == [(True, ""), (False, "disk full"), (True, "")]


async def test_no_more_than_sixteen_are_tried_at_once(orchestra: Orchestra, peers: Peers) -> None:
    """A backlog after an outage does not fall on the judge all at once, and is worked off to its end."""
    ids = [await pending(orchestra, peers) for _ in range(20)]
    peers.evaluator.evaluate.hold()
    orchestra.clock.advance(10)
    await orchestra.upkeep.round()
    await peers.evaluator.evaluate.called(20 + 16)
    assert len(orchestra.upkeep._under_way) == 16
    peers.evaluator.evaluate.release()
    await eventually(lambda: not orchestra.upkeep._under_way)
    await judged(orchestra)
    for interview_id in ids:
        assert (await orchestra.shown(interview_id)).answers[0].score == 5

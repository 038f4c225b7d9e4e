"""Frames and readings: with consent only, in time or not at all, and never at the cost of an answer."""

import asyncio
from pathlib import Path

import grpc
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import emotion_service_pb2 as emotion_pb

from services.common.interceptors import Stopping
from tests.fakes.clock import FakeClock
from tests.fakes.emotion_service import WeightsMissing, no_face, seen
from tests.fakes.evaluator import JudgeAway
from tests.fakes.messages import consented, technical
from tests.rpc.orchestra import Orchestra, Peers, Waits, failure

FRAMES = [b"first", b"second"]


async def test_a_reading_in_time_is_in_answer_and_report(orchestra: Orchestra, peers: Peers) -> None:
    """All seven probabilities in the enum's order, primary and confidence; the frames as they came."""
    interview_id = await orchestra.start(consented())
    peers.emotion.analyze.otherwise = seen(0.2, 0.7, 0.1, frames=2)
    reading = (await orchestra.answer(interview_id, frames=FRAMES)).answer.emotion
    assert (reading.primary_emotion, reading.confidence) == (core.EMOTION_HAPPINESS, 0.7)
    assert [one.probability for one in reading.emotions] == [0.2, 0.7, 0.1, 0, 0, 0, 0]
    assert reading.accepted_frames == 2
    assert list(peers.emotion.analyze.requests[0].frames) == FRAMES
    report = (await orchestra.report(interview_id)).report
    assert report.emotion.most_common_emotion == core.EMOTION_HAPPINESS
    assert report.answers[0].emotion == reading


@pytest.mark.parametrize(
    ("reply", "absence"),
    [
        (no_face(), core.EMOTION_ABSENCE_NO_FACE),
        (WeightsMissing("no weights"), core.EMOTION_ABSENCE_UNAVAILABLE),
        (ValueError("boom"), core.EMOTION_ABSENCE_UNAVAILABLE),
        (emotion_pb.AnalyzeFramesResponse(reading=core.EmotionReading()), core.EMOTION_ABSENCE_UNAVAILABLE),
        (seen(70.0, 30.0), core.EMOTION_ABSENCE_UNAVAILABLE),
        (seen(float("nan"), 1.0), core.EMOTION_ABSENCE_UNAVAILABLE),
        (seen(1.0, frames=0), core.EMOTION_ABSENCE_UNAVAILABLE),
    ],
    ids=["no face", "no weights", "fault", "empty reading", "percent", "no number", "no frame"],
)
async def test_without_a_usable_reading_the_answer_is_scored_and_says_why(
    orchestra: Orchestra, peers: Peers, reply: emotion_pb.AnalyzeFramesResponse | Exception, absence: int
) -> None:
    """No face, away, broken, or nonsense: score, no reading, the reason; never a fake neutral."""
    interview_id = await orchestra.start(consented())
    peers.emotion.analyze.otherwise = reply
    answer = (await orchestra.answer(interview_id, frames=FRAMES)).answer
    assert answer.score == 5
    assert not answer.HasField("emotion")
    assert answer.emotion_absence == absence
    report = (await orchestra.report(interview_id)).report
    assert report.emotion.total_analyses == 0


async def test_frames_of_a_replica_that_stops_go_to_another(orchestra: Orchestra, peers: Peers) -> None:
    """They are sent once more, in the time that is left; a second one that stops leaves no reading."""
    interview_id = await orchestra.start(consented("A", "B"))
    peers.emotion.analyze.replies.append(Stopping("stopping"))
    peers.emotion.analyze.hold()
    call = asyncio.create_task(orchestra.answer(interview_id, frames=FRAMES))
    await peers.emotion.analyze.called()
    await asyncio.sleep(0.4)  # taken from what the second one gets; gRPC does not tell 3 % apart on the wire
    peers.emotion.analyze.release()
    assert (await call).answer.HasField("emotion")
    assert [list(request.frames) for request in peers.emotion.analyze.requests] == [FRAMES] * 2
    first, again = peers.emotion.seconds_left
    assert again < first - 0.3
    peers.emotion.analyze.otherwise = Stopping("stopping")
    answer = (await orchestra.answer(interview_id, "q2", frames=FRAMES)).answer
    assert (answer.score, answer.emotion_absence) == (5, core.EMOTION_ABSENCE_UNAVAILABLE)
    assert len(peers.emotion.analyze.requests) == 4


async def test_a_mean_just_above_one_is_one(orchestra: Orchestra, peers: Peers) -> None:
    """Means of floats may end a hair above 1: that is rounding, not nonsense."""
    interview_id = await orchestra.start(consented())
    peers.emotion.analyze.otherwise = seen(1.0000000002)
    assert (await orchestra.answer(interview_id, frames=FRAMES)).answer.emotion.confidence == 1.0


async def test_a_late_reading_is_left_out_for_good(database: Path, peers: Peers) -> None:
    """Slower than the wait after receipt: TIMEOUT with the score, and no reading is added later."""
    async with Orchestra(database, peers, FakeClock(), Waits(emotion=0.01)) as orchestra:
        interview_id = await orchestra.start(consented("A", "B"))
        peers.emotion.analyze.hold()
        answer = (await orchestra.answer(interview_id, frames=FRAMES)).answer
        assert (answer.score, answer.emotion_absence) == (5, core.EMOTION_ABSENCE_TIMEOUT)
        peers.emotion.analyze.release()
        again = (await orchestra.answer(interview_id, frames=FRAMES)).answer
        assert again == answer


async def test_what_was_late_once_is_not_added_by_a_repeat(database: Path, peers: Peers) -> None:
    """Late, and the judge away: the repeat that brings the frames again has its score, and still TIMEOUT."""
    async with Orchestra(database, peers, FakeClock(), Waits(emotion=0.01)) as orchestra:
        interview_id = await orchestra.start(consented())
        peers.emotion.analyze.hold()
        peers.evaluator.evaluate.replies.append(JudgeAway("away"))
        await failure(orchestra.answer(interview_id, frames=FRAMES))
        peers.emotion.analyze.release()
        answer = (await orchestra.answer(interview_id, frames=FRAMES)).answer
        assert (answer.score, answer.emotion_absence) == (5, core.EMOTION_ABSENCE_TIMEOUT)
        assert not answer.HasField("emotion")


async def test_a_reading_has_as_long_as_the_judge_takes(database: Path, peers: Peers) -> None:
    """The judge is slower than the wait: a reading that comes before his score is in time."""
    async with Orchestra(database, peers, FakeClock(), Waits(emotion=0.01)) as orchestra:
        interview_id = await orchestra.start(consented())
        peers.evaluator.evaluate.hold()
        peers.emotion.analyze.hold()
        call = asyncio.create_task(orchestra.answer(interview_id, frames=FRAMES))
        await peers.emotion.analyze.called()
        await asyncio.sleep(0.1)  # longer than the wait: time itself is what is tested
        peers.emotion.analyze.release()
        peers.evaluator.evaluate.release()
        assert (await call).answer.HasField("emotion")


async def test_a_reading_is_kept_when_the_judge_fails_first(orchestra: Orchestra, peers: Peers) -> None:
    """Judge away, frames read: the repeat without frames has the reading, read once."""
    interview_id = await orchestra.start(consented())
    peers.evaluator.evaluate.replies.append(JudgeAway("away"))
    await failure(orchestra.answer(interview_id, frames=FRAMES))
    kept = (await orchestra.shown(interview_id)).answers[0]
    assert kept.state == core.ANSWER_STATE_PENDING
    assert kept.HasField("emotion")
    answer = (await orchestra.answer(interview_id)).answer
    assert (answer.score, answer.emotion) == (5, kept.emotion)
    assert len(peers.emotion.analyze.requests) == 1


async def test_the_first_reading_stands(orchestra: Orchestra, peers: Peers) -> None:
    """A repeat that brings frames again does not replace what was read."""
    interview_id = await orchestra.start(consented())
    peers.evaluator.evaluate.replies.append(JudgeAway("away"))
    await failure(orchestra.answer(interview_id, frames=FRAMES))
    peers.emotion.analyze.otherwise = seen(0.0, 1.0)
    answer = (await orchestra.answer(interview_id, frames=FRAMES)).answer
    assert answer.emotion.primary_emotion == core.EMOTION_NEUTRAL


async def test_frames_that_a_crash_lost_are_said_to_be(database: Path, peers: Peers) -> None:
    """The process died before they were read: UNAVAILABLE; with a repeat that brings them they are read."""
    clock = FakeClock()
    async with Orchestra(database, peers, clock) as first:
        lost, repeated = await first.start(consented()), await first.start(consented())
        peers.evaluator.evaluate.hold()
        peers.emotion.analyze.hold()
        for interview_id in (lost, repeated):
            await failure(first.answer(interview_id, frames=FRAMES, timeout=0.3))
    peers.evaluator.evaluate.release()
    peers.emotion.analyze.release()
    async with Orchestra(database, peers, clock) as second:
        assert (await second.answer(lost)).answer.emotion_absence == core.EMOTION_ABSENCE_UNAVAILABLE
        assert (await second.answer(repeated, frames=FRAMES)).answer.HasField("emotion")


async def test_a_fault_of_ours_in_reading_does_not_fail_the_answer(
    orchestra: Orchestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the reader raises, the answer is scored."""

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(orchestra.judging.emotions, "read", broken)
    interview_id = await orchestra.start(consented())
    answer = (await orchestra.answer(interview_id, frames=FRAMES)).answer
    assert (answer.score, answer.emotion_absence) == (5, core.EMOTION_ABSENCE_UNAVAILABLE)


async def test_frames_without_consent_are_refused_and_nothing_is_stored(
    orchestra: Orchestra, peers: Peers
) -> None:
    """CONSENT_MISSING; no answer kept, nobody called; the same answer without frames is fine."""
    interview_id = await orchestra.start(technical())
    failed = await failure(orchestra.answer(interview_id, frames=FRAMES))
    assert (failed.code, failed.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CONSENT_MISSING")
    assert list((await orchestra.shown(interview_id)).answers) == []
    assert peers.evaluator.evaluate.requests == []
    assert peers.emotion.analyze.requests == []
    assert (await orchestra.answer(interview_id)).answer.score == 5


async def test_frames_are_refused_where_no_emotions_are_read(database: Path, peers: Peers) -> None:
    """ORCHESTRATOR_EMOTION_POLICY=off: FAILED_PRECONDITION, EMOTION_OFF, nothing stored, consent or not."""
    async with Orchestra(database, peers, FakeClock(), emotion_policy="off") as orchestra:
        interview_id = await orchestra.start(consented())
        failed = await failure(orchestra.answer(interview_id, frames=FRAMES))
        assert (failed.code, failed.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "EMOTION_OFF")
        assert list((await orchestra.shown(interview_id)).answers) == []
        answer = (await orchestra.answer(interview_id)).answer
        assert answer.emotion_absence == core.EMOTION_ABSENCE_UNSPECIFIED
    assert peers.emotion.analyze.requests == []


async def test_frames_are_nowhere_on_the_disk(orchestra: Orchestra, database: Path) -> None:
    """They are never stored, not even beside the answer they came with."""
    interview_id = await orchestra.start(consented())
    await orchestra.answer(interview_id, frames=[b"a picture that must not be kept"])
    for file in database.parent.iterdir():
        assert b"must not be kept" not in file.read_bytes()

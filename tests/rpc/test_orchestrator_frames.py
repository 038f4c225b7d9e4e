"""AddFrames: read at once, counted once, kept as sums, forgotten; and never waited for by an answer."""

import asyncio
from pathlib import Path

import grpc
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import emotion_service_pb2 as emotion_pb

from services.common.errors import Overloaded
from services.orchestrator.frame_sums import MAX_BATCHES
from tests.fakes.clock import FakeClock
from tests.fakes.emotion_service import WeightsMissing, no_face, seen
from tests.fakes.evaluator import JudgeAway
from tests.fakes.messages import consented, technical
from tests.rpc.orchestra import Orchestra, Peers, failure

FAILED = grpc.StatusCode.FAILED_PRECONDITION


async def test_batches_and_inline_frames_make_one_reading(orchestra: Orchestra, peers: Peers) -> None:
    """The mean over all accepted frames, however they came; the report tells the same."""
    interview_id = await orchestra.start(consented())
    peers.emotion.analyze.replies.extend(
        [seen(1.0, frames=1), seen(0.0, 1.0, frames=2), seen(0.0, 1.0, frames=1)]
    )
    first = await orchestra.add_frames(interview_id, "a", b"1")
    second = await orchestra.add_frames(interview_id, "b", b"2", b"3", b"4")
    assert (first.received_frames, first.accepted_frames) == (1, 1)
    assert (second.received_frames, second.accepted_frames) == (4, 3)
    reading = (await orchestra.answer(interview_id, frames=[b"5"])).answer.emotion
    assert reading.accepted_frames == 4
    assert (reading.primary_emotion, reading.confidence) == (core.EMOTION_HAPPINESS, 0.75)
    report = (await orchestra.report(interview_id)).report
    assert report.answers[0].emotion == reading
    assert report.emotion.total_analyses == 1


async def test_a_repeated_batch_changes_nothing(orchestra: Orchestra, peers: Peers) -> None:
    """Neither counted nor read again; the reply is the same. Also when both come at once."""
    interview_id = await orchestra.start(consented())
    first = await orchestra.add_frames(interview_id, "a", b"1")
    assert await orchestra.add_frames(interview_id, "a", b"1") == first
    assert len(peers.emotion.analyze.requests) == 1
    peers.emotion.analyze.hold()
    calls = [asyncio.create_task(orchestra.add_frames(interview_id, "b", b"2")) for _ in range(2)]
    await peers.emotion.analyze.called(3)
    peers.emotion.analyze.release()
    assert [(await call).received_frames for call in calls] == [2, 2]
    assert (await orchestra.answer(interview_id)).answer.emotion.accepted_frames == 2


async def test_any_replica_takes_them_and_a_restart_loses_none(database: Path, peers: Peers) -> None:
    """The sums are in the row: what one process counted, the next goes on from."""
    clock = FakeClock()
    async with Orchestra(database, peers, clock) as first:
        interview_id = await first.start(consented())
        await first.add_frames(interview_id, "a", b"1")
    async with Orchestra(database, peers, clock) as second:
        assert (await second.add_frames(interview_id, "a", b"1")).received_frames == 1
        assert (await second.add_frames(interview_id, "b", b"2")).received_frames == 2
        assert (await second.answer(interview_id)).answer.emotion.accepted_frames == 2


async def test_an_answer_does_not_wait_for_pictures(orchestra: Orchestra, peers: Peers) -> None:
    """A batch that is still being read when the score comes is too late; the reading is of those before."""
    interview_id = await orchestra.start(consented("A", "B"))
    await orchestra.add_frames(interview_id, "a", b"1")
    peers.emotion.analyze.hold()
    late = asyncio.create_task(failure(orchestra.add_frames(interview_id, "b", b"2")))
    await peers.emotion.analyze.called(2)
    answer = (await orchestra.answer(interview_id)).answer
    peers.emotion.analyze.release()
    assert answer.emotion.accepted_frames == 1
    told = await late
    assert (told.code, told.reason) == (FAILED, "ANSWER_SETTLED")
    assert (await orchestra.shown(interview_id)).answers[0] == answer


async def test_frames_may_come_while_the_answer_is_pending(orchestra: Orchestra, peers: Peers) -> None:
    """Until it is settled; then they are refused, and the next question takes its own."""
    interview_id = await orchestra.start(consented("A", "B"))
    peers.evaluator.evaluate.replies.append(JudgeAway("away"))
    await failure(orchestra.answer(interview_id))
    await orchestra.add_frames(interview_id, "a", b"1")
    assert (await orchestra.answer(interview_id)).answer.emotion.accepted_frames == 1
    told = await failure(orchestra.add_frames(interview_id, "a", b"1"))
    assert (told.code, told.reason) == (FAILED, "ANSWER_SETTLED")
    assert (await orchestra.add_frames(interview_id, "a", b"1", question_id="q2")).received_frames == 1


async def test_batches_without_a_usable_face_say_so(orchestra: Orchestra, peers: Peers) -> None:
    """Counted, not guessed: no reading, NO_FACE."""
    interview_id = await orchestra.start(consented())
    peers.emotion.analyze.otherwise = no_face()
    told = await orchestra.add_frames(interview_id, "a", b"1", b"2")
    assert (told.received_frames, told.accepted_frames) == (2, 0)
    answer = (await orchestra.answer(interview_id)).answer
    assert not answer.HasField("emotion")
    assert answer.emotion_absence == core.EMOTION_ABSENCE_NO_FACE


async def test_the_reading_of_batches_stands_when_inline_frames_fail(
    orchestra: Orchestra, peers: Peers
) -> None:
    """What was seen was seen."""
    interview_id = await orchestra.start(consented())
    await orchestra.add_frames(interview_id, "a", b"1")
    peers.emotion.analyze.otherwise = WeightsMissing("no weights")
    answer = (await orchestra.answer(interview_id, frames=[b"2"])).answer
    assert answer.emotion.accepted_frames == 1
    assert answer.emotion_absence == core.EMOTION_ABSENCE_UNSPECIFIED


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (WeightsMissing("no weights"), (grpc.StatusCode.UNAVAILABLE, "EMOTION_UNAVAILABLE", 1)),
        (ValueError("boom"), (grpc.StatusCode.UNAVAILABLE, "EMOTION_UNAVAILABLE", 1)),
        (
            emotion_pb.AnalyzeFramesResponse(reading=core.EmotionReading()),
            (grpc.StatusCode.UNAVAILABLE, "EMOTION_UNAVAILABLE", 1),
        ),
        (
            Overloaded("full", retry_after_seconds=3),
            (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", 3),
        ),
    ],
    ids=["no weights", "fault", "nonsense", "full"],
)
async def test_what_could_not_be_read_was_not_counted(
    orchestra: Orchestra, peers: Peers, reply: emotion_pb.AnalyzeFramesResponse | Exception, told: object
) -> None:
    """The status says whether the service is away or full, with RetryInfo; the repeat counts it once."""
    interview_id = await orchestra.start(consented())
    peers.emotion.analyze.replies.append(reply)
    failed = await failure(orchestra.add_frames(interview_id, "a", b"1"))
    assert (failed.code, failed.reason, failed.retry_seconds) == told
    assert (await orchestra.add_frames(interview_id, "a", b"1")).received_frames == 1


async def test_more_batches_at_once_than_fit_are_told_to_come_back(
    orchestra: Orchestra, peers: Peers
) -> None:
    """RESOURCE_EXHAUSTED with RetryInfo while as many as fit are being read; then there is room."""
    interview_id = await orchestra.start(consented())
    peers.emotion.analyze.hold()
    calls = [asyncio.create_task(orchestra.add_frames(interview_id, name, b"1")) for name in ("a", "b")]
    await peers.emotion.analyze.called(2)
    failed = await failure(orchestra.add_frames(interview_id, "c", b"1"))
    assert (failed.code, failed.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert failed.retry_seconds == 1
    peers.emotion.analyze.release()
    await asyncio.gather(*calls)
    assert (await orchestra.add_frames(interview_id, "c", b"1")).received_frames == 3


async def test_a_question_takes_so_many_batches(orchestra: Orchestra, peers: Peers) -> None:
    """The row stays small: TOO_MANY_FRAMES, nobody reads them; known batches may still come again."""
    interview_id = await orchestra.start(consented())
    for number in range(MAX_BATCHES):
        told = await orchestra.add_frames(interview_id, str(number), b"1")
    failed = await failure(orchestra.add_frames(interview_id, "one more", b"1"))
    assert (failed.code, failed.reason) == (FAILED, "TOO_MANY_FRAMES")
    assert await orchestra.add_frames(interview_id, "0", b"1") == told
    assert len(peers.emotion.analyze.requests) == MAX_BATCHES


async def test_frames_need_consent_and_a_deployment_that_reads_them(
    orchestra: Orchestra, database: Path, peers: Peers
) -> None:
    """CONSENT_MISSING, EMOTION_OFF: nobody is asked to read them."""
    failed = await failure(orchestra.add_frames(await orchestra.start(technical()), "a", b"1"))
    assert (failed.code, failed.reason) == (FAILED, "CONSENT_MISSING")
    other = database.with_name("other.db")
    async with Orchestra(other, peers, FakeClock(), emotion_policy="off") as off:
        failed = await failure(off.add_frames(await off.start(consented()), "a", b"1"))
        assert (failed.code, failed.reason) == (FAILED, "EMOTION_OFF")
    assert peers.emotion.analyze.requests == []


async def test_frames_of_nobody_and_of_no_question_are_refused(orchestra: Orchestra) -> None:
    """INTERVIEW_NOT_FOUND, QUESTION_NOT_FOUND, INTERVIEW_CLOSED."""
    interview_id = await orchestra.start(consented())
    assert (await failure(orchestra.add_frames("interview_0", "a", b"1"))).reason == "INTERVIEW_NOT_FOUND"
    other = orchestra.add_frames(interview_id, "a", b"1", question_id="q2")
    assert (await failure(other)).reason == "QUESTION_NOT_FOUND"
    await orchestra.add_frames(interview_id, "a", b"1")
    await orchestra.finish(interview_id)
    assert (await failure(orchestra.add_frames(interview_id, "b", b"1"))).reason == "INTERVIEW_CLOSED"
    assert (await orchestra.report(interview_id)).report.emotion.total_analyses == 0


@pytest.mark.parametrize(
    ("batch_id", "frames", "field"),
    [
        ("", [b"1"], "batch_id"),
        ("x" * 65, [b"1"], "batch_id"),
        ("a\0", [b"1"], "batch_id"),
        ("a", [], "frames"),
        ("a", [b"1"] * 17, "frames"),
        ("a", [b"1", b"x" * (512 * 1024 + 1)], "frames[1]"),
    ],
)
async def test_a_bad_batch_is_refused_by_name(
    orchestra: Orchestra, batch_id: str, frames: list[bytes], field: str
) -> None:
    """INVALID_ARGUMENT names the field."""
    interview_id = await orchestra.start(consented())
    failed = await failure(orchestra.add_frames(interview_id, batch_id, *frames))
    assert (failed.code, failed.field) == (grpc.StatusCode.INVALID_ARGUMENT, field)


async def test_frames_keep_an_interview_alive(orchestra: Orchestra) -> None:
    """They are a write of its caller: it is not abandoned while they come."""
    interview_id = await orchestra.start(consented())
    orchestra.clock.advance(86_000)
    await orchestra.add_frames(interview_id, "a", b"1")
    orchestra.clock.advance(86_000)
    await orchestra.upkeep.round()
    assert (await orchestra.shown(interview_id)).state == core.INTERVIEW_STATE_IN_PROGRESS


async def test_batches_are_nowhere_on_the_disk(orchestra: Orchestra, database: Path) -> None:
    """Sums and counts are stored; the pictures never."""
    interview_id = await orchestra.start(consented())
    await orchestra.add_frames(interview_id, "a", b"a picture that must not be kept")
    for file in database.parent.iterdir():
        assert b"must not be kept" not in file.read_bytes()

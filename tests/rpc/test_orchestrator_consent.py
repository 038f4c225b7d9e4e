"""WithdrawConsent: readings go, frames are refused, and no report tells of emotions any more."""

import asyncio
from pathlib import Path

import grpc
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb
from interview.v1.interview_report_pb2 import EmotionSummary, InterviewReport

from services.orchestrator.store import DeliveryStatus
from tests.fakes.clock import FakeClock
from tests.fakes.emotion_service import WeightsMissing
from tests.fakes.evaluator import JudgeAway
from tests.fakes.messages import consented, technical
from tests.fakes.reporter import NotSafe
from tests.rpc.orchestra import Orchestra, Peers, Waits, failure

FAILED = grpc.StatusCode.FAILED_PRECONDITION
FRAMES = [b"picture"]


def says_nothing_of_emotions(report: InterviewReport) -> bool:
    """Whether neither an answer nor the summary holds anything read from a face."""
    return report.emotion == EmotionSummary() and not any(a.HasField("emotion") for a in report.answers)


async def test_readings_go_and_frames_are_refused(orchestra: Orchestra) -> None:
    """From answers, and from batches not settled yet; later frames get CONSENT_MISSING, answers go on."""
    interview_id = await orchestra.start(consented("A", "B", "C"))
    await orchestra.answer(interview_id, frames=FRAMES)
    await orchestra.add_frames(interview_id, "a", b"1", question_id="q2")
    withdrawn = await orchestra.withdraw_consent(interview_id)
    assert withdrawn.withdraw_time.ToDatetime(orchestra.clock.now().tzinfo) == orchestra.clock.now()
    for call in (
        orchestra.answer(interview_id, "q2", frames=FRAMES),
        orchestra.add_frames(interview_id, "b", b"1", question_id="q2"),
        orchestra.add_frames(interview_id, "a", b"1", question_id="q2"),
    ):
        refused = await failure(call)
        assert (refused.code, refused.reason) == (FAILED, "CONSENT_MISSING")
    second = (await orchestra.answer(interview_id, "q2")).answer
    assert (second.score, second.HasField("emotion")) == (5, False)
    shown = await orchestra.shown(interview_id)
    assert not shown.answers[0].HasField("emotion")
    assert [answer.emotion_absence for answer in shown.answers] == [
        core.EMOTION_ABSENCE_CONSENT_WITHDRAWN,
        core.EMOTION_ABSENCE_UNSPECIFIED,
    ]
    assert shown.consent_withdraw_time == withdrawn.withdraw_time
    report = (await orchestra.finish(interview_id)).report
    assert says_nothing_of_emotions(report)
    assert report.revision == 1


async def test_nothing_read_is_left_in_the_row(orchestra: Orchestra) -> None:
    """What was erased is gone from the stored document, sums of batches included."""
    interview_id = await orchestra.start(consented("A", "B"))
    await orchestra.answer(interview_id, frames=FRAMES)
    await orchestra.add_frames(interview_id, "a", b"1", question_id="q2")
    await orchestra.withdraw_consent(interview_id)
    kept = await orchestra.interviews.get(interview_id)
    assert kept.frames is None
    assert [answer.emotion for answer in kept.answers] == [None]


async def test_withdrawing_again_changes_nothing(orchestra: Orchestra) -> None:
    """The first instant stands, and no further revision is made."""
    interview_id = await orchestra.start(consented())
    await orchestra.answer(interview_id, frames=FRAMES)
    first = await orchestra.withdraw_consent(interview_id)
    orchestra.clock.advance(60)
    again = await orchestra.withdraw_consent(interview_id)
    assert again.withdraw_time == first.withdraw_time
    assert again.delivery.report_id == f"{interview_id}.2"


async def test_without_a_consent_there_is_nothing_to_withdraw(orchestra: Orchestra) -> None:
    """OK, no instant, nothing changed."""
    interview_id = await orchestra.start(technical())
    assert await orchestra.withdraw_consent(interview_id) == pb.WithdrawConsentResponse(
        state=core.INTERVIEW_STATE_IN_PROGRESS
    )
    assert not (await orchestra.shown(interview_id)).HasField("consent_withdraw_time")


async def test_a_report_that_tells_of_readings_is_replaced(orchestra: Orchestra, peers: Peers) -> None:
    """The next revision, without them and otherwise the same, is published and is the one that is shown."""
    interview_id = await orchestra.start(consented())
    await orchestra.answer(interview_id, frames=FRAMES)
    first = (await orchestra.report(interview_id)).report
    assert not says_nothing_of_emotions(first)
    orchestra.clock.advance(60)
    withdrawn = await orchestra.withdraw_consent(interview_id)
    assert withdrawn.state == core.INTERVIEW_STATE_COMPLETED
    assert (withdrawn.delivery.report_id, withdrawn.delivery.status) == (
        f"{interview_id}.2",
        core.DELIVERY_STATUS_DELIVERED,
    )
    second = (await orchestra.report(interview_id)).report
    assert says_nothing_of_emotions(second)
    assert [request.report for request in peers.reporter.publish.requests] == [first, second]
    first.ClearField("emotion")
    first.answers[0].ClearField("emotion")
    first.report_id, first.revision = second.report_id, 2
    second.ClearField("emotion")
    assert second == first


async def test_a_report_without_readings_stays(orchestra: Orchestra, peers: Peers) -> None:
    """There is nothing to leave out: no revision, nothing published."""
    interview_id = await orchestra.start(consented())
    await orchestra.answer(interview_id)
    assert (await orchestra.withdraw_consent(interview_id)).delivery.report_id == f"{interview_id}.1"
    assert len(peers.reporter.publish.requests) == 1


async def test_why_there_never_was_a_reading_stays(orchestra: Orchestra, peers: Peers) -> None:
    """Nothing was read, so nothing is erased: the answer is told as before, and the report stands."""
    peers.emotion.analyze.otherwise = WeightsMissing("no weights")
    interview_id = await orchestra.start(consented())
    before = (await orchestra.answer(interview_id, frames=FRAMES)).answer
    assert before.emotion_absence == core.EMOTION_ABSENCE_UNAVAILABLE
    assert (await orchestra.withdraw_consent(interview_id)).delivery.report_id == f"{interview_id}.1"
    assert list((await orchestra.shown(interview_id)).answers) == [before]


async def test_a_report_that_waits_is_never_sent_with_readings(database: Path, peers: Peers) -> None:
    """The reporter did not take it: only the next revision, without readings, is handed over from then on."""
    async with Orchestra(database, peers, FakeClock(), Waits(receipt=0.5)) as orchestra:
        peers.reporter.publish.replies.append(NotSafe("disk full"))
        interview_id = await orchestra.start(consented())
        waiting = await orchestra.answer(interview_id, frames=FRAMES)
        assert waiting.delivery.status == core.DELIVERY_STATUS_WAITING
        await orchestra.withdraw_consent(interview_id)
        assert (await orchestra.delivered(interview_id)).status is DeliveryStatus.DELIVERED
        orchestra.clock.advance(3600)
        await orchestra.finish(await orchestra.start())  # whatever is due goes with it
    assert [request.report.revision for request in peers.reporter.publish.requests] == [1, 2, 1]


async def test_a_reading_under_way_is_not_kept(orchestra: Orchestra, peers: Peers) -> None:
    """Inline frames and batches that are being read when the consent ends: read for nobody."""
    interview_id = await orchestra.start(consented("A", "B"))
    peers.emotion.analyze.hold()
    peers.evaluator.evaluate.hold()
    answer = asyncio.create_task(orchestra.answer(interview_id, frames=FRAMES))
    batch = asyncio.create_task(failure(orchestra.add_frames(interview_id, "a", b"1")))
    await peers.emotion.analyze.called(2)
    await peers.evaluator.evaluate.called()
    await orchestra.withdraw_consent(interview_id)
    peers.emotion.analyze.release()
    assert (await batch).reason == "CONSENT_MISSING"
    peers.evaluator.evaluate.release()
    told = (await answer).answer
    assert (told.score, told.HasField("emotion")) == (5, False)
    assert told.emotion_absence == core.EMOTION_ABSENCE_CONSENT_WITHDRAWN


async def test_a_reading_kept_for_a_pending_answer_goes_too(orchestra: Orchestra, peers: Peers) -> None:
    """The judge was away: the repeat has a score, and no reading of before."""
    interview_id = await orchestra.start(consented())
    peers.evaluator.evaluate.replies.append(JudgeAway("away"))
    await failure(orchestra.answer(interview_id, frames=FRAMES))
    assert (await orchestra.shown(interview_id)).answers[0].HasField("emotion")
    await orchestra.withdraw_consent(interview_id)
    told = (await orchestra.answer(interview_id)).answer
    assert (told.score, told.HasField("emotion")) == (5, False)
    assert says_nothing_of_emotions((await orchestra.report(interview_id)).report)


async def test_a_repeat_with_its_frames_is_told_what_stands(orchestra: Orchestra) -> None:
    """Frames are not compared: an answer that was accepted stays so, another text is refused as ever."""
    interview_id = await orchestra.start(consented("A", "B"))
    first = await orchestra.answer(interview_id, frames=FRAMES)
    await orchestra.withdraw_consent(interview_id)
    again = await orchestra.answer(interview_id, frames=FRAMES)
    assert (again.answer.score, again.next_question) == (first.answer.score, first.next_question)
    assert again.answer.emotion_absence == core.EMOTION_ABSENCE_CONSENT_WITHDRAWN
    refused = await failure(orchestra.answer(interview_id, text="another", frames=FRAMES))
    assert refused.reason == "ANSWER_EXISTS"


async def test_frames_of_a_repeat_are_not_read_without_consent(orchestra: Orchestra, peers: Peers) -> None:
    """The judge was away: the repeat is judged, and its frames go nowhere."""
    interview_id = await orchestra.start(consented())
    peers.evaluator.evaluate.replies.append(JudgeAway("away"))
    await failure(orchestra.answer(interview_id, frames=FRAMES))
    await orchestra.withdraw_consent(interview_id)
    told = (await orchestra.answer(interview_id, frames=FRAMES)).answer
    assert (told.score, told.emotion_absence) == (5, core.EMOTION_ABSENCE_CONSENT_WITHDRAWN)
    assert len(peers.emotion.analyze.requests) == 1


@pytest.mark.parametrize("interview_id", ["interview_0", "x" * 129])
async def test_a_consent_of_nobody_is_not_withdrawn(orchestra: Orchestra, interview_id: str) -> None:
    """NOT_FOUND, or INVALID_ARGUMENT where the id cannot be one."""
    refused = await failure(orchestra.withdraw_consent(interview_id))
    assert refused.reason in ("INTERVIEW_NOT_FOUND", "INVALID_FIELD")

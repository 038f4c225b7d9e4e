"""Answers and their judgement over real channels: nothing is judged twice, lost, or given a made-up score."""

import asyncio
from pathlib import Path

import grpc
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import evaluator_service_pb2 as evaluator_pb
from structlog.testing import capture_logs

from services.common.errors import InvalidField
from services.orchestrator import metrics
from tests.fakes.clock import FakeClock
from tests.fakes.evaluator import JudgeAway, question, scored, unscored
from tests.fakes.messages import technical
from tests.rpc.orchestra import Orchestra, Peers, Waits, failure


async def test_an_answer_gets_its_score_and_the_next_question(orchestra: Orchestra, peers: Peers) -> None:
    """Score, evaluation, verdicts and provenance are the judge's; the next question is the policy's."""
    interview_id = await orchestra.start(technical("A", "B", follow_ups=1))
    peers.evaluator.evaluate.otherwise = scored(8, "Good.")
    reply = await orchestra.answer(interview_id)
    told = reply.answer
    assert (told.state, told.score, told.evaluation) == (core.ANSWER_STATE_SCORED, 8, "Good.")
    assert (told.verdicts[0].criterion, told.verdicts[0].weight, told.verdicts[0].quote) == (
        "names it",
        2,
        "it",
    )
    assert (told.provenance.judge, list(told.provenance.flags)) == ("rubric", ["a_flag"])
    assert (reply.next_question.question_id, reply.next_question.text) == ("q2", "A follow-up 1?")
    assert reply.state == core.INTERVIEW_STATE_IN_PROGRESS
    assert (reply.progress.questions_asked, reply.progress.answers_settled, reply.progress.topics_begun) == (
        2,
        1,
        1,
    )


async def test_the_judge_is_told_the_words_and_nothing_about_the_candidate(
    orchestra: Orchestra, peers: Peers
) -> None:
    """Question, answer, reference, difficulty and the earlier turns of the topic; the name is nowhere."""
    interview_id = await orchestra.start(technical("A", "B", follow_ups=1))
    peers.evaluator.evaluate.otherwise = scored(8)
    await orchestra.answer(interview_id, text="first")
    await orchestra.answer(interview_id, "q2", "second")
    first, second = peers.evaluator.evaluate.requests
    assert (first.topic, first.question_text, first.answer_text) == ("A", "A start?", "first")
    assert (first.reference_answer, first.difficulty, list(first.earlier_turns)) == ("about A", 1, [])
    assert [(turn.question_text, turn.answer_text) for turn in second.earlier_turns] == [
        ("A start?", "first")
    ]
    assert second.difficulty == 2
    assert "Анна" not in str(first) + str(second)


async def test_twenty_equal_calls_at_once_cost_one_judgement(orchestra: Orchestra, peers: Peers) -> None:
    """All get the same reply; the judge is called once."""
    interview_id = await orchestra.start(technical("A", "B"))
    peers.evaluator.evaluate.hold()
    calls = [asyncio.create_task(orchestra.answer(interview_id)) for _ in range(20)]
    await peers.evaluator.evaluate.called()
    peers.evaluator.evaluate.release()
    replies = await asyncio.gather(*calls)
    assert len(peers.evaluator.evaluate.requests) == 1
    assert all(reply == replies[0] for reply in replies)


@pytest.mark.parametrize("leaves", ["deadline", "cancel"])
async def test_the_judgement_goes_on_when_the_caller_has_left(
    orchestra: Orchestra, peers: Peers, leaves: str
) -> None:
    """Cancelled or out of time: a repeat gets the result of the one call to the judge."""
    interview_id = await orchestra.start()
    peers.evaluator.evaluate.hold()
    call = asyncio.create_task(orchestra.answer(interview_id, timeout=0.2 if leaves == "deadline" else 20))
    await peers.evaluator.evaluate.called()
    if leaves == "cancel":
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    else:
        assert (await failure(call)).code is grpc.StatusCode.DEADLINE_EXCEEDED
    repeat = asyncio.create_task(orchestra.answer(interview_id))
    peers.evaluator.evaluate.release()
    assert (await repeat).answer.score == 5
    assert len(peers.evaluator.evaluate.requests) == 1
    assert peers.evaluator.evaluate.cancelled == 0


async def test_without_any_repeat_the_score_is_stored(orchestra: Orchestra, peers: Peers) -> None:
    """The caller leaves and never comes back: the answer is scored and the next question asked."""
    interview_id = await orchestra.start(technical("A", "B"))
    peers.evaluator.evaluate.hold()
    await failure(orchestra.answer(interview_id, timeout=0.2))
    peers.evaluator.evaluate.release()
    shown = await orchestra.until(interview_id)
    assert shown.answers[0].score == 5
    assert shown.current_question.question_id == "q2"


async def test_a_repeat_gets_the_stored_result_of_that_answer(orchestra: Orchestra, peers: Peers) -> None:
    """Also later, with the question that followed it, and without the judge."""
    interview_id = await orchestra.start(technical("A", "B"))
    first = await orchestra.answer(interview_id, text="first")
    await orchestra.answer(interview_id, "q2", "second")
    again = await orchestra.answer(interview_id, text="first")
    assert (again.answer, again.next_question) == (first.answer, first.next_question)
    assert again.state == core.INTERVIEW_STATE_COMPLETED
    assert len(peers.evaluator.evaluate.requests) == 2


async def test_an_absent_judge_leaves_the_answer_pending(orchestra: Orchestra, peers: Peers) -> None:
    """UNAVAILABLE, its reason, its RetryInfo passed on; the answer is kept; a repeat goes on."""
    interview_id = await orchestra.start()
    peers.evaluator.evaluate.replies.append(JudgeAway("away", retry_after_seconds=7))
    failed = await failure(orchestra.answer(interview_id))
    assert (failed.code, failed.reason) == (grpc.StatusCode.UNAVAILABLE, "JUDGE_UNAVAILABLE")
    assert failed.retry_seconds == 7
    kept = (await orchestra.shown(interview_id)).answers[0]
    assert (kept.state, kept.answer_text, kept.HasField("score")) == (
        core.ANSWER_STATE_PENDING,
        "my answer",
        False,
    )
    assert (await orchestra.answer(interview_id)).answer.score == 5


@pytest.mark.parametrize(
    "error",
    [InvalidField("answer_text", "no"), ValueError("boom"), "slow"],
    ids=["refused", "internal", "slow"],
)
async def test_whatever_keeps_the_judge_from_answering_leaves_the_answer_pending(
    database: Path, peers: Peers, error: Exception | str
) -> None:
    """A fault of the evaluator, of ours, or no reply in JUDGE_TIMEOUT_SECONDS: UNAVAILABLE, no number."""
    async with Orchestra(database, peers, FakeClock(), Waits(judge=0.2)) as orchestra:
        interview_id = await orchestra.start()
        if isinstance(error, Exception):
            peers.evaluator.evaluate.otherwise = error
        else:
            peers.evaluator.evaluate.hold()
        failed = await failure(orchestra.answer(interview_id))
        assert (failed.code, failed.reason) == (grpc.StatusCode.UNAVAILABLE, "JUDGE_UNAVAILABLE")
        assert (await orchestra.shown(interview_id)).answers[0].state == core.ANSWER_STATE_PENDING


def verdict_of(number: int, weight: float = 1.0) -> evaluator_pb.EvaluateAnswerResponse:
    reply = scored(5)
    reply.evaluation.verdicts[0].verdict = number  # type: ignore[assignment]  # enums are open
    reply.evaluation.verdicts[0].weight = weight
    return reply


@pytest.mark.parametrize(
    "reply",
    [
        scored(11),
        scored(-1),
        scored(5, "x" * 4001),
        evaluator_pb.EvaluateAnswerResponse(),
        unscored(core.UNSCORED_REASON_UNSPECIFIED),
        unscored(99),  # type: ignore[arg-type]  # enums are open
        verdict_of(core.VERDICT_UNSPECIFIED),
        verdict_of(99),
        verdict_of(core.VERDICT_MET, float("nan")),
    ],
)
async def test_a_reply_that_makes_no_sense_is_never_stored(
    orchestra: Orchestra, peers: Peers, reply: evaluator_pb.EvaluateAnswerResponse
) -> None:
    """Score 11 or -1, no outcome, unknown enums, no number: UNAVAILABLE and PENDING; a sound reply counts."""
    interview_id = await orchestra.start()
    peers.evaluator.evaluate.replies.append(reply)
    failed = await failure(orchestra.answer(interview_id))
    assert (failed.code, failed.reason) == (grpc.StatusCode.UNAVAILABLE, "JUDGE_UNAVAILABLE")
    assert (await orchestra.shown(interview_id)).answers[0].state == core.ANSWER_STATE_PENDING
    assert (await orchestra.answer(interview_id)).answer.score == 5


@pytest.mark.parametrize(
    "reason",
    [
        core.UNSCORED_REASON_REFUSED,
        core.UNSCORED_REASON_FILTERED,
        core.UNSCORED_REASON_INVALID_REPLY,
        core.UNSCORED_REASON_NOTHING_TO_JUDGE_BY,
    ],
)
async def test_no_score_for_this_input_is_final_and_the_interview_goes_on(
    orchestra: Orchestra, peers: Peers, reason: core.UnscoredReason
) -> None:
    """OK with the reason, no number anywhere; the next topic comes; the judge is not asked again."""
    interview_id = await orchestra.start(technical("A", "B"))
    peers.evaluator.evaluate.replies.append(unscored(reason))
    reply = await orchestra.answer(interview_id)
    assert (reply.answer.state, reply.answer.unscored_reason) == (core.ANSWER_STATE_UNSCORED, reason)
    assert not reply.answer.HasField("score")
    assert reply.next_question.topic == "B"
    await orchestra.answer(interview_id)
    assert len(peers.evaluator.evaluate.requests) == 1
    report = (await orchestra.finish(interview_id)).report
    assert not report.answers[0].HasField("score")
    assert not report.HasField("average_score")


async def test_a_declined_answer_is_zero_without_a_call_to_the_judge(
    orchestra: Orchestra, peers: Peers
) -> None:
    """Score 0 by rule, provenance rule:declined."""
    interview_id = await orchestra.start(technical("A", "B"))
    reply = await orchestra.answer(interview_id, text="", declined=True)
    assert (reply.answer.score, reply.answer.provenance.judge) == (0, "rule:declined")
    assert reply.answer.HasField("score")
    assert reply.next_question.question_id == "q2"
    assert peers.evaluator.evaluate.requests == []


async def test_a_good_answer_earns_a_written_question(orchestra: Orchestra, peers: Peers) -> None:
    """It is told what is known already; its criteria go to the judge with its answer."""
    interview_id = await orchestra.start(technical("A", "B"))
    peers.evaluator.evaluate.otherwise = scored(9)
    peers.evaluator.follow_up.replies.append(question("Why so?", "says why"))
    reply = await orchestra.answer(interview_id)
    asked = reply.next_question
    assert (asked.question_id, asked.text, asked.difficulty, asked.depth) == ("q2", "Why so?", 2, 1)
    assert asked.generated
    wanted = peers.evaluator.follow_up.requests[0]
    assert (wanted.topic, wanted.difficulty) == ("A", 2)
    assert list(wanted.known_questions) == ["A start?", "B start?"]
    assert wanted.last_verdicts[0].criterion == "names it"
    await orchestra.answer(interview_id, "q2", "because")
    assert [c.text for c in peers.evaluator.evaluate.requests[1].criteria] == ["says why"]


@pytest.mark.parametrize(
    "written",
    [
        JudgeAway("away"),
        ValueError("boom"),
        question("  a START? "),
        question("B start?"),
        question(""),
        question("x" * 2001),
        question("nul \0 in it"),
        question("Why?", "x" * 501),
        evaluator_pb.GenerateFollowUpResponse(question_text="Nothing to judge by?"),
    ],
    ids=["away", "fault", "asked", "prepared", "empty", "long", "control", "criterion", "no criteria"],
)
async def test_without_a_usable_follow_up_the_next_topic_comes(
    orchestra: Orchestra, peers: Peers, written: evaluator_pb.GenerateFollowUpResponse | Exception
) -> None:
    """Away, failed, known already, or beyond a limit: the answer is marked, its score stands."""
    interview_id = await orchestra.start(technical("A", "B"))
    peers.evaluator.evaluate.otherwise = scored(9)
    peers.evaluator.follow_up.replies.append(written)
    reply = await orchestra.answer(interview_id)
    assert reply.answer.follow_up_skipped
    assert reply.answer.score == 9
    assert (reply.next_question.question_id, reply.next_question.topic) == ("q2", "B")


async def test_the_score_is_stored_before_the_question_is_written(orchestra: Orchestra, peers: Peers) -> None:
    """While the follow-up is being written the score can be read already."""
    interview_id = await orchestra.start(technical("A", "B"))
    peers.evaluator.evaluate.otherwise = scored(9)
    peers.evaluator.follow_up.hold()
    call = asyncio.create_task(orchestra.answer(interview_id))
    await peers.evaluator.follow_up.called()
    assert (await orchestra.shown(interview_id)).answers[0].score == 9
    peers.evaluator.follow_up.release()
    assert (await call).answer.follow_up_skipped


async def test_finishing_while_a_question_is_written_ends_the_interview(
    orchestra: Orchestra, peers: Peers
) -> None:
    """The score is there, so it is COMPLETED at once; the question that comes late is not asked."""
    interview_id = await orchestra.start(technical("A", "B"))
    peers.evaluator.evaluate.otherwise = scored(9)
    peers.evaluator.follow_up.otherwise = question("Too late?")
    peers.evaluator.follow_up.hold()
    call = asyncio.create_task(orchestra.answer(interview_id))
    await peers.evaluator.follow_up.called()
    assert (await orchestra.finish(interview_id)).state == core.INTERVIEW_STATE_COMPLETED
    peers.evaluator.follow_up.release()
    reply = await call
    assert reply.state == core.INTERVIEW_STATE_COMPLETED
    assert not reply.HasField("next_question")
    assert len((await orchestra.shown(interview_id)).answers) == 1


async def test_finishing_waits_for_the_judge(orchestra: Orchestra, peers: Peers) -> None:
    """FINISHING and no report while an answer is pending; COMPLETED with it once judged, for both callers."""
    interview_id = await orchestra.start(technical("A", "B"))
    peers.evaluator.evaluate.hold()
    call = asyncio.create_task(orchestra.answer(interview_id))
    await peers.evaluator.evaluate.called()
    finishing = await orchestra.finish(interview_id)
    assert finishing.state == core.INTERVIEW_STATE_FINISHING
    assert not finishing.HasField("report")
    assert not finishing.HasField("delivery")
    assert (await failure(orchestra.report(interview_id))).reason == "REPORT_NOT_READY"
    peers.evaluator.evaluate.release()
    reply = await call
    assert reply.state == core.INTERVIEW_STATE_COMPLETED
    assert not reply.HasField("next_question")
    finished = await orchestra.finish(interview_id)
    assert finished.report.answers[0].score == 5
    assert finished.delivery == reply.delivery


async def test_a_late_result_is_dropped_and_counted(orchestra: Orchestra, peers: Peers) -> None:
    """Given up elsewhere while the judge was still at it: its score comes too late and changes nothing."""
    interview_id = await orchestra.start(technical("A", "B"))
    peers.evaluator.evaluate.hold()
    call = asyncio.create_task(orchestra.answer(interview_id))
    await peers.evaluator.evaluate.called()
    dropped = metrics.LATE_RESULTS._value.get()
    interview = await orchestra.interviews.get(interview_id)
    await orchestra.judging.give_up(interview, interview.answers[0])  # as another replica would
    given_up = (await orchestra.shown(interview_id)).answers[0]
    peers.evaluator.evaluate.release()
    assert (await call).answer == given_up
    assert given_up.unscored_reason == core.UNSCORED_REASON_JUDGE_UNAVAILABLE
    assert metrics.LATE_RESULTS._value.get() == dropped + 1


async def test_a_fault_in_judging_is_logged_although_nobody_waits(
    orchestra: Orchestra, peers: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INTERNAL for who waits, without its text; the answer stays PENDING."""

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(orchestra.judging.judge, "evaluate", broken)
    interview_id = await orchestra.start()
    with capture_logs() as logged:
        failed = await failure(orchestra.answer(interview_id))
    assert (failed.code, failed.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert "judging failed" in [line["event"] for line in logged]
    assert "secret" not in (failed.error.details() or "")
    assert (await orchestra.shown(interview_id)).answers[0].state == core.ANSWER_STATE_PENDING
    assert peers.evaluator.evaluate.requests == []


async def test_nothing_is_kept_of_settled_answers(orchestra: Orchestra) -> None:
    """No task, no frames, no waiter stays in memory."""
    interview_id = await orchestra.start()
    await orchestra.answer(interview_id)
    assert not orchestra.judging._running
    assert not orchestra.outbox._receipts._awaited

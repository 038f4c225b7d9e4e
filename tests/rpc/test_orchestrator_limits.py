"""Limits that a caller meets over the wire: what cannot be delivered, and answers that JSON makes larger."""

import grpc
import pytest
from interview.v1 import core_pb2 as core

from services.orchestrator.record_size import LARGEST_ANSWER_BYTES, SHORTENED, json_bytes
from tests.fakes.evaluator import question, scored
from tests.fakes.messages import technical
from tests.rpc.orchestra import Orchestra, Peers, failure

INVALID = grpc.StatusCode.INVALID_ARGUMENT


def hundred(text: str, *, mode: core.PolicyMode = core.POLICY_MODE_AS_GIVEN) -> core.InterviewSpecification:
    """A hundred prepared questions of this text, told apart by a number."""
    spec = technical(*(f"topic {i}" for i in range(20)), follow_ups=4)
    spec.policy.mode, spec.policy.max_questions = mode, 100
    for i, topic in enumerate(spec.topics):
        for j, prepared in enumerate((topic.start_question, *topic.follow_ups)):
            prepared.text = f"{i} {j} {text}"
    return spec


@pytest.mark.parametrize(
    ("mode", "field"),
    [
        (core.POLICY_MODE_AS_GIVEN, "specification.topics"),
        (core.POLICY_MODE_ADAPTIVE, "specification.policy.max_questions"),
    ],
)
async def test_an_interview_that_could_not_be_delivered_is_not_started(
    orchestra: Orchestra, mode: core.PolicyMode, field: str
) -> None:
    """INVALID_ARGUMENT at the start names what could be smaller; with usual texts the same number starts."""
    long = hundred("ы" * 1900, mode=mode)
    if mode == core.POLICY_MODE_ADAPTIVE:
        long.policy.max_depth = 4
    refused = await failure(orchestra.start(long))
    assert (refused.code, refused.field) == (INVALID, field)
    assert "4,194,304" in (refused.error.details() or "")
    assert await orchestra.start(hundred("Что такое индекс?", mode=mode))


async def test_a_specification_that_could_not_be_shown_is_not_started(orchestra: Orchestra) -> None:
    """GetInterview tells it with all answers: INVALID_ARGUMENT at the start, however few may be asked."""
    large = hundred("Что такое индекс?", mode=core.POLICY_MODE_ADAPTIVE)
    large.policy.max_questions = 20
    prepared = [q for topic in large.topics for q in (topic.start_question, *topic.follow_ups)]
    for each in prepared:
        each.reference_answer = "🙂" * 8_000
        each.criteria.extend(core.Criterion(text=f"{i} {'🙂' * 490}") for i in range(12))
    refused = await failure(orchestra.start(large))
    assert (refused.code, refused.field) == (INVALID, "specification.topics")
    assert "5,242,880" in (refused.error.details() or "")
    for each in prepared:
        each.reference_answer = "ы" * 8_000
    assert await orchestra.start(large)


async def test_an_answer_counts_as_it_stands_in_the_record(orchestra: Orchestra) -> None:
    """32 KiB of plain text fit, with quotes in it up to 34 KiB as JSON; more is refused."""
    interview_id = await orchestra.start()
    for text in ('"' * 17_500, "x\n" * 12_000):
        refused = await failure(orchestra.answer(interview_id, text=text))
        assert (refused.code, refused.field) == (INVALID, "answer_text")
    largest = '"' * 2_000 + "ы" * 15_300
    assert json_bytes(largest) <= LARGEST_ANSWER_BYTES
    assert (await orchestra.answer(interview_id, text=largest)).answer.answer_text == largest


async def test_a_generated_question_of_over_2000_bytes_is_not_asked(
    orchestra: Orchestra, peers: Peers
) -> None:
    """It would take more of the record than was counted on: the next topic instead, and it is said."""
    peers.evaluator.evaluate.otherwise = scored(9)
    for text, skipped in (("ы" * 998, False), ("ы" * 1_000, True)):
        peers.evaluator.follow_up.otherwise = question(text)
        reply = await orchestra.answer(await orchestra.start(technical("A", "B")))
        assert reply.answer.follow_up_skipped is skipped
        assert (reply.next_question.text == text) is not skipped


async def test_more_verdicts_than_there_can_be_criteria_are_no_judgement(
    orchestra: Orchestra, peers: Peers
) -> None:
    """The evaluator breaks its contract: nothing of it is kept, the answer stays pending."""
    judged = scored(5)
    for _ in range(12):
        judged.evaluation.verdicts.add().CopyFrom(judged.evaluation.verdicts[0])
    peers.evaluator.evaluate.otherwise = judged
    interview_id = await orchestra.start()
    refused = await failure(orchestra.answer(interview_id))
    assert refused.reason == "JUDGE_UNAVAILABLE"
    assert (await orchestra.shown(interview_id)).answers[0].state == core.ANSWER_STATE_PENDING


async def test_long_judgements_are_shortened_where_many_are_to_fit(
    orchestra: Orchestra, peers: Peers
) -> None:
    """In a hundred questions the texts have to share; in one they stand as they are."""
    judged = scored(5, "ы" * 4000)
    judged.evaluation.verdicts[0].reason = "ы" * 300
    peers.evaluator.evaluate.otherwise = judged
    whole = (await orchestra.answer(await orchestra.start())).answer
    assert (whole.evaluation, whole.verdicts[0].reason) == ("ы" * 4000, "ы" * 300)
    shared = (await orchestra.answer(await orchestra.start(hundred("Что такое индекс?")))).answer
    assert shared.score == 5
    assert shared.evaluation.endswith("ы…")
    assert shared.verdicts[0].reason == "ы" * 300
    assert SHORTENED in shared.provenance.flags

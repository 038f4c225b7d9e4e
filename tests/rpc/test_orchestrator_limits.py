"""Limits that a caller meets over the wire: what cannot be delivered, and answers that JSON makes larger."""

import grpc
import pytest
from interview.v1 import core_pb2 as core

from services.orchestrator.record_size import LARGEST_ANSWER_BYTES, SHORTENED, json_bytes
from tests.fakes.evaluator import scored
from tests.fakes.messages import technical
from tests.rpc.orchestra import Orchestra, Peers, failure

INVALID = grpc.StatusCode.INVALID_ARGUMENT


def hundred(text: str, *, mode: core.PolicyMode = core.POLICY_MODE_AS_GIVEN) -> core.InterviewSpecification:
    """A hundred prepared questions of this text, told apart by a number."""
    spec = technical(*(f"topic {i}" for i in range(20)), follow_ups=4)
    spec.policy.mode, spec.policy.max_questions = mode, 100
    for i, topic in enumerate(spec.topics):
        for j, question in enumerate((topic.start_question, *topic.follow_ups)):
            question.text = f"{i} {j} {text}"
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


async def test_an_answer_counts_as_it_stands_in_the_record(orchestra: Orchestra) -> None:
    """32 KiB of plain text fit, with quotes in it up to 34 KiB as JSON; more is refused."""
    interview_id = await orchestra.start()
    for text in ('"' * 17_500, "x\n" * 12_000):
        refused = await failure(orchestra.answer(interview_id, text=text))
        assert (refused.code, refused.field) == (INVALID, "answer_text")
    largest = '"' * 2_000 + "ы" * 15_300
    assert json_bytes(largest) <= LARGEST_ANSWER_BYTES
    assert (await orchestra.answer(interview_id, text=largest)).answer.answer_text == largest


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

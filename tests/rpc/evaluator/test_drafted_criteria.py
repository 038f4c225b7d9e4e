"""Criteria for a question that nobody wrote any for."""

from __future__ import annotations  # the stub's async type is known to type checkers only

import json
from typing import TYPE_CHECKING

import grpc
import pytest
from interview.v1 import evaluator_service_pb2 as pb

from services.evaluator.prompt import PROMPT_VERSION
from tests.fakes.llm_server import LlmServer
from tests.rpc.evaluator.openai_requests import draft_request, refused

if TYPE_CHECKING:
    from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceAsyncStub


async def test_criteria_are_drafted_for_a_question(stub: EvaluatorServiceAsyncStub, llm: LlmServer) -> None:
    """From the reference, in the interview's language, of weight 1, with the prompt's version; nobody's words
    but the question's go to the model.
    """
    assert (await stub.GetJudgeInfo(pb.GetJudgeInfoRequest())).drafts_criteria
    reply = await stub.DraftCriteria(draft_request())
    assert [c.text for c in reply.criteria][:2] == ["Список изменяемый", "Кортеж хешируется"]
    assert {c.weight for c in reply.criteria} == {1}
    assert reply.prompt_version == PROMPT_VERSION
    [request] = llm.requests
    assert json.loads(request.messages[1]["content"]) == {
        "task": "criteria",
        "topic": "Python",
        "question": "Чем список отличается от кортежа?",
        "difficulty": 1,
        "reference_answer": "Список изменяемый. Кортеж хешируется.",
    }


@pytest.mark.parametrize(
    "fault", ["one_criterion", "twice", "other_language", "no_criteria", "bad_json", "refusal"]
)
async def test_criteria_that_cannot_be_used_are_none(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer, fault: str
) -> None:
    """One try more, then it is final for this question: no criteria are better than odd ones."""
    llm.fail(fault, times=1)
    assert len((await stub.DraftCriteria(draft_request())).criteria) >= 2
    llm.fail(fault)
    told = await refused(stub.DraftCriteria(draft_request()))
    assert (told.code, told.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CRITERIA_UNUSABLE")

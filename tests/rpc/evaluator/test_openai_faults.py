"""What comes of each way in which a model's server fails: a documented status, and never a number."""

from __future__ import annotations  # the stub's async type is known to type checkers only

from typing import TYPE_CHECKING

import grpc
import pytest
import structlog
from interview.v1 import core_pb2

from services.evaluator.prompt import PROMPT_VERSION
from tests.fakes.llm_server import LlmServer
from tests.rpc.evaluator.openai_requests import answer_request, follow_up_request, refused
from tests.rpc.openai_judge import KEY

if TYPE_CHECKING:
    from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceAsyncStub


REPEATED = [
    "rate_limited",
    "server_error",
    "bad_gateway",
    "reset",
    "half_body",
    "not_json",
    "html",
    "no_choices",
    "error_in_200",
    "odd_shape",
]


@pytest.mark.parametrize("fault", REPEATED)
async def test_a_passing_fault_is_retried_and_leaves_no_trace(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer, fault: str
) -> None:
    """Two failures, then the score that there would have been without them."""
    llm.fail(fault, times=2)
    reply = await stub.EvaluateAnswer(answer_request())
    assert reply.evaluation.score == 9
    assert len(llm.requests) == 3


@pytest.mark.parametrize("fault", REPEATED)
async def test_a_lasting_fault_is_unavailable_with_retry_info(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer, fault: str
) -> None:
    """Attempts end at their bound; nothing is made up; a question fails alike."""
    llm.fail(fault)
    for call in (stub.EvaluateAnswer(answer_request()), stub.GenerateFollowUp(follow_up_request())):
        told = await refused(call)
        assert (told.code, told.reason) == (grpc.StatusCode.UNAVAILABLE, "JUDGE_UNAVAILABLE")
        assert told.retry_seconds > 0
    assert len(llm.requests) == 8


@pytest.mark.parametrize(
    ("fault", "requests"), [("unauthorized", 1), ("unknown_model", 1), ("bad_request", 3), ("no_money", 1)]
)
async def test_the_operators_fault_is_unavailable_at_once_and_says_where_to_look(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer, fault: str, requests: int
) -> None:
    """No retry (a refused format is given up first), one clear line; the key is in neither."""
    llm.fail(fault)
    with structlog.testing.capture_logs() as lines:
        told = await refused(stub.EvaluateAnswer(answer_request()))
    assert (told.code, told.reason) == (grpc.StatusCode.UNAVAILABLE, "JUDGE_UNAVAILABLE")
    assert told.retry_seconds >= 5
    assert len(llm.requests) == requests
    [line] = [line for line in lines if line["log_level"] == "error"]
    assert "OPENAI_MODEL" in line["event"]
    assert "Bearer" in str(llm.requests[0].headers)
    assert KEY not in f"{lines} {told.text} {told.details}"


INVALID = [
    "truncated",
    "cut_after_the_form",
    "endless_text",
    "endless_body",
    "bad_json",
    "empty_content",
    "unknown_verdict",
    "wrong_types",
    "number_as_text",
    "out_of_range",
    "missing_verdict",
    "doubled_verdict",
    "missing_key",
    "score_instead",
    "input_too_long",
    "huge_usage",
]


@pytest.mark.parametrize("fault", INVALID)
async def test_an_invalid_reply_earns_one_new_try(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer, fault: str
) -> None:
    """Invalid once: scored by the second reply, with the tokens of both."""
    llm.fail(fault, times=1)
    reply = await stub.EvaluateAnswer(answer_request())
    assert reply.evaluation.score == 9
    assert len(llm.requests) == 2


@pytest.mark.parametrize(
    ("fault", "reason", "requests"),
    [
        *((fault, core_pb2.UNSCORED_REASON_INVALID_REPLY, 2) for fault in INVALID),
        ("refusal", core_pb2.UNSCORED_REASON_REFUSED, 1),
        ("content_filter", core_pb2.UNSCORED_REASON_FILTERED, 1),
        ("input_filtered", core_pb2.UNSCORED_REASON_FILTERED, 1),
    ],
)
async def test_what_is_final_for_an_input_is_unscored_and_without_a_number(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer, fault: str, reason: int, requests: int
) -> None:
    """OK, a reason, one line for a person, the provenance, and no evaluation."""
    await stub.EvaluateAnswer(answer_request())  # from now on the server is known to take schemas
    llm.fail(fault)
    reply = await stub.EvaluateAnswer(answer_request())
    assert not reply.HasField("evaluation")
    assert reply.unscored.reason == reason
    assert reply.unscored.detail
    assert "\n" not in reply.unscored.detail
    assert (reply.provenance.judge, reply.provenance.prompt_version) == ("openai", PROMPT_VERSION)
    assert len(llm.requests) == 1 + requests

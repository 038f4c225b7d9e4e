"""Every fault of a model's server, through the whole system: no number appears that no judge gave."""

import json
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from tests.e2e import holding
from tests.e2e.stack import Stack
from tests.fakes.llm_faults import FAULTS

INVALID = core.UNSCORED_REASON_INVALID_REPLY
# What goes away by itself, or by an operator: the answer stays pending.
TRANSIENT = {
    "rate_limited", "no_money", "server_error", "bad_gateway", "unauthorized", "unknown_model",
    "bad_request", "reset", "half_body", "slow", "not_json", "html", "no_choices", "error_in_200",
    "odd_shape",
}  # fmt: skip
# What is final for this input: the answer stays without a score, and says why.
UNSCORED = {
    "refusal": core.UNSCORED_REASON_REFUSED,
    "content_filter": core.UNSCORED_REASON_FILTERED,
    "input_filtered": core.UNSCORED_REASON_FILTERED,
    "input_too_long": INVALID,
    **dict.fromkeys(("truncated", "cut_after_the_form", "bad_json", "empty_content"), INVALID),
    **dict.fromkeys(("unknown_verdict", "wrong_types", "out_of_range", "missing_verdict"), INVALID),
    **dict.fromkeys(("doubled_verdict", "missing_key", "number_as_text"), INVALID),
    **dict.fromkeys(("score_instead", "endless_text", "endless_body", "huge_usage"), INVALID),
}
# What claims more than the answer holds: the claim is struck out and flagged, the rest counts.
STRUCK_OUT = {"forged_quote": 0, "empty_quote": 0}
# What spoils a follow-up or a draft of criteria, adds to a whole reply, or leaves the verdicts whole: other
# tests look at it.
ELSEWHERE = {
    "empty_question", "no_criteria", "forged_depth", "odd_usage", "tells_score",
    "one_criterion", "twice", "other_language", "two_objects",
}  # fmt: skip


class Llm:
    """The fake model server as a process of its own."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.fakes.llm_server", "--port", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def fail(self, fault: str | None) -> None:
        """All requests fail so from now on; None: they work."""
        control = self.url.removesuffix("/v1") + "/control"
        body = json.dumps({"fault": fault}).encode()
        request = urllib.request.Request(control, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=5) as reply:
            assert reply.status == 200

    def close(self) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.communicate(timeout=10)


@pytest.fixture(scope="module")
def llm() -> Iterator[Llm]:
    """A model's server that works until told to fail."""
    server = Llm()
    yield server
    server.close()


@pytest.fixture(scope="module")
def judged_stack(llm: Llm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The four services with the OpenAI judge, which gives up after two seconds."""
    environment = {
        "JUDGE": "openai",
        "OPENAI_BASE_URL": llm.url,
        "OPENAI_MODEL": "fake-model",
        "OPENAI_API_KEY": "sk-secret",
        "JUDGE_TIMEOUT_SECONDS": "2",
        # Each fault is met anew: no judgement of the same answer is at hand, and no circuit opens.
        "EVALUATOR_SHARED_JUDGEMENTS": "0",
        "EVALUATOR_LLM_CIRCUIT_FAILURES": "100000",
    }
    with Stack(tmp_path_factory.mktemp("judged"), environment) as running:
        yield running


def test_every_fault_has_its_expectation() -> None:
    """A fault that is added to the fake server has to be thought about here."""
    assert set(FAULTS) == TRANSIENT | set(UNSCORED) | set(STRUCK_OUT) | ELSEWHERE


def test_a_working_model_scores(judged_stack: Stack, llm: Llm) -> None:
    """Without a fault the answer has a score from verdicts whose quotes stand in the answer."""
    llm.fail(None)
    interview_id = _start(judged_stack)
    # The very first judgement of a process may take longer than two seconds: callers repeat.
    answer = holding.submit(judged_stack.orchestrator, interview_id, "q1", holding.GOOD).answer
    assert answer.state == core.ANSWER_STATE_SCORED
    assert answer.score >= 7
    assert answer.provenance.judge == "openai"
    assert all(verdict.quote in holding.GOOD for verdict in answer.verdicts)


@pytest.mark.parametrize("fault", sorted(TRANSIENT))
def test_a_fault_that_passes_leaves_the_answer_pending(judged_stack: Stack, llm: Llm, fault: str) -> None:
    """UNAVAILABLE; no score in reply or store; once the fault is gone a repeat is scored."""
    interview_id = _start(judged_stack)
    llm.fail(fault)
    with pytest.raises(grpc.RpcError) as refused:
        _submit(judged_stack, interview_id)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert _stored_answer(judged_stack, interview_id)["state"] == "PENDING"
    assert _stored_answer(judged_stack, interview_id)["score"] is None
    llm.fail(None)
    reply = holding.submit(judged_stack.orchestrator, interview_id, "q1", holding.GOOD)
    assert reply.answer.state == core.ANSWER_STATE_SCORED
    assert reply.answer.score >= 7


@pytest.mark.parametrize(("fault", "reason"), UNSCORED.items())
def test_a_final_fault_leaves_the_answer_without_a_score(
    judged_stack: Stack, llm: Llm, fault: str, reason: core.UnscoredReason
) -> None:
    """OK and UNSCORED with its reason; no number in reply, store or record; the mean leaves it out."""
    interview_id = _start(judged_stack)
    llm.fail(fault)
    reply = _submit(judged_stack, interview_id)
    assert (reply.answer.state, reply.answer.unscored_reason) == (core.ANSWER_STATE_UNSCORED, reason)
    assert not reply.answer.HasField("score")
    assert _stored_answer(judged_stack, interview_id)["score"] is None
    report = _record(judged_stack, interview_id)["report"]
    assert (report["answers"][0]["score"], report["average_score"], report["unscored_answers"]) == (
        None,
        None,
        1,
    )


@pytest.mark.parametrize(("fault", "score"), STRUCK_OUT.items())
def test_a_claim_without_words_of_the_answer_does_not_count(
    judged_stack: Stack, llm: Llm, fault: str, score: int
) -> None:
    """A verdict whose quote is not in the answer counts as not met, and is flagged."""
    interview_id = _start(judged_stack)
    llm.fail(fault)
    answer = _submit(judged_stack, interview_id).answer
    assert (answer.state, answer.score) == (core.ANSWER_STATE_SCORED, score)
    assert list(answer.provenance.flags)


def test_the_key_stays_secret(judged_stack: Stack) -> None:
    """No log of any service holds the API key, although the server repeats it in its errors."""
    logs = "".join(path.read_text() for path in Path(judged_stack.folder).glob("*.log"))
    assert "sk-secret" not in logs


def _start(stack: Stack) -> str:
    specification = holding.specification()
    specification.policy.max_depth = 0
    request = pb.StartInterviewRequest(specification=specification)
    return stack.orchestrator.StartInterview(request, timeout=5).interview_id


def _submit(stack: Stack, interview_id: str) -> pb.SubmitAnswerResponse:
    request = pb.SubmitAnswerRequest(interview_id=interview_id, question_id="q1", answer_text=holding.GOOD)
    return stack.orchestrator.SubmitAnswer(request, timeout=30)


def _stored_answer(stack: Stack, interview_id: str) -> dict[str, object]:
    """The first answer as it stands in the store's file."""
    db = sqlite3.connect(f"file:{stack.folder / 'orchestrator.db'}?mode=ro", uri=True)
    query = "SELECT document FROM interviews WHERE interview_id = ?"
    (document,) = db.execute(query, (interview_id,)).fetchone()
    db.close()
    answer: dict[str, object] = json.loads(document)["answers"][0]
    return answer


def _record(stack: Stack, interview_id: str) -> dict[str, Any]:
    """The filed record of the interview, ended here."""
    request = pb.FinishInterviewRequest(interview_id=interview_id)
    delivery = stack.orchestrator.FinishInterview(request, timeout=15).delivery
    record: dict[str, Any] = json.loads((stack.reports / delivery.file_name).read_bytes())
    return record

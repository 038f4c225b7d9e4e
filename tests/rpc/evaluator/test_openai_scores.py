"""What the openai judge makes of an answer: verdicts, quotes, score, provenance; over a real channel."""

from __future__ import annotations  # the stub's async type is known to type checkers only

from functools import partial
from typing import TYPE_CHECKING

import pytest
from interview.v1 import core_pb2
from interview.v1 import evaluator_service_pb2 as pb

from services.evaluator.evaluation import RUBRIC_VERSION
from services.evaluator.prompt import PROMPT_VERSION
from tests.fakes.llm_server import MODEL, SERVED_MODEL, LlmServer
from tests.rpc.evaluator.openai_requests import ANSWER, answer_request
from tests.rpc.evaluator_channel import evaluator
from tests.rpc.openai_judge import openai_judge

if TYPE_CHECKING:
    from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceAsyncStub


async def test_an_answer_is_judged_by_the_model_and_scored_by_code(stub: EvaluatorServiceAsyncStub) -> None:
    """Both criteria met (8) and a cause given (+1); the provenance is complete."""
    reply = await stub.EvaluateAnswer(answer_request())
    assert reply.evaluation.score == 9
    assert [v.verdict for v in reply.evaluation.verdicts] == [core_pb2.VERDICT_MET] * 2
    assert [v.weight for v in reply.evaluation.verdicts] == [2, 1]
    assert all(v.quote and v.quote in ANSWER for v in reply.evaluation.verdicts)
    assert reply.evaluation.text.startswith("Сильный ответ: 9 из 10.\nОтвет объясняет причины.")
    told = reply.provenance
    assert (told.judge, told.model, told.prompt_version, told.rubric_version) == (
        "openai",
        SERVED_MODEL,
        PROMPT_VERSION,
        RUBRIC_VERSION,
    )
    assert told.input_tokens > 0
    assert told.output_tokens > 0
    assert len(told.input_hash) == 64
    assert told.duration.ToTimedelta().total_seconds() > 0
    assert list(told.flags) == []


async def test_an_answer_off_topic_is_capped(stub: EvaluatorServiceAsyncStub) -> None:
    """Nothing shown, nothing earned, and the text says why."""
    reply = await stub.EvaluateAnswer(answer_request("Я люблю путешествовать."))
    assert reply.evaluation.score == 0
    assert "не на заданный вопрос" in reply.evaluation.text


@pytest.mark.parametrize(
    ("reference", "flag"),
    [("Кортеж неизменяемый. Кортеж хешируется.", "criteria_from_reference"), ("", "criteria_by_judge")],
)
async def test_without_criteria_the_model_names_them_and_the_provenance_says_so(
    stub: EvaluatorServiceAsyncStub, reference: str, flag: str
) -> None:
    """Each verdict carries the key point it judges."""
    request = answer_request()
    del request.criteria[:]
    request.reference_answer = reference
    reply = await stub.EvaluateAnswer(request)
    assert reply.HasField("evaluation")
    assert len(reply.evaluation.verdicts) == 2
    assert all(v.criterion and v.weight == 1 for v in reply.evaluation.verdicts)
    assert list(reply.provenance.flags) == [flag]


async def test_the_judge_says_which_model_is_at_work(stub: EvaluatorServiceAsyncStub) -> None:
    """GetJudgeInfo names judge, configured model and prompt."""
    info = await stub.GetJudgeInfo(pb.GetJudgeInfoRequest())
    assert (info.judge, info.model, info.prompt_version, info.generates_follow_ups) == (
        "openai",
        MODEL,
        PROMPT_VERSION,
        True,
    )


@pytest.mark.parametrize("fault", ["forged_quote", "empty_quote"])
async def test_a_quote_that_is_not_in_the_answer_shows_nothing(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer, fault: str
) -> None:
    """Whatever the model says: not met, score 0, flagged, and the forged words appear nowhere."""
    llm.fail(fault)
    reply = await stub.EvaluateAnswer(answer_request())
    assert reply.evaluation.score == 0
    assert [v.verdict for v in reply.evaluation.verdicts] == [core_pb2.VERDICT_NOT_MET] * 2
    assert list(reply.provenance.flags) == ["quote_not_in_answer"]
    assert "nobody" not in str(reply)


async def test_depth_needs_words_of_the_answer_too(stub: EvaluatorServiceAsyncStub, llm: LlmServer) -> None:
    """Practice that the candidate did not tell of adds nothing: 8, not 10."""
    llm.fail("forged_depth")
    reply = await stub.EvaluateAnswer(answer_request())
    assert reply.evaluation.score == 8
    assert list(reply.provenance.flags) == ["quote_not_in_answer"]


async def test_odd_counts_do_not_cost_the_score(stub: EvaluatorServiceAsyncStub, llm: LlmServer) -> None:
    """Tokens that are no counts are 0; a model that is no name is the configured one."""
    llm.fail("odd_usage")
    reply = await stub.EvaluateAnswer(answer_request())
    assert reply.evaluation.score == 9
    assert (reply.provenance.input_tokens, reply.provenance.output_tokens) == (0, 0)
    assert reply.provenance.model == MODEL


async def test_counts_beyond_all_bounds_do_not_cost_the_score(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer
) -> None:
    """The tokens of all tries together are told as the most that the field holds."""
    llm.fail("huge_usage", times=1)
    reply = await stub.EvaluateAnswer(answer_request())
    assert reply.evaluation.score == 9
    assert (reply.provenance.input_tokens, reply.provenance.output_tokens) == (2**31 - 1, 2**31 - 1)


async def test_the_input_hash_names_the_input_and_not_the_call(llm: LlmServer) -> None:
    """Another random mark, the same hash; another answer, model or criterion, another hash."""
    hashes = []
    for model, mark, answer in (
        ("a", "mark-1", ANSWER),
        ("a", "mark-2", ANSWER),
        ("a", "mark-1", ANSWER + "!"),
        ("b", "mark-1", ANSWER),
    ):
        async with (
            openai_judge(llm.url, model=model, new_mark=partial(str, mark)) as judge,
            evaluator(judge) as stub,
        ):
            hashes.append((await stub.EvaluateAnswer(answer_request(answer))).provenance.input_hash)
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3

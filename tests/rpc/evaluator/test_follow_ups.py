"""The next question: in the interview's language, never a repeat, and telling nobody a score."""

from __future__ import annotations  # the stub's async type is known to type checkers only

import json
from typing import TYPE_CHECKING

import grpc
import pytest
from interview.v1 import core_pb2

from tests.fakes.llm_server import LlmServer
from tests.rpc.evaluator.openai_requests import answer_request, follow_up_request, refused

if TYPE_CHECKING:
    from interview.v1.evaluator_service_pb2_grpc import EvaluatorServiceAsyncStub


async def test_a_question_is_written_in_the_interviews_language_with_criteria(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer
) -> None:
    """The model sees topic, difficulty, turns, verdicts and known questions, but no quotes."""
    request = follow_up_request()
    first = await stub.GenerateFollowUp(request)
    assert "Кортежи" in first.question_text
    assert [c.text for c in first.criteria] == ["Кортеж занимает меньше памяти"]
    task = json.loads(llm.requests[-1].messages[1]["content"])
    assert (task["topic"], task["difficulty"], task["known_questions"]) == (
        "Кортежи",
        2,
        ["Что такое множество?"],
    )
    assert "слова кандидата" not in json.dumps(llm.requests[-1].body, ensure_ascii=False)
    request.known_questions.append(first.question_text)
    second = await stub.GenerateFollowUp(request)
    assert second.question_text != first.question_text
    request.language = core_pb2.LANGUAGE_EN
    request.last_verdicts[0].criterion = "A tuple takes less memory"
    assert (await stub.GenerateFollowUp(request)).question_text.startswith("Which limits")


@pytest.mark.parametrize(
    "fault", ["truncated", "bad_json", "empty_question", "no_criteria", "refusal", "content_filter"]
)
async def test_no_usable_question_is_unavailable(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer, fault: str
) -> None:
    """After one new try; the interview goes on without a question rather than with a bad one."""
    await stub.EvaluateAnswer(answer_request())  # from now on the server is known to take schemas
    llm.fail(fault)
    told = await refused(stub.GenerateFollowUp(follow_up_request()))
    assert (told.code, told.reason) == (grpc.StatusCode.UNAVAILABLE, "JUDGE_UNAVAILABLE")
    assert len(llm.requests) == 3


async def test_a_repeated_question_is_asked_anew_and_never_returned(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer
) -> None:
    """A near duplicate of a known question is refused, told to the model, and tried once more."""
    request = follow_up_request()
    first = (await stub.GenerateFollowUp(request)).question_text
    request.known_questions.append(first.replace("?", " ??").replace("проявляются", "проявлялись"))
    second = (await stub.GenerateFollowUp(request)).question_text
    assert second != first
    assert len(llm.requests) == 3
    assert first in json.loads(llm.requests[-1].messages[1]["content"])["known_questions"]


async def test_a_question_that_tells_the_score_is_never_asked(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer
) -> None:
    """Written anew once; then UNAVAILABLE."""
    llm.fail("tells_score", times=1)
    assert "7 из 10" not in (await stub.GenerateFollowUp(follow_up_request())).question_text
    llm.fail("tells_score")
    assert (await refused(stub.GenerateFollowUp(follow_up_request()))).code is grpc.StatusCode.UNAVAILABLE


async def test_a_question_leads_on_from_what_was_shown_in_part(
    stub: EvaluatorServiceAsyncStub, llm: LlmServer
) -> None:
    """The most promising criterion before the weakest, the heavier before the lighter."""
    request = follow_up_request()
    for text, verdict, weight in (
        ("Тяжёлое", core_pb2.VERDICT_NOT_MET, 3),
        ("Начатое", core_pb2.VERDICT_PARTLY_MET, 1),
        ("Сказанное", core_pb2.VERDICT_MET, 9),
    ):
        request.last_verdicts.add(criterion=text, verdict=verdict, weight=weight)
    seen = []
    for _ in range(3):
        await stub.GenerateFollowUp(request)
        seen.append(json.loads(llm.requests[-1].messages[1]["content"])["focus"]["criterion"])
        del request.last_verdicts[[v.criterion for v in request.last_verdicts].index(seen[-1])]
    assert seen == ["Начатое", "Тяжёлое", "Кортеж занимает меньше памяти"]

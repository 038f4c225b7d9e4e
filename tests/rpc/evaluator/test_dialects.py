"""The openai judge against servers that know only a part of the OpenAI chat API."""

from __future__ import annotations  # the stub's async type is known to type checkers only

import asyncio
from typing import Any

import pytest
import structlog

from services.evaluator.dialect import Capabilities, Format
from services.evaluator.evaluation import (
    AnswerTask,
    Criterion,
    DraftTask,
    Evaluation,
    FollowUpTask,
    Judgement,
    Language,
    Turn,
    Unscored,
    UnscoredReason,
)
from services.evaluator.judge import JudgeUnavailable
from services.evaluator.openai_judge import OpenAIJudge
from tests.fakes.llm_dialects import DIALECTS
from tests.fakes.llm_server import LlmServer
from tests.rpc.openai_judge import openai_judge

LATER = 5  # requests after which a dialect must have been found out


def answer(number: int = 0) -> AnswerTask:
    """One that a working server scores with 9: the criterion met, a cause given."""
    return AnswerTask(
        Language.EN,
        "Python",
        "What is a tuple?",
        f"A tuple is immutable, because then it can be hashed. {number}",
        1,
        (Criterion("A tuple is immutable"),),
    )


async def judged(judge: OpenAIJudge, number: int = 0) -> Judgement:
    return await judge.evaluate(answer(number), within_seconds=30)


def score(judgement: Judgement) -> int:
    assert isinstance(judgement.outcome, Evaluation), judgement.outcome
    return judgement.outcome.score


def told(lines: list[Any]) -> list[str]:
    """What was said to be given up."""
    return [str(line.get("now") or line["parameter"]) for line in lines if "given up" in line["event"]]


@pytest.mark.parametrize(
    ("dialect", "given_up", "format_in_the_end"),
    [
        ("openai", [], "json_schema"),
        ("schema_ignored", ["json_object"], "json_object"),
        ("prose_unless_json_object", ["json_object"], "json_object"),
        ("no_json_schema", ["json_object"], "json_object"),
        ("no_response_format", ["json_object", "text"], None),
        ("prose_around", ["json_object"], "json_object"),
        ("no_temperature", ["temperature"], "json_schema"),
        ("no_seed", ["seed"], "json_schema"),
        ("reasoning", ["max_tokens", "temperature", "seed"], "json_schema"),
    ],
)
async def test_a_dialect_is_found_out_once_and_scores_as_any_other(
    dialect: str, given_up: list[str], format_in_the_end: str | None
) -> None:
    """The very first answer is scored; each discovery is one log line; later ones take one request."""
    capabilities = Capabilities(max_tokens=2_000)
    async with LlmServer(dialect=dialect) as llm, openai_judge(llm.url, capabilities=capabilities) as judge:
        with structlog.testing.capture_logs() as lines:
            assert score(await judged(judge)) == 9
            found_out = len(llm.requests)
            assert found_out <= LATER
            for number in range(3):
                assert score(await judged(judge, number)) == 9
    assert told(lines) == given_up
    assert len(llm.requests) == found_out + 3
    last = llm.requests[-1].body
    assert last.get("response_format", {}).get("type") == format_in_the_end
    assert not set(given_up) & set(last)
    assert ("max_completion_tokens" in last) == (dialect == "reasoning")
    assert ('"properties"' in last["messages"][0]["content"]) == (format_in_the_end != "json_schema")


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
async def test_questions_and_criteria_are_written_in_every_dialect(dialect: str) -> None:
    """As the first thing a process asks, in Russian."""
    follow_up = FollowUpTask(Language.RU, "Кортежи", 2, (Turn("Что такое кортеж?", "Не знаю."),))
    draft = DraftTask(Language.RU, "Кортежи", "Что такое кортеж?", 1)
    for asked in ("follow_up", "draft"):
        async with LlmServer(dialect=dialect) as llm, openai_judge(llm.url) as judge:
            if asked == "follow_up":
                assert "Кортежи" in (await judge.follow_up(follow_up, within_seconds=30)).question_text
            else:
                assert len(await judge.draft(draft, within_seconds=30)) >= 2


async def test_calls_that_find_out_together_say_it_once() -> None:
    """Twenty first calls at once: one log line, and every answer is scored."""
    async with LlmServer(dialect="no_response_format") as llm, openai_judge(llm.url) as judge:
        with structlog.testing.capture_logs() as lines:
            judgements = await asyncio.gather(*(judged(judge, number) for number in range(16)))
    assert [score(judgement) for judgement in judgements] == [9] * 16
    assert told(lines) == ["json_object", "text"]


async def test_settings_say_it_from_the_start() -> None:
    """A reasoning model that speaks text only: the first request is right, and stays so."""
    known = Capabilities(response_format=Format.TEXT, reasoning=True, max_tokens=500)
    async with (
        LlmServer(dialect="no_response_format") as llm,
        openai_judge(llm.url, capabilities=known) as judge,
    ):
        assert score(await judged(judge)) == 9
    [request] = llm.requests
    assert set(request.body) == {"model", "messages", "max_completion_tokens"}


async def test_a_format_that_is_set_is_never_given_up() -> None:
    """Who says json_schema gets an error that names the cause, not a weaker form."""
    pinned = Capabilities(response_format=Format.JSON_SCHEMA)
    async with (
        LlmServer(dialect="no_json_schema") as llm,
        openai_judge(llm.url, capabilities=pinned) as judge,
    ):
        with pytest.raises(JudgeUnavailable, match="HTTP 400"):
            await judged(judge)
    assert len(llm.requests) == 1


async def test_a_server_that_took_schemas_once_is_not_suspected_later() -> None:
    """A bad reply is then the model's own: asked anew in the same form, and nothing is given up."""
    async with LlmServer() as llm, openai_judge(llm.url) as judge:
        assert score(await judged(judge)) == 9
        llm.fail("bad_json")
        outcome = (await judged(judge, 1)).outcome
    assert isinstance(outcome, Unscored)
    assert outcome.reason is UnscoredReason.INVALID_REPLY
    assert [request.body["response_format"]["type"] for request in llm.requests] == ["json_schema"] * 3


async def test_a_model_that_never_gives_a_form_costs_four_requests() -> None:
    """Three formats and one new try; then the answer is unscored, and the next call begins as before."""
    async with LlmServer() as llm, openai_judge(llm.url) as judge:
        llm.fail("bad_json")
        assert isinstance((await judged(judge)).outcome, Unscored)
        assert len(llm.requests) == 4
        llm.fail(None)
        assert score(await judged(judge, 1)) == 9
    assert llm.requests[-1].body["response_format"]["type"] == "json_schema"


async def test_another_objects_json_in_prose_is_no_form() -> None:
    """Two objects in a reply of text: one may be the candidate's, repeated. Neither is taken."""
    async with (
        LlmServer(dialect="no_response_format") as llm,
        openai_judge(llm.url, capabilities=Capabilities(response_format=Format.TEXT)) as judge,
    ):
        llm.fail("two_objects")
        outcome = (await judged(judge)).outcome
    assert isinstance(outcome, Unscored)
    assert outcome.reason is UnscoredReason.INVALID_REPLY


@pytest.mark.parametrize("fault", ["truncated", "cut_after_the_form"])
async def test_a_reply_that_is_cut_off_tells_nothing_of_the_dialect(fault: str) -> None:
    """The very first reply ends too early: the schema is asked for again, and is kept."""
    async with LlmServer() as llm, openai_judge(llm.url) as judge:
        llm.fail(fault, times=1)
        assert score(await judged(judge)) == 9
        formats = [request.body["response_format"]["type"] for request in llm.requests]
    assert formats == ["json_schema", "json_schema"]

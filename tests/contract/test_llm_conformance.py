"""One suite over two model servers: our fake, and aimock, which others wrote.

What holds on both is no habit of our own fake.
"""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from services.evaluator.evaluation import (
    AnswerTask,
    Criterion,
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
from tests.contract.llm_aimock import aimock
from tests.fakes.llm_server import LlmServer
from tests.rpc.openai_judge import openai_judge

ANSWER = "A tuple is immutable, because that lets it be hashed."
FORM = {
    "verdicts": [
        {"criterion_number": 1, "quote": "A tuple is immutable", "reason": "Said.", "verdict": "met"}
    ],
    "main_point": "right",
    "depth_quote": "because that lets it be hashed",
    "depth": "explains_why",
}
QUESTION = {"question": "When would you hash a tuple?", "criteria": ["As a key of a dictionary"]}
GOOD = {"content": FORM, "usage": {"prompt_tokens": 300, "completion_tokens": 40, "total_tokens": 340}}
LIMITED = {"error": {"message": "Rate limited", "type": "rate_limit_error"}, "status": 429}
DOWN = {"error": {"message": "Down", "type": "server_error"}, "status": 500}
CUT = {"content": json.dumps(FORM)[:60], "finishReason": "length"}
PROSE = {"content": "I would give it ten points."}

Serve = Callable[[str], AbstractAsyncContextManager[str]]


def _fixtures(fault: str, bad: dict[str, Any], *, lasting: bool) -> list[dict[str, Any]]:
    """The first reply of a scenario is bad, or all are; the words stand in the answer."""
    first = {"userMessage": fault} if lasting else {"userMessage": fault, "sequenceIndex": 0}
    return [{"match": first, "response": bad}, {"match": {"userMessage": fault}, "response": GOOD}]


FIXTURES = [
    *_fixtures("once limited", LIMITED, lasting=False),
    *_fixtures("once down", DOWN, lasting=False),
    *_fixtures("once cut", CUT, lasting=False),
    *_fixtures("once prose", PROSE, lasting=False),
    *_fixtures("always cut", CUT, lasting=True),
    *_fixtures("always prose", PROSE, lasting=True),
    *_fixtures("always down", DOWN, lasting=True),
    {
        "match": {"userMessage": "ask me more", "responseFormat": "json_schema"},
        "response": {"content": QUESTION},
    },
    {"match": {"userMessage": ANSWER, "responseFormat": "json_schema"}, "response": GOOD},
]
FAULTS = {"limited": "rate_limited", "down": "server_error", "cut": "truncated", "prose": "bad_json"}


@pytest.fixture(params=["fake", "aimock"])
async def serve(request: pytest.FixtureRequest, tmp_path: Path) -> Serve:
    """Opens the base URL of a server that plays the scenario named; the name also stands in the answer."""

    @asynccontextmanager
    async def fake(scenario: str) -> AsyncIterator[str]:
        async with LlmServer() as llm:
            often, _, fault = scenario.partition(" ")
            if fault:
                llm.fail(FAULTS[fault], times=1 if often == "once" else -1, retry_after="1")
            yield llm.url

    @asynccontextmanager
    async def original(_: str) -> AsyncIterator[str]:
        async with aimock(FIXTURES, tmp_path) as url:
            yield url

    return fake if request.param == "fake" else original


@asynccontextmanager
async def judge_in(serve: Serve, scenario: str) -> AsyncIterator[OpenAIJudge]:
    async with serve(scenario) as url, openai_judge(url) as judge:
        yield judge


async def judged(judge: OpenAIJudge, scenario: str = "") -> Judgement:
    task = AnswerTask(
        language=Language.EN,
        topic="Python",
        question_text="What is a tuple?",
        answer_text=f"{ANSWER} {scenario}".strip(),
        difficulty=1,
        criteria=(Criterion("A tuple is immutable"),),
    )
    return await judge.evaluate(task, within_seconds=30)


async def test_an_answer_is_scored(serve: Serve) -> None:
    """All criteria met and a cause: 9, with tokens and model as the server tells them."""
    async with judge_in(serve, "") as judge:
        judgement = await judged(judge)
    assert isinstance(judgement.outcome, Evaluation)
    assert judgement.outcome.score == 9
    assert judgement.provenance.input_tokens > 0
    assert judgement.provenance.output_tokens > 0
    assert judgement.provenance.model.startswith("fake-model")


async def test_a_question_is_written(serve: Serve) -> None:
    """A question of the server's own, with criteria."""
    task = FollowUpTask(
        Language.EN,
        "Python",
        2,
        (Turn("What is a tuple?", "ask me more"),),
        known_questions=("What is a list?",),
    )
    async with judge_in(serve, "") as judge:
        follow_up = await judge.follow_up(task, within_seconds=30)
    assert follow_up.question_text.endswith("?")
    assert follow_up.criteria


@pytest.mark.parametrize("scenario", ["once limited", "once down", "once cut", "once prose"])
async def test_one_bad_reply_is_survived(serve: Serve, scenario: str) -> None:
    """429 with Retry-After, 500, truncation, prose: the next reply counts."""
    async with judge_in(serve, scenario) as judge:
        judgement = await judged(judge, scenario)
    assert isinstance(judgement.outcome, Evaluation)
    assert judgement.outcome.score == 9


@pytest.mark.parametrize("scenario", ["always cut", "always prose"])
async def test_two_invalid_replies_are_no_score(serve: Serve, scenario: str) -> None:
    """UNSCORED, whatever number the prose names."""
    async with judge_in(serve, scenario) as judge:
        judgement = await judged(judge, scenario)
    assert isinstance(judgement.outcome, Unscored)
    assert judgement.outcome.reason is UnscoredReason.INVALID_REPLY


async def test_a_server_that_stays_down_is_unavailable(serve: Serve) -> None:
    """After the last attempt."""
    async with judge_in(serve, "always down") as judge:
        with pytest.raises(JudgeUnavailable):
            await judged(judge, "always down")

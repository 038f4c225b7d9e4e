"""The process's wiring of the openai judge."""

import asyncio
import sys
from dataclasses import replace

import aiohttp

from services.evaluator.__main__ import open_judge
from services.evaluator.evaluation import AnswerTask, Criterion, Evaluation, Language
from services.evaluator.rubric_judge import RubricJudge
from services.evaluator.settings import EvaluatorSettings
from tests.fakes.llm_server import LlmServer

TASK = AnswerTask(Language.EN, "t", "What is a tuple?", "It is immutable.", 1, (Criterion("immutable"),))


async def test_the_settings_choose_the_judge_and_its_server() -> None:
    """A base URL and a model are enough; the model is asked for by its configured name."""
    async with LlmServer() as llm:
        settings = EvaluatorSettings.model_validate({"OPENAI_BASE_URL": llm.url, "OPENAI_MODEL": "m-1"})
        async with open_judge(settings) as judge:
            judgement = await judge.evaluate(TASK, within_seconds=30)
            assert judge.info.model == "m-1"
    assert isinstance(judgement.outcome, Evaluation)
    assert llm.requests[0].body["model"] == "m-1"
    assert (llm.requests[0].body["temperature"], llm.requests[0].body["seed"]) == (0, 1)


async def test_each_call_has_a_mark_of_its_own() -> None:
    """The mark that frames the candidate's words cannot be learnt from an earlier interview."""
    async with LlmServer() as llm:
        settings = EvaluatorSettings.model_validate({"OPENAI_BASE_URL": llm.url, "OPENAI_MODEL": "m-1"})
        async with open_judge(settings) as judge:
            for answer in ("It is immutable.", "It cannot change.", "It is hashable."):
                await judge.evaluate(replace(TASK, answer_text=answer), within_seconds=30)
    assert len({request.messages[-1]["content"].split("\n")[0] for request in llm.requests}) == 3


async def test_without_key_and_server_the_rubric_judges() -> None:
    """No network is needed."""
    async with open_judge(EvaluatorSettings(judge="rubric")) as judge:
        assert isinstance(judge, RubricJudge)


async def test_the_fake_server_runs_as_a_process_and_takes_orders() -> None:
    """How end-to-end tests use it: the first line is its URL, /control switches faults."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.llm_server", "--fault", "refusal", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().strip()
        settings = EvaluatorSettings.model_validate({"OPENAI_BASE_URL": url, "OPENAI_MODEL": "m"})
        async with open_judge(settings) as judge:
            refused = await judge.evaluate(TASK, within_seconds=30)
            await _order(url, '{"fault": null}')
            scored = await judge.evaluate(TASK, within_seconds=30)
    finally:
        process.terminate()
        await process.wait()
    assert not isinstance(refused.outcome, Evaluation)
    assert isinstance(scored.outcome, Evaluation)


async def _order(url: str, body: str) -> None:
    async with aiohttp.ClientSession() as session:
        reply = await session.post(url.replace("/v1", "/control"), data=body)
        assert reply.status == 200

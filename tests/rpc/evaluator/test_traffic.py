"""What calls of one process share: pauses, the circuit, judgements of equal inputs; and what tokens cost."""

from __future__ import annotations  # the stub's async type is known to type checkers only

import asyncio
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from services.common.clock import SystemClock
from services.evaluator.completion import Prices
from services.evaluator.evaluation import AnswerTask, Criterion, Evaluation, Language
from services.evaluator.judge import JudgeUnavailable
from services.evaluator.openai_judge import OpenAIJudge
from tests.fakes.llm_server import LlmServer
from tests.rpc.openai_judge import openai_judge

TASK = AnswerTask(
    Language.EN, "Python", "What is a tuple?", "A tuple is immutable.", 1, (Criterion("immutable tuple"),)
)


async def scored(judge: OpenAIJudge, number: int = 0, seconds: float = 30) -> int:
    task = replace(TASK, answer_text=f"{TASK.answer_text} {number}")
    outcome = (await judge.evaluate(task, within_seconds=seconds)).outcome
    assert isinstance(outcome, Evaluation)
    return outcome.score


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"speakalka_{name}", labels) or 0.0


class _WatchedClock(SystemClock):
    """Tells when somebody sleeps for long."""

    def __init__(self) -> None:
        self.sleeps = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if seconds > 0.5:
            self.sleeps.set()
        await super().sleep(seconds)


async def test_a_storm_of_429_is_waited_out_by_all_calls_together(llm: LlmServer) -> None:
    """The first call is told to wait a second: the others send nothing meanwhile, and all are scored."""
    clock = _WatchedClock()
    async with openai_judge(llm.url, clock=clock) as judge:
        llm.fail("rate_limited", times=1, retry_after="1")
        first = asyncio.create_task(scored(judge))
        async with asyncio.timeout(60):
            await clock.sleeps.wait()
        begun = asyncio.get_running_loop().time()
        others = [asyncio.create_task(scored(judge, number)) for number in range(1, 6)]
        assert await asyncio.gather(first, *others) == [8] * 6
    assert len(llm.requests) == 7
    assert min(llm.times[1:]) >= begun + 0.9


async def test_a_pause_past_the_deadline_is_told_to_calls_that_never_asked(llm: LlmServer) -> None:
    """They send nothing, and hear how long the pause is."""
    async with openai_judge(llm.url) as judge:
        llm.fail("rate_limited", times=1, retry_after="40")
        for number in range(3):
            with pytest.raises(JudgeUnavailable) as told:
                await scored(judge, number)
            assert 39 < (told.value.retry_after_seconds or 0) <= 40
    assert len(llm.requests) == 1


async def test_a_server_that_is_down_is_not_asked_until_one_call_finds_it_up(llm: LlmServer) -> None:
    """Three failures in a row open the circuit; while it is open nothing is sent; one request closes it."""
    async with openai_judge(llm.url, max_attempts=3, circuit_failures=3, circuit_seconds=0.3) as judge:
        llm.fail("server_error")
        with pytest.raises(JudgeUnavailable, match="server_error"):
            await scored(judge)
        assert metric("llm_circuit_open") == 1
        for number in range(3):
            with pytest.raises(JudgeUnavailable, match="is down"):
                await scored(judge, number)
        assert len(llm.requests) == 3
        llm.fail(None)
        await asyncio.sleep(0.3)  # the circuit's own time
        assert await scored(judge) == 8
    assert metric("llm_circuit_open") == 0
    assert len(llm.requests) == 4


async def test_a_server_that_hangs_counts_as_down(llm: LlmServer) -> None:
    """A deadline that passes is a failure of the server, not of its caller."""
    async with openai_judge(llm.url, circuit_failures=1, circuit_seconds=30) as judge:
        llm.fail("slow")
        async with asyncio.timeout(60):  # the client's own bound is minutes
            with pytest.raises(JudgeUnavailable, match="timeout"):
                await scored(judge, seconds=0.2)
        with pytest.raises(JudgeUnavailable, match="is down"):
            await scored(judge)


async def test_refusals_do_not_open_the_circuit(llm: LlmServer) -> None:
    """A server that answers, and be it with a refusal or 429, is up."""
    async with openai_judge(llm.url, circuit_failures=1, circuit_seconds=30) as judge:
        for fault in ("refusal", "rate_limited", "content_filter", "bad_json"):
            llm.fail(fault, times=1)
            await judge.evaluate(TASK, within_seconds=30)
        llm.fail("unauthorized", times=1)
        with pytest.raises(JudgeUnavailable, match="rejects"):
            await judge.evaluate(TASK, within_seconds=30)
        assert await scored(judge) == 8


async def test_equal_inputs_share_one_judgement(llm: LlmServer) -> None:
    """One request for eight calls at once and for one later; one score, tokens counted once."""
    async with openai_judge(llm.url, shared=10) as judge:
        together = await asyncio.gather(*(judge.evaluate(TASK, within_seconds=30) for _ in range(8)))
        later = await judge.evaluate(TASK, within_seconds=30)
    assert len(llm.requests) == 1
    assert {judgement.outcome for judgement in together} == {later.outcome}
    tokens = [judgement.provenance.input_tokens for judgement in (*together, later)]
    assert sorted(tokens)[:-1] == [0] * 8
    assert max(tokens) > 0
    assert later.provenance.flags == ("shared",)
    assert later.provenance.input_hash == together[0].provenance.input_hash


async def test_what_is_shared_is_bounded_and_differs_by_input(llm: LlmServer) -> None:
    """The judgement that was not used for longest is forgotten; another input never gets it."""
    async with openai_judge(llm.url, shared=2) as judge:
        for number in (1, 2, 1, 3, 1, 2):
            await scored(judge, number)
    assert len(llm.requests) == 4  # 1, 2, 3, and 2 again


async def test_a_failure_is_not_shared(llm: LlmServer) -> None:
    """Neither an error nor an answer without a score: the next call asks anew."""
    async with openai_judge(llm.url, shared=10, max_attempts=1) as judge:
        llm.fail("server_error", times=1)
        with pytest.raises(JudgeUnavailable):
            await judge.evaluate(TASK, within_seconds=30)
        llm.fail("refusal", times=1)
        assert not isinstance((await judge.evaluate(TASK, within_seconds=30)).outcome, Evaluation)
        assert isinstance((await judge.evaluate(TASK, within_seconds=30)).outcome, Evaluation)


async def test_an_equal_input_that_hangs_does_not_hold_the_next_beyond_its_time(llm: LlmServer) -> None:
    """Its own deadline holds; then the same call makes sense again."""
    async with openai_judge(llm.url, shared=10) as judge:
        llm.fail("slow", times=1)
        held = asyncio.create_task(judge.evaluate(TASK, within_seconds=30))
        await llm.seen(1)
        with pytest.raises(JudgeUnavailable, match="still being judged"):
            await judge.evaluate(TASK, within_seconds=0.1)
        held.cancel()
        with pytest.raises(asyncio.CancelledError):
            await held
        assert isinstance((await judge.evaluate(TASK, within_seconds=30)).outcome, Evaluation)


async def test_tokens_cost_what_the_settings_say(llm: LlmServer) -> None:
    """Prices of a million tokens, in and out."""
    model = "priced-model"
    async with openai_judge(llm.url, model=model, prices=Prices(3.0, 15.0)) as judge:
        used = (await judge.evaluate(TASK, within_seconds=30)).provenance
    expected = (used.input_tokens * 3 + used.output_tokens * 15) / 1_000_000
    assert metric("llm_cost_total", model=model) == pytest.approx(expected)
    assert expected > 0
    assert metric("llm_in_flight") == 0

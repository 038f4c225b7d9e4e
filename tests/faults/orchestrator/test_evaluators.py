"""Three evaluator replicas behind round robin, one killed and one frozen while callers hold interviews."""

import asyncio
import re
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from interview.v1 import core_pb2 as core

from services.orchestrator.store import LEASE_SECONDS
from tests.faults.orchestrator.callers import TOPICS, Callers
from tests.faults.orchestrator.replicas import Replica, orchestrator
from tests.rpc.orchestra import Peers

INTERVIEWS = 24
CALLERS = 8


async def test_answers_are_scored_whatever_becomes_of_two_of_three_evaluators(tmp_path: Path) -> None:
    """Every answer gets its score within its caller's repeats, a lease and 10 s after the trouble."""
    async with Peers() as peers:
        reporter = f"127.0.0.1:{peers.port}"
        with ExitStack() as stack:
            evaluators = [
                stack.enter_context(Replica("evaluator", tmp_path, JUDGE="rubric")) for _ in range(3)
            ]
            served = stack.enter_context(
                orchestrator(
                    tmp_path,
                    f"sqlite:///{tmp_path / 'orchestrator.db'}",
                    ORCHESTRATOR_EVALUATOR_ADDRESS=f"ipv4:{','.join(e.address for e in evaluators)}",
                    ORCHESTRATOR_REPORTER_ADDRESS=reporter,
                )
            )
            async with Callers([served.address]) as callers:
                holding = asyncio.create_task(callers.hold(INTERVIEWS, CALLERS))
                await so_many(callers, 20)
                evaluators[1].freeze()
                evaluators[0].kill()
                trouble = time.monotonic()
                async with asyncio.timeout(120):
                    await holding
                scored = [held.answer.state == core.ANSWER_STATE_SCORED for held in callers.answered]
                assert scored == [True] * INTERVIEWS * len(TOPICS)
                for held in callers.answered:
                    assert held.ended - max(held.begun, trouble) <= LEASE_SECONDS + 10
                # An answer was under way at either evaluator at most once for each caller.
                assert await judge_calls(served) <= INTERVIEWS * len(TOPICS) + 2 * CALLERS


async def so_many(callers: Callers, answers: int) -> None:
    while len(callers.answered) < answers:  # noqa: ASYNC110 (callers tell nobody)
        await asyncio.sleep(0.01)


async def judge_calls(served: Replica) -> int:
    """How often the orchestrator has asked an evaluator for a judgement."""

    def read() -> str:
        with urllib.request.urlopen(served.metrics_url, timeout=5) as page:
            return str(page.read().decode())

    shown = await asyncio.to_thread(read)
    found = re.search(r'^grpc_client_started_total\{.*"EvaluateAnswer".*\} (\S+)$', shown, re.MULTILINE)
    assert found
    return int(float(found[1]))

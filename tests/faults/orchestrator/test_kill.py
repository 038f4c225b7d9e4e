"""Two orchestrators on one PostgreSQL, killed again and again while callers hold interviews."""

import asyncio
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from interview.v1 import core_pb2 as core
from interview.v1 import evaluator_service_pb2 as evaluator_pb

from tests.fakes.evaluator import scored
from tests.fakes.script import Script
from tests.faults.orchestrator.callers import TOPICS, Callers
from tests.faults.orchestrator.replicas import Replica, orchestrator
from tests.faults.orchestrator.size import SIZE
from tests.postgres import PostgresServer
from tests.rpc.orchestra import Peers

CALLERS = 32
JUDGE_SECONDS = 0.3


class SlowJudge(Script[evaluator_pb.EvaluateAnswerRequest, evaluator_pb.EvaluateAnswerResponse]):
    """Says something else every time it is asked: two judgements of one answer could not look alike."""

    def __init__(self) -> None:
        super().__init__(scored(0))

    async def __call__(
        self, request: evaluator_pb.EvaluateAnswerRequest, metadata: Any
    ) -> evaluator_pb.EvaluateAnswerResponse:
        await super().__call__(request, metadata)
        number = len(self.requests)
        await asyncio.sleep(JUDGE_SECONDS)
        return scored(number % 7, f"judgement {number}")


async def test_kill_9_of_replicas_loses_and_doubles_nothing(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    """Each interview has one report, each answer one score; the judge is asked again only after a kill."""
    url = await postgres_server.new_database()
    async with Peers() as peers:
        judge = peers.evaluator.evaluate = SlowJudge()
        address = f"127.0.0.1:{peers.port}"
        addresses = {f"ORCHESTRATOR_{peer}_ADDRESS": address for peer in ("EVALUATOR", "EMOTION", "REPORTER")}
        replicas = [orchestrator(tmp_path, url, **addresses) for _ in range(2)]
        with replicas[0], replicas[1]:
            async with Callers([replica.address for replica in replicas]) as callers:
                holding = asyncio.create_task(callers.hold(SIZE.interviews, CALLERS))
                kills = await killed(replicas, callers, holding)
                await holding
                assert len(kills) == SIZE.kills
                await every_report_is_out(callers, peers)
                check_scores(callers, peers)
                check_judge_calls(callers, judge, kills)


async def killed(replicas: list[Replica], callers: Callers, holding: "asyncio.Task[None]") -> list[float]:
    """Kills them in turn, spread over the whole run; when each was killed. One of them is always there."""
    kills: list[float] = []
    answers = SIZE.interviews * len(TOPICS)
    for number in range(SIZE.kills):
        while len(callers.answered) < answers * (number + 1) // (SIZE.kills + 2):
            assert not holding.done(), holding.exception()
            await asyncio.sleep(0.01)
        replica = replicas[number % 2]
        await asyncio.to_thread(replica.kill)
        kills.append(time.monotonic())
        await asyncio.to_thread(replica.start)
    return kills


async def every_report_is_out(callers: Callers, peers: Peers) -> None:
    """Each once after dedupe, with the same bytes however often it was sent."""
    for interview_id in callers.interview_ids:
        async with asyncio.timeout(120):
            while not await is_out(callers, interview_id):  # noqa: ASYNC110 (it tells nobody)
                await asyncio.sleep(0.2)
    sent = {r.report.report_id: r.report for r in peers.reporter.publish.requests}
    assert set(sent) == {f"{interview_id}.1" for interview_id in callers.interview_ids}
    assert len(sent) == SIZE.interviews
    assert all(
        request.report == sent[request.report.report_id] for request in peers.reporter.publish.requests
    )


async def is_out(callers: Callers, interview_id: str) -> bool:
    return (await callers.report(interview_id)).delivery.status == core.DELIVERY_STATUS_DELIVERED


def check_scores(callers: Callers, peers: Peers) -> None:
    """What a caller was told stands in the report: no answer has two scores, and none was lost."""
    told = {(held.interview_id, held.text): held.answer for held in callers.answered}
    assert len(told) == SIZE.interviews * len(TOPICS)
    for request in peers.reporter.publish.requests:
        assert len(request.report.answers) == len(TOPICS)
        for answer in request.report.answers:
            reply = told[request.report.interview_id, answer.answer_text]
            assert (answer.score, answer.evaluation) == (reply.score, reply.evaluation)


def check_judge_calls(callers: Callers, judge: SlowJudge, kills: list[float]) -> None:
    """One per answer, and at most one more for each kill while the answer was under way."""
    calls = Counter(request.answer_text for request in judge.requests)
    allowed: dict[str, int] = defaultdict(int)
    for held in callers.answered:
        allowed[held.text] = 1 + sum(held.begun <= kill <= held.ended for kill in kills)
    assert {text: n for text, n in calls.items() if n > allowed[text]} == {}

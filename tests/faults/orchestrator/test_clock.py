"""The machine's clock is set while interviews are held."""

from pathlib import Path

import pytest
from interview.v1 import core_pb2 as core

from services.orchestrator.store import DeliveryStatus
from tests.fakes.clock import RunningClock
from tests.fakes.evaluator import JudgeAway
from tests.fakes.messages import technical
from tests.fakes.reporter import DELIVERED, NotSafe
from tests.rpc.orchestra import Orchestra, Peers, Waits, eventually, failure

HOUR = 3600.0
OPEN = 10


async def store_of(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Path | str:
    if kind == "sqlite":
        return tmp_path / "orchestrator.db"
    return str(await request.getfixturevalue("postgres_server").new_database())


async def upkept(orchestra: Orchestra) -> None:
    """Two rounds of upkeep and all that they began: what one settles may be due for the next."""
    for _ in range(2):
        await orchestra.upkeep.round()
        await eventually(lambda: not orchestra.upkeep._under_way)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_back_an_hour(tmp_path: Path, request: pytest.FixtureRequest, peers: Peers, kind: str) -> None:
    """Answers and reports that wait go on, and so do callers: at once, not in an hour."""
    clock = RunningClock()
    store = await store_of(kind, tmp_path, request)
    async with Orchestra(store, peers, clock, Waits(receipt=0.05)) as orchestra:
        pending = await orchestra.start(technical("A", "B"))
        peers.evaluator.evaluate.replies.append(JudgeAway("away"))
        await failure(orchestra.answer(pending))
        ended = await orchestra.start()
        peers.reporter.publish.otherwise = NotSafe("away")
        await orchestra.answer(ended)
        clock.jump(-HOUR)
        peers.reporter.publish.otherwise = DELIVERED
        await upkept(orchestra)
        shown = await orchestra.shown(pending)
        assert shown.answers[0].score == 5
        assert (await orchestra.delivered(ended)).status is DeliveryStatus.DELIVERED
        reply = await orchestra.answer(pending, "q2")
        assert reply.state == core.INTERVIEW_STATE_COMPLETED
        assert (await orchestra.delivered(pending)).status is DeliveryStatus.DELIVERED


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_forward_an_hour_and_a_day(
    tmp_path: Path, request: pytest.FixtureRequest, peers: Peers, kind: str
) -> None:
    """An hour: none is abandoned. 25 hours: all finish, each with one report."""
    clock = RunningClock()
    store = await store_of(kind, tmp_path, request)
    async with Orchestra(store, peers, clock) as orchestra:
        ids = [await orchestra.start(technical("A", "B")) for _ in range(OPEN)]
        for interview_id in ids[: OPEN // 2]:
            await orchestra.answer(interview_id)
        clock.jump(HOUR)
        await upkept(orchestra)
        states = {(await orchestra.shown(interview_id)).state for interview_id in ids}
        assert states == {core.INTERVIEW_STATE_IN_PROGRESS}
        clock.jump(24 * HOUR)
        await upkept(orchestra)
        for interview_id in ids:
            assert (await orchestra.delivered(interview_id)).status is DeliveryStatus.DELIVERED
    published = [request.report.interview_id for request in peers.reporter.publish.requests]
    assert sorted(published) == sorted(ids)

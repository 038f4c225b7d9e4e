"""Emotion services that are killed while their frames are read."""

import asyncio
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc.aio
import pytest
from interview.v1 import core_pb2 as core
from interview.v1 import orchestrator_service_pb2 as pb

from tests.fakes.messages import consented
from tests.faults.orchestrator.callers import TOPICS, Callers
from tests.faults.orchestrator.replicas import Replica, orchestrator
from tests.faults.orchestrator.size import SIZE
from tests.kafka.waiting import wait_for
from tests.needs import needs_env
from tests.rpc.orchestra import Peers

CALLERS = 4
BETWEEN_KILLS = 5 * CALLERS
INTERVIEWS = 12 * SIZE.emotion_kills
PHOTO = Path(__file__).parents[3] / "examples" / "photos" / "eileen_collins.jpg"
FRAMES = [PHOTO.read_bytes()] * 2


def emotion(folder: Path) -> Replica:
    return Replica("emotion", folder, DEEPFACE_HOME=str(needs_env("DEEPFACE_HOME")))


@contextmanager
def served(folder: Path, peers: Peers, *emotions: Replica) -> Iterator[Replica]:
    """An orchestrator between these emotion services and fakes."""
    address = f"127.0.0.1:{peers.port}"
    with orchestrator(
        folder,
        f"sqlite:///{folder / 'orchestrator.db'}",
        ORCHESTRATOR_EMOTION_ADDRESS=f"ipv4:{','.join(one.address for one in emotions)}",
        ORCHESTRATOR_EVALUATOR_ADDRESS=address,
        ORCHESTRATOR_REPORTER_ADDRESS=address,
    ) as replica:
        yield replica


async def test_frames_of_a_replica_that_dies_are_read_by_the_other(tmp_path: Path, peers: Peers) -> None:
    """One of two is killed with calls of every caller in it: no answer fails, and each has all its frames.

    The other is killed only when those calls are over: a call that meets two deaths is given up, and told.
    """
    with emotion(tmp_path) as one, emotion(tmp_path) as other, served(tmp_path, peers, one, other) as asked:
        async with Callers([asked.address], consented(*TOPICS), frames=FRAMES) as callers:
            holding = asyncio.create_task(callers.hold(INTERVIEWS, CALLERS))
            for number in range(SIZE.emotion_kills):
                victim = (one, other)[number % 2]
                await so_many(callers, len(callers.answered) + BETWEEN_KILLS, holding)
                victim.freeze()
                await asyncio.to_thread(wait_for, lambda: stuck(asked), 60, "every caller's call is in it")
                victim.kill()
                await asyncio.to_thread(victim.start)
            async with asyncio.timeout(600):
                await holding
    assert len(callers.answered) == INTERVIEWS * len(TOPICS)
    assert {held.answer.state for held in callers.answered} == {core.ANSWER_STATE_SCORED}
    assert {held.answer.emotion.accepted_frames for held in callers.answered} == {len(FRAMES)}


async def test_an_interview_goes_on_without_and_with_its_emotion_service(
    tmp_path: Path, peers: Peers
) -> None:
    """Killed and started again: readings stay, batches are counted once, what was not read is told."""
    with emotion(tmp_path) as only, served(tmp_path, peers, only) as asked:
        async with Callers([asked.address], frames=FRAMES) as callers:
            start = pb.StartInterviewRequest(specification=consented(*TOPICS))
            interview_id = (await callers.stub.StartInterview(start, timeout=15)).interview_id
            first = await answer(callers, interview_id, "q1", *FRAMES)
            await callers.add_frames(interview_id, "q2", "before")
            only.kill()
            batch = pb.AddFramesRequest(
                interview_id=interview_id, question_id="q2", batch_id="after", frames=FRAMES
            )
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await callers.stub.AddFrames(batch, timeout=15)
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
            only.start()
            await callers.add_frames(interview_id, "q2", "after")
            second = await answer(callers, interview_id, "q2")
            only.kill()
            third = await answer(callers, interview_id, "q3", *FRAMES)
            report = (await callers.report(interview_id)).report
    assert [one.emotion.accepted_frames for one in (first, second, third)] == [2, 4, 0]
    assert third.emotion_absence == core.EMOTION_ABSENCE_UNAVAILABLE
    assert {one.state for one in (first, second, third)} == {core.ANSWER_STATE_SCORED}
    assert [one.emotion for one in report.answers] == [first.emotion, second.emotion, core.EmotionReading()]
    assert report.emotion.total_analyses == 2


async def answer(callers: Callers, interview_id: str, question_id: str, *frames: bytes) -> core.Answer:
    request = pb.SubmitAnswerRequest(
        interview_id=interview_id, question_id=question_id, answer_text="because", frames=frames
    )
    return (await callers.submit(request)).answer


async def so_many(callers: Callers, answers: int, holding: asyncio.Task[None]) -> None:
    while len(callers.answered) < answers:
        assert not holding.done(), "all is answered already"
        await asyncio.sleep(0.01)


def stuck(asked: Replica) -> bool:
    """Whether every caller waits for frames that the orchestrator has sent and heard nothing of."""
    with urllib.request.urlopen(asked.metrics_url, timeout=5) as page:
        shown = page.read().decode()
    begun, ended = (
        sum(
            float(n)
            for n in re.findall(rf'^grpc_client_{kind}_total{{.*"AnalyzeFrames".*}} (\S+)$', shown, re.M)
        )
        for kind in ("started", "handled")
    )
    return begun - ended == CALLERS

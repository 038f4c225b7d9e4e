"""What the machine's rules are made of: real orchestrators beside the model, compared after every step."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import grpc.aio
from hypothesis.stateful import RuleBasedStateMachine, initialize
from interview.v1 import orchestrator_service_pb2 as pb

from tests.fakes.clock import RunningClock
from tests.fakes.reporter import DELIVERED
from tests.fakes.script import Script
from tests.faults.orchestrator.between import Drafter, TextJudge, Writer, compare, reported, shown
from tests.faults.orchestrator.model import Interview, Refused
from tests.rpc.orchestra import Failure, Orchestra, Peers, Waits

WAITS = Waits(judge=20, receipt=0.01, outbox_poll=0.01, lease=0.3)
_numbers = count(1)


@dataclass
class World:
    """What outlives one run of the machine: the loop, the peers, and where the store is."""

    runner: asyncio.Runner
    store: Path | str
    replicas: int
    empty: Callable[[], Awaitable[None]]
    peers: Peers = field(default_factory=Peers)
    steps: int = 0


class Play(RuleBasedStateMachine):
    """One run: a fresh store, some replicas on it, some interviews."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.clock = RunningClock()
        self.passed = 0.0
        self.lease_left = 0.0
        self.model: dict[str, Interview] = {}
        self.transcripts: dict[str, pb.AssessInterviewRequest] = {}
        self.judged: Counter[str] = Counter()
        self.judge, self.writer = TextJudge(), Writer()
        evaluator = self.world.peers.evaluator
        evaluator.evaluate, evaluator.follow_up = self.judge, self.writer
        evaluator.drafts()
        evaluator.draft = Drafter()
        self.reporter = self.world.peers.reporter.publish = Script(DELIVERED)
        self.wait(self.world.empty())
        self.orchestras = [self.wait(self.opened()) for _ in range(self.world.replicas)]

    def teardown(self) -> None:
        """In the end every completed interview has one report, handed over, that says what the model says."""
        if hasattr(self, "orchestras"):
            self.wait(self._ended())

    async def _ended(self) -> None:
        try:
            self.reporter.otherwise = DELIVERED
            self.clock.advance(60)
            for i, interview in self.model.items():
                await self._reported(i, interview)
        finally:
            for one in self.orchestras:
                await one.__aexit__()

    async def _reported(self, i: str, interview: Interview) -> None:
        if interview.state != "COMPLETED":
            refused = await reason(self.orchestras[0].report(i))
            assert refused in ("REPORT_NOT_READY", "INTERVIEW_CANCELLED")
            return
        await self.orchestras[0].delivered(i)
        reported(interview, [r.report for r in self.reporter.requests if r.report.interview_id == i])

    @property
    def now(self) -> float:
        return self.passed

    def number(self) -> int:
        """Another one with every call."""
        return next(_numbers)

    def text(self, worth: int | None) -> str:
        return f"{'x' if worth is None else worth}|{self.number()}"

    def wait(self, work: Awaitable[Any]) -> Any:
        return self.world.runner.run(_within(work))

    def told(self, work: Awaitable[Any]) -> str:
        return str(self.wait(reason(work)))

    def orchestra(self, who: int) -> Orchestra:
        orchestras: list[Orchestra] = self.orchestras
        return orchestras[who % len(orchestras)]

    async def opened(self) -> Orchestra:
        return await Orchestra(self.world.store, self.world.peers, self.clock, WAITS).__aenter__()

    async def crashed(self, one: Orchestra) -> None:
        number = self.number_of(one)
        await one.crash()
        self.lease_left = WAITS.lease * (len(self.orchestras) > 1)
        self.orchestras[number] = await self.opened()

    def number_of(self, one: Orchestra) -> int:
        return next(number for number, other in enumerate(self.orchestras) if other is one)

    async def upkept(self) -> None:
        await asyncio.sleep(self.lease_left)  # nobody touches what a replica that died has leased
        self.lease_left = 0.0
        for _ in range(2):  # what one round settles may be due for another
            for one in self.orchestras:
                await one.upkeep.round()
                while one.upkeep._under_way:
                    await asyncio.gather(*one.upkeep._under_way.values())

    def answered(self, interview: Interview, number: int, text: str, worth: int | None) -> None:
        """What the model makes of an answer that comes in."""
        answer = interview.receive(number, text, worth, self.now)
        if answer.state == "PENDING" and self.judge.away and text:
            raise Refused("JUDGE_UNAVAILABLE")
        if answer is interview.last:
            self.judged[text] += answer.state == "PENDING" and text != ""
            interview.settle(writes=self.writer.writes)

    def frames(self, i: str, who: int, number: int, batch: int, size: int) -> None:
        interview = self.model[i]
        call = self.orchestra(who).add_frames(i, str(batch), *[b"x"] * size, question_id=f"q{number + 1}")
        reply = self.same(lambda: interview.add_frames(number, batch, size, self.now), call)
        if reply is not None:
            told = (reply.received_frames, reply.accepted_frames)
            assert told == (sum(interview.batches.values()), len(interview.batches))

    def submit(
        self, i: str, who: int, number: int, text: str, worth: int | None, frames: Sequence[bytes] = ()
    ) -> None:
        interview = self.model[i]
        call = self.orchestra(who).answer(i, f"q{number + 1}", text, declined=not text, frames=frames)
        reply = self.same(lambda: self.answered(interview, number, text, worth), call)
        if reply is not None:
            following = interview.asked[number + 1].text if number + 1 < len(interview.asked) else ""
            assert shown(reply.answer) == interview.answers[number].shown
            assert reply.next_question.text == following
        self.step(i)

    def assessed(self, interview: Interview, who: int, request: pb.AssessInterviewRequest) -> None:
        """A whole transcript: what stands already is told, what is left is done."""

        def expected() -> None:
            for number, answer in enumerate(request.answers):
                worth = answer.answer_text.partition("|")[0]
                self.answered(interview, number, answer.answer_text, None if worth == "x" else int(worth))
            interview.finish()

        updates = self.same(expected, all_updates(self.orchestra(who), request))
        if updates is not None:
            assert len(updates) == len(request.answers) + 2
            told = [shown(update.answer) for update in updates[1:-1]]
            assert told == [answer.shown for answer in interview.answers[: len(told)]]
            assert updates[-1].HasField("report") == (interview.state == "COMPLETED")

    def same(self, expected: Callable[[], object], work: Awaitable[Any]) -> Any:
        """The reply, if both sides agree that there is one; else both refuse for the same reason."""
        try:
            expected()
            refused = ""
        except Refused as error:
            refused = str(error)
        if not refused:
            return self.wait(work)
        assert self.told(work) == refused
        return None

    def step(self, *changed: Any) -> None:
        """Compares what was changed on every replica, and what the judge was asked, and how often."""
        self.world.steps += 1
        if changed and isinstance(changed[-1], Interview):
            *changed, self.model[changed[0]] = changed  # type: ignore[assignment]
        for i in changed:
            for one in self.orchestras:
                compare(self.model[i], self.wait(one.shown(i)))
        assert Counter(request.answer_text for request in self.judge.requests) == +self.judged
        by: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for request in self.judge.requests:
            by[request.question_text].add(tuple(one.text for one in request.criteria))
        assert all(len(criteria) == 1 for criteria in by.values()), "a question was judged by two drafts"


async def all_updates(orchestra: Orchestra, request: pb.AssessInterviewRequest) -> Sequence[Any]:
    """Everything that an assessment tells. gRPC wants a running loop where the call is made."""
    return [update async for update in orchestra.stub.AssessInterview(request, timeout=20)]


async def reason(work: Awaitable[Any]) -> str:
    """What the call was refused with; empty if it was not."""
    try:
        await work
    except grpc.aio.AioRpcError as error:
        return Failure(error).reason
    return ""


async def _within(work: Awaitable[Any]) -> Any:
    async with asyncio.timeout(30):
        return await work

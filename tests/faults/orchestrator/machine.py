"""Random callers, crashes and clocks against real orchestrators, compared with the model after every step."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import grpc.aio
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, rule

from tests.fakes.clock import RunningClock
from tests.fakes.reporter import DELIVERED, NotSafe
from tests.fakes.script import Script
from tests.faults.orchestrator.between import TextJudge, Writer, compare, shown, specification
from tests.faults.orchestrator.model import HOUR, Interview, Refused, Rules
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


class Machine(RuleBasedStateMachine):
    """One run: a fresh store, some replicas on it, some interviews."""

    world: World
    interviews = Bundle("interviews")
    replica = st.integers(0, 1)
    worths = st.one_of(st.integers(0, 10), st.none())

    @initialize()
    def begin(self) -> None:
        self.clock = RunningClock()
        self.passed = 0.0
        self.lease_left = 0.0
        self.model: dict[str, Interview] = {}
        self.judged: Counter[str] = Counter()
        self.judge, self.writer = TextJudge(), Writer()
        evaluator = self.world.peers.evaluator
        evaluator.evaluate, evaluator.follow_up = self.judge, self.writer
        self.reporter = self.world.peers.reporter.publish = Script(DELIVERED)
        self.wait(self.world.empty())
        self.orchestras = [self.wait(self.opened()) for _ in range(self.world.replicas)]

    @rule(
        target=interviews,
        prepared=st.lists(st.integers(0, 2), min_size=1, max_size=3),
        threshold=st.sampled_from([0, 7]),
        depth=st.integers(0, 3),
        spare=st.integers(0, 4),
        as_given=st.booleans(),
    )
    def start(self, prepared: list[int], threshold: int, depth: int, spare: int, as_given: bool) -> Any:
        most = 20 if as_given else len(prepared) + spare
        rules = Rules(tuple(prepared), threshold, depth, most, as_given)
        request_id = f"request {next(_numbers)}"
        ids = {self.wait(one.start(specification(rules), request_id)) for one in self.orchestras}
        assert len(ids) == 1
        self.step(*ids, Interview(rules, self.now))
        refused = self.told(self.orchestras[0].start(specification(Rules((0, 0, 0, 0))), request_id))
        assert refused == "REQUEST_ID_USED"
        return multiple(*ids)

    @rule(i=interviews, who=replica, worth=worths, back=st.integers(-1, 2), declined=st.booleans())
    def answer(self, i: str, who: int, worth: int | None, back: int, declined: bool) -> None:
        """A new answer, or another text for an old question, or a question nobody asked."""
        text = "" if declined else self.text(worth)
        self.submit(i, who, max(0, len(self.model[i].asked) - 1 - back), text, worth)

    @rule(i=interviews, who=replica, back=st.integers(0, 3))
    def repeat(self, i: str, who: int, back: int) -> None:
        """The very same answer again, perhaps on another replica."""
        answers = self.model[i].answers
        if answers:
            number = max(0, len(answers) - 1 - back)
            self.submit(i, who, number, answers[number].text, answers[number].worth)

    @rule(
        i=interviews, who=replica, worth=worths, then=st.sampled_from(["leave", "crash", "finish", "cancel"])
    )
    def while_judging(self, i: str, who: int, worth: int | None, then: str) -> None:
        """The caller leaves, the replica dies, or a call ends the interview while the judge is at it."""
        interview = self.model[i]
        if not interview.open:
            return
        self.judge.away = False
        number, text = len(interview.asked) - 1, self.text(worth)
        interview.receive(number, text, worth, self.now)
        self.judged[text] += 1
        self.wait(self._while_judging(i, self.orchestra(who), number, then))
        if then == "finish":
            interview.finish()
        if then == "cancel":
            interview.cancel()
        elif then != "crash":
            interview.settle(writes=self.writer.writes)
        self.step(i)

    async def _while_judging(self, i: str, one: Orchestra, number: int, then: str) -> None:
        question_id, other = f"q{number + 1}", self.orchestra(self.number_of(one) + 1)
        self.judge.hold()
        judging = len(self.judge.requests) + 1
        call = asyncio.create_task(one.answer(i, question_id, self.model[i].answers[number].text))
        await self.judge.called(judging)
        match then:
            case "leave":
                call.cancel()
            case "crash":
                await self.crashed(one)
            case "finish":
                await other.finish(i)
            case "cancel":
                await other.cancel(i)
        self.judge.release()
        await asyncio.gather(call, return_exceptions=True)
        if then != "crash":
            await one.until(i, question_id)

    @rule(i=interviews, who=replica)
    def crash_while_writing(self, i: str, who: int) -> None:
        """The replica dies between a score and the question that follows it."""
        interview = self.model[i]
        if not interview.open:
            return
        self.judge.away, self.writer.writes = False, True
        number, text = len(interview.asked) - 1, self.text(10)
        interview.receive(number, text, 10, self.now)
        interview.score()
        self.judged[text] += 1
        if interview.wants_writing():
            self.wait(self._crash_while_writing(i, self.orchestra(who), number))
        else:
            interview.settle(writes=True)
            self.wait(self.orchestra(who).answer(i, f"q{number + 1}", text))
        self.step(i)

    async def _crash_while_writing(self, i: str, one: Orchestra, number: int) -> None:
        self.writer.hold()
        writing = len(self.writer.requests) + 1
        call = asyncio.create_task(one.answer(i, f"q{number + 1}", self.model[i].answers[number].text))
        await self.writer.called(writing)
        await self.crashed(one)
        self.writer.release()
        await asyncio.gather(call, return_exceptions=True)

    @rule(i=interviews, who=replica, cancel=st.booleans())
    def end(self, i: str, who: int, cancel: bool) -> None:
        """With a report or without."""
        interview, one = self.model[i], self.orchestra(who)
        if cancel:
            self.same(interview.cancel, one.cancel(i))
        else:
            self.same(interview.finish, one.finish(i))
        self.step(i)

    @rule(who=replica)
    def crash(self, who: int) -> None:
        self.wait(self.crashed(self.orchestra(who)))
        self.step()

    @rule(away=st.sampled_from([False, False, True]), writes=st.booleans())
    def change_the_judge(self, away: bool, writes: bool) -> None:
        self.judge.away, self.writer.writes = away, writes
        self.step()

    @rule(away=st.booleans())
    def change_the_reporter(self, away: bool) -> None:
        self.reporter.otherwise = NotSafe("away") if away else DELIVERED
        self.step()

    @rule(seconds=st.sampled_from([60] * 5 + [1.1 * HOUR, 25 * HOUR]))
    def time_passes(self, seconds: float) -> None:
        """And upkeep does what is due."""
        self.clock.advance(seconds)
        self.passed += seconds
        self.wait(self.upkept())
        for interview in self.model.values():
            if interview.pending and not self.judge.away and self.now - interview.last.at <= HOUR:
                self.judged[interview.last.text] += interview.last.text != ""
            interview.upkeep(self.now, judge_away=self.judge.away, writes=self.writer.writes)
        self.step(*self.model)

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
        sent = [r.report for r in self.reporter.requests if r.report.interview_id == i]
        assert all(report == sent[0] for report in sent)
        scores = [a.score if a.HasField("score") else None for a in sent[0].answers]
        assert scores == [answer.score for answer in interview.answers]

    # What the rules are made of.

    @property
    def now(self) -> float:
        return self.passed

    def text(self, worth: int | None) -> str:
        return f"{'x' if worth is None else worth}|{next(_numbers)}"

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

    def submit(self, i: str, who: int, number: int, text: str, worth: int | None) -> None:
        interview = self.model[i]

        def expected() -> None:
            answer = interview.receive(number, text, worth, self.now)
            if answer.state == "PENDING" and self.judge.away and text:
                raise Refused("JUDGE_UNAVAILABLE")
            if answer is interview.last:
                self.judged[text] += answer.state == "PENDING" and text != ""
                interview.settle(writes=self.writer.writes)

        call = self.orchestra(who).answer(i, f"q{number + 1}", text, declined=not text)
        reply = self.same(expected, call)
        if reply is not None:
            answer = interview.answers[number]
            following = interview.asked[number + 1].text if number + 1 < len(interview.asked) else ""
            assert shown(reply.answer) == (answer.text, answer.state, answer.score, answer.reason)
            assert reply.next_question.text == following
        self.step(i)

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
        """Compares what was changed on every replica, and how often the judge was asked."""
        self.world.steps += 1
        if changed and isinstance(changed[-1], Interview):
            *changed, self.model[changed[0]] = changed  # type: ignore[assignment]
        for i in changed:
            for one in self.orchestras:
                compare(self.model[i], self.wait(one.shown(i)))
        assert Counter(request.answer_text for request in self.judge.requests) == +self.judged


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

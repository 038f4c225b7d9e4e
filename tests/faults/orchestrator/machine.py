"""Random callers, crashes and clocks against real orchestrators, compared with the model after every step."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, multiple, rule

from tests.fakes.reporter import DELIVERED, NotSafe
from tests.faults.orchestrator.between import specification, transcript
from tests.faults.orchestrator.model import HOUR, Interview, Refused, Rules
from tests.faults.orchestrator.play import Play, reason
from tests.rpc.orchestra import Orchestra


class Machine(Play):
    """What callers, crashes and clocks do."""

    interviews = Bundle("interviews")
    replica = st.integers(0, 1)
    worths = st.one_of(st.integers(0, 10), st.none())

    @rule(
        target=interviews,
        prepared=st.lists(st.integers(0, 2), min_size=1, max_size=3),
        threshold=st.sampled_from([0, 7]),
        depth=st.integers(0, 3),
        spare=st.integers(0, 4),
        as_given=st.booleans(),
        consent=st.sampled_from([True, True, True, False]),
    )
    def start(
        self, prepared: list[int], threshold: int, depth: int, spare: int, as_given: bool, consent: bool
    ) -> Any:
        most = 20 if as_given else len(prepared) + spare
        rules = Rules(tuple(prepared), threshold, depth, most, as_given, consent)
        request_id = f"request {self.number()}"
        ids = {self.wait(one.start(specification(rules), request_id)) for one in self.orchestras}
        assert len(ids) == 1
        self.step(*ids, Interview(rules, self.now))
        refused = self.told(self.orchestras[0].start(specification(Rules((0, 0, 0, 0))), request_id))
        assert refused == "REQUEST_ID_USED"
        return multiple(*ids)

    @rule(
        i=interviews,
        who=replica,
        worth=worths,
        back=st.integers(-1, 2),
        declined=st.booleans(),
        batches=st.integers(0, 2),
    )
    def answer(self, i: str, who: int, worth: int | None, back: int, declined: bool, batches: int) -> None:
        """A new answer, or another text for an old question, or a question nobody asked; frames before it."""
        text, number = "" if declined else self.text(worth), max(0, len(self.model[i].asked) - 1 - back)
        for batch in range(batches):
            self.frames(i, who + batch, number, batch, 1)
        self.submit(i, who, number, text, worth)

    @rule(i=interviews, who=replica, back=st.integers(0, 3), framed=st.booleans())
    def repeat(self, i: str, who: int, back: int, framed: bool) -> None:
        """The very same answer again, perhaps on another replica, perhaps with frames too late to be read."""
        interview = self.model[i]
        answers = interview.answers
        if answers:
            number = max(0, len(answers) - 1 - back)
            answer = answers[number]
            late = answer.state != "PENDING" or interview.withdrawn or not interview.rules.consent
            frames = [b"x"] if framed and late else []
            self.submit(i, who, number, answer.text, answer.worth, frames)

    @rule(
        target=interviews,
        prepared=st.lists(st.integers(0, 1), min_size=1, max_size=2),
        worths=st.lists(worths, min_size=1, max_size=4),
        who=replica,
    )
    def assess(self, prepared: list[int], worths: list[int | None], who: int) -> str:
        """A transcript, perhaps of fewer answers than there are questions."""
        rules = Rules(tuple(prepared), as_given=True)
        texts = [self.text(worth) for worth in worths[: len(prepared) + sum(prepared)]]
        request = transcript(rules, texts, f"request {self.number()}")
        interview = Interview(rules, self.now)
        self.assessed(interview, who, request)
        i = str(self.wait(self.orchestra(who).start(specification(rules), request.request_id)))
        self.transcripts[i] = request
        self.step(i, interview)
        return i

    @rule(i=interviews, who=replica)
    def assess_again(self, i: str, who: int) -> None:
        """The same transcript, on whichever replica, whatever has become of it meanwhile."""
        if i in self.transcripts:
            self.assessed(self.model[i], who, self.transcripts[i])
            self.step(i)

    @rule(
        i=interviews,
        who=replica,
        batch=st.integers(0, 3),
        size=st.integers(1, 3),
        back=st.sampled_from([0, 0, 0, 1, -1]),
    )
    def add_frames(self, i: str, who: int, batch: int, size: int, back: int) -> None:
        """A batch, new or known, for the newest question, an old one, or one that nobody asked."""
        self.frames(i, who, max(0, len(self.model[i].asked) - 1 - back), batch, size)
        self.step(i)

    @rule(i=interviews, who=replica, ended=st.booleans())
    def withdraw_consent(self, i: str, who: int, ended: bool) -> None:
        """Once a report tells of frames, or before the answer that they belong to."""
        interview, newest, asked = self.model[i], len(self.model[i].asked) - 1, self.model[i].open
        for replica in (who, who + 1) if asked else ():  # the second time it is a repeat
            self.frames(i, replica, newest, 3, 2)
        if asked and ended:
            self.submit(i, who + 1, newest, "", None)
            self.same(interview.finish, self.orchestra(who + 1).finish(i))
        interview.withdraw(self.now)
        self.wait(self.orchestra(who).withdraw_consent(i))
        if asked and not ended:
            self.submit(i, who + 1, newest, "", None)
        self.step(i)

    @rule(
        i=interviews,
        who=replica,
        worth=worths,
        then=st.sampled_from(["leave", "crash", "finish", "cancel", "frames", "withdraw"]),
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
        if then == "frames":
            with suppress(Refused):
                interview.add_frames(number, -1, 1, self.now)
        if then == "withdraw":
            interview.withdraw(self.now)
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
            case "frames":
                await reason(other.add_frames(i, "-1", b"x", question_id=question_id))
            case "withdraw":
                await other.withdraw_consent(i)
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

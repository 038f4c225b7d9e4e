"""The judge with a model: asks for verdicts, checks every quote, and leaves the score to arithmetic."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from services.common import logs
from services.common.clock import Clock
from services.evaluator.asking import Ask, InvalidReply, Model, ReplyFiltered, ReplyRefused, Tally
from services.evaluator.evaluation import (
    AnswerTask,
    Evaluation,
    FollowUp,
    FollowUpTask,
    JudgeInfo,
    Judgement,
    JudgeUnavailable,
    Provenance,
    Unscored,
    UnscoredReason,
)
from services.evaluator.evaluation_text import unscored_text
from services.evaluator.forms import FOLLOW_UP, GIVEN_CRITERIA, NAMED_CRITERIA
from services.evaluator.in_flight import InFlight
from services.evaluator.input_hash import hash_of
from services.evaluator.prompt import Prompts, as_data, holds_marks
from services.evaluator.quotes import has_invisible
from services.evaluator.reply import evaluation_of, follow_up_of
from services.evaluator.words import same_question

NAME = "openai"
_TRIES = 2
"""An invalid reply earns one new try."""

log = logs.get_logger()


class OpenAIJudge:
    """Judges through any model that speaks the OpenAI chat API."""

    def __init__(
        self, model: Model, prompts: Prompts, in_flight: InFlight, clock: Clock, new_mark: Callable[[], str]
    ) -> None:
        """`new_mark` gives an unguessable word for each call; it frames the candidate's text."""
        self._model = model
        self._prompts = prompts
        self._in_flight = in_flight
        self._clock = clock
        self._new_mark = new_mark
        self.info = JudgeInfo(
            judge=NAME, generates_follow_ups=True, model=model.name, prompt_version=prompts.version
        )

    async def evaluate(self, task: AnswerTask, *, within_seconds: float) -> Judgement:
        """The judgement; UNSCORED without a usable reply. Raises JudgeUnavailable and Overloaded."""
        started = self._clock.monotonic()
        tally = Tally(flags=_flags(task))
        async with self._time(within_seconds) as until:
            outcome = await self._evaluated(task, tally, until)
        provenance = Provenance(
            judge=NAME,
            model=tally.model or self._model.name,
            prompt_version=self._prompts.version,
            input_hash=self._hash(task),
            input_tokens=tally.input_tokens,
            output_tokens=tally.output_tokens,
            duration_seconds=self._clock.monotonic() - started,
            flags=tuple(tally.flags),
        )
        return Judgement(outcome, provenance)

    async def follow_up(self, task: FollowUpTask, *, within_seconds: float) -> FollowUp:
        """A question that is not known yet. Raises JudgeUnavailable and Overloaded."""
        async with self._time(within_seconds) as until:
            return await self._asked(task, until)

    async def _evaluated(self, task: AnswerTask, tally: Tally, until: float) -> Evaluation | Unscored:
        ask = self._evaluation_ask(task)
        try:
            for _ in range(_TRIES):
                try:
                    evaluation, flags = await self._model.ask(
                        ask, tally=tally, within_seconds=self._left(until)
                    )
                except InvalidReply as fault:
                    log.warning("invalid reply of the model", why=str(fault))
                else:
                    tally.flags += flags
                    return evaluation
            return _unscored(task, UnscoredReason.INVALID_REPLY)
        except ReplyRefused:
            return _unscored(task, UnscoredReason.REFUSED)
        except ReplyFiltered:
            return _unscored(task, UnscoredReason.FILTERED)

    def _evaluation_ask(self, task: AnswerTask) -> Ask[tuple[Evaluation, tuple[str, ...]]]:
        mark = self._new_mark()
        answer = as_data(task.answer_text, mark)
        return Ask(
            messages=self._prompts.evaluation(task, mark),
            response_format=GIVEN_CRITERIA if task.criteria else NAMED_CRITERIA,
            read=lambda content: evaluation_of(task, answer, content),
        )

    async def _asked(self, task: FollowUpTask, until: float) -> FollowUp:
        mark = self._new_mark()
        repeated: list[str] = []
        for _ in range(_TRIES):
            ask = Ask(
                messages=self._prompts.follow_up(task, mark, repeated),
                response_format=FOLLOW_UP,
                read=lambda content: follow_up_of(task.language, content),
            )
            try:
                follow_up = await self._model.ask(ask, tally=Tally(), within_seconds=self._left(until))
            except (InvalidReply, ReplyRefused, ReplyFiltered) as fault:
                log.warning("no usable question from the model", fault=type(fault).__name__, why=str(fault))
                continue
            if not _is_known(follow_up.question_text, task):
                return follow_up
            log.warning("the model repeated a known question")
            repeated.append(follow_up.question_text)
        raise JudgeUnavailable("the model gave no usable question", retry_after_seconds=5)

    def _hash(self, task: AnswerTask) -> str:
        """Of what the model is given, without the mark, which is another one in each call."""
        response_format = GIVEN_CRITERIA if task.criteria else NAMED_CRITERIA
        given = [self._model.name, self._prompts.evaluation(task, ""), response_format]
        return hash_of(task, given_besides=given)

    @asynccontextmanager
    async def _time(self, within_seconds: float) -> AsyncIterator[float]:
        """A place among those in flight, and the instant by which all must be done."""
        until = self._clock.monotonic() + within_seconds
        async with self._in_flight.place(within_seconds=within_seconds):
            try:
                async with asyncio.timeout(self._left(until)):
                    yield until
            except TimeoutError:
                raise JudgeUnavailable("the model did not answer in time") from None

    def _left(self, until: float) -> float:
        return max(0.0, until - self._clock.monotonic())


def _is_known(question: str, task: FollowUpTask) -> bool:
    known = (*task.known_questions, *(turn.question_text for turn in task.turns))
    return any(same_question(question, other) for other in known)


def _unscored(task: AnswerTask, reason: UnscoredReason) -> Unscored:
    return Unscored(reason, unscored_text(task.language, reason))


def _flags(task: AnswerTask) -> list[str]:
    flags = {
        "criteria_from_reference": not task.criteria and bool(task.reference_answer.strip()),
        "criteria_by_judge": not task.criteria and not task.reference_answer.strip(),
        "invisible_characters": has_invisible(task.answer_text),
        "delimiter_in_answer": holds_marks(task.answer_text),
    }
    return [flag for flag, applies in flags.items() if applies]

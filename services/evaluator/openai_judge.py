"""The judge with a model: asks for verdicts, checks every quote, and leaves the score to arithmetic."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from services.common import logs
from services.common.clock import Clock
from services.evaluator import metrics
from services.evaluator.asking import Ask, InvalidReply, Model, ReplyFiltered, ReplyRefused, Tally
from services.evaluator.evaluation import (
    AnswerTask,
    Criterion,
    DraftTask,
    Evaluation,
    FollowUp,
    FollowUpTask,
    Judgement,
    Provenance,
    Unscored,
    UnscoredReason,
)
from services.evaluator.evaluation_text import unscored_text
from services.evaluator.forms import CRITERIA, FOLLOW_UP, GIVEN_CRITERIA, NAMED_CRITERIA
from services.evaluator.in_flight import InFlight
from services.evaluator.input_hash import hash_of
from services.evaluator.judge import CriteriaUnusable, JudgeInfo, JudgeUnavailable
from services.evaluator.prompt import Prompts, Purpose, as_data
from services.evaluator.reply import KnownQuestion, criteria_of, evaluation_of, follow_up_of
from services.evaluator.shared_judgements import SharedJudgements
from services.evaluator.suspicion import signs

NAME = "openai"
SHARED = "shared"
"""Flag of a judgement that was made for an equal input before."""

_TRIES = 2
"""An invalid reply earns one new try."""

T = TypeVar("T")

log = logs.get_logger()


class OpenAIJudge:
    """Judges through any model that speaks the OpenAI chat API."""

    def __init__(
        self,
        model: Model,
        prompts: Prompts,
        in_flight: InFlight,
        shared: SharedJudgements,
        clock: Clock,
        new_mark: Callable[[], str],
    ) -> None:
        """`new_mark` gives an unguessable word for each call; it frames the candidate's text."""
        self._model = model
        self._prompts = prompts
        self._in_flight = in_flight
        self._shared = shared
        self._clock = clock
        self._new_mark = new_mark
        self.info = JudgeInfo(
            judge=NAME,
            generates_follow_ups=True,
            drafts_criteria=True,
            model=model.name,
            prompt_version=prompts.version,
        )

    async def evaluate(self, task: AnswerTask, *, within_seconds: float) -> Judgement:
        """The judgement; UNSCORED without a usable reply. Raises JudgeUnavailable and Overloaded."""
        started = self._clock.monotonic()
        key = self._hash(task)
        async with self._shared.turn(key, within_seconds=within_seconds) as known:
            if known is not None:
                return self._again(known, started)
            until = started + within_seconds
            async with self._in_flight.place(within_seconds=self._left(until)):
                judgement = await self._judged(task, key, started, until)
            if isinstance(judgement.outcome, Evaluation):  # another try may still give one
                self._shared.keep(key, judgement)
            return judgement

    async def follow_up(self, task: FollowUpTask, *, within_seconds: float) -> FollowUp:
        """A question that is not known yet. Raises JudgeUnavailable and Overloaded."""
        mark, repeated = self._new_mark(), list[str]()

        def ask() -> Ask[FollowUp]:
            return Ask(
                messages=self._prompts.follow_up(task, mark, repeated),
                response_format=FOLLOW_UP,
                form_words=self._prompts.form_words(task.language),
                read=lambda content: follow_up_of(task, content),
            )

        until = self._clock.monotonic() + within_seconds
        async with self._in_flight.place(within_seconds=within_seconds):
            written = await self._usable("question", ask, until, repeated)
        if written is None:
            raise JudgeUnavailable("the model gave no usable question", retry_after_seconds=5)
        return written

    async def draft(self, task: DraftTask, *, within_seconds: float) -> tuple[Criterion, ...]:
        """What answers are to be judged by. Raises CriteriaUnusable, JudgeUnavailable and Overloaded."""
        ask = Ask(
            messages=self._prompts.criteria(task),
            response_format=CRITERIA,
            form_words=self._prompts.form_words(task.language),
            read=lambda content: criteria_of(task.language, content),
        )
        until = self._clock.monotonic() + within_seconds
        async with self._in_flight.place(within_seconds=within_seconds):
            criteria = await self._usable("criteria", lambda: ask, until, [])
        if criteria is None:
            raise CriteriaUnusable("the model gave no usable criteria")
        return criteria

    async def _judged(self, task: AnswerTask, key: str, started: float, until: float) -> Judgement:
        tally = Tally(flags=_flags(task))
        outcome = await self._evaluated(task, tally, until)
        provenance = Provenance(
            judge=NAME,
            model=tally.model or self._model.name,
            prompt_version=self._prompts.version,
            input_hash=key,
            input_tokens=tally.input_tokens,
            output_tokens=tally.output_tokens,
            duration_seconds=self._clock.monotonic() - started,
            flags=tuple(tally.flags),
        )
        return Judgement(outcome, provenance)

    def _again(self, known: Judgement, started: float) -> Judgement:
        """An earlier judgement for an equal input: it cost no tokens this time."""
        metrics.JUDGEMENTS_SHARED.inc()
        provenance = replace(
            known.provenance,
            input_tokens=0,
            output_tokens=0,
            duration_seconds=self._clock.monotonic() - started,
            flags=(*known.provenance.flags, SHARED),
        )
        return Judgement(known.outcome, provenance)

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
            form_words=self._prompts.form_words(task.language),
            read=lambda content: evaluation_of(task, answer, content),
        )

    async def _usable(
        self, what: str, ask: Callable[[], Ask[T]], until: float, repeated: list[str]
    ) -> T | None:
        """What the model writes, in two tries, if it can be used; questions that it repeats are collected."""
        tally = Tally()
        for _ in range(_TRIES):
            try:
                return await self._model.ask(ask(), tally=tally, within_seconds=self._left(until))
            except (InvalidReply, ReplyRefused, ReplyFiltered) as fault:
                log.warning("nothing usable from the model", what=what, why=str(fault))
                if isinstance(fault, KnownQuestion):
                    repeated.append(fault.question)
        return None

    def _hash(self, task: AnswerTask) -> str:
        """Of all that the messages are made of but the mark, which is another one in each call."""
        form = GIVEN_CRITERIA if task.criteria else NAMED_CRITERIA
        instructions = self._prompts.digest(Purpose.EVALUATE, task.language)
        return hash_of(task, given_besides=[self._model.name, instructions, form["json_schema"]["name"]])

    def _left(self, until: float) -> float:
        return max(0.0, until - self._clock.monotonic())


def _unscored(task: AnswerTask, reason: UnscoredReason) -> Unscored:
    return Unscored(reason, unscored_text(task.language, reason))


def _flags(task: AnswerTask) -> list[str]:
    flags = {
        "criteria_from_reference": not task.criteria and bool(task.reference_answer.strip()),
        "criteria_by_judge": not task.criteria and not task.reference_answer.strip(),
    }
    return [*(flag for flag, applies in flags.items() if applies), *signs(task.answer_text)]

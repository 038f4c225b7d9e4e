"""A model behind a chat API: retries, pauses, dialect and metrics."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import tenacity

from services.common import logs
from services.common.clock import Clock
from services.evaluator import metrics
from services.evaluator.asking import (
    Ask,
    InvalidReply,
    ReplyCutOff,
    ReplyFiltered,
    ReplyNotTheForm,
    ReplyRefused,
    Tally,
)
from services.evaluator.completion import NoCompletion, Usage, content_of
from services.evaluator.dialect import Dialect, Format, format_of
from services.evaluator.extraction import extracted
from services.evaluator.judge import JudgeUnavailable
from services.evaluator.server_faults import OPERATOR_RETRY_SECONDS, NotUnderstood, Transient
from services.evaluator.traffic import Circuit, Limiter

T = TypeVar("T")

_LONGEST_PAUSE_SECONDS = 8.0
_CANCELLED = "cancelled"
_OUTCOMES: dict[type[Exception], str] = {
    ReplyCutOff: "truncated",
    InvalidReply: "invalid",
    ReplyRefused: "refused",
    ReplyFiltered: "filtered",
    NotUnderstood: "unsupported",
    JudgeUnavailable: "rejected",
}
_DOWN = frozenset(("server_error", "connection", "timeout", "malformed"))

log = logs.get_logger()


class ChatServer(Protocol):
    """Where completions come from."""

    async def complete(self, body: dict[str, Any]) -> object:
        """A chat completion, unchecked.

        Raises Transient, NotUnderstood, ReplyFiltered, ReplyCutOff, and JudgeUnavailable where it rejects us.
        """


@dataclass(frozen=True, slots=True)
class Retries:
    """How often one question is put to a server that fails, and the longest first pause between."""

    most_attempts: int = 6
    backoff_seconds: float = 0.5


@dataclass
class ChatModel:
    """Implements Model (asking.py): one for the process, so that what one call learns all calls know."""

    name: str
    server: ChatServer
    clock: Clock
    dialect: Dialect
    limiter: Limiter
    circuit: Circuit
    retries: Retries
    usage: Usage

    async def ask(self, ask: Ask[T], *, tally: Tally, within_seconds: float) -> T:
        """What `ask.read` makes of the reply, in the first format that the server takes notice of."""
        until = self.clock.monotonic() + within_seconds
        formats = self.dialect.formats()[: 1 if tally.formats_tried else None]
        for wanted in formats[:-1]:
            try:
                return await self._answered(ask, wanted, tally, until)
            except ReplyNotTheForm as fault:
                log.warning("reply in another form", asked_for=wanted.value, why=str(fault))
                tally.formats_tried = True
        return await self._answered(ask, formats[-1], tally, until)

    async def _answered(self, ask: Ask[T], wanted: Format, tally: Tally, until: float) -> T:
        """Nearly every question is answered at once, and only the others are worth what tenacity costs."""
        try:
            return await self._understood(ask, wanted, tally, until)
        except Transient as fault:
            return await self._asked_again(fault, ask, wanted, tally, until)

    async def _asked_again(
        self, first: Transient, ask: Ask[T], wanted: Format, tally: Tally, until: float
    ) -> T:
        """Transient faults are retried while time is left; the first try, which failed, is one of them."""
        failed = [first]

        async def attempt() -> T:
            if failed:
                raise failed.pop()
            return await self._understood(ask, wanted, tally, until)

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(Transient),
            wait=self._wait,
            stop=tenacity.stop_after_attempt(self.retries.most_attempts)
            | tenacity.stop_before_delay(self._left(until)),
            sleep=self.clock.sleep,
            reraise=True,
        )
        try:
            return await retrying(attempt)
        except Transient as fault:
            raise JudgeUnavailable(
                f"the model's server fails: {fault.outcome}",
                retry_after_seconds=fault.retry_after_seconds or 1.0,
            ) from None

    async def _understood(self, ask: Ask[T], wanted: Format, tally: Tally, until: float) -> T:
        """One try, repeated without what the server turns out not to know."""
        while True:
            body = self.dialect.body(self.name, ask, wanted)
            try:
                result = await self._try(ask, body, tally, until)
            except NotUnderstood as fault:
                if not self.dialect.gives_up(fault.refusal, body):
                    log.error(
                        "the model's server refuses our requests: look at OPENAI_MODEL and OPENAI_BASE_URL",
                        why=str(fault),
                    )
                    raise JudgeUnavailable(
                        f"the model's server refuses our requests: {fault}",
                        retry_after_seconds=OPERATOR_RETRY_SECONDS,
                    ) from None
            else:
                self.dialect.works_in(format_of(body))
                return result

    async def _try(self, ask: Ask[T], body: dict[str, Any], tally: Tally, until: float) -> T:
        """One request, once it may be sent. Its outcome is counted whatever happens."""
        await self.limiter.passage(until)
        self.circuit.enter()
        started, outcome = time.perf_counter(), _CANCELLED
        try:
            result = self._read(ask, body, await self._completed(body, until), tally)
            outcome = "ok"
            return result
        except Transient as fault:
            outcome = fault.outcome
            if fault.asks_for_a_pause:
                self.limiter.pause(fault.retry_after_seconds)
            log.warning("the model's server fails", outcome=outcome, retry_after=fault.retry_after_seconds)
            raise
        except tuple(_OUTCOMES) as fault:
            outcome = next(name for kind, name in _OUTCOMES.items() if isinstance(fault, kind))
            raise
        finally:
            self._ended(outcome, time.perf_counter() - started)

    async def _completed(self, body: dict[str, Any], until: float) -> object:
        try:
            with metrics.LLM_IN_FLIGHT.track_inprogress():
                async with asyncio.timeout(self._left(until)):
                    return await self.server.complete(body)
        except TimeoutError:
            raise Transient("timeout") from None

    def _read(self, ask: Ask[T], body: dict[str, Any], reply: object, tally: Tally) -> T:
        try:
            self.usage.count(reply, tally)
            content = content_of(reply)
        except NoCompletion:
            raise Transient("malformed") from None
        return ask.read(content if format_of(body) is Format.JSON_SCHEMA else extracted(content))

    def _ended(self, outcome: str, seconds: float) -> None:
        metrics.LLM_REQUESTS.labels(self.name, outcome).inc()
        metrics.LLM_SECONDS.observe(seconds)
        if outcome == _CANCELLED:
            self.circuit.left()
        elif outcome in _DOWN:
            self.circuit.failed()
        else:
            self.circuit.worked()
            if outcome == "ok":
                self.limiter.flows()

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Longer each time, with jitter; a pause that the server asked for is the limiter's."""
        fault = state.outcome.exception() if state.outcome else None
        paused = isinstance(fault, Transient) and fault.asks_for_a_pause
        if paused:
            return 0.0
        growing = tenacity.wait_random_exponential(
            multiplier=self.retries.backoff_seconds, max=_LONGEST_PAUSE_SECONDS
        )
        return growing(state)

    def _left(self, until: float) -> float:
        return max(0.0, until - self.clock.monotonic())

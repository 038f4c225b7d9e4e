"""What all calls heed before they ask the model: the pauses its server asks for, and whether it is down."""

from collections.abc import Callable

from services.common import logs
from services.common.clock import Clock
from services.evaluator import metrics
from services.evaluator.judge import JudgeUnavailable

_LONGEST_GUESS_SECONDS = 30.0

log = logs.get_logger()


class Limiter:
    """Holds every call back while the server asks for a pause (429, Retry-After), whichever call heard it."""

    def __init__(
        self, clock: Clock, jitter: Callable[[], float], *, first_pause_seconds: float = 0.5
    ) -> None:
        """`jitter` (seconds) spreads those that go on together. Without Retry-After pauses double."""
        self._clock = clock
        self._jitter = jitter
        self._first_pause_seconds = first_pause_seconds
        self._until = 0.0
        self._unnamed = 0

    async def passage(self, until: float) -> None:
        """Returns when a request may be sent.

        Raises JudgeUnavailable at once where that is after `until`.
        """
        while (seconds := self._until - self._clock.monotonic()) > 0:
            if self._until >= until:
                raise JudgeUnavailable("the model's server asks for a pause", retry_after_seconds=seconds)
            await self._clock.sleep(seconds + self._jitter())

    def pause(self, seconds: float | None) -> None:
        """The server asked for `seconds`, or did not say how long."""
        if seconds is None:
            seconds = min(_LONGEST_GUESS_SECONDS, self._first_pause_seconds * 2**self._unnamed)
            self._unnamed = min(self._unnamed + 1, 16)
        self._until = max(self._until, self._clock.monotonic() + seconds)

    def flows(self) -> None:
        """A request was served."""
        self._unnamed = 0


class Circuit:
    """Asks nobody for some seconds after so many failures in a row; then one call finds out for all."""

    def __init__(self, clock: Clock, *, failures: int, seconds: float) -> None:
        self._clock = clock
        self._most = failures
        self._seconds = seconds
        self._failures = 0
        self._open_until: float | None = None
        self._probing = False

    def enter(self) -> None:
        """Raises JudgeUnavailable while the circuit is open; each entry ends with one of the calls below."""
        if self._open_until is None:
            return
        left = self._open_until - self._clock.monotonic()
        if left > 0 or self._probing:
            raise JudgeUnavailable(
                "the model's server is down", retry_after_seconds=left if left > 0 else 1.0
            )
        self._probing = True

    def worked(self) -> None:
        """The server answered, be it with a refusal."""
        if self._open_until is not None:
            log.info("the model's server is back")
            metrics.LLM_CIRCUIT_OPEN.set(0)
        self._failures, self._open_until, self._probing = 0, None, False

    def failed(self) -> None:
        """The server did not answer, or not as a server should."""
        self._failures += 1
        if self._probing or (self._open_until is None and self._failures >= self._most):
            if not self._probing:
                log.error("the model's server is down", failures=self._failures, retry_seconds=self._seconds)
                metrics.LLM_CIRCUIT_OPEN.set(1)
            self._open_until = self._clock.monotonic() + self._seconds
            self._probing = False

    def left(self) -> None:
        """The caller left before there was an answer."""
        self._probing = False

"""What comes of asking a model's server besides an answer. None of it leaves the evaluator as it is."""

from services.evaluator.dialect import Refusal

RATE_LIMITED = "rate_limited"
OPERATOR_RETRY_SECONDS = 30.0
"""When to try again where a server refuses all requests alike: a person has to look at it first."""


class Transient(Exception):
    """The server may do better in a moment. `retry_after_seconds` is what it asked for."""

    def __init__(self, outcome: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.retry_after_seconds = retry_after_seconds

    @property
    def asks_for_a_pause(self) -> bool:
        """Whether all calls have to wait, not only this one."""
        return self.outcome == RATE_LIMITED or self.retry_after_seconds is not None


class NotUnderstood(Exception):
    """The server refuses the request, perhaps for a parameter that it does not know."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"HTTP {refusal.status} {refusal.code}".rstrip())
        self.refusal = refusal

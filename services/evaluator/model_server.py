"""How the doctor asks a model's server: the port, and the ways in which it does not give what is needed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.evaluator.dialect import Format


class ServerAway(Exception):
    """Nobody answered in time. The text says why, as the system has it."""


class ServerRefused(Exception):
    """An answer that is none: its HTTP status, the server's own code ("" if it gave none), its time."""

    def __init__(self, status: int, code: str, time: datetime | None = None) -> None:
        super().__init__(f"HTTP {status} {code}".rstrip())
        self.status = status
        self.code = code
        self.time = time


class NotTheForm(Exception):
    """The model answered, and not in the form that it was asked for. The text says what came instead."""


class ModelServer(Protocol):
    """The server of a large language model, looked at as a doctor does. Nothing is tried twice."""

    async def try_form(self, model: str, *, within_seconds: float) -> tuple[Format, datetime | None]:
        """Has the model fill in the smallest form: the format that works, and its time if told.

        Raises ServerAway, ServerRefused, NotTheForm.
        """

    async def names(self, *, within_seconds: float) -> Sequence[str]:
        """The models it has. Raises ServerAway, ServerRefused."""

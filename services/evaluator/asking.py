"""How the judge asks a model: the port, what it needs, and the ways in which a model gives nothing usable."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from services.evaluator.prompt import Message

T = TypeVar("T")


# Those below never leave the judge: each becomes an outcome or an error of the call.
class InvalidReply(Exception):
    """The reply was cut off, or is not what was asked for. The text says what is wrong, without its words."""


class ReplyNotTheForm(InvalidReply):
    """The reply is not of the shape that was asked for: the server may take no notice of schemas."""


class ReplyCutOff(InvalidReply):
    """The reply ended before it was whole."""


class ReplyRefused(Exception):
    """The model refuses this input."""


class ReplyFiltered(Exception):
    """A content filter stopped the model."""


@dataclass(frozen=True, slots=True)
class Ask(Generic[T]):
    """One question to a model. `read` makes a T of the reply's text or raises InvalidReply.

    `form_words` introduce the schema where the server takes none and the instructions have to hold it.
    """

    messages: Sequence[Message]
    response_format: dict[str, Any]
    form_words: str
    read: Callable[[str], T]


@dataclass(slots=True)
class Tally:
    """What the tries of one call came to so far."""

    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    flags: list[str] = field(default_factory=list)
    formats_tried: bool = False


class Model(Protocol):
    """A large language model."""

    name: str

    async def ask(self, ask: Ask[T], *, tally: Tally, within_seconds: float) -> T:
        """What `read` makes of the reply.

        Raises InvalidReply, ReplyRefused, ReplyFiltered, and JudgeUnavailable after its own retries.
        """

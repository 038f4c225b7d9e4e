"""What is read out of a chat completion: JSON of a server, so nothing is taken for granted."""

from dataclasses import dataclass

from services.evaluator import metrics
from services.evaluator.asking import ReplyCutOff, ReplyFiltered, ReplyNotTheForm, ReplyRefused, Tally

CONTENT_FILTER = "content_filter"
LONGEST_CONTENT = 400_000
"""Characters of a reply's text: the most tokens that OPENAI_MAX_TOKENS can ask for, of about four each."""

_LONGEST_MODEL = 200
_MOST_TOKENS = 2**31 - 1  # of a reply, and of all tries of a call: the provenance has 32 bits for them
_PER = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a million tokens each, in any currency."""

    input: float = 0.0
    output: float = 0.0


class NoCompletion(Exception):
    """What came is no chat completion at all."""


def content_of(reply: object) -> str:
    """The text of a whole reply. Raises NoCompletion, ReplyFiltered, ReplyRefused, InvalidReply."""
    choices = _get(reply, "choices")
    if not isinstance(choices, list) or not choices:
        raise NoCompletion
    message, reason = _get(choices[0], "message"), _get(choices[0], "finish_reason")
    if reason == CONTENT_FILTER:
        raise ReplyFiltered("the model's content filter stopped its reply")
    if _get(message, "refusal"):
        raise ReplyRefused("the model refused")
    if reason == "length":
        raise ReplyCutOff("the reply was cut off")
    content = _get(message, "content")
    if not isinstance(content, str):
        raise ReplyNotTheForm("the reply has no text")
    if len(content) > LONGEST_CONTENT:
        raise ReplyCutOff("the reply is longer than is read")
    return content


class Usage:
    """Counts tokens and their cost under the configured name of a model."""

    def __init__(self, model: str, prices: Prices) -> None:
        self._prices = prices
        self._read = metrics.LLM_TOKENS.labels(model, "input")
        self._written = metrics.LLM_TOKENS.labels(model, "output")
        self._cost = metrics.LLM_COST.labels(model)

    def count(self, reply: object, tally: Tally) -> None:
        """Adds what a reply says of itself to metrics and tally."""
        usage = _get(reply, "usage")
        read, written = _tokens(_get(usage, "prompt_tokens")), _tokens(_get(usage, "completion_tokens"))
        self._read.inc(read)
        self._written.inc(written)
        self._cost.inc((read * self._prices.input + written * self._prices.output) / _PER)
        tally.input_tokens = min(_MOST_TOKENS, tally.input_tokens + read)
        tally.output_tokens = min(_MOST_TOKENS, tally.output_tokens + written)
        model = _get(reply, "model")
        if isinstance(model, str) and model.isprintable():
            tally.model = model[:_LONGEST_MODEL]


def _get(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None


def _tokens(value: object) -> int:
    return min(value, _MOST_TOKENS) if isinstance(value, int) and value > 0 else 0

"""What a model's server understands of the OpenAI chat API: set by hand, or found out once for the process.

Servers differ: some ignore JSON schemas or refuse them, some refuse `temperature`, `seed` or `max_tokens`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

from services.common import logs
from services.evaluator.asking import Ask
from services.evaluator.prompt import Message

_NAMES = {
    "response_format": re.compile(r"response_format|json_schema|json_object|structured.?output|guided", re.I),
    "temperature": re.compile(r"\btemperature\b", re.I),
    "seed": re.compile(r"\bseed\b", re.I),
    "max_tokens": re.compile(r"\bmax_tokens\b", re.I),
    "max_completion_tokens": re.compile(r"\bmax_completion_tokens\b", re.I),
}
"""How servers name a parameter in a refusal."""

log = logs.get_logger()


class Format(Enum):
    """How a form is asked for: strictest first. Below JSON_SCHEMA the instructions hold the schema."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"


_FORMATS = tuple(Format)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the settings say of a server; None in `response_format` means: find out."""

    response_format: Format | None = None
    temperature: float | None = 0.0
    seed: int | None = 1
    max_tokens: int | None = None
    reasoning: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that the server does not understand: the parameter it names if it does, and all it said."""

    status: int
    code: str
    parameter: str
    words: str

    def names(self, parameter: str) -> bool:
        """Whether this is about `parameter`."""
        return self.parameter == parameter or bool(_NAMES[parameter].search(self.words))


class Dialect:
    """What the server is spoken to with. Begins with what is best and gives up what is refused."""

    def __init__(self, capabilities: Capabilities) -> None:
        self._pinned = capabilities.response_format is not None
        self._format = capabilities.response_format or Format.JSON_SCHEMA
        self._proved = self._pinned
        self._extra = _parameters(capabilities)

    @property
    def format(self) -> Format:
        """How forms are asked for now."""
        return self._format

    def formats(self) -> tuple[Format, ...]:
        """The formats to try, in order: once one is known to work, that one only."""
        return (self._format,) if self._proved else _FORMATS[_FORMATS.index(self._format) :]

    def body(self, model: str, ask: Ask[Any], wanted: Format) -> dict[str, Any]:
        """The request, in `wanted` or, if that is refused by now, in the present format."""
        form = max(wanted, self._format, key=_FORMATS.index)
        body: dict[str, Any] = {"model": model, "messages": _messages(ask, form), **self._extra}
        if form is not Format.TEXT:
            body["response_format"] = (
                ask.response_format if form is Format.JSON_SCHEMA else {"type": "json_object"}
            )
        return body

    def works_in(self, used: Format) -> None:
        """A form came back filled in: there is nothing more to find out."""
        if not self._proved:
            self._proved = True
            self._change(used, "the server takes no notice of it")

    def gives_up(self, refusal: Refusal, body: Mapping[str, object]) -> bool:
        """Whether the same request makes sense without what was refused; it is remembered."""
        for parameter in (p for p in _NAMES if p in body and refusal.names(p)):
            if parameter != "response_format":
                self._drop(parameter)
                return True
            if not self._pinned and (lower := _lower(format_of(body))):
                self._change(max(lower, self._format, key=_FORMATS.index), "the server refuses it")
                return True
        return False

    def _change(self, lower: Format, why: str) -> None:
        if lower is not self._format:
            log.warning("form of replies given up", was=self._format.value, now=lower.value, why=why)
            self._format = lower

    def _drop(self, parameter: str) -> None:
        if parameter not in self._extra:  # another call was faster
            return
        value = self._extra.pop(parameter)
        log.warning("parameter given up", parameter=parameter, why="the server refuses it")
        if parameter == "max_tokens":
            self._extra["max_completion_tokens"] = value


def format_of(body: Mapping[str, Any]) -> Format:
    """The format that a request was made in."""
    return Format(body["response_format"]["type"]) if "response_format" in body else Format.TEXT


def _parameters(capabilities: Capabilities) -> dict[str, object]:
    """Reasoning models take neither temperature nor seed, and bound their tokens under another name."""
    bound = "max_completion_tokens" if capabilities.reasoning else "max_tokens"
    parameters: dict[str, object] = {bound: capabilities.max_tokens}
    if not capabilities.reasoning:
        parameters |= {"temperature": capabilities.temperature, "seed": capabilities.seed}
    return {name: value for name, value in parameters.items() if value is not None}


def _messages(ask: Ask[Any], form: Format) -> list[Message]:
    if form is Format.JSON_SCHEMA:
        return list(ask.messages)
    system, *others = ask.messages
    schema = orjson.dumps(ask.response_format["json_schema"]["schema"]).decode()
    told = f"{system['content']}\n\n{ask.form_words}\n{schema}"
    return [Message(role=system["role"], content=told), *others]


def _lower(form: Format) -> Format | None:
    later = _FORMATS[_FORMATS.index(form) + 1 :]
    return later[0] if later else None

"""What servers of the OpenAI chat API know of it. Each is given a request's body and the form filled in.

By the documents and reports of vLLM, Ollama, OpenRouter, DeepSeek, Mistral and OpenAI's reasoning models.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

THOUGHT = '<think>They want JSON, perhaps {"score": 10}? No: the form.</think>\n'

Body = Mapping[str, Any]
Refuse = Callable[[Body], web.Response | None]
Write = Callable[[Body, str], str]


def _unsupported(parameter: str, code: str = "unsupported_parameter") -> web.Response:
    error = {
        "message": f"Unsupported parameter: '{parameter}' is not supported with this model.",
        "type": "invalid_request_error",
        "param": parameter,
        "code": code,
    }
    return web.json_response({"error": error}, status=400)


def _format(body: Body) -> str:
    return str(body.get("response_format", {}).get("type", "text"))


def _takes_all(_: Body) -> web.Response | None:
    return None


def _no_json_schema(body: Body) -> web.Response | None:
    if _format(body) != "json_schema":
        return None
    error = {"message": "This response_format type is unavailable now", "type": "invalid_request_error"}
    return web.json_response({"error": {**error, "param": None, "code": "invalid_request_error"}}, status=400)


def _no_response_format(body: Body) -> web.Response | None:
    return _unsupported("response_format") if "response_format" in body else None


def _no_temperature(body: Body) -> web.Response | None:
    return _unsupported("temperature", "unsupported_value") if "temperature" in body else None


def _no_seed(body: Body) -> web.Response | None:
    if "seed" not in body:
        return None
    told = {"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}
    return web.json_response({"object": "error", "message": {"detail": [told]}}, status=422)


def _reasoning(body: Body) -> web.Response | None:
    refused = [parameter for parameter in ("max_tokens", "temperature", "seed") if parameter in body]
    return _unsupported(refused[0]) if refused else None


def _as_it_is(_: Body, form: str) -> str:
    return form


def _knows_the_form(body: Body) -> bool:
    return '"properties"' in body["messages"][0]["content"]


def _json_of_its_own(body: Body, form: str) -> str:
    """JSON always, of a form only if the instructions hold it."""
    return form if _knows_the_form(body) else json.dumps({"score": 8, "comment": "Well said."})


def _json_when_asked(body: Body, form: str) -> str:
    """No notice of schemas: prose, unless JSON is asked for in words or by json_object."""
    asked = _format(body) == "json_object" and _knows_the_form(body)
    return form if asked else "I would give this answer 8 points."


def _prose_around(body: Body, form: str) -> str:
    """A thought, a fence and kind words, whatever is asked for."""
    told = form if _knows_the_form(body) else "8 of 10"
    return f"{THOUGHT}Here you are:\n```json\n{told}\n```\nAnything else?"


@dataclass(frozen=True)
class Speech:
    """How one kind of server refuses and writes."""

    refuse: Refuse = _takes_all
    write: Write = _as_it_is


DIALECTS: dict[str, Speech] = {
    "openai": Speech(),
    "schema_ignored": Speech(write=_json_of_its_own),
    "prose_unless_json_object": Speech(write=_json_when_asked),
    "no_json_schema": Speech(_no_json_schema, _json_when_asked),
    "no_response_format": Speech(_no_response_format, _prose_around),
    "prose_around": Speech(write=_prose_around),
    "no_temperature": Speech(_no_temperature),
    "no_seed": Speech(_no_seed),
    "reasoning": Speech(_reasoning),
}

"""Ways in which a model's server fails. Each is given the request and the reply of a working server."""

import asyncio
import copy
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

Reply = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A request that is to fail, what a working server would answer, and what Retry-After says."""

    request: web.Request
    good: Reply
    retry_after: str


Fault = Callable[[Call], Awaitable[web.StreamResponse]]


def _error(status: int, message: str, code: str, **headers: str) -> web.Response:
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    return web.json_response(body, status=status, headers=headers)


async def rate_limited(call: Call) -> web.StreamResponse:
    """429 with Retry-After."""
    return _error(429, "Rate limit reached", "rate_limit_exceeded", **{"Retry-After": call.retry_after})


async def no_money(_: Call) -> web.StreamResponse:
    """429 that waiting does not cure."""
    return _error(429, "You exceeded your current quota", "insufficient_quota")


async def server_error(_: Call) -> web.StreamResponse:
    """500 with a JSON body."""
    return _error(500, "The server had an error", "server_error")


async def bad_gateway(_: Call) -> web.StreamResponse:
    """502 with a page of a proxy."""
    return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")


async def unauthorized(call: Call) -> web.StreamResponse:
    """401; like the real server it repeats the key."""
    key = call.request.headers.get("Authorization", "")
    return _error(401, f"Incorrect API key provided: {key}", "invalid_api_key")


async def unknown_model(_: Call) -> web.StreamResponse:
    """404."""
    return _error(404, "The model does not exist", "model_not_found")


async def bad_request(_: Call) -> web.StreamResponse:
    """400 of a server that does not know what was asked for."""
    return _error(400, "Unsupported parameter: response_format", "unsupported_parameter")


async def input_filtered(_: Call) -> web.StreamResponse:
    """400 of a filter that looks at the request."""
    return _error(400, "The response was filtered", "content_filter")


async def input_too_long(_: Call) -> web.StreamResponse:
    """400: more tokens than the model takes."""
    return _error(400, "maximum context length is 4096 tokens", "context_length_exceeded")


async def reset(call: Call) -> web.StreamResponse:
    """The connection is reset before a byte of the reply."""
    if call.request.transport is not None:
        call.request.transport.abort()
    return web.Response()


async def half_body(call: Call) -> web.StreamResponse:
    """The connection ends in the middle of the body."""
    data = json.dumps(call.good).encode()
    response = web.StreamResponse(
        headers={"Content-Length": str(len(data)), "Content-Type": "application/json"}
    )
    await response.prepare(call.request)
    await response.write(data[: len(data) // 2])
    if call.request.transport is not None:
        call.request.transport.abort()
    return response


async def slow(_: Call) -> web.StreamResponse:
    """No reply until the caller leaves."""
    await asyncio.Event().wait()
    return web.Response()


async def not_json(_: Call) -> web.StreamResponse:
    """200 with something that is no JSON but says so."""
    return web.Response(text="upstream said no", content_type="application/json")


async def html(_: Call) -> web.StreamResponse:
    """200 with the page of a portal."""
    return web.Response(text="<html>Please log in</html>", content_type="text/html")


async def no_choices(call: Call) -> web.StreamResponse:
    """200 with a completion of no choices."""
    return web.json_response({**call.good, "choices": []})


async def error_in_200(_: Call) -> web.StreamResponse:
    """200 with an error in it, as some routers answer."""
    return web.json_response({"error": {"message": "provider overloaded", "code": 529}})


async def odd_shape(_: Call) -> web.StreamResponse:
    """200 with JSON that is nothing like a completion."""
    return web.json_response({"choices": {"0": "x"}, "usage": "many", "model": 7})


async def odd_usage(call: Call) -> web.StreamResponse:
    """A good reply with nonsense where tokens and model stand."""
    odd = {"prompt_tokens": "many", "completion_tokens": -5, "total_tokens": None}
    return web.json_response({**call.good, "usage": odd, "model": 7})


async def huge_usage(call: Call) -> web.StreamResponse:
    """Prose for a form, and more tokens than there are people."""
    most = 2**31 - 1
    usage = {"prompt_tokens": most, "completion_tokens": 2 * most, "total_tokens": 3 * most}
    return _with_message({**call.good, "usage": usage}, "stop", content="10 out of 10.")


def _with_message(good: Reply, finish_reason: str, **message: object) -> web.Response:
    reply = copy.deepcopy(good)
    reply["choices"][0]["finish_reason"] = finish_reason
    reply["choices"][0]["message"].update(message)
    return web.json_response(reply)


async def truncated(call: Call) -> web.StreamResponse:
    """The content ends in its middle: finish_reason length."""
    content = call.good["choices"][0]["message"]["content"]
    return _with_message(call.good, "length", content=content[: len(content) // 2])


async def cut_after_the_form(call: Call) -> web.StreamResponse:
    """The form is whole, and the model was cut off in what it went on to say: finish_reason length."""
    return _with_message(call.good, "length")


async def endless_text(call: Call) -> web.StreamResponse:
    """The form is whole, and half a million spaces follow it in the content."""
    content = call.good["choices"][0]["message"]["content"]
    return _with_message(call.good, "stop", content=content + " " * 500_000)


async def endless_body(call: Call) -> web.StreamResponse:
    """A good reply with five million letters beside it."""
    return web.json_response({**call.good, "padding": "x" * 5_000_000})


async def bad_json(call: Call) -> web.StreamResponse:
    """The content is prose."""
    return _with_message(call.good, "stop", content="Sure! I would give this answer 10 out of 10.")


async def two_objects(call: Call) -> web.StreamResponse:
    """The content holds the form, and before it another one that is whole too."""
    content = call.good["choices"][0]["message"]["content"]
    return _with_message(call.good, "stop", content=f"They wrote {content} I say: {content}")


async def empty_content(call: Call) -> web.StreamResponse:
    """There is no content."""
    return _with_message(call.good, "stop", content=None)


async def refusal(call: Call) -> web.StreamResponse:
    """The model refuses."""
    return _with_message(call.good, "stop", content=None, refusal="I'm sorry, I can't help with that.")


async def content_filter(call: Call) -> web.StreamResponse:
    """The filter stopped the reply."""
    return _with_message(call.good, "content_filter", content="")


def _with_form(change: Callable[[dict[str, Any]], object]) -> Fault:
    async def fail(call: Call) -> web.StreamResponse:
        form = json.loads(call.good["choices"][0]["message"]["content"])
        change(form)
        return _with_message(call.good, "stop", content=json.dumps(form, ensure_ascii=False))

    return fail


def _each(key: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda form: [verdict.update({key: value}) for verdict in form["verdicts"]]


def _only_a_score(form: dict[str, Any]) -> None:
    form.clear()
    form["score"] = 10


FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        rate_limited, no_money, server_error, bad_gateway, unauthorized, unknown_model, bad_request,
        input_filtered, input_too_long, reset, half_body, slow, not_json, html, no_choices, error_in_200,
        odd_shape, odd_usage, huge_usage, truncated, cut_after_the_form, endless_text, endless_body, bad_json,
        two_objects, empty_content, refusal, content_filter,
    )
}  # fmt: skip
"""By name. Those below keep the envelope and spoil the form inside it."""

FAULTS.update(
    unknown_verdict=_with_form(_each("verdict", "excellent")),
    wrong_types=_with_form(_each("quote", 10)),
    number_as_text=_with_form(
        lambda form: [v.update(criterion_number=str(v["criterion_number"])) for v in form["verdicts"]]
    ),
    out_of_range=_with_form(_each("criterion_number", 99)),
    missing_verdict=_with_form(lambda form: form["verdicts"].pop()),
    doubled_verdict=_with_form(lambda form: form["verdicts"].append(form["verdicts"][0])),
    missing_key=_with_form(lambda form: form.pop("depth")),
    score_instead=_with_form(_only_a_score),
    forged_quote=_with_form(
        lambda form: [v.update(verdict="met", quote="words nobody ever said") for v in form["verdicts"]]
    ),
    empty_quote=_with_form(lambda form: [v.update(verdict="met", quote="") for v in form["verdicts"]]),
    forged_depth=_with_form(
        lambda form: form.update(depth="shows_practice", depth_quote="we built it twice")
    ),
    empty_question=_with_form(lambda form: form.update(question=" \n")),
    no_criteria=_with_form(lambda form: form.update(criteria=[])),
    one_criterion=_with_form(lambda form: form.update(criteria=["Одно"])),
    twice=_with_form(lambda form: form.update(criteria=["Одно", "Два", "одно"])),
    other_language=_with_form(lambda form: form.update(criteria=["One thing", "Another thing"])),
    tells_score=_with_form(lambda form: form.update(question="Вы получили 7 из 10: что дальше?")),
)

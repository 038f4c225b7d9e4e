"""A server that speaks the OpenAI chat API. The one importer of openai."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import openai
import orjson
from openai import AsyncOpenAI

from services.common import logs
from services.evaluator.asking import InvalidReply, ReplyCutOff, ReplyFiltered, ReplyRefused
from services.evaluator.completion import CONTENT_FILTER, NoCompletion, content_of
from services.evaluator.dialect import Format, Refusal
from services.evaluator.extraction import extracted
from services.evaluator.judge import JudgeUnavailable
from services.evaluator.model_server import NotTheForm, ServerAway, ServerRefused
from services.evaluator.retry_after import http_date, retry_after_seconds
from services.evaluator.server_faults import OPERATOR_RETRY_SECONDS, RATE_LIMITED, NotUnderstood, Transient
from services.evaluator.wire import LONGEST_REPLY, Reply, Wire

DEFAULT_BASE_URL = "https://api.openai.com/v1"
_NO_KEY = "none"  # the client insists on one; servers that ask for none pass it over
_CONNECT_SECONDS = 10.0
_OF_US = ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Async")
_UNTOLD: dict[str, Any] = dict.fromkeys((f"X-Stainless-{what}" for what in _OF_US), openai.Omit())
"""Headers in which the client would tell every server of our machine."""

_CODE = re.compile(r"[a-z_]{1,64}")
_TOO_LONG = frozenset(("context_length_exceeded", "string_above_max_length"))
_NO_MONEY = "insufficient_quota"
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_NOT_IMPLEMENTED = 501
_REQUEST_TIMEOUT = 408
_NOT_UNDERSTOOD = frozenset((400, 415, 422, _NOT_IMPLEMENTED))
_LONGEST_REFUSAL = 4_000
_SMALLEST_FORM: dict[str, Any] = {
    "name": "doctor",
    "strict": True,
    "schema": {
        "type": "object",
        "properties": {"well": {"type": "boolean"}},
        "required": ["well"],
        "additionalProperties": False,
    },
}
_SMALLEST: dict[Format, dict[str, Any]] = {
    Format.JSON_SCHEMA: {"response_format": {"type": "json_schema", "json_schema": _SMALLEST_FORM}},
    Format.JSON_OBJECT: {"response_format": {"type": "json_object"}},
    Format.TEXT: {},
}

log = logs.get_logger()


class OpenAIChat:
    """One client for the process: close it at the end."""

    def __init__(
        self,
        *,
        base_url: str = DEFAULT_BASE_URL,
        api_key: str = "",
        formats: Sequence[Format] = tuple(Format),
    ) -> None:
        """`formats`: those in which the doctor tries a form, best first."""
        self._formats = formats
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._client = AsyncOpenAI(
            api_key=api_key or _NO_KEY,
            base_url=base_url,
            max_retries=0,  # ours is the only owner of retries: the client's own know no deadline
            default_headers=_UNTOLD,
            http_client=Wire(openai.Timeout(None, connect=_CONNECT_SECONDS)),
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def complete(self, body: dict[str, Any]) -> object:
        """For judging (chat_model.py): one request; whoever calls bounds its time.

        A whole URL, bytes, and the reply as it came: the client's own way of each costs much CPU.
        """
        try:
            reply = await self._client.post(self._url, content=orjson.dumps(body), cast_to=Reply)
            if len(reply.content) > LONGEST_REPLY:
                raise ReplyCutOff("the reply is longer than is read")
            return orjson.loads(reply.content)
        except openai.APITimeoutError:
            raise Transient("timeout") from None
        except openai.APIConnectionError:
            raise Transient("connection") from None
        except openai.APIStatusError as error:
            raise _fault_of(error) from None
        except orjson.JSONDecodeError:
            raise Transient("malformed") from None

    async def try_form(self, model: str, *, within_seconds: float) -> tuple[Format, datetime | None]:
        """For the doctor (model_server.py): the smallest request of the kind that judging makes."""
        *others, last = self._formats
        for wanted in others:
            try:
                return wanted, await self._filled_in(model, wanted, within_seconds)
            except NotTheForm:
                continue
            except ServerRefused as refused:
                if refused.status not in _NOT_UNDERSTOOD:
                    raise
        return last, await self._filled_in(model, last, within_seconds)

    async def _filled_in(self, model: str, wanted: Format, within_seconds: float) -> datetime | None:
        with _told_plainly():
            reply = await self._client.chat.completions.with_raw_response.create(
                model=model,
                messages=[{"role": "user", "content": 'Fill in the form: {"well": true}'}],
                timeout=within_seconds,
                **_SMALLEST[wanted],
            )
            try:
                content = content_of(reply.http_response.json())
                form = json.loads(content if wanted is Format.JSON_SCHEMA else extracted(content))
            except (ValueError, NoCompletion, InvalidReply, ReplyRefused, ReplyFiltered) as error:
                kind = reply.headers.get("content-type", "nothing")
                raise NotTheForm(f"answers with something else ({kind}): {type(error).__name__}") from None
        if not isinstance(form, dict) or not isinstance(form.get("well"), bool):
            raise NotTheForm("answers in another form than it was asked for")
        return _date(reply.headers)

    async def names(self, *, within_seconds: float) -> list[str]:
        """For the doctor: the models that the server has."""
        with _told_plainly():
            try:
                listed = (await self._client.models.list(timeout=within_seconds)).data
            except (ValueError, AttributeError, TypeError):  # some other page
                return []
        return [model.id for model in listed if isinstance(getattr(model, "id", None), str)]


def _fault_of(error: openai.APIStatusError) -> Exception:
    """What an HTTP status means. Servers repeat keys and prompts in their texts: those go no further."""
    status, code = error.status_code, _code_of(error)
    if code == CONTENT_FILTER:
        return ReplyFiltered("the server's content filter stopped the request")
    if code in _TOO_LONG:
        return ReplyCutOff("the request is longer than the model takes")
    if status == _TOO_MANY_REQUESTS and code != _NO_MONEY:
        return Transient(RATE_LIMITED, retry_after_seconds(error.response.headers))
    if status in _NOT_UNDERSTOOD:
        parameter = error.param if isinstance(error.param, str) else ""
        return NotUnderstood(Refusal(status, code, parameter, str(error.body)[:_LONGEST_REFUSAL]))
    if status >= _SERVER_ERROR or status == _REQUEST_TIMEOUT:
        return Transient("server_error", retry_after_seconds(error.response.headers))
    log.error(
        "the model's server rejects our requests: look at OPENAI_API_KEY, OPENAI_MODEL and OPENAI_BASE_URL",
        status=status,
        code=code,
    )
    return JudgeUnavailable(
        f"the model's server rejects our requests: HTTP {status} {code}".rstrip(),
        retry_after_seconds=OPERATOR_RETRY_SECONDS,
    )


def _code_of(error: openai.APIStatusError) -> str:
    return error.code if isinstance(error.code, str) and _CODE.fullmatch(error.code) else ""


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Failures of one request as the doctor wants them."""
    try:
        yield
    except openai.APIConnectionError as error:
        raise ServerAway(str(error.__cause__ or error)) from None
    except openai.APIStatusError as error:
        raise ServerRefused(error.status_code, _code_of(error), _date(error.response.headers)) from None


def _date(headers: Mapping[str, str]) -> datetime | None:
    return http_date(headers.get("date", ""))

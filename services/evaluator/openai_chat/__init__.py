"""A server that speaks the OpenAI chat API. The only package that imports openai."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import openai
import orjson

from services.evaluator.asking import InvalidReply, ReplyCutOff, ReplyFiltered, ReplyRefused
from services.evaluator.completion import NoCompletion, content_of
from services.evaluator.dialect import Format
from services.evaluator.extraction import extracted
from services.evaluator.model_server import NotTheForm, ServerAway, ServerRefused
from services.evaluator.openai_chat.client import Client
from services.evaluator.openai_chat.faults import NOT_UNDERSTOOD, code_of, fault_of
from services.evaluator.retry_after import http_date
from services.evaluator.server_faults import Transient
from services.evaluator.wire import LONGEST_REPLY

DEFAULT_BASE_URL = "https://api.openai.com/v1"
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
        self._client = Client(base_url=base_url, api_key=api_key)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def complete(self, body: dict[str, Any]) -> object:
        """For judging (chat_model.py): one request; whoever calls bounds its time.

        Bytes, and the reply as it came: the client's own way from and to objects costs much CPU.
        """
        try:
            reply = await self._client.posted(orjson.dumps(body))
            if len(reply.content) > LONGEST_REPLY:
                raise ReplyCutOff("the reply is longer than is read")
            return orjson.loads(reply.content)
        except openai.APITimeoutError:
            raise Transient("timeout") from None
        except openai.APIConnectionError:
            raise Transient("connection") from None
        except openai.APIStatusError as error:
            raise fault_of(error) from None
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
                if refused.status not in NOT_UNDERSTOOD:
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


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Failures of one request as the doctor wants them."""
    try:
        yield
    except openai.APIConnectionError as error:
        raise ServerAway(str(error.__cause__ or error)) from None
    except openai.APIStatusError as error:
        raise ServerRefused(error.status_code, code_of(error), _date(error.response.headers)) from None


def _date(headers: Mapping[str, str]) -> datetime | None:
    return http_date(headers.get("date", ""))

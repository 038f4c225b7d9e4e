"""A model behind the OpenAI chat API. The one importer of openai and tenacity; the owner of retries."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import openai
import tenacity
from openai import AsyncOpenAI, DefaultAioHttpClient
from openai.types.chat import ChatCompletion

from services.common import logs
from services.common.clock import Clock
from services.evaluator import metrics
from services.evaluator.asking import Ask, InvalidReply, ReplyCutOff, ReplyFiltered, ReplyRefused, Tally
from services.evaluator.evaluation import JudgeUnavailable
from services.evaluator.model_server import NotTheForm, ServerAway, ServerRefused
from services.evaluator.retry_after import retry_after_seconds

T = TypeVar("T")

DEFAULT_BASE_URL = "https://api.openai.com/v1"
_NO_KEY = "none"  # the client insists on one; servers that ask for none pass it over
_CONNECT_SECONDS = 5.0
_OPERATOR_RETRY_SECONDS = 30.0
_CODE = re.compile(r"[a-z_]{1,64}")
_TOO_LONG = frozenset(("context_length_exceeded", "string_above_max_length"))
_FILTER = "content_filter"
_NO_MONEY = "insufficient_quota"
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_REQUEST_TIMEOUT = 408
_LONGEST_MODEL = 200
_MOST_TOKENS = 2**31 - 1
_SMALLEST_FORM: Any = {
    "messages": [{"role": "user", "content": 'Fill in the form: {"well": true}'}],
    "response_format": {
        "type": "json_schema",
        "json_schema": {
            "name": "doctor",
            "strict": True,
            "schema": {
                "type": "object",
                "properties": {"well": {"type": "boolean"}},
                "required": ["well"],
                "additionalProperties": False,
            },
        },
    },
}

log = logs.get_logger()


class _Transient(Exception):
    """The server may do better in a moment. `retry_after_seconds` is what it asked for."""

    def __init__(self, outcome: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.retry_after_seconds = retry_after_seconds


class OpenAIChat:
    """One client for the process: close it at the end."""

    def __init__(
        self,
        *,
        model: str,
        base_url: str = DEFAULT_BASE_URL,
        api_key: str = "",
        clock: Clock,
        max_attempts: int = 6,
        backoff_seconds: float = 0.5,
    ) -> None:
        self.name = model
        self._clock = clock
        self._max_attempts = max_attempts
        self._backoff = tenacity.wait_random_exponential(multiplier=backoff_seconds, max=8)
        self._jitter = tenacity.wait_random(0, backoff_seconds)
        self._client = AsyncOpenAI(
            api_key=api_key or _NO_KEY,
            base_url=base_url,
            max_retries=0,  # tenacity below owns retries: the client's own know no deadline
            http_client=DefaultAioHttpClient(timeout=openai.Timeout(None, connect=_CONNECT_SECONDS)),
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def ask(self, ask: Ask[T], *, tally: Tally, within_seconds: float) -> T:
        """What `ask.read` makes of the reply; transient faults are retried while time is left."""
        body = {"model": self.name, "messages": ask.messages, "response_format": ask.response_format}
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(_Transient),
            wait=self._wait,
            stop=tenacity.stop_after_attempt(self._max_attempts) | tenacity.stop_before_delay(within_seconds),
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            return await retrying(self._try, ask, body, tally)
        except _Transient as fault:
            raise JudgeUnavailable(
                f"the model's server fails: {fault.outcome}",
                retry_after_seconds=fault.retry_after_seconds or 1.0,
            ) from None

    async def try_form(self, *, within_seconds: float) -> datetime | None:
        """For the doctor (model_server.py): the smallest request of the kind that judging makes."""
        with _told_plainly():
            reply = await self._client.chat.completions.with_raw_response.create(
                model=self.name, timeout=within_seconds, **_SMALLEST_FORM
            )
            try:
                form = json.loads(self._content(reply.parse(), Tally()))
            except (ValueError, _Transient, InvalidReply, ReplyRefused, ReplyFiltered) as error:
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

    async def _try(self, ask: Ask[T], body: dict[str, object], tally: Tally) -> T:
        """One request. Its outcome is counted whatever happens."""
        started = time.perf_counter()
        outcome = "cancelled"
        try:
            result = ask.read(self._content(await self._posted(body), tally))
            outcome = "ok"
            return result
        except _Transient as fault:
            outcome = fault.outcome
            log.warning("the model's server fails", outcome=outcome, retry_after=fault.retry_after_seconds)
            raise
        except (InvalidReply, ReplyRefused, ReplyFiltered, JudgeUnavailable) as fault:
            outcome = _OUTCOMES[type(fault)]
            raise
        finally:
            metrics.LLM_REQUESTS.labels(self.name, outcome).inc()
            metrics.LLM_SECONDS.observe(time.perf_counter() - started)

    async def _posted(self, body: dict[str, object]) -> object:
        try:
            return await self._client.post("/chat/completions", body=body, cast_to=ChatCompletion)
        except openai.APITimeoutError:
            raise _Transient("timeout") from None
        except openai.APIConnectionError:
            raise _Transient("connection") from None
        except openai.APIStatusError as error:
            raise _fault_of(error) from None
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise _Transient("malformed") from None

    def _content(self, reply: object, tally: Tally) -> str:
        """The text of a whole reply. The client validates nothing, so nothing is taken for granted."""
        choices = getattr(reply, "choices", None)
        if not isinstance(choices, list) or not choices:
            raise _Transient("malformed")
        self._count(reply, tally)
        message = getattr(choices[0], "message", None)
        reason = getattr(choices[0], "finish_reason", None)
        if reason == _FILTER:
            raise ReplyFiltered("the model's content filter stopped its reply")
        if getattr(message, "refusal", None):
            raise ReplyRefused("the model refused")
        if reason == "length":
            raise ReplyCutOff("the reply was cut off")
        content = getattr(message, "content", None)
        if not isinstance(content, str):
            raise InvalidReply("the reply has no text")
        return content

    def _count(self, reply: object, tally: Tally) -> None:
        usage = getattr(reply, "usage", None)
        read, written = (_tokens(getattr(usage, f"{kind}_tokens", None)) for kind in ("prompt", "completion"))
        metrics.LLM_TOKENS.labels(self.name, "input").inc(read)
        metrics.LLM_TOKENS.labels(self.name, "output").inc(written)
        tally.input_tokens += read
        tally.output_tokens += written
        model = getattr(reply, "model", None)
        if isinstance(model, str) and model.isprintable():
            tally.model = model[:_LONGEST_MODEL]

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Longer each time, with jitter; where the server named a time, that and some jitter."""
        fault = state.outcome.exception() if state.outcome else None
        asked = fault.retry_after_seconds if isinstance(fault, _Transient) else None
        return self._backoff(state) if asked is None else asked + self._jitter(state)


_OUTCOMES: dict[type[Exception], str] = {
    InvalidReply: "invalid",
    ReplyCutOff: "truncated",
    ReplyRefused: "refused",
    ReplyFiltered: "filtered",
    JudgeUnavailable: "rejected",
}


def _fault_of(error: openai.APIStatusError) -> Exception:
    """What an HTTP status means. Servers repeat keys and prompts in their texts: only the code is kept."""
    status = error.status_code
    code = error.code if isinstance(error.code, str) and _CODE.fullmatch(error.code) else ""
    if code == _FILTER:
        return ReplyFiltered("the server's content filter stopped the request")
    if code in _TOO_LONG:
        return ReplyCutOff("the request is longer than the model takes")
    if status == _TOO_MANY_REQUESTS and code != _NO_MONEY:
        return _Transient("rate_limited", retry_after_seconds(error.response.headers))
    if status >= _SERVER_ERROR or status == _REQUEST_TIMEOUT:
        return _Transient("server_error", retry_after_seconds(error.response.headers))
    log.error(
        "the model's server rejects our requests: look at OPENAI_API_KEY, OPENAI_MODEL and OPENAI_BASE_URL",
        status=status,
        code=code,
    )
    return JudgeUnavailable(
        f"the model's server rejects our requests: HTTP {status} {code}".rstrip(),
        retry_after_seconds=_OPERATOR_RETRY_SECONDS,
    )


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Failures of one request as the doctor wants them."""
    try:
        yield
    except openai.APIConnectionError as error:
        raise ServerAway(str(error.__cause__ or error)) from None
    except openai.APIStatusError as error:
        code = error.code if isinstance(error.code, str) and _CODE.fullmatch(error.code) else ""
        raise ServerRefused(error.status_code, code, _date(error.response.headers)) from None


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None


def _tokens(value: object) -> int:
    return min(value, _MOST_TOKENS) if isinstance(value, int) and value > 0 else 0

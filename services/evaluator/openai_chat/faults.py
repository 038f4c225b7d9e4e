"""What the failures that the openai client tells of mean for judging."""

import re

import openai

from services.common import logs
from services.evaluator.asking import ReplyCutOff, ReplyFiltered
from services.evaluator.completion import CONTENT_FILTER
from services.evaluator.dialect import Refusal
from services.evaluator.judge import JudgeUnavailable
from services.evaluator.retry_after import retry_after_seconds
from services.evaluator.server_faults import OPERATOR_RETRY_SECONDS, RATE_LIMITED, NotUnderstood, Transient

_CODE = re.compile(r"[a-z_]{1,64}")
_TOO_LONG = frozenset(("context_length_exceeded", "string_above_max_length"))
_NO_MONEY = "insufficient_quota"
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_NOT_IMPLEMENTED = 501
_REQUEST_TIMEOUT = 408
NOT_UNDERSTOOD = frozenset((400, 415, 422, _NOT_IMPLEMENTED))
"""Statuses of a server that may understand the same request without some of its parameters."""

_LONGEST_REFUSAL = 4_000

log = logs.get_logger()


def fault_of(error: openai.APIStatusError) -> Exception:
    """What an HTTP status means. Servers repeat keys and prompts in their texts: those go no further."""
    status, code = error.status_code, code_of(error)
    if code == CONTENT_FILTER:
        return ReplyFiltered("the server's content filter stopped the request")
    if code in _TOO_LONG:
        return ReplyCutOff("the request is longer than the model takes")
    if status == _TOO_MANY_REQUESTS and code != _NO_MONEY:
        return Transient(RATE_LIMITED, retry_after_seconds(error.response.headers))
    if status in NOT_UNDERSTOOD:
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


def code_of(error: openai.APIStatusError) -> str:
    """The code that a server gives, where it is one."""
    return error.code if isinstance(error.code, str) and _CODE.fullmatch(error.code) else ""

"""One JSON object per line on standard error, with the request id of the call that is being served."""

import logging
import sys
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def configure(service: str, level: str) -> None:
    """Sets up structlog for the process. `level` is a name of `logging`, such as INFO."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _line_of(service),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.BytesLoggerFactory(file=sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def get_logger() -> Any:  # structlog's own return type
    """The process's logger: `log.info("what happened", key=value)`."""
    return structlog.get_logger()


def bind_request_id(request_id: str) -> None:
    """Puts `request_id` on every line logged in this context."""
    _request_id.set(request_id)


def request_id() -> str:
    """The request id of the call being served; empty outside of one."""
    return _request_id.get()


def _line_of(service: str) -> Callable[[WrappedLogger, str, EventDict], bytes]:
    """The last step: one function, as it runs with every call that is served."""

    def line(_: WrappedLogger, __: str, event: EventDict) -> bytes:
        request_id = _request_id.get()
        if request_id:
            event["request_id"] = request_id
        event["service"] = service
        event["time"] = datetime.now(UTC)
        return orjson.dumps(event, default=str, option=orjson.OPT_UTC_Z)

    return line

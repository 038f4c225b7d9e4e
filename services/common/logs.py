"""One JSON object per line on standard error, with the request id of the call that is being served."""

import logging
import sys
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger


def configure(service: str, level: str) -> None:
    """Sets up structlog for the process. `level` is a name of `logging`, such as INFO."""

    def name_service(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            name_service,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.JSONRenderer(serializer=_to_json),
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
    structlog.contextvars.bind_contextvars(request_id=request_id)


def request_id() -> str:
    """The request id of the call being served; empty outside of one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def _to_json(event: EventDict, **_: object) -> bytes:
    return orjson.dumps(event, default=str)

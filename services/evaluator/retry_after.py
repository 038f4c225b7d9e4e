"""The times that a server tells in its headers: Retry-After (RFC 9110, 10.2.3) and dates."""

import math
import time
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

LONGEST_PAUSE_SECONDS = 60.0
"""More is not waited for, whatever is asked: one wrong header would stop all judging for as long."""


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, 0 to LONGEST_PAUSE_SECONDS, from a number or an HTTP date; None for anything else."""
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        date = http_date(value)
        return None if date is None else _bounded(date.timestamp() - time.time())
    return _bounded(seconds) if math.isfinite(seconds) and seconds >= 0 else None


def http_date(value: str) -> datetime | None:
    """The instant that an HTTP date names; None where it is none, or beyond what years there are."""
    try:
        return parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None


def _bounded(seconds: float) -> float:
    return min(LONGEST_PAUSE_SECONDS, max(0.0, seconds))

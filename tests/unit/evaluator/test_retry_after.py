"""The Retry-After header."""

import time
from email.utils import formatdate

import pytest

from services.evaluator.retry_after import retry_after_seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
    ],
)
def test_seconds_are_read_and_nonsense_is_not(value: str, seconds: float | None) -> None:
    """A number of seconds, never below 0; anything else is as if there were no header."""
    assert retry_after_seconds({"retry-after": value}) == seconds


def test_a_date_is_the_time_until_then() -> None:
    """An HTTP date in the future is a wait, one in the past is none."""
    ahead = retry_after_seconds({"retry-after": formatdate(time.time() + 100, usegmt=True)})
    assert ahead is not None
    assert 90 < ahead <= 100
    assert retry_after_seconds({"retry-after": formatdate(0, usegmt=True)}) == 0.0


def test_no_header_is_no_wait() -> None:
    """Nothing asked for."""
    assert retry_after_seconds({}) is None

"""The Retry-After header."""

import time
from email.utils import formatdate

import pytest

from services.evaluator.retry_after import LONGEST_PAUSE_SECONDS, http_date, retry_after_seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("60", 60.0),
        ("86400", LONGEST_PAUSE_SECONDS),
        ("1e300", LONGEST_PAUSE_SECONDS),
        ("Mon, 01 Jan 2125 00:00:00 GMT", LONGEST_PAUSE_SECONDS),
        ("-3", None),
        ("", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
    ],
)
def test_seconds_are_read_and_nonsense_is_not(value: str, seconds: float | None) -> None:
    """A number of seconds, at most 60 of them; anything else is as if there were no header."""
    assert retry_after_seconds({"retry-after": value}) == seconds


def test_a_date_is_the_time_until_then() -> None:
    """An HTTP date in the future is a wait, one in the past is none."""
    ahead = retry_after_seconds({"retry-after": formatdate(time.time() + 50, usegmt=True)})
    assert ahead is not None
    assert 40 < ahead <= 50
    assert retry_after_seconds({"retry-after": formatdate(0, usegmt=True)}) == 0.0


def test_no_header_is_no_wait() -> None:
    """Nothing asked for."""
    assert retry_after_seconds({}) is None


@pytest.mark.parametrize("value", ["", "soon", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"])
def test_what_is_no_date_is_none(value: str) -> None:
    """Nor is a year that no calendar has."""
    assert http_date(value) is None

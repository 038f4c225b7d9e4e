"""Waiting for a condition, bounded in time."""

import time
from collections.abc import Callable

_LOOK_EVERY_SECONDS = 0.05


def wait_for(condition: Callable[[], bool], timeout: float, wish: str) -> None:
    """Waits until the condition holds. Raises TimeoutError, naming the wish, after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout:g} s: {wish}")
        time.sleep(_LOOK_EVERY_SECONDS)

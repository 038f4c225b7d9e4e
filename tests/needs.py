"""What a test needs from its machine: left out with a line that says so, a failure where CI=true."""

import os
from pathlib import Path
from typing import NoReturn

import pytest


def needs_env(name: str) -> Path:
    """The folder that the environment variable `name` points at.

    Without it the test is left out; with CI=true it fails.
    """
    value = os.environ.get(name, "")
    if not value:
        left_out(f"{name} is not set to a folder")
    if not Path(value).is_dir():
        left_out(f"{name} points at {value}, which is not a folder")
    return Path(value)


def left_out(reason: str) -> NoReturn:
    """Leaves the running test out because of `reason`; with CI=true, where that may not be, fails it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"left out, but CI=true: {reason}", pytrace=False)
    pytest.skip(reason)

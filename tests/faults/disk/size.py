"""How much the tests of the disk do: little by default, all that is promised with FAULTS=large."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """`rooms` are filed; `files` wait, 1 % of them damaged; `backlog` waits when a reporter starts."""

    rooms: int
    files: int
    backlog: int


IS_LARGE = os.environ.get("FAULTS") == "large"
SIZE = (
    Size(rooms=10_000, files=5_000, backlog=50_000) if IS_LARGE else Size(rooms=500, files=500, backlog=2_000)
)

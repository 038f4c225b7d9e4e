"""How much the fault tests do: little by default, all that is promised with FAULTS=large."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Of the kill test: reports, kills of the reporter, one run per seed. `frozen_seconds` is a leader's."""

    reports: int
    kills: int
    seeds: tuple[int, ...]
    frozen_seconds: float


_SMALL = Size(reports=1_000, kills=20, seeds=(1,), frozen_seconds=10)
_LARGE = Size(reports=10_000, kills=200, seeds=(1, 2, 3), frozen_seconds=45)

SIZE = _LARGE if os.environ.get("FAULTS") == "large" else _SMALL

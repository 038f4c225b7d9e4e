"""How much the fault tests do: little by default, all that is promised with FAULTS=large."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Of the kill test: reports, kills of the reporter, one run per seed. `frozen_seconds`: how long a leader
    is silent. `outage_reports`: how many come while all brokers are down."""

    reports: int
    kills: int
    seeds: tuple[int, ...]
    frozen_seconds: float
    outage_reports: int


_SMALL = Size(reports=1_000, kills=20, seeds=(1,), frozen_seconds=10, outage_reports=500)
_LARGE = Size(reports=10_000, kills=200, seeds=(1, 2, 3), frozen_seconds=45, outage_reports=2_000)

SIZE = _LARGE if os.environ.get("FAULTS") == "large" else _SMALL

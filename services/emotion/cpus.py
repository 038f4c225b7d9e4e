"""How many CPUs this process may really use."""

import math
import os
from pathlib import Path

CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")


def available_cpus(limit_file: Path = CGROUP_LIMIT) -> int:
    """CPUs this process may run on, cut down to its control group's quota (cgroup v2); at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = (
        limit_file.read_text().strip().partition(" ") if limit_file.exists() else ("max", "", "")
    )
    if quota == "max":
        return allowed
    return max(1, min(allowed, math.ceil(int(quota) / int(period))))

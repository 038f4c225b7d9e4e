"""How many CPUs this process may really use, and which of its threads go first."""

import math
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_NICER = 5


def available_cpus(root: Path = Path("/")) -> int:
    """CPUs this process may run on, cut down to the smallest quota of its control groups; at least 1.

    Its own group and all above it count, in cgroup v2 (`cpu.max`) and v1 (`cpu.cfs_quota_us`). In a container
    its own one stands at the top. `root` is that of the file system.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = (_quota(folder) for folder in _groups(root))
    return max(1, min([allowed, *(math.ceil(quota) for quota in quotas if quota)]))


def give_way() -> None:
    """Lets the process's other threads run before the present one, where threads have a priority (Linux).

    For the long work: however many pictures wait, calls are taken in and probes answered in between.
    """
    if sys.platform == "linux":
        nice = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice + _NICER)


def _groups(root: Path) -> Iterator[Path]:
    """The folders of the groups that this process is in, and of those above them."""
    mounted, listed = root / "sys/fs/cgroup", root / "proc/self/cgroup"
    for line in listed.read_text().splitlines() if listed.is_file() else []:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        group = PurePosixPath(path.lstrip("/"))
        for part in (group, *group.parents):
            yield mounted / controllers / part


def _quota(folder: Path) -> float | None:
    """CPUs that a group may use; None for as many as there are."""
    if (folder / "cpu.max").is_file():
        quota, _, period = (folder / "cpu.max").read_text().strip().partition(" ")
        return None if quota == "max" else int(quota) / int(period)
    if (folder / "cpu.cfs_quota_us").is_file():
        quota = (folder / "cpu.cfs_quota_us").read_text()
        return None if int(quota) < 0 else int(quota) / int((folder / "cpu.cfs_period_us").read_text())
    return None
